// Verifies the bytes of a proof, of a run that was proven whole or in segments.
import { verifyingKey } from '../air/key.ts';
import { bundleHeaderBytes, decodeBundleHeader, isBundle } from '../core/bundle.ts';
import type { ProgramTables } from '../core/program_tables.ts';
import { InvalidProofShape } from '../core/proof.ts';
import type { SecurityPolicy } from '../core/security.ts';
import { checkBalance, checkRun, verifySegment } from '../verifier/bundle.ts';
import { refuse, type Verified, verify } from '../verifier/verify.ts';

/** Throws `InvalidProofShape` or `VerificationError`. */
export function verifyBytes(proof: Uint8Array, tables: ProgramTables, policy: SecurityPolicy): Verified {
  if (!isBundle(proof)) return verify(proof, tables, policy);
  const start = bundleHeaderBytes(proof);
  const bundle = decodeBundleHeader(proof.subarray(0, start));
  const { exitCode, journal, params, segments, proofBytes } = bundle;
  if (params.logBlowup > 2) refuse('bad_shape', 'log blow-up', 'at most 2', params.logBlowup);
  const bytes = proofBytes.reduce((a, b) => a + b, start);
  if (bytes !== proof.length) {
    const code = bytes > proof.length ? 'proof_truncated' : 'proof_trailing';
    throw new InvalidProofShape(code, `a bundle of ${bytes} bytes announced, got ${proof.length}`);
  }
  const run = checkRun(bundle, verifyingKey(tables, params.logBlowup), policy);
  let at = start;
  const checked = proofBytes.map((length, index) => {
    at += length;
    return verifySegment(run, index, proof.subarray(at - length, at), policy);
  });
  checkBalance(run, checked);
  const securityBits = Math.min(run.securityBits, ...checked.map((c) => c.securityBits));
  return { exitCode, journal, params, securityBits, segments: segments.length };
}
