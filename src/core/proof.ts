/**
 * The proof and its one encoding: little-endian u32 words after an eight-byte header. Every length follows from the
 * parameters and heights at its front, is checked against what is left before anything is allocated, and nothing may
 * follow the end.
 */
import { WispError } from './errors.ts';
import { P, type Qm31 } from './field.ts';
import { bytesToWords, type Digest, wordsToBytes } from './hash.ts';
import { decodeParams, encodeParams, PARAMS_WORDS, type ProofParams } from './params.ts';
import { type Nonce, PROTOCOL_VERSION } from './transcript.ts';

/** Answers to the queries for one Merkle tree: opened rows and the siblings they need. */
export interface Opening {
  /** Row words: by height from the tallest, by increasing position, in column order. */
  readonly values: Uint32Array;
  /** Digests of eight words in the order of `siblingPlan`. */
  readonly siblings: Uint32Array;
}

export interface Proof {
  readonly params: ProofParams;
  /** Log2 of the rows of every chip, -1 where absent. */
  readonly logRows: readonly number[];
  readonly exitCode: number;
  /** What the program committed; its BLAKE3 digest is the public output. */
  readonly journal: Uint8Array;
  readonly traceRoot: Digest;
  readonly logupRoot: Digest;
  readonly compositionRoot: Digest;
  /** One per present chip, in inventory order. */
  readonly claimedSums: readonly Qm31[];
  readonly samples: readonly Qm31[];
  readonly friRoots: readonly Digest[];
  readonly lastLayer: readonly Qm31[];
  /** Proofs of work: LogUp, composition, out-of-domain point, DEEP, each FRI layer, queries. */
  readonly nonces: readonly Nonce[];
  /** One per tree: tables, program, trace, LogUp, composition. */
  readonly openings: readonly Opening[];
  readonly friOpenings: readonly Opening[];
}

export const PROOF_MAGIC = 0x50534957; // "WISP"
/** Largest proof that is read at all, bytes. */
export const MAX_PROOF_BYTES: number = 64 * 2 ** 20;
const MAX_CHIPS = 64;
const MAX_COLUMNS = 1 << 14;
const MAX_LAYERS = 32;

export type ProofShapeCode =
  | 'proof_truncated'
  | 'proof_magic'
  | 'proof_version'
  | 'proof_params'
  | 'proof_length'
  | 'proof_not_canonical'
  | 'proof_trailing';

/** The bytes are not the encoding of any proof. */
export class InvalidProofShape extends WispError {
  constructor(code: ProofShapeCode, message: string) {
    super(code, message);
  }
}

const lengthPrefixed = (words: ArrayLike<number>): number[] => [words.length, ...Array.from(words)];

export const encodeProof = (proof: Proof): Uint8Array => {
  const journalWords = bytesToWords(Uint8Array.from([...proof.journal, 0, 0, 0]));
  const words: number[] = [PROOF_MAGIC, PROTOCOL_VERSION, ...encodeParams(proof.params)];
  const push = (list: Iterable<number>): void => {
    for (const word of list) words.push(word);
  };
  push(lengthPrefixed(proof.logRows.map((n) => n + 1)));
  words.push(proof.exitCode, proof.journal.length);
  push(journalWords.subarray(0, Math.ceil(proof.journal.length / 4)));
  push([...proof.traceRoot, ...proof.logupRoot, ...proof.compositionRoot]);
  const extensions = (list: readonly Qm31[]): void => {
    words.push(list.length);
    for (const q of list) push(q);
  };
  extensions(proof.claimedSums);
  extensions(proof.samples);
  words.push(proof.friRoots.length);
  for (const root of proof.friRoots) push(root);
  extensions(proof.lastLayer);
  words.push(proof.nonces.length);
  for (const nonce of proof.nonces) push(nonce);
  for (const openings of [proof.openings, proof.friOpenings]) {
    words.push(openings.length);
    for (const { values, siblings } of openings) {
      words.push(values.length);
      push(values);
      words.push(siblings.length / 8);
      push(siblings);
    }
  }
  return wordsToBytes(words);
};

/** Reads a proof. Throws `InvalidProofShape` and nothing else, whatever the bytes. */
export const decodeProof = (bytes: Uint8Array): Proof => {
  const fail = (code: ProofShapeCode, message: string): never => {
    throw new InvalidProofShape(code, message);
  };
  if (bytes.length > MAX_PROOF_BYTES) fail('proof_length', `proof of ${bytes.length} bytes is over ${MAX_PROOF_BYTES}`);
  if (bytes.length < 8) fail('proof_truncated', `a proof has at least 8 bytes, got ${bytes.length}`);
  const words = bytesToWords(bytes);
  if (words[0] !== PROOF_MAGIC) fail('proof_magic', 'not a Wisp proof');
  if (words[1] !== PROTOCOL_VERSION)
    fail('proof_version', `proof version ${words[1]}, this verifier reads ${PROTOCOL_VERSION}`);
  if (bytes.length % 4 !== 0) fail('proof_truncated', `length ${bytes.length} is not a multiple of 4`);
  let at = 2;
  const take = (count: number, what: string): Uint32Array => {
    if (count > words.length - at)
      fail('proof_truncated', `${what}: needs ${count} words at word ${at}, ${words.length - at} left`);
    at += count;
    return words.slice(at - count, at);
  };
  const one = (what: string): number => take(1, what)[0] as number;
  const count = (what: string, max: number): number => {
    const n = one(what);
    return n > max ? fail('proof_length', `${what}: ${n} is over ${max}`) : n;
  };
  const canonical = (list: Uint32Array, what: string): Uint32Array => {
    const bad = list.findIndex((v) => v >= P);
    return bad >= 0 ? fail('proof_not_canonical', `${what}: word ${bad} is ${list[bad]}, not below 2^31 - 1`) : list;
  };
  const extensions = (what: string, max: number): Qm31[] => {
    const n = count(what, max);
    const list = canonical(take(4 * n, what), what);
    return Array.from({ length: n }, (_, i) => Array.from(list.subarray(4 * i, 4 * i + 4)) as unknown as Qm31);
  };
  const decoded = decodeParams(take(PARAMS_WORDS, 'parameters'));
  if (!decoded.ok)
    return fail(
      'proof_params',
      `parameter ${decoded.error.field} is ${decoded.error.got}, expected ${decoded.error.expected}`,
    );
  const logRows = Array.from(take(count('heights', MAX_CHIPS), 'heights'), (n) => n - 1);
  const exitCode = one('exit code');
  const journalLength = count('journal length', MAX_PROOF_BYTES);
  const journalBytes = wordsToBytes(take(Math.ceil(journalLength / 4), 'journal'));
  if (journalBytes.subarray(journalLength).some((b) => b !== 0))
    fail('proof_not_canonical', 'journal padding is not zero');
  const [traceRoot, logupRoot, compositionRoot] = [
    take(8, 'trace root'),
    take(8, 'LogUp root'),
    take(8, 'composition root'),
  ];
  const claimedSums = extensions('claimed sums', MAX_CHIPS);
  const samples = extensions('samples', MAX_COLUMNS);
  const friRoots = Array.from({ length: count('FRI layers', MAX_LAYERS) }, () => take(8, 'FRI root'));
  const lastLayer = extensions('last layer', 1 << 12);
  const nonces = Array.from(
    { length: count('nonces', MAX_LAYERS + 8) },
    () => Array.from(take(2, 'nonce')) as unknown as Nonce,
  );
  const openings = (what: string): Opening[] =>
    Array.from({ length: count(what, MAX_LAYERS) }, () => {
      const values = canonical(take(one(`${what} values`), `${what} values`), `${what} values`);
      return { values, siblings: take(8 * count(`${what} siblings`, MAX_PROOF_BYTES), `${what} siblings`) };
    });
  const treeOpenings = openings('openings');
  const friOpenings = openings('FRI openings');
  if (at !== words.length) fail('proof_trailing', `${words.length - at} words after the end`);
  return {
    params: decoded.params,
    logRows,
    exitCode,
    journal: journalBytes.slice(0, journalLength),
    traceRoot,
    logupRoot,
    compositionRoot,
    claimedSums,
    samples,
    friRoots,
    lastLayer,
    nonces,
    openings: treeOpenings,
    friOpenings,
  };
};
