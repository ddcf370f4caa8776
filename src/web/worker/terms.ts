// Provable security by term, recomputed from what a proof says of its own sizes.
import { verifyingKey } from '../../air/key.ts';
import { buildLayout } from '../../air/layout.ts';
import { openRun } from '../../air/run.ts';
import { bundleHeaderBytes, decodeBundleHeader, isBundle } from '../../core/bundle.ts';
import type { ProofParams } from '../../core/params.ts';
import type { ProgramTables } from '../../core/program_tables.ts';
import { decodeProof, decodeSegmentProof } from '../../core/proof.ts';
import { type SecurityTerm, securityTerms } from '../../core/security.ts';
import type { TermRow } from './api.ts';

export interface ProofTerms {
  readonly params: ProofParams;
  readonly terms: readonly TermRow[];
}

/** All bytes of `blob` from `at`. */
export const bytesOf = async (blob: Blob, at: number = 0, length: number = blob.size): Promise<Uint8Array> =>
  new Uint8Array(await blob.slice(at, at + length).arrayBuffer());

/** Of a proof that was verified: throws what decoding throws. */
export async function proofTerms(proof: Blob, tables: ProgramTables): Promise<ProofTerms> {
  const front = await bytesOf(proof, 0, 12);
  const weakest = new Map<string, TermRow>();
  const add = (terms: readonly SecurityTerm[]): void => {
    for (const { name, bits, grindBits, source } of terms)
      if (bits < (weakest.get(name)?.bits ?? Number.POSITIVE_INFINITY))
        weakest.set(name, { name, bits, grindBits, source });
  };
  if (!isBundle(front)) {
    const { params, logRows } = decodeProof(await bytesOf(proof));
    add(securityTerms(params, buildLayout(logRows).shape));
    return { params, terms: [...weakest.values()] };
  }
  const start = bundleHeaderBytes(front);
  const bundle = decodeBundleHeader(await bytesOf(proof, 0, start));
  const { params, proofBytes } = bundle;
  add([openRun(bundle, verifyingKey(tables, params.logBlowup)).term]);
  let at = start;
  for (const length of proofBytes) {
    const { logRows } = decodeSegmentProof(await bytesOf(proof, at, length));
    add(securityTerms(params, buildLayout(logRows).shape));
    at += length;
  }
  return { params, terms: [...weakest.values()] };
}
