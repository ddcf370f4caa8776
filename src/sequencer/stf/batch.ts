// A batch of blocks: its data as words, its forward run, its journal.
import { concat, fromBigInt } from '../chain/bytes.ts';
import type { AccountState, BlockEnv, StateDiff, StateReader } from '../contract.ts';
import { type ChainHead, headWords, limbsOf, NO_CODE } from './hash.ts';
import { envWords, type FullStf } from './stf.ts';
import { readDeposits, readDiff } from './wire.ts';

export interface BatchBlock {
  readonly env: Omit<BlockEnv, 'number' | 'chainId' | 'parentHash'>;
  /** Raw, as signed. */
  readonly transactions: readonly Uint8Array[];
  /** Theirs, where they were recovered before; a forward run believes it, a proof recovers them itself. */
  readonly senders?: readonly Uint8Array[];
}

export interface Batch {
  readonly chainId: bigint;
  /** The block before the first. */
  readonly head: ChainHead;
  readonly blocks: readonly BatchBlock[];
}

/** What a batch read, in the order of its reads. */
export type BatchRead =
  | { readonly kind: 'account'; readonly address: Uint8Array; readonly account: AccountState | undefined }
  | { readonly kind: 'slot'; readonly address: Uint8Array; readonly slot: Uint8Array; readonly value: Uint8Array }
  | { readonly kind: 'code'; readonly code: Uint8Array }
  | { readonly kind: 'blockHash'; readonly number: bigint };

export interface BatchRun {
  /** The last block of the batch. */
  readonly head: ChainHead;
  readonly dataHash: Uint8Array;
  /** Of the messages to the L1. */
  readonly messagesRoot: Uint8Array;
  readonly diff: StateDiff;
  readonly reads: readonly BatchRead[];
}

export function batchData({ chainId, blocks }: Batch): Uint32Array {
  const heads = blocks.map(({ env, transactions }) => [...envWords(env), transactions.length]);
  const wordsOfRaw = (raw: Uint8Array): number => 1 + Math.ceil(raw.length / 4);
  const all = blocks.flatMap(({ transactions }) => transactions);
  const length = [3, ...heads.map((head) => head.length), ...all.map(wordsOfRaw)].reduce((sum, n) => sum + n, 0);
  const out = new Uint32Array(length);
  out.set([...limbsOf(chainId, 2), blocks.length]);
  let at = 3;
  blocks.forEach(({ transactions }, i) => {
    const head = heads[i] as number[];
    out.set(head, at);
    at += head.length;
    for (const raw of transactions) {
      writePacked(raw, out, at);
      at += wordsOfRaw(raw);
    }
  });
  return out;
}

/** Bytes as words behind their length, zero padded, as `packed` has them. */
function writePacked(bytes: Uint8Array, out: Uint32Array, at: number): void {
  out[at] = bytes.length;
  for (let i = 0; i < bytes.length; i++) {
    const word = at + 1 + (i >> 2);
    out[word] = (out[word] as number) | ((bytes[i] as number) << (8 * (i & 3)));
  }
}

/** Runs all blocks of a batch as the proof does. Throws where a transaction is refused. `data`: that of the batch. */
export function runBatch(
  stf: FullStf,
  batch: Batch,
  state: StateReader,
  data: Uint32Array = batchData(batch),
): BatchRun {
  const reads: BatchRead[] = [];
  const recorder: StateReader = {
    account: (address) => {
      const account = state.account(address);
      reads.push({ kind: 'account', address, account });
      return account;
    },
    storage: (address, slot) => {
      const value = state.storage(address, slot);
      reads.push({ kind: 'slot', address, slot, value });
      return value;
    },
    code: (hash) => {
      const code = state.code(hash);
      reads.push({ kind: 'code', code });
      return code;
    },
    blockHash: (number) => {
      reads.push({ kind: 'blockHash', number });
      return state.blockHash(number);
    },
  };
  const head = headWords(batch.head);
  const words = new Uint32Array(head.length + data.length);
  words.set(head);
  words.set(data, head.length);
  return stf.use((instance) => {
    const signed = batch.blocks.flatMap(({ transactions, senders }) =>
      transactions.map((raw, i) => ({ raw, sender: senders?.[i] })),
    );
    const from = instance.run(recorder, words, signed);
    const [number, timestamp, hash, deposits] = [from.u64(), from.u64(), from.raw(32), readDeposits(from)];
    const last = { number, timestamp, hash, deposits };
    return { head: last, dataHash: from.raw(32), messagesRoot: from.raw(32), diff: readDiff(from, NO_CODE), reads };
  });
}

/** What the proof of a batch makes public. */
export interface BatchJournal {
  readonly stateBefore: Uint8Array;
  readonly stateAfter: Uint8Array;
  readonly dataHash: Uint8Array;
  readonly messagesRoot: Uint8Array;
  /** Rolling hash of all that was taken from the L1's queue. */
  readonly depositsHash: Uint8Array;
  readonly depositsCount: bigint;
  readonly chainId: bigint;
  readonly firstBlock: bigint;
  readonly lastBlock: bigint;
  /** Seconds. */
  readonly firstTimestamp: bigint;
  readonly lastTimestamp: bigint;
}

export const encodeJournal = (journal: BatchJournal): Uint8Array =>
  concat([
    ...[journal.stateBefore, journal.stateAfter, journal.dataHash, journal.messagesRoot, journal.depositsHash],
    ...[journal.depositsCount, journal.chainId, journal.firstBlock, journal.lastBlock].map((n) => fromBigInt(n, 8)),
    ...[journal.firstTimestamp, journal.lastTimestamp].map((n) => fromBigInt(n, 8)),
  ]);
