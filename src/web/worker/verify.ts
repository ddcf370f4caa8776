// Verifies proofs in the worker, whole ones and bundles, which are read segment by segment.
import { verifyingKey } from '../../air/key.ts';
import { bundleHeaderBytes, isBundle } from '../../core/bundle.ts';
import { MAX_PROOF_BYTES } from '../../core/proof.ts';
import { programTables } from '../../machine/tables.ts';
import { verifyBundle } from '../../verifier/bundle.ts';
import { type Verified, verify } from '../../verifier/verify.ts';
import type { VerifyReport, VerifyRequest } from './api.ts';
import { programOf } from './program.ts';
import { bytesOf, proofTerms } from './terms.ts';

/** Throws what loading and verifying throw. */
export async function verifyProof({ elf, proof, minSecurityBits }: VerifyRequest): Promise<VerifyReport> {
  const tables = programTables(programOf(elf));
  const policy = { minSecurityBits };
  const started = performance.now();
  const front = await bytesOf(proof, 0, 12);
  let verified: Verified;
  if (isBundle(front)) {
    const start = bundleHeaderBytes(front);
    verified = await verifyBundle(
      await bytesOf(proof, 0, start),
      { bytes: proof.size - start, read: (at, length) => bytesOf(proof, start + at, length) },
      (logBlowup) => verifyingKey(tables, logBlowup),
      policy,
    );
  } else {
    verified = verify(await bytesOf(proof, 0, MAX_PROOF_BYTES + 4), tables, policy);
  }
  const verifyMs = performance.now() - started;
  const { exitCode, journal, securityBits, segments } = verified;
  const { params, terms } = await proofTerms(proof, tables);
  return { ok: true, exitCode, journal, securityBits, segments, parameters: JSON.stringify(params), terms, verifyMs };
}
