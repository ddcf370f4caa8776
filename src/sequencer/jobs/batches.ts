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

/** How a batch's run is cut. */
export interface PlanRecord {
  /** 1 where it is proven whole. */
  readonly segments: number;
  /** Micro-ops of a segment at most; 0 where it is proven whole. */
  readonly segmentSteps: number;
}

export interface Plan extends PlanRecord {
  /** The run's header without proofs (src/core/bundle.ts); absent where the batch is proven whole. */
  readonly header: Uint8Array | undefined;
}

export interface SegmentRecord {
  /** What the segment's proof leaves to be balanced with the others. */
  readonly share: readonly number[];
  readonly worker: string;
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
  /** Forgets the proofs of segments. */
  putProof(index: number, proof: Uint8Array, record: ProofRecord): Promise<unknown>;
  plan(index: number): Plan | undefined;
  putPlan(index: number, plan: Plan): Promise<unknown>;
  segment(index: number, segment: number): Uint8Array | undefined;
  segmentRecord(index: number, segment: number): SegmentRecord | undefined;
  putSegment(index: number, segment: number, proof: Uint8Array, record: SegmentRecord): Promise<unknown>;
}

/** Tags: batch, input (witness), proof, its record, plan, its header, segment's proof, its record. */
type Tag = 'b' | 'w' | 'p' | 'r' | 'n' | 'h' | 's' | 'q';
const key = (tag: Tag, index: number): Uint8Array => Uint8Array.of(tag.charCodeAt(0), ...blockKey(BigInt(index)));
const segmentKey = (tag: 's' | 'q', index: number, segment: number): Uint8Array =>
  Uint8Array.of(...key(tag, index), ...blockKey(BigInt(segment)));
const encode = (value: object): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const decode = <T>(bytes: Uint8Array | undefined): T | undefined =>
  bytes === undefined ? undefined : (JSON.parse(new TextDecoder().decode(bytes)) as T);

export function batchStore({ batches, root }: Tables): BatchStore {
  const read = (at: Uint8Array): Uint8Array | undefined => {
    const bytes = batches.get(at);
    return bytes === undefined ? undefined : new Uint8Array(bytes);
  };
  const bytesAt = (tag: Tag, index: number): Uint8Array | undefined => read(key(tag, index));
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
        const { segments = 0 } = decode<PlanRecord>(bytesAt('n', index)) ?? {};
        for (let segment = 0; segment < segments; segment++) {
          batches.remove(segmentKey('s', index, segment));
          batches.remove(segmentKey('q', index, segment));
        }
      }),
    plan: (index) => {
      const record = decode<PlanRecord>(bytesAt('n', index));
      return record === undefined ? undefined : { ...record, header: bytesAt('h', index) };
    },
    putPlan: (index, { header, segments, segmentSteps }) =>
      root.batch(() => {
        batches.put(key('n', index), encode({ segments, segmentSteps }));
        if (header !== undefined) batches.put(key('h', index), header);
      }),
    segment: (index, segment) => read(segmentKey('s', index, segment)),
    segmentRecord: (index, segment) => decode(read(segmentKey('q', index, segment))),
    putSegment: (index, segment, proof, record) =>
      root.batch(() => {
        batches.put(segmentKey('s', index, segment), proof);
        batches.put(segmentKey('q', index, segment), encode(record));
      }),
  };
}
