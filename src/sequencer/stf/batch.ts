// A batch of blocks: its data as words, its forward run, its journal.
import { concat, fromBigInt } from '../chain/bytes.ts';
import type { AccountState, BlockEnv, StateDiff, StateReader } from '../contract.ts';
import { type ChainHead, headWords, limbsOf, NO_CODE } from './hash.ts';
import { envWords, type FullStf, packed } from './stf.ts';
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
  const words: number[] = [...limbsOf(chainId, 2), blocks.length];
  for (const { env, transactions } of blocks) {
    words.push(...envWords(env), transactions.length);
    for (const raw of transactions) words.push(...packed(raw));
  }
  return Uint32Array.from(words);
}

/** Runs all blocks of a batch as the proof does. Throws where a transaction is refused. */
export function runBatch(stf: FullStf, batch: Batch, state: StateReader): BatchRun {
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
  const words = Uint32Array.from([...headWords(batch.head), ...batchData(batch)]);
  return stf.use((instance) => {
    const signed = batch.blocks.flatMap(({ transactions, senders }) =>
      transactions.map((raw, i) => ({ raw, sender: senders?.[i] })),
    );
    const from = instance.run(recorder, words, signed);
    const [number, timestamp, hash, deposits] = [from.u64(), from.u64(), from.raw(32), readDeposits(from)];
    const head = { number, timestamp, hash, deposits };
    return { head, dataHash: from.raw(32), messagesRoot: from.raw(32), diff: readDiff(from, NO_CODE), reads };
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

export const JOURNAL_BYTES = 208;

export const encodeJournal = (journal: BatchJournal): Uint8Array =>
  concat([
    ...[journal.stateBefore, journal.stateAfter, journal.dataHash, journal.messagesRoot, journal.depositsHash],
    ...[journal.depositsCount, journal.chainId, journal.firstBlock, journal.lastBlock].map((n) => fromBigInt(n, 8)),
    ...[journal.firstTimestamp, journal.lastTimestamp].map((n) => fromBigInt(n, 8)),
  ]);
