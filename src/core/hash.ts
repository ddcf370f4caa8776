/**
 * BLAKE3 (O'Connor, Aumasson, Neves, Wilcox-O'Hearn, 2020), all seven rounds, keyed by domain.
 *
 * `hashWords(key, words)` is BLAKE3's keyed hash of one chunk whose length is not limited to 1,024 bytes: up to that
 * length it equals standard keyed BLAKE3; beyond it the same chain of compressions goes on, ending with CHUNK_END and
 * ROOT. Collision resistance is that of the compression function chained under a fixed key, the last block being
 * marked and carrying its length (Merkle–Damgård with a prefix-free end).
 */
import { blake3 } from '@noble/hashes/blake3.js';
import { compressInto } from './blake3_compress.ts';

export type Digest = Uint32Array;
export const DIGEST_WORDS = 8;

export const CHUNK_START = 1;
export const CHUNK_END = 2;
export const ROOT = 8;
export const KEYED_HASH = 16;

const block = new Uint32Array(16);

/** Keyed hash of `words` (u32 each, little-endian bytes): eight words. An empty input is one empty block. */
export const hashWords = (key: Digest, words: ArrayLike<number>): Digest => {
  const cv = new Uint32Array(key);
  const blocks = Math.max(1, Math.ceil(words.length / 16));
  for (let k = 0; k < blocks; k++) {
    const count = Math.min(16, words.length - 16 * k);
    for (let i = 0; i < 16; i++) block[i] = i < count ? (words[16 * k + i] as number) : 0;
    const flags = KEYED_HASH | (k === 0 ? CHUNK_START : 0) | (k === blocks - 1 ? CHUNK_END | ROOT : 0);
    compressInto(cv, block, 4 * count, flags);
  }
  return cv;
};

export const bytesToWords = (bytes: Uint8Array): Uint32Array => {
  const out = new Uint32Array(bytes.length >> 2);
  // Without a view: making one takes longer than reading a digest by its bytes.
  for (let i = 0, at = 0; i < out.length; i++, at += 4) {
    const [a, b, c, d] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]] as [number, number, number, number];
    out[i] = a | (b << 8) | (c << 16) | (d << 24);
  }
  return out;
};

export const wordsToBytes = (words: ArrayLike<number>): Uint8Array => {
  const out = new Uint8Array(4 * words.length);
  for (let i = 0, at = 0; i < words.length; i++, at += 4) {
    const word = words[i] as number;
    out[at] = word;
    out[at + 1] = word >>> 8;
    out[at + 2] = word >>> 16;
    out[at + 3] = word >>> 24;
  }
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
