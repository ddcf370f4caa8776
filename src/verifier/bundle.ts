/**
 * Verifies a run that was proven in segments. The header fixes the run; the segments' proofs may be read one after
 * another. Everything is checked that a whole run's proof checks, and besides: each segment starts where the one before
 * it ended, and the relations that span them balance over all.
 */
import { boundarySum, runTerms, segmentTerms } from '../air/boundary.ts';
import { type LogupChallenges, logupChallenges } from '../air/evaluate.ts';
import { isConsistentKey, type VerifyingKey } from '../air/key.ts';
import { MAX_LOG_ROWS, MIN_LOG_ROWS, type Role } from '../air/layout.ts';
import { openRun, runTermsOf } from '../air/run.ts';
import { type Bundle, decodeBundleHeader } from '../core/bundle.ts';
import { WispError } from '../core/errors.ts';
import { Q_ZERO, type Qm31, qAdd, qEqual } from '../core/field.ts';
import { blake3Bytes, bytesToWords, type Digest } from '../core/hash.ts';
import { SENTINEL_ADDRESS } from '../core/isa.ts';
import { decodeSegmentProof, InvalidProofShape } from '../core/proof.ts';
import { DEFAULT_MIN_SECURITY_BITS, type SecurityPolicy } from '../core/security.ts';
import type { SegmentHeader } from '../core/transcript.ts';
import { type Claim, refuse, type Verified, verifyClaim } from './verify.ts';

const isHeight = (log: number): boolean => log === -1 || (log >= MIN_LOG_ROWS && log <= MAX_LOG_ROWS);

/** What the header says, checked as far as it can be without the proofs. */
export interface CheckedRun {
  readonly bundle: Bundle;
  readonly key: VerifyingKey;
  readonly digest: Digest;
  readonly challenges: LogupChallenges;
  /** Provable bits of the challenges of the run's own relations. */
  readonly securityBits: number;
  /** The claim of each segment's proof. */
  claim(index: number): Claim;
}

/** Steps R0 to R2 of docs/protocol.md. Throws `VerificationError`. */
export const checkRun = (bundle: Bundle, key: VerifyingKey, policy: SecurityPolicy = {}): CheckedRun => {
  const { params, segments, chainEnd, exitCode, journal } = bundle;
  // R0. Everything read from the header is bounded; the run halts, and stays halted.
  if (!isConsistentKey(key)) refuse('wrong_program', 'the key is not what its digest says');
  if (key.logBlowup !== params.logBlowup) refuse('bad_shape', 'blow-up of the key', params.logBlowup, key.logBlowup);
  if (params.regime !== 'udr') refuse('weak_parameters', 'segments are analysed under unique decoding only');
  if (segments.length === 0) refuse('bad_shape', 'number of segments', 'at least 1', 0);
  if (chainEnd > SENTINEL_ADDRESS) refuse('bad_shape', 'end of the chain', `at most ${SENTINEL_ADDRESS}`, chainEnd);
  segments.forEach((s, i) => {
    const entry = i === 0 ? key.entry : segments[i - 1]?.exit;
    if (entry === null && s.exit !== null) refuse('bad_shape', `segment ${i + 1} goes on after the halt`);
    if (s.exit === null && s.exitClk !== 0)
      refuse('bad_shape', `clock after the halt in segment ${i + 1}`, 0, s.exitClk);
    if (!isHeight(s.logBoundary) || !isHeight(s.logFirst)) refuse('bad_heights', `tables of segment ${i + 1}`);
    const rows = s.logBoundary < 0 ? 0 : 2 ** s.logBoundary;
    if (s.boundaryRows > rows) refuse('bad_shape', `rows of segment ${i + 1}`, `at most ${rows}`, s.boundaryRows);
  });
  if (segments.at(-1)?.exit !== null) refuse('bad_shape', 'the run does not halt');
  if (runTermsOf(segments, key.logImage) >= 2 ** 30) refuse('bad_heights', 'too many rows in all');

  // R1. Statement: parameters, AIR, program, public values, every segment's boundary root, heights and exit.
  const output = bytesToWords(blake3Bytes(journal));
  const { transcript, term } = openRun(bundle, key);

  // R2. Work; the challenges of the run's relations. Soundness: fractions of all segments * tuple width / |F|.
  if (!transcript.work(term.grindBits, bundle.nonce)) refuse('insufficient_work', 'proof of work before the run');
  const least = params.name === 'testing' ? 0 : (policy.minSecurityBits ?? DEFAULT_MIN_SECURITY_BITS);
  if (term.bits < least) refuse('weak_parameters', `provable bits (${term.name})`, least, term.bits);
  const digest = transcript.state;
  const [z, alpha] = transcript.drawLogup();
  const challenges = logupChallenges(z, alpha);

  const values = { entry: key.entry, exitCode, digest: output };
  return {
    bundle,
    key,
    digest,
    challenges,
    securityBits: term.bits,
    claim: (index) => {
      const header = segments[index] as SegmentHeader;
      const entry = index === 0 ? key.entry : (segments[index - 1]?.exit ?? null);
      const number = index + 1;
      const role: Role = index === segments.length - 1 ? 'last' : 'segment';
      return {
        role,
        publicWords: [number, ...digest],
        terms: segmentTerms(values, { ...header, number, entry }),
        run: {
          challenges,
          root: header.root,
          heights: new Map([
            ['boundary', header.logBoundary],
            ['first', header.logFirst],
          ]),
        },
      };
    },
  };
};

/** What a segment's proof leaves to be checked over the run. */
export interface CheckedSegment {
  readonly runSum: Qm31;
  readonly securityBits: number;
}

/** Step R3: one segment's proof. Throws as `verify` does. */
export const verifySegment = (
  run: CheckedRun,
  index: number,
  bytes: Uint8Array,
  policy: SecurityPolicy,
): CheckedSegment => {
  const { params, segments } = run.bundle;
  try {
    const proof = decodeSegmentProof(bytes);
    for (const field of Object.keys(params) as (keyof typeof params)[])
      if (proof.params[field] !== params[field])
        refuse('bad_shape', `parameter ${field}`, params[field], proof.params[field]);
    return verifyClaim(proof, run.key, run.claim(index), policy);
  } catch (error) {
    if (error instanceof WispError) error.message = `segment ${index + 1} of ${segments.length}: ${error.message}`;
    throw error;
  }
};

/** Step R4: cells, image and chain of first tuples balance over all segments. Throws `VerificationError`. */
export const checkBalance = (run: CheckedRun, checked: readonly CheckedSegment[]): void => {
  const ends = boundarySum(runTerms(run.bundle.chainEnd), run.challenges);
  const total = checked.reduce((sum, { runSum }) => qAdd(sum, runSum), ends);
  if (checked.length !== run.bundle.segments.length || !qEqual(total, Q_ZERO))
    refuse('relations_unbalanced', 'the relations between the segments do not balance');
};

/** What follows a bundle's header: byte ranges are asked for in order, and may be forgotten when used. */
export interface BundleBody {
  readonly bytes: number;
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array>;
}

/**
 * Verifies a bundle. Throws `InvalidProofShape` or `VerificationError`; what `read` throws passes through.
 */
export const verifyBundle = async (
  header: Uint8Array,
  body: BundleBody,
  keyOf: (logBlowup: number) => VerifyingKey,
  policy: SecurityPolicy = {},
  onSegment?: (done: number, total: number) => void,
): Promise<Verified> => {
  const bundle = decodeBundleHeader(header);
  if (bundle.params.logBlowup > 2) refuse('bad_shape', 'log blow-up', 'at most 2', bundle.params.logBlowup);
  const bytes = bundle.proofBytes.reduce((a, b) => a + b, 0);
  if (bytes !== body.bytes) {
    const code = bytes > body.bytes ? 'proof_truncated' : 'proof_trailing';
    throw new InvalidProofShape(code, `proofs of ${bytes} bytes announced, ${body.bytes} follow the header`);
  }
  const run = checkRun(bundle, keyOf(bundle.params.logBlowup), policy);
  const checked: CheckedSegment[] = [];
  let offset = 0;
  for (const [index, length] of bundle.proofBytes.entries()) {
    checked.push(verifySegment(run, index, await body.read(offset, length), policy));
    offset += length;
    onSegment?.(index + 1, bundle.segments.length);
  }
  checkBalance(run, checked);
  const securityBits = Math.min(run.securityBits, ...checked.map((c) => c.securityBits));
  const { exitCode, journal, params } = bundle;
  return { exitCode, journal, params, securityBits, segments: bundle.segments.length };
};
