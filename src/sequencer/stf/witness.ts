// The private input of a batch's proof: the words that its reads came to, each with its place in the tree.
import { blake3Bytes, type Digest } from '../../core/hash.ts';
import type { AccountState, StateDiff, StateReader } from '../contract.ts';
import { type Batch, type BatchRead, type BatchRun, batchData, encodeJournal, runBatch } from './batch.ts';
import { StfError } from './errors.ts';
import { accountKey, accountValue, commitment, headWords, limbsOf, NO_CODE, slotKey, wordOf, wordsOf } from './hash.ts';
import { type FullStf, packed } from './stf.ts';
import type { IndexedTree, TreeChange, TreePlace } from './tree.ts';

/** "WRB1". */
const MAGIC = 0x31425257;

export interface BatchWitness {
  readonly run: BatchRun;
  /** The program's input, little-endian words. */
  readonly input: Uint8Array;
  readonly journal: Uint8Array;
  /** BLAKE3 of the journal: what the proof shows. */
  readonly digest: Uint8Array;
}

/** RLP headers of blocks before the batch, for BLOCKHASH. */
export type HeaderSource = (number: bigint) => Uint8Array;

/** A state's net difference as the tree takes it. */
export const treeChanges = ({ accounts, storage }: Pick<StateDiff, 'accounts' | 'storage'>): TreeChange[] => [
  ...accounts.map((account) => ({
    key: accountKey(account.address),
    value: accountValue(account.deleted ? undefined : account),
  })),
  ...storage.map(({ address, slot, value }) => ({ key: slotKey(address, slot), value: wordOf(value) })),
];

const leavesOf = (place: TreePlace): number[] => (place.present ? [place.index] : [place.low, place.high]);

const accountWords = ({ nonce, balance, codeHash }: AccountState): number[] => {
  const words = [...limbsOf(nonce, 2), ...limbsOf(balance, 8)];
  return Buffer.compare(codeHash, NO_CODE) === 0 ? [...words, 0] : [...words, 1, ...wordsOf(codeHash)];
};

interface Placed {
  readonly read: BatchRead;
  readonly place: TreePlace | undefined;
}

/** Finds what was read in the tree, and checks that it is what the tree has. */
function locate(tree: IndexedTree, read: BatchRead): Placed {
  if (read.kind === 'code' || read.kind === 'blockHash') return { read, place: undefined };
  const key = read.kind === 'account' ? accountKey(read.address) : slotKey(read.address, read.slot);
  const value = read.kind === 'account' ? accountValue(read.account) : wordOf(read.value);
  if (Buffer.compare(tree.get(key), value) !== 0) {
    const where = Buffer.from(read.address).toString('hex');
    throw new StfError('tree_mismatch', `${read.kind} of 0x${where} is not what the tree has`);
  }
  return { read, place: tree.find(key) };
}

/** Words of the reads, in their order; `position`: of a leaf in the table. */
function readWords(
  placed: readonly Placed[],
  newest: bigint,
  position: (index: number) => number,
  header: HeaderSource,
): number[] {
  const words: number[] = [];
  let oldest = newest;
  for (const { read, place } of placed) {
    if (read.kind === 'code') words.push(...packed(read.code));
    else if (read.kind === 'blockHash') {
      for (; oldest > read.number; oldest--) words.push(...packed(header(oldest)));
    } else if (place?.present) {
      words.push(2 * position(place.index) + 1);
      if (read.kind === 'account' && read.account !== undefined) words.push(...accountWords(read.account));
    } else if (place !== undefined) words.push(2 * position(place.low), position(place.high));
  }
  return words;
}

const noHeaders: HeaderSource = (number) => {
  throw new StfError('no_header', `the header of block ${number} is not at hand`);
};

/**
 * Runs a batch forward on the state that `tree` has, gives the input and the journal of its proof, and moves the tree on to
 * the state after.
 */
export function buildWitness(
  stf: FullStf,
  batch: Batch,
  state: StateReader,
  tree: IndexedTree,
  header: HeaderSource = noHeaders,
): BatchWitness {
  const data = batchData(batch);
  const run = runBatch(stf, batch, state, data);
  const placed = run.reads.map((read) => locate(tree, read));
  const indices = [...new Set(placed.flatMap(({ place }) => (place === undefined ? [] : leavesOf(place))))];
  indices.sort((a, b) => a - b);
  const positions = new Map(indices.map((index, i) => [index, i]));
  const changes = treeChanges(run.diff);
  const stateBefore = commitment(tree.root, tree.count, batch.head);
  const words = [
    [MAGIC, ...tree.root, ...limbsOf(BigInt(tree.count), 2), ...headWords(batch.head), data.length],
    data,
    leafTable(tree, indices),
    readWords(placed, batch.head.number, (index) => positions.get(index)!, header),
    ...tree.siblings(indices, tree.additions(changes)),
  ];
  tree.apply(changes);
  const journal = encodeJournal({
    stateBefore,
    stateAfter: commitment(tree.root, tree.count, run.head),
    dataHash: run.dataHash,
    messagesRoot: run.messagesRoot,
    depositsHash: run.head.deposits.hash,
    depositsCount: run.head.deposits.count,
    chainId: batch.chainId,
    firstBlock: batch.head.number + 1n,
    lastBlock: run.head.number,
    firstTimestamp: batch.blocks[0]!.env.timestamp,
    lastTimestamp: run.head.timestamp,
  });
  return { run, input: joined(words), journal, digest: blake3Bytes(journal) };
}

const LEAF_WORDS = 20;

/** How many leaves, and of each its place, key, value and the place of the next. */
function leafTable(tree: IndexedTree, indices: readonly number[]): Uint32Array {
  const out = new Uint32Array(1 + LEAF_WORDS * indices.length);
  out[0] = indices.length;
  let at = 1;
  const place = (index: number): void => {
    out[at++] = index;
    out[at++] = Math.floor(index / 2 ** 32);
  };
  for (const index of indices) {
    const { key, value, next } = tree.leaf(index);
    place(index);
    out.set(wordsOf(key), at);
    out.set(wordsOf(value), at + 8);
    at += 16;
    place(next);
  }
  return out;
}

function joined(parts: readonly (readonly number[] | Uint32Array | Digest)[]): Uint8Array {
  const out = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return new Uint8Array(out.buffer);
}
