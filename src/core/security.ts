/**
 * Provable security of a proof, from its own parameters and sizes.
 *
 * Round-by-round soundness: each challenge has an error of its own, proof of work before the challenge divides that
 * error, and the proof is as strong as its weakest term. Only proven regimes are known here: unique decoding (`udr`)
 * and the Johnson bound (`jbr`); nothing is conjectured.
 *
 * What the circle changes (N = 2^maxLogN rows, D = N * 2^logBlowup points, |F| = (2^31 - 1)^4):
 * - F contains i, so t = x + iy maps the circle to F*, and functions of degree <= M/2 become Laurent polynomials in t:
 *   up to a fixed nonzero factor at each point they are a Reed-Solomon code of dimension M + 1 (call it L_M). The
 *   proximity gaps of RS codes carry over as they stand.
 * - The FFT's space has dimension N and lies inside L_N (dimension N + 1), but is no RS code itself. Batching therefore
 *   concludes in L_N. The folds after the circle fold are of true RS codes of dimension N / 2^k on D / 2^k points.
 * - The quotient of f in L_N by the line through the sampled point and its conjugate is in L_(N-2), inside the FFT's
 *   space, so nothing needs correcting for an honest prover. Backwards, a quotient in L_N is only an f in L_(N+2), of
 *   dimension N + 3. Its trace is still a valid witness (N rows are N rows); only counts of zeros and radii change.
 *   Hence `radius` works at rate (N + 3) / D, and the out-of-domain point counts zeros of L_(N+2).
 * - All columns are lifted to the tallest domain, where a column of 2^k < N rows is constant on the fibres of
 *   (n - k)-fold doubling. Its decoding h must be so as well: h and its translate h' by an element of the kernel
 *   agree on at least (1 - 2 * radius) * D > N + 2 points, so h = h' **within the unique decoding radius only**.
 *   Beyond it, the word that equals b(x) + y * a(x) at one arbitrary point of each pair of fibre points agrees on half
 *   of the domain with a function that is no lift: a table whose rows hold two values each with half a weight. So `jbr`
 *   counts only where all tables have the same height, and is scored as `udr` elsewhere.
 *
 * Sources:
 * - BCHKS25: ePrint 2025/2055, Theorem 1.3 and Corollary 1.4 (udr), Theorem 4.2 (jbr)
 * - Haböck, "A summary on the FRI low degree test": ePrint 2022/1216, Theorem 8
 * - Haböck, "Multivariate lookups based on logarithmic derivatives": ePrint 2022/1530
 * - Haböck, Levit, Papini, "Circle STARKs": ePrint 2024/278
 */

import { add, divide, errorBits, type Fraction, fraction, multiply, power, squareRoot, subtract } from './exact.ts';
import { checkParams, friLayers, MAX_GRIND_BITS, MAX_LOG_DOMAIN, type ProofParams, type Regime } from './params.ts';

/** Degree bound of all constraints, lookups included. */
export const CONSTRAINT_DEGREE = 3;

/** Provable bits that a verifier asks for unless its caller names another figure. */
export const DEFAULT_MIN_SECURITY_BITS = 100;

/** The sizes on which soundness depends; a verifier takes them from the verifying key and the proof's own heights. */
export interface ProofShape {
  /** log2 of the rows of the tallest and of the shortest table. */
  readonly maxLogN: number;
  readonly minLogN: number;
  /** Committed base field columns, all trees. */
  readonly nColumns: number;
  /** Sampled values: a column that is also read in the next row counts twice. */
  readonly nSamples: number;
  /** Constraints of all chips together. */
  readonly nConstraints: number;
  /** Fractions of all lookup relations over all rows, padding and public terms included (an upper bound). */
  readonly logupTerms: number;
  /** Values in the widest tuple, its relation's constant included. */
  readonly tupleWidth: number;
}

/** Proof of work before each draw, bits. */
export interface GrindSchedule {
  readonly logup: number;
  readonly composition: number;
  readonly oods: number;
  readonly deep: number;
  readonly fri: readonly number[];
  readonly query: number;
}

export interface SecurityTerm {
  readonly name: string;
  readonly regime: Regime | 'any';
  /** Provable bits of this term, `grindBits` included; rounded down to a multiple of 2^-20. */
  readonly bits: number;
  readonly grindBits: number;
  readonly source: string;
}

/** The minimum proof of work with which every term reaches `targetBits`, or MAX_GRIND_BITS where none does. */
export function grindSchedule(params: ProofParams, shape: ProofShape): GrindSchedule {
  const { logup, composition, oods, deep, fri, query } = analyse(params, shape);
  return {
    logup: logup.grindBits,
    composition: composition.grindBits,
    oods: oods.grindBits,
    deep: deep.grindBits,
    fri: fri.map((fold) => fold.grindBits),
    query: query.grindBits,
  };
}

/** All terms, in the order of the transcript, each with the work of its own draw. */
export function securityTerms(params: ProofParams, shape: ProofShape): SecurityTerm[] {
  const { logup, composition, oods, deep, fri, query, hash, ...unhandled } = analyse(params, shape);
  unhandled satisfies Record<string, never>;
  return [logup, composition, oods, deep, ...fri, query, hash];
}

/**
 * The LogUp term of the relations that span the segments of a run: `terms` fractions over all segments, of unique
 * decodings (the boundary columns are fixed by their roots before the challenges). Its work is sized for the target.
 */
export function runLogupTerm(params: ProofParams, terms: number, tupleWidth: number): SecurityTerm {
  const error = multiply(fraction(BigInt(Math.max(1, terms)) * BigInt(tupleWidth)), OVER_FIELD);
  return sizedTerm(params.targetBits, 'udr', 'run logup', 'ePrint 2022/1530: terms * width / |F|', error);
}

/** The bits of the weakest term. */
export function provableBits(params: ProofParams, shape: ProofShape): number {
  return Math.min(...securityTerms(params, shape).map((term) => term.bits));
}

export type SecurityError =
  | {
      readonly code: 'InvalidParams' | 'InvalidShape';
      readonly field: string;
      readonly expected: string;
      readonly got: number;
    }
  | { readonly code: 'TestingParams' }
  | { readonly code: 'InsufficientSecurity'; readonly term: string; readonly expected: number; readonly got: number };

export interface SecurityPolicy {
  /** Least provable bits; `DEFAULT_MIN_SECURITY_BITS` if absent. */
  readonly minSecurityBits?: number;
  /** Accept the parameters named `testing` whatever they are worth. */
  readonly allowTesting?: boolean;
}

/** Why a proof with these parameters and sizes must be refused, or undefined. Total on any input. */
export function checkSecurity(
  params: ProofParams,
  shape: ProofShape,
  policy: SecurityPolicy = {},
): SecurityError | undefined {
  const invalid = checkParams(params) ?? checkShape(params, shape);
  if (invalid !== undefined) return invalid;
  if (params.name === 'testing') return policy.allowTesting === true ? undefined : { code: 'TestingParams' };
  const expected = policy.minSecurityBits ?? DEFAULT_MIN_SECURITY_BITS;
  const weakest = securityTerms(params, shape).reduce((a, b) => (b.bits < a.bits ? b : a));
  if (weakest.bits >= expected) return undefined;
  return { code: 'InsufficientSecurity', term: weakest.name, expected, got: weakest.bits };
}

function checkShape(params: ProofParams, shape: ProofShape): SecurityError | undefined {
  const { maxLogN, minLogN, nColumns, nSamples, nConstraints, logupTerms, tupleWidth, ...unhandled } = shape;
  unhandled satisfies Record<string, never>;
  const bounds: Readonly<Record<keyof ProofShape, readonly [value: number, min: number, max: number]>> = {
    maxLogN: [maxLogN, 1, MAX_LOG_DOMAIN - params.logBlowup],
    minLogN: [minLogN, 0, maxLogN],
    nColumns: [nColumns, 1, 2 ** 20],
    nSamples: [nSamples, 1, 2 ** 21],
    nConstraints: [nConstraints, 1, 2 ** 20],
    logupTerms: [logupTerms, 0, Number.MAX_SAFE_INTEGER],
    tupleWidth: [tupleWidth, 1, 2 ** 10],
  };
  for (const [field, [value, min, max]] of Object.entries(bounds)) {
    if (!Number.isSafeInteger(value) || value < min || value > max) {
      return { code: 'InvalidShape', field, expected: `${min}..${max}`, got: value };
    }
  }
  return undefined;
}

/** |F|, the size of QM31. */
const FIELD_SIZE = (2n ** 31n - 1n) ** 4n;
const ONE = fraction(1);
const OVER_FIELD = fraction(1, FIELD_SIZE);

interface Analysis {
  readonly logup: SecurityTerm;
  readonly composition: SecurityTerm;
  readonly oods: SecurityTerm;
  readonly deep: SecurityTerm;
  readonly fri: readonly SecurityTerm[];
  readonly query: SecurityTerm;
  readonly hash: SecurityTerm;
}

/** A term with the proof of work that it needs to reach `targetBits`. */
function sizedTerm(
  targetBits: number,
  regime: Regime,
  name: string,
  source: string,
  error: Fraction,
  leastGrind = 0,
): SecurityTerm {
  const bits = errorBits(error);
  const missing = Math.max(leastGrind, Math.ceil(targetBits - bits));
  const grindBits = Math.min(Math.max(missing, 0), MAX_GRIND_BITS);
  return { name, regime, bits: bits + grindBits, grindBits, source };
}

function analyse(params: ProofParams, shape: ProofShape): Analysis {
  const { name: _label, logBlowup, regime: claimed, jbrM, nQueries, queryGrindBits, targetBits, ...layering } = params;
  const { foldLog: _foldLog, lastLayerLog: _lastLayerLog, ...unhandledParam } = layering;
  unhandledParam satisfies Record<string, never>;
  const { maxLogN, minLogN, nConstraints, logupTerms, tupleWidth, ...batch } = shape;
  // Coefficients of the batch are independent, so the numbers of columns and samples do not enter its error.
  const { nColumns: _nColumns, nSamples: _nSamples, ...unhandledSize } = batch;
  unhandledSize satisfies Record<string, never>;

  const regime: Regime = claimed === 'jbr' && minLogN === maxLogN ? 'jbr' : 'udr';
  const code = regime === 'jbr' ? johnson(maxLogN, logBlowup, jbrM) : uniqueDecoding(maxLogN, logBlowup);
  const rows = 2n ** BigInt(maxLogN);
  const domain = rows << BigInt(logBlowup);

  const term = (name: string, source: string, error: Fraction, leastGrind = 0): SecurityTerm =>
    sizedTerm(targetBits, regime, name, source, error, leastGrind);

  let foldedLog = 0;
  const fri = friLayers(params, maxLogN).foldLogs.map((log, i) => {
    foldedLog += log;
    // A fold by 2^a is a curve of degree 2^a - 1 in the challenge, over the code of the folded domain.
    const error = multiply(code.lineError(domain >> BigInt(foldedLog)), fraction(2 ** log - 1));
    return term(`fold ${i}`, code.source, error);
  });

  return {
    // Over z and alpha the cleared sum has degree at most terms * (width - 1); another terms / |F| is the chance of a
    // zero denominator. Every decoding of the execution trace is a case of its own.
    logup: term(
      'logup',
      'ePrint 2022/1530: terms * width / |F|',
      multiply(code.listSize, fraction(BigInt(Math.max(1, logupTerms)) * BigInt(tupleWidth)), OVER_FIELD),
    ),
    // With independent coefficients the number of constraints could go; kept, it also covers powers and the calculator.
    composition: term(
      'composition',
      'ePrint 2022/1216 Thm 8 (ALI): list * constraints / |F|',
      multiply(code.listSize, fraction(nConstraints), OVER_FIELD),
    ),
    // Theorem 8 with trace degree N + 2 (above) and two points a column. Drawn off both domains and the points at
    // infinity of the parametrisation.
    oods: term(
      'oods',
      'ePrint 2022/1216 Thm 8 (DEEP): list * (d (k + 1) + k - 1) / (|F| - N - D), k = N + 3',
      multiply(
        code.listSize,
        fraction(BigInt(CONSTRAINT_DEGREE) * (rows + 4n) + rows + 2n, FIELD_SIZE - rows - domain - 2n),
      ),
    ),
    // All coefficients are drawn, so a first one of zero (1 / |F|) is added to the affine bound.
    deep: term('deep batching', code.source, add(code.lineError(domain), OVER_FIELD)),
    fri,
    query: term('query', '(1 - radius)^queries', power(subtract(ONE, code.radius), nQueries), queryGrindBits),
    hash: {
      name: 'hash collisions',
      regime: 'any',
      bits: 128,
      grindBits: 0,
      source: 'BLAKE3 with 256-bit output: birthday bound',
    },
  };
}

/** A code under a regime: radius, decodings within it, and the error of a random line against it. */
interface CodeBounds {
  readonly radius: Fraction;
  readonly listSize: Fraction;
  readonly lineError: (length: bigint) => Fraction;
  readonly source: string;
}

/** Dimension of L_(N+2) over D: see the head of this file. Tends to the nominal rate from above. */
function extendedRate(maxLogN: number, logBlowup: number): Fraction {
  return fraction(2n ** BigInt(maxLogN) + 3n, 2n ** BigInt(maxLogN + logBlowup));
}

function atLeastZero(a: Fraction): Fraction {
  return a.num < 0n ? fraction(0) : a;
}

function uniqueDecoding(maxLogN: number, logBlowup: number): CodeBounds {
  const radius = atLeastZero(multiply(subtract(ONE, extendedRate(maxLogN, logBlowup)), fraction(1, 2)));
  return {
    radius,
    listSize: ONE,
    lineError: (length) => multiply(add(multiply(radius, fraction(length)), ONE), OVER_FIELD),
    source: 'BCHKS25 Thm 1.3, Cor 1.4: (radius * n + 1) / |F|, times arity - 1',
  };
}

function johnson(maxLogN: number, logBlowup: number, m: number): CodeBounds {
  const rateAbove = extendedRate(maxLogN, logBlowup);
  const rateBelow = fraction(1, 2n ** BigInt(logBlowup));
  const rootBelow = squareRoot(rateBelow).lower;
  const half = fraction(2 * m + 1, 2); // m + 1/2
  // 1 - sqrt(rate) - eta, eta = sqrt(rate) / 2m
  const radius = atLeastZero(subtract(ONE, multiply(squareRoot(rateAbove).upper, fraction(2 * m + 1, 2 * m))));
  const perPoint = divide(
    add(multiply(fraction(2), power(half, 5)), multiply(fraction(3), half, radius, rateAbove)),
    multiply(fraction(3), rateBelow, rootBelow),
  );
  const listSize = divide(half, rootBelow);
  return {
    radius,
    listSize,
    lineError: (length) => multiply(add(multiply(perPoint, fraction(length)), listSize), OVER_FIELD),
    source: 'BCHKS25 Thm 4.2: ((2h^5 + 3h radius rate) n / 3 rate^1.5 + h / sqrt(rate)) / |F|, h = m + 1/2',
  };
}
