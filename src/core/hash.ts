/**
 * BLAKE3 (O'Connor, Aumasson, Neves, Wilcox-O'Hearn, 2020), all seven rounds, keyed by domain.
 *
 * `hashWords(key, words)` is BLAKE3's keyed hash of one chunk whose length is not limited to 1,024 bytes: up to that
 * length it equals standard keyed BLAKE3; beyond it the same chain of compressions goes on, ending with CHUNK_END and
 * ROOT. Collision resistance is that of the compression function chained under a fixed key, the last block being
 * marked and carrying its length (Merkle–Damgård with a prefix-free end).
 */
import { blake3 } from '@noble/hashes/blake3.js';

export type Digest = Uint32Array;
export const DIGEST_WORDS = 8;

const IV: readonly number[] = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];
const PERMUTATION: readonly number[] = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];
export const CHUNK_START = 1;
export const CHUNK_END = 2;
export const ROOT = 8;
export const KEYED_HASH = 16;

/** Word index of message word k in round r, the permutation applied r times: SCHEDULE[16 r + k]. */
const SCHEDULE: Uint8Array = (() => {
  const table = new Uint8Array(7 * 16);
  let current = Array.from({ length: 16 }, (_, i) => i);
  for (let r = 0; r < 7; r++) {
    table.set(current, 16 * r);
    current = PERMUTATION.map((k) => current[k] as number);
  }
  return table;
})();

const v = new Uint32Array(16);
const m = new Uint32Array(16);

const g = (a: number, b: number, c: number, d: number, x: number, y: number): void => {
  let va = (v[a] as number) | 0;
  let vb = (v[b] as number) | 0;
  let vc = (v[c] as number) | 0;
  let vd = (v[d] as number) | 0;
  va = (va + vb + x) | 0;
  vd ^= va;
  vd = (vd >>> 16) | (vd << 16);
  vc = (vc + vd) | 0;
  vb ^= vc;
  vb = (vb >>> 12) | (vb << 20);
  va = (va + vb + y) | 0;
  vd ^= va;
  vd = (vd >>> 8) | (vd << 24);
  vc = (vc + vd) | 0;
  vb ^= vc;
  vb = (vb >>> 7) | (vb << 25);
  v[a] = va;
  v[b] = vb;
  v[c] = vc;
  v[d] = vd;
};

/** One compression; writes the new chaining value into `cv`. `m` holds the block. Counter is 0. */
const compressInto = (cv: Uint32Array, blockBytes: number, flags: number): void => {
  for (let i = 0; i < 8; i++) v[i] = cv[i] as number;
  for (let i = 0; i < 4; i++) v[8 + i] = IV[i] as number;
  v[12] = 0;
  v[13] = 0;
  v[14] = blockBytes;
  v[15] = flags;
  for (let r = 0; r < 112; r += 16) {
    const s = (k: number): number => m[SCHEDULE[r + k] as number] as number;
    g(0, 4, 8, 12, s(0), s(1));
    g(1, 5, 9, 13, s(2), s(3));
    g(2, 6, 10, 14, s(4), s(5));
    g(3, 7, 11, 15, s(6), s(7));
    g(0, 5, 10, 15, s(8), s(9));
    g(1, 6, 11, 12, s(10), s(11));
    g(2, 7, 8, 13, s(12), s(13));
    g(3, 4, 9, 14, s(14), s(15));
  }
  for (let i = 0; i < 8; i++) cv[i] = (v[i] as number) ^ (v[i + 8] as number);
};

/** Keyed hash of `words` (u32 each, little-endian bytes): eight words. An empty input is one empty block. */
export const hashWords = (key: Digest, words: ArrayLike<number>): Digest => {
  const cv = Uint32Array.from(key);
  const blocks = Math.max(1, Math.ceil(words.length / 16));
  for (let k = 0; k < blocks; k++) {
    const count = Math.min(16, words.length - 16 * k);
    for (let i = 0; i < 16; i++) m[i] = i < count ? (words[16 * k + i] as number) : 0;
    const flags = KEYED_HASH | (k === 0 ? CHUNK_START : 0) | (k === blocks - 1 ? CHUNK_END | ROOT : 0);
    compressInto(cv, 4 * count, flags);
  }
  return cv;
};

export const bytesToWords = (bytes: Uint8Array): Uint32Array => {
  const out = new Uint32Array(bytes.length >> 2);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < out.length; i++) out[i] = view.getUint32(4 * i, true);
  return out;
};

export const wordsToBytes = (words: ArrayLike<number>): Uint8Array => {
  const out = new Uint8Array(4 * words.length);
  const view = new DataView(out.buffer);
  for (let i = 0; i < words.length; i++) view.setUint32(4 * i, words[i] as number, true);
  return out;
};

/** Domain keys: BLAKE3 of the domain's name. Fixed by the protocol's version. */
const domainKey = (name: string): Digest => bytesToWords(blake3(new TextEncoder().encode(`wisp/1/${name}`)));
export const LEAF_KEY: Digest = domainKey('leaf');
export const NODE_KEY: Digest = domainKey('node');
export const TRANSCRIPT_KEY: Digest = domainKey('transcript');
export const DRAW_KEY: Digest = domainKey('draw');
export const GRIND_KEY: Digest = domainKey('grind');
export const PROGRAM_KEY: Digest = domainKey('program');
export const AIR_KEY: Digest = domainKey('air');

/** Standard BLAKE3 of bytes: the journal's digest. */
export const blake3Bytes = (bytes: Uint8Array): Uint8Array => blake3(bytes);

export const digestEqual = (a: Digest, b: Digest): boolean => {
  let difference = a.length ^ b.length;
  for (let i = 0; i < DIGEST_WORDS; i++) difference |= (a[i] as number) ^ (b[i] as number);
  return difference === 0;
};
