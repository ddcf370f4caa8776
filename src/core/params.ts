/**
 * The parameters of a proof: everything the prover may choose about rate, queries and folding.
 *
 * Each field is a knob, and a knob must be both absorbed by the transcript (`encodeParams`) and scored by
 * `security.ts`. Both destructure the record down to an empty rest, so a new field that one of them forgets
 * does not compile.
 */

/** The analysis under which the query error is claimed: unique decoding, or up to the Johnson bound. */
export type Regime = 'udr' | 'jbr';

export type PresetName = 'standard' | 'compact' | 'testing';

export interface ProofParams {
  readonly name: PresetName;
  /** log2 of 1/rate, 1..5. At least 1: a degree 3 composition must fit the committed domain. */
  readonly logBlowup: number;
  readonly regime: Regime;
  /** Multiplicity m of the Johnson regime, 3..64 (the gap to the bound is sqrt(rate)/2m); 0 under `udr`. */
  readonly jbrM: number;
  readonly nQueries: number;
  /** Least proof of work before the queries, bits. `grindSchedule` raises it where a small domain needs more. */
  readonly queryGrindBits: number;
  /** Each committed FRI layer folds by 2^foldLog, 1..4 (the last committed layer by what is left). */
  readonly foldLog: number;
  /** The last polynomial is sent in clear with 2^lastLayerLog coefficients. */
  readonly lastLayerLog: number;
  /** Provable bits that every draw's proof of work is sized for. */
  readonly targetBits: number;
}

/**
 * 100 provable bits, fastest proving. 193 queries at rate 1/2: 193 * log2(4/3) = 80.1, and 20 bits of work.
 */
export const standard: ProofParams = {
  name: 'standard',
  logBlowup: 1,
  regime: 'udr',
  jbrM: 0,
  nQueries: 193,
  queryGrindBits: 20,
  foldLog: 3,
  lastLayerLog: 8,
  targetBits: 100,
};

/**
 * 100 provable bits, smaller proofs: 118 * log2(8/5) = 80.01, and 20 bits of work. Unique decoding saturates at one
 * bit a query (97 queries at rate 1/8, 88 at 1/16), so each further doubling of the prover's work saves less than a
 * fifth; the Johnson regime is not open to lifted columns (see `security.ts`).
 */
export const compact: ProofParams = {
  name: 'compact',
  logBlowup: 2,
  regime: 'udr',
  jbrM: 0,
  nQueries: 118,
  queryGrindBits: 20,
  foldLog: 3,
  lastLayerLog: 8,
  targetBits: 100,
};

/** NOT SECURE (about 6 bits): for tests only, and refused by `checkSecurity` unless asked for by name. */
export const testing: ProofParams = {
  name: 'testing',
  logBlowup: 1,
  regime: 'udr',
  jbrM: 0,
  nQueries: 10,
  queryGrindBits: 2,
  foldLog: 2,
  lastLayerLog: 2,
  targetBits: 1,
};

export const presets: Readonly<Record<PresetName, ProofParams>> = { standard, compact, testing };

/** The most proof of work one draw may ask for, bits. */
export const MAX_GRIND_BITS = 28;

/** A circle domain of size 2^k lies in a group of order 2^(k+1); the group of M31 has order 2^31. */
export const MAX_LOG_DOMAIN = 30;

/** Words in `encodeParams`. */
export const PARAMS_WORDS = 9;

const NAMES: readonly PresetName[] = ['standard', 'compact', 'testing'];
const REGIMES: readonly Regime[] = ['udr', 'jbr'];

/** What is wrong with a parameter record: the field, the range it should be in, and the value found. */
export interface ParamsError {
  readonly code: 'InvalidParams';
  readonly field: keyof ProofParams | 'length';
  readonly expected: string;
  readonly got: number;
}

export type ParamsResult =
  | { readonly ok: true; readonly params: ProofParams }
  | { readonly ok: false; readonly error: ParamsError };

/** u32 words for the transcript and the proof; injective on valid records. */
export function encodeParams(params: ProofParams): number[] {
  const { name, logBlowup, regime, jbrM, nQueries, queryGrindBits, foldLog, lastLayerLog, targetBits, ...unhandled } =
    params;
  unhandled satisfies Record<string, never>;
  return [
    NAMES.indexOf(name),
    logBlowup,
    REGIMES.indexOf(regime),
    jbrM,
    nQueries,
    queryGrindBits,
    foldLog,
    lastLayerLog,
    targetBits,
  ];
}

/** Reads `encodeParams` back. Total: any input gives a valid record or a typed error, never a throw. */
export function decodeParams(words: ArrayLike<number>): ParamsResult {
  if (words.length !== PARAMS_WORDS) return fail('length', String(PARAMS_WORDS), words.length);
  const at = (i: number): number => words[i] ?? -1;
  const name = NAMES[at(0)];
  if (name === undefined) return fail('name', `0..${NAMES.length - 1}`, at(0));
  const regime = REGIMES[at(2)];
  if (regime === undefined) return fail('regime', `0..${REGIMES.length - 1}`, at(2));
  const params: ProofParams = {
    name,
    logBlowup: at(1),
    regime,
    jbrM: at(3),
    nQueries: at(4),
    queryGrindBits: at(5),
    foldLog: at(6),
    lastLayerLog: at(7),
    targetBits: at(8),
  };
  const error = checkParams(params);
  return error === undefined ? { ok: true, params } : { ok: false, error };
}

/** The first field out of its range, if any. */
export function checkParams(params: ProofParams): ParamsError | undefined {
  const bounds: Readonly<Record<keyof ProofParams, readonly [value: number, min: number, max: number]>> = {
    name: [NAMES.indexOf(params.name), 0, NAMES.length - 1],
    logBlowup: [params.logBlowup, 1, 5],
    regime: [REGIMES.indexOf(params.regime), 0, REGIMES.length - 1],
    jbrM: params.regime === 'jbr' ? [params.jbrM, 3, 64] : [params.jbrM, 0, 0],
    nQueries: [params.nQueries, 1, 1024],
    queryGrindBits: [params.queryGrindBits, 0, MAX_GRIND_BITS],
    foldLog: [params.foldLog, 1, 4],
    lastLayerLog: [params.lastLayerLog, 0, 12],
    targetBits: [params.targetBits, 0, 128],
  };
  for (const [field, [value, min, max]] of Object.entries(bounds)) {
    if (!Number.isInteger(value) || value < min || value > max) {
      return { code: 'InvalidParams', field: field as keyof ProofParams, expected: `${min}..${max}`, got: value };
    }
  }
  return undefined;
}

function fail(field: ParamsError['field'], expected: string, got: number): ParamsResult {
  return { ok: false, error: { code: 'InvalidParams', field, expected, got } };
}

export interface FriLayers {
  /** log2 of the fold of each committed layer, at least one; the first includes the fold from circle to line. */
  readonly foldLogs: readonly number[];
  /** log2 of the number of coefficients of the last polynomial. */
  readonly lastLog: number;
}

/**
 * The layers of FRI over a tallest table of 2^maxLogN rows (maxLogN >= 1): folds of `foldLog` and one of what is left.
 * A proof too small for `lastLayerLog` sends a smaller last polynomial, because the circle fold always happens.
 */
export function friLayers(params: ProofParams, maxLogN: number): FriLayers {
  const lastLog = Math.max(0, Math.min(params.lastLayerLog, maxLogN - 1));
  const foldLogs: number[] = [];
  for (let left = maxLogN - lastLog; left > 0; left -= params.foldLog) foldLogs.push(Math.min(left, params.foldLog));
  return { foldLogs, lastLog };
}
