// The committed bundle (scripts/proof_fixture.ts) in its parts: a run of five segments, the last two of first tuples only.
import { readFileSync } from 'node:fs';
import { type VerifyingKey, verifyingKey } from '../../src/air/key.ts';
import { type Bundle, bundleHeaderBytes, decodeBundleHeader, encodeBundleHeader } from '../../src/core/bundle.ts';
import type { SecurityPolicy } from '../../src/core/security.ts';
import { verifyBundle } from '../../src/verifier/bundle.ts';
import type { Verified } from '../../src/verifier/verify.ts';
import { key, program } from './fixture.ts';

export const bytes: Uint8Array = new Uint8Array(
  readFileSync(new URL('../fixtures/bundle_v2_testing.bin', import.meta.url)),
);
export const headerBytes: Uint8Array = bytes.slice(0, bundleHeaderBytes(bytes));
export const bundle: Bundle = decodeBundleHeader(headerBytes);
export const proofs: readonly Uint8Array[] = bundle.proofBytes.map((length, i) => {
  const from = bundle.proofBytes.slice(0, i).reduce((a, b) => a + b, headerBytes.length);
  return bytes.slice(from, from + length);
});

export const TESTING: SecurityPolicy = { allowTesting: true };

let compactKey: VerifyingKey | undefined;
const keyOf = (logBlowup: number): VerifyingKey => {
  if (logBlowup === key.logBlowup) return key;
  compactKey ??= verifyingKey(program, logBlowup);
  return compactKey;
};

/** Verifies bytes as a file is: the header's own length says where the proofs begin. */
export const verifyBytes = (all: Uint8Array, policy: SecurityPolicy = TESTING): Promise<Verified> => {
  const start = bundleHeaderBytes(all);
  const read = (offset: number, length: number): Uint8Array => all.subarray(start + offset, start + offset + length);
  return verifyBundle(all.slice(0, start), { bytes: all.length - start, read }, keyOf, policy);
};

/** Header and proofs as one file; the lengths are those of the proofs. */
export const assembleBundle = (header: Omit<Bundle, 'proofBytes'>, parts: readonly Uint8Array[]): Uint8Array => {
  const front = encodeBundleHeader({ ...header, proofBytes: parts.map((p) => p.length) });
  return new Uint8Array(Buffer.concat([front, ...parts]));
};
