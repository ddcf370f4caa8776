/**
 * The proof of a run that was cut in segments: a header that fixes the whole run, then each segment's proof. The header
 * is all that a verifier must hold; proofs are read one after another, so a bundle may be longer than memory.
 */

import { wordsToBytes } from './hash.ts';
import { MAX_PROGRAM_LENGTH } from './isa.ts';
import type { ProofParams } from './params.ts';
import { encodeParams } from './params.ts';
import { decodeOutput, encodeOutput, MAX_PROOF_BYTES, type Output } from './proof.ts';
import {
  encodeSegmentHeader,
  type Nonce,
  PROTOCOL_VERSION,
  SEGMENT_HEADER_WORDS,
  type SegmentHeader,
} from './transcript.ts';
import { WordReader } from './word_reader.ts';

/** Segments of a run: their numbers, from 1, are shown by 16-bit differences. */
export const MAX_SEGMENTS = 65535;

export interface Bundle extends Output {
  readonly params: ProofParams;
  /** Last token of the chain of first tuples: above every word that the run touches. */
  readonly chainEnd: number;
  readonly segments: readonly SegmentHeader[];
  /** Proof of work before the challenges of the run's own relations. */
  readonly nonce: Nonce;
  /** Bytes of each segment's proof, in order. */
  readonly proofBytes: readonly number[];
}

export const BUNDLE_MAGIC = 0x42534957; // "WISB"
const MAX_HEADER_BYTES = MAX_PROOF_BYTES + 64 * MAX_SEGMENTS;

/** The header: its own length in bytes first, after magic number and version. */
export const encodeBundleHeader = (bundle: Bundle): Uint8Array => {
  const rest = [...encodeParams(bundle.params), ...encodeOutput(bundle), bundle.chainEnd, bundle.segments.length];
  for (const [i, header] of bundle.segments.entries())
    rest.push(...encodeSegmentHeader(header), bundle.proofBytes[i] as number);
  rest.push(...bundle.nonce);
  return wordsToBytes([BUNDLE_MAGIC, PROTOCOL_VERSION, 4 * (rest.length + 3), ...rest]);
};

/** Whether bytes begin as a bundle does. */
export const isBundle = (front: Uint8Array): boolean =>
  front.length >= 4 &&
  new DataView(front.buffer, front.byteOffset, front.byteLength).getUint32(0, true) === BUNDLE_MAGIC;

/** Length of the header that starts with these 12 bytes; 12 where they are no header's (decoding says why). */
export const bundleHeaderBytes = (front: Uint8Array): number => {
  if (front.length < 12 || !isBundle(front)) return 12;
  const length = new DataView(front.buffer, front.byteOffset, front.byteLength).getUint32(8, true);
  return length >= 12 && length <= MAX_HEADER_BYTES ? length : 12;
};

/** Reads a header. Throws `InvalidProofShape` and nothing else, whatever the bytes. */
export const decodeBundleHeader = (bytes: Uint8Array): Bundle => {
  const reader = new WordReader(bytes, MAX_HEADER_BYTES, BUNDLE_MAGIC, 'bundle of segments');
  const length = reader.one('header length');
  if (length !== bytes.length) reader.fail('proof_truncated', `header of ${length} bytes, got ${bytes.length}`);
  const params = reader.params();
  const output = decodeOutput(reader);
  const chainEnd = reader.canonical(reader.take(1, 'chain end'), 'chain end')[0] as number;
  const count = reader.count('segments', MAX_SEGMENTS);
  const segments: SegmentHeader[] = [];
  const proofBytes: number[] = [];
  for (let i = 0; i < count; i++) {
    const words = reader.take(SEGMENT_HEADER_WORDS, `header of segment ${i}`);
    const [logBoundary, logFirst, boundaryRows, exit, exitClk] = Array.from(words.subarray(8)) as [
      number,
      number,
      number,
      number,
      number,
    ];
    if (exit > MAX_PROGRAM_LENGTH) reader.fail('proof_length', `exit of segment ${i} is ${exit - 1}`);
    reader.canonical(words.subarray(8), `header of segment ${i}`);
    segments.push({
      root: words.slice(0, 8),
      logBoundary: logBoundary - 1,
      logFirst: logFirst - 1,
      boundaryRows,
      exit: exit === 0 ? null : exit - 1,
      exitClk,
    });
    proofBytes.push(reader.count(`bytes of segment ${i}`, MAX_PROOF_BYTES));
  }
  const [low, high] = reader.take(2, 'nonce') as unknown as [number, number];
  reader.end();
  return { params, ...output, chainEnd, segments, nonce: [low, high], proofBytes };
};
