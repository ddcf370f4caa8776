/** The statement of a run in segments, as prover and verifier both absorb it. */
import type { Bundle } from '../core/bundle.ts';
import { blake3Bytes, bytesToWords } from '../core/hash.ts';
import { runLogupTerm, type SecurityTerm } from '../core/security.ts';
import { RunTranscript, type SegmentHeader } from '../core/transcript.ts';
import { N_RUN_ENDS } from './boundary.ts';
import type { Chip } from './chip.ts';
import { boundaryChip, firstChip, imageOnceChip } from './chips/segments.ts';
import { airDigest } from './inventory.ts';
import type { VerifyingKey } from './key.ts';
import { MAX_TUPLE_WIDTH } from './relations.ts';

/** Fractions of the relations that span the segments, padding and public ends included. */
export const runTermsOf = (segments: readonly SegmentHeader[], logImage: number): number => {
  const terms = (chip: Chip, log: number): number => (log < 0 ? 0 : chip.fractions.length * 2 ** log);
  return segments.reduce(
    (n, s) => n + terms(boundaryChip, s.logBoundary) + terms(firstChip, s.logFirst),
    terms(imageOnceChip, logImage) + N_RUN_ENDS,
  );
};

/** The transcript of a run before its work, and the term of its challenges with the work they need. */
export const openRun = (
  { params, exitCode, journal, chainEnd, segments }: Omit<Bundle, 'nonce' | 'proofBytes'>,
  key: VerifyingKey,
): { readonly transcript: RunTranscript; readonly term: SecurityTerm } => ({
  transcript: new RunTranscript({
    params,
    airDigest: airDigest(),
    keyDigest: key.digest,
    publicValues: [exitCode, ...bytesToWords(blake3Bytes(journal))],
    chainEnd,
    segments,
  }),
  term: runLogupTerm(params, runTermsOf(segments, key.logImage), MAX_TUPLE_WIDTH),
});
