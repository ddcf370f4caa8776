// Hashes of the state's tree and its commitments: BLAKE3 keyed by domain, as guests/rollup/src/crypto.rs has them.
import { blake3 } from '@noble/hashes/blake3.js';
import { bytesToWords, type Digest, hashWords, wordsToBytes } from '../../core/hash.ts';
import type { AccountState } from '../contract.ts';

const domain = (name: string): Digest => bytesToWords(blake3(new TextEncoder().encode(`wisp/rollup/1/${name}`)));
const KEY = domain('key');
const ACCOUNT = domain('account');
const LEAF = domain('leaf');
const NODE = domain('node');
const STATE = domain('state');

/** Keccak-256 of nothing: the code hash of an account without code. */
export const NO_CODE: Uint8Array = new Uint8Array(
  Buffer.from('c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470', 'hex'),
);

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

const pair = new DataView(new ArrayBuffer(8));

/** A number's 32-bit limbs, low first. */
export function limbsOf(value: bigint, count: number): number[] {
  const limbs: number[] = [];
  let rest = value;
  for (let i = 0; i < count; i += 2) {
    pair.setBigUint64(0, rest, true);
    limbs.push(pair.getUint32(0, true));
    if (i + 1 < count) limbs.push(pair.getUint32(4, true));
    if (rest !== 0n) rest >>= 64n;
  }
  return limbs;
}

/** Bytes of a big-endian word as limbs, low first: what the tree holds of a slot. */
export const wordOf = (value: Uint8Array): Uint8Array => value.slice().reverse();

/** Place of an account in the tree. */
export const accountKey = (address: Uint8Array): Uint8Array => wordsToBytes(hashWords(KEY, bytesToWords(address)));

/** Place of a slot in the tree. */
export const slotKey = (address: Uint8Array, slot: Uint8Array): Uint8Array =>
  wordsToBytes(hashWords(KEY, [...bytesToWords(address), ...bytesToWords(wordOf(slot))]));

/** What the tree holds of an account: zero for none. */
export function accountValue(account: AccountState | undefined): Uint8Array {
  if (account === undefined) return new Uint8Array(32);
  const words = [...limbsOf(account.nonce, 2), ...limbsOf(account.balance, 8)];
  if (!same(account.codeHash, NO_CODE)) words.push(...bytesToWords(account.codeHash));
  return wordsToBytes(hashWords(ACCOUNT, words));
}

const leafBlock = new Uint32Array(18);

export function leafHash(key: Uint8Array, value: Uint8Array, next: number): Digest {
  leafBlock.set(bytesToWords(key), 0);
  leafBlock.set(bytesToWords(value), 8);
  leafBlock[16] = next >>> 0;
  leafBlock[17] = Math.floor(next / 2 ** 32);
  return hashWords(LEAF, leafBlock);
}

const nodeBlock = new Uint32Array(16);

export function nodeHash(left: Digest, right: Digest): Digest {
  nodeBlock.set(left, 0);
  nodeBlock.set(right, 8);
  return hashWords(NODE, nodeBlock);
}

export const DEPTH = 64;

/** Roots of empty trees by height; an empty leaf is zero. */
export const EMPTY: readonly Digest[] = (() => {
  const out: Digest[] = [new Uint32Array(8)];
  for (let i = 0; i < DEPTH; i++) out.push(nodeHash(out[i]!, out[i]!));
  return out;
})();

/** The last block, as far as the next one builds on it. */
export interface ChainHead {
  readonly number: bigint;
  /** Seconds. */
  readonly timestamp: bigint;
  readonly hash: Uint8Array;
  readonly deposits: Deposits;
}

/** What was taken from the L1's queue: rolling hash and count. */
export interface Deposits {
  readonly hash: Uint8Array;
  readonly count: bigint;
}

export const NO_DEPOSITS: Deposits = { hash: new Uint8Array(32), count: 0n };

export const headWords = ({ number, timestamp, hash, deposits }: ChainHead): number[] => [
  ...limbsOf(number, 2),
  ...limbsOf(timestamp, 2),
  ...bytesToWords(hash),
  ...bytesToWords(deposits.hash),
  ...limbsOf(deposits.count, 2),
];

/** Commitment to a state: root and number of leaves of its tree, and the head of the chain. */
export const commitment = (root: Digest, leaves: number, head: ChainHead): Uint8Array =>
  wordsToBytes(hashWords(STATE, [...root, ...limbsOf(BigInt(leaves), 2), ...headWords(head)]));

export { bytesToWords as wordsOf };
