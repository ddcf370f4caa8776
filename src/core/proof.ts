/**
 * The proof and its one encoding: little-endian u32 words after an eight-byte header. Every length follows from the
 * parameters and heights at its front, is checked against what is left before anything is allocated, and nothing may
 * follow the end.
 */
import type { Qm31 } from './field.ts';
import { bytesToWords, type Digest, wordsToBytes } from './hash.ts';
import { encodeParams, type ProofParams } from './params.ts';
import { type Nonce, PROTOCOL_VERSION } from './transcript.ts';
import { WordReader } from './word_reader.ts';

export { InvalidProofShape, type ProofShapeCode } from './word_reader.ts';

/** Answers to the queries for one Merkle tree: opened rows and the siblings they need. */
export interface Opening {
  /** Row words: by height from the tallest, by increasing position, in column order. */
  readonly values: Uint32Array;
  /** Digests of eight words in the order of `siblingPlan`. */
  readonly siblings: Uint32Array;
}

/** The part that proofs of whole runs and of segments share. */
export interface ProofBody {
  readonly params: ProofParams;
  /** Log2 of the rows of every chip, -1 where absent. */
  readonly logRows: readonly number[];
  readonly traceRoot: Digest;
  readonly logupRoot: Digest;
  readonly compositionRoot: Digest;
  /** One per chip of `Layout.active`. */
  readonly claimedSums: readonly Qm31[];
  readonly samples: readonly Qm31[];
  readonly friRoots: readonly Digest[];
  readonly lastLayer: readonly Qm31[];
  /** Proofs of work: LogUp, composition, out-of-domain point, DEEP, each FRI layer, queries. */
  readonly nonces: readonly Nonce[];
  /** One per tree that has columns: tables, program, boundary (of segments), trace, LogUp, composition. */
  readonly openings: readonly Opening[];
  readonly friOpenings: readonly Opening[];
}

/** What a run makes public. */
export interface Output {
  readonly exitCode: number;
  /** What the program committed; its BLAKE3 digest is the public output. */
  readonly journal: Uint8Array;
}

/** The proof of a run in one piece. */
export interface Proof extends ProofBody, Output {}

export const PROOF_MAGIC = 0x50534957; // "WISP"
export const SEGMENT_MAGIC = 0x53534957; // "WISS"
/** Largest proof that is read at all, bytes. */
export const MAX_PROOF_BYTES: number = 64 * 2 ** 20;
const MAX_CHIPS = 256;
const MAX_COLUMNS = 1 << 14;
const MAX_LAYERS = 32;

const lengthPrefixed = (words: ArrayLike<number>): number[] => [words.length, ...Array.from(words)];

/** Words of exit code and journal, the journal padded with zeros. */
export const encodeOutput = ({ exitCode, journal }: Output): number[] => {
  const padded = bytesToWords(Uint8Array.from([...journal, 0, 0, 0]));
  return [exitCode, journal.length, ...padded.subarray(0, Math.ceil(journal.length / 4))];
};

export const decodeOutput = (reader: WordReader): Output => {
  const exitCode = reader.one('exit code');
  const length = reader.count('journal length', MAX_PROOF_BYTES);
  const bytes = wordsToBytes(reader.take(Math.ceil(length / 4), 'journal'));
  if (bytes.subarray(length).some((b) => b !== 0)) reader.fail('proof_not_canonical', 'journal padding is not zero');
  return { exitCode, journal: bytes.slice(0, length) };
};

const encode = (magic: number, proof: ProofBody, output: readonly number[]): Uint8Array => {
  const words: number[] = [magic, PROTOCOL_VERSION, ...encodeParams(proof.params)];
  const push = (list: Iterable<number>): void => {
    for (const word of list) words.push(word);
  };
  push(lengthPrefixed(proof.logRows.map((n) => n + 1)));
  push(output);
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

export const encodeProof = (proof: Proof): Uint8Array => encode(PROOF_MAGIC, proof, encodeOutput(proof));

/** A segment's proof; its statement is in the bundle's header. */
export const encodeSegmentProof = (proof: ProofBody): Uint8Array => encode(SEGMENT_MAGIC, proof, []);

const readRest = (reader: WordReader): Omit<ProofBody, 'params' | 'logRows'> => {
  const digest = (what: string): Digest => reader.take(8, what);
  const [traceRoot, logupRoot, compositionRoot] = [
    digest('trace root'),
    digest('LogUp root'),
    digest('composition root'),
  ];
  const claimedSums = reader.extensions('claimed sums', MAX_CHIPS);
  const samples = reader.extensions('samples', MAX_COLUMNS);
  const friRoots = Array.from({ length: reader.count('FRI layers', MAX_LAYERS) }, () => digest('FRI root'));
  const lastLayer = reader.extensions('last layer', 1 << 12);
  const nonces = Array.from(
    { length: reader.count('nonces', MAX_LAYERS + 8) },
    () => Array.from(reader.take(2, 'nonce')) as unknown as Nonce,
  );
  const openings = (what: string): Opening[] =>
    Array.from({ length: reader.count(what, MAX_LAYERS) }, () => {
      const values = reader.canonical(reader.take(reader.one(`${what} values`), `${what} values`), `${what} values`);
      return {
        values,
        siblings: reader.take(8 * reader.count(`${what} siblings`, MAX_PROOF_BYTES), `${what} siblings`),
      };
    });
  const treeOpenings = openings('openings');
  const friOpenings = openings('FRI openings');
  reader.end();
  return {
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

const readFront = (bytes: Uint8Array, magic: number, what: string) => {
  const reader = new WordReader(bytes, MAX_PROOF_BYTES, magic, what);
  const params = reader.params();
  const logRows = Array.from(reader.take(reader.count('heights', MAX_CHIPS), 'heights'), (n) => n - 1);
  return { reader, params, logRows };
};

/** Reads a proof. Throws `InvalidProofShape` and nothing else, whatever the bytes. */
export const decodeProof = (bytes: Uint8Array): Proof => {
  const { reader, params, logRows } = readFront(bytes, PROOF_MAGIC, 'Wisp proof');
  const output = decodeOutput(reader);
  return { params, logRows, ...output, ...readRest(reader) };
};

/** Reads the proof of a segment. Throws `InvalidProofShape` and nothing else, whatever the bytes. */
export const decodeSegmentProof = (bytes: Uint8Array): ProofBody => {
  const { reader, params, logRows } = readFront(bytes, SEGMENT_MAGIC, "segment's proof");
  return { params, logRows, ...readRest(reader) };
};
