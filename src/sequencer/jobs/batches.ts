// Batches as the database keeps them: what they are of, the input of their proof, and the proof.
import type { Hex } from '../chain/bytes.ts';
import type { Tables } from '../storage/database.ts';
import { blockKey } from '../storage/record.ts';

export interface BatchRecord {
  readonly index: number;
  readonly firstBlock: number;
  readonly lastBlock: number;
  readonly transactions: number;
  readonly inputBytes: number;
  /** What the proof makes public, and its BLAKE3. */
  readonly journal: Hex;
  readonly digest: Hex;
  /** Milliseconds that the witness took. */
  readonly witnessMs: number;
}

export interface ProofRecord {
  readonly bytes: number;
  readonly worker: string;
  /** Milliseconds since the epoch. */
  readonly provenAt: number;
  /** From the lease to the accepted proof. */
  readonly provingMs: number;
}

export interface BatchStore {
  /** Batches so far. */
  readonly count: number;
  record(index: number): BatchRecord | undefined;
  input(index: number): Uint8Array | undefined;
  proof(index: number): Uint8Array | undefined;
  proofRecord(index: number): ProofRecord | undefined;
  /** In a database transaction. */
  put(record: BatchRecord, input: Uint8Array): void;
  putProof(index: number, proof: Uint8Array, record: ProofRecord): Promise<unknown>;
}

const key = (tag: string, index: number): Uint8Array => Uint8Array.of(tag.charCodeAt(0), ...blockKey(BigInt(index)));
const encode = (value: object): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const decode = <T>(bytes: Uint8Array | undefined): T | undefined =>
  bytes === undefined ? undefined : (JSON.parse(new TextDecoder().decode(bytes)) as T);

export function batchStore({ batches, root }: Tables): BatchStore {
  const bytesAt = (tag: string, index: number): Uint8Array | undefined => {
    const bytes = batches.get(key(tag, index));
    return bytes === undefined ? undefined : new Uint8Array(bytes);
  };
  return {
    get count() {
      for (const last of batches.getKeys({
        start: key('b', Number.MAX_SAFE_INTEGER),
        end: key('b', 0),
        reverse: true,
        limit: 1,
      })) {
        return Number(Buffer.from(last).readBigUInt64BE(1)) + 1;
      }
      return batches.get(key('b', 0)) === undefined ? 0 : 1;
    },
    record: (index) => decode(bytesAt('b', index)),
    input: (index) => bytesAt('w', index),
    proof: (index) => bytesAt('p', index),
    proofRecord: (index) => decode(bytesAt('r', index)),
    put: (record, input) => {
      batches.put(key('b', record.index), encode(record));
      batches.put(key('w', record.index), input);
    },
    putProof: (index, proof, record) =>
      root.batch(() => {
        batches.put(key('p', index), proof);
        batches.put(key('r', index), encode(record));
      }),
  };
}
