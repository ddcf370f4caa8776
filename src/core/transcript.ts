/**
 * The order in which the protocol absorbs messages and draws challenges. One object, called by both sides: the prover
 * and the verifier cannot disagree about it. Labels separate the messages; every message's length is absorbed.
 */
import { Channel } from './channel.ts';
import { type ExtensionPoint, extensionPointFromParameter, isProperExtension, previousPoint } from './circle.ts';
import { type Qm31, qInv } from './field.ts';
import type { Digest } from './hash.ts';
import { encodeParams, type ProofParams } from './params.ts';
import type { GrindSchedule } from './security.ts';

/** Version of the protocol and of the proof format; absorbed first. */
export const PROTOCOL_VERSION = 2;

/** A proof-of-work nonce, low word first; [0, 0] where a draw needs no work. */
export type Nonce = readonly [number, number];

/** What a proof is of; see `air/layout.ts`. */
export type StatementKind = 'whole' | 'segment' | 'last';

/** What the transcript is seeded with: everything public about the statement. */
export interface Statement {
  readonly kind: StatementKind;
  readonly params: ProofParams;
  readonly airDigest: Digest;
  /** Digest of the verifying key. */
  readonly keyDigest: Digest;
  /** Of a whole run: exit code and the eight words of the output digest. Of a segment: its number, the run's digest. */
  readonly publicValues: readonly number[];
  /** Log2 of the rows of every chip, -1 where absent. */
  readonly logRows: readonly number[];
}

/** One segment as its run's transcript absorbs it. */
export interface SegmentHeader {
  /** Root of its boundary tree. */
  readonly root: Digest;
  /** Log2 of the rows of its boundary and first tables, -1 where absent. */
  readonly logBoundary: number;
  readonly logFirst: number;
  /** Rows of the boundary table in use. */
  readonly boundaryRows: number;
  /** Micro-op that the next segment starts with; null where the program has halted. */
  readonly exit: number | null;
  /** Clock of the state it leaves; 0 if none. */
  readonly exitClk: number;
}

/** Words of an encoded header. */
export const SEGMENT_HEADER_WORDS = 13;

export const encodeSegmentHeader = (h: SegmentHeader): number[] => [
  ...h.root,
  h.logBoundary + 1,
  h.logFirst + 1,
  h.boundaryRows,
  h.exit === null ? 0 : h.exit + 1,
  h.exitClk,
];

/** Everything public about a cut run, fixed before the challenges of its own relations. */
export interface RunStatement {
  readonly params: ProofParams;
  readonly airDigest: Digest;
  readonly keyDigest: Digest;
  /** Exit code and the eight words of the output digest. */
  readonly publicValues: readonly number[];
  /** Last token of the chain of first tuples. */
  readonly chainEnd: number;
  readonly segments: readonly SegmentHeader[];
}

const KINDS: readonly StatementKind[] = ['whole', 'segment', 'last'];

/** Numbers of the messages. */
export const LABEL = {
  statement: 1,
  trace: 2,
  logup: 3,
  composition: 4,
  samples: 5,
  friLayer: 6,
  lastLayer: 7,
  nonce: 8,
  run: 9,
} as const;

/**
 * The transcript of a cut run: it ends in the challenges of the relations that span the segments, and in a digest that
 * every segment's own statement names.
 */
export class RunTranscript {
  readonly #channel: Channel = new Channel();

  constructor({ params, airDigest, keyDigest, publicValues, chainEnd, segments }: RunStatement) {
    const encoded = encodeParams(params);
    this.#channel.mix(LABEL.run, [
      PROTOCOL_VERSION,
      encoded.length,
      ...encoded,
      ...airDigest,
      ...keyDigest,
      publicValues.length,
      ...publicValues,
      chainEnd,
      segments.length,
    ]);
    for (const header of segments) this.#channel.mix(LABEL.run, encodeSegmentHeader(header));
  }

  /** State that the proof of work is over; after it, the digest of the run. */
  get state(): Digest {
    return this.#channel.state;
  }

  /** Absorbs a nonce. False where it does not show the work asked for. */
  work(bits: number, nonce: Nonce): boolean {
    return absorbWork(this.#channel, bits, nonce);
  }

  /** LogUp challenges z, alpha of the run. Soundness: fractions of all segments times tuple width / |F|. */
  drawLogup(): readonly [z: Qm31, alpha: Qm31] {
    return this.#channel.drawExtension(2) as [Qm31, Qm31];
  }
}

const absorbWork = (channel: Channel, bits: number, nonce: Nonce): boolean => {
  if (bits === 0 && (nonce[0] !== 0 || nonce[1] !== 0)) return false;
  if (!channel.checkGrind(bits, nonce)) return false;
  channel.mix(LABEL.nonce, nonce);
  return true;
};

export class Transcript {
  readonly #channel: Channel = new Channel();
  readonly #grinds: GrindSchedule;

  constructor(statement: Statement, grinds: GrindSchedule) {
    const { kind, params, airDigest, keyDigest, publicValues, logRows } = statement;
    const encoded = encodeParams(params);
    this.#grinds = grinds;
    this.#channel.mix(LABEL.statement, [
      PROTOCOL_VERSION,
      KINDS.indexOf(kind),
      encoded.length,
      ...encoded,
      ...airDigest,
      ...keyDigest,
      publicValues.length,
      ...publicValues,
      logRows.length,
      ...logRows.map((n) => n + 1),
    ]);
  }

  /** State that the next proof of work is over. */
  get state(): Digest {
    return this.#channel.state;
  }

  get grinds(): GrindSchedule {
    return this.#grinds;
  }

  /** Absorbs a nonce. False where it does not show the work asked for. */
  work(bits: number, nonce: Nonce): boolean {
    return absorbWork(this.#channel, bits, nonce);
  }

  trace(root: Digest): void {
    this.#channel.mix(LABEL.trace, root);
  }

  /** LogUp challenges z, alpha. Soundness: fractions times tuple width / |F|. */
  drawLogup(): readonly [z: Qm31, alpha: Qm31] {
    return this.#channel.drawExtension(2) as [Qm31, Qm31];
  }

  logup(root: Digest, claimedSums: readonly Qm31[]): void {
    this.#channel.mix(LABEL.logup, [...root, ...claimedSums.flat()]);
  }

  /** Independent coefficients of the composition. Soundness: constraints / |F|, see security.ts. */
  drawComposition(count: number): Qm31[] {
    return this.#channel.drawExtension(count);
  }

  composition(root: Digest): void {
    this.#channel.mix(LABEL.composition, root);
  }

  /**
   * The out-of-domain point, and the point one row before it in the trace domain of 2^logN rows. Soundness: degree / |F|.
   * Drawn again while a coordinate lies in CM31 (probability about 2^-60): there the lines of the DEEP quotients
   * degenerate, and with them everything that ties the samples to the columns; without this a prover could search for
   * such a point in some 2^62 tries.
   */
  drawOodsPoints(logN: number): readonly [here: ExtensionPoint, before: ExtensionPoint] {
    for (;;) {
      const [t] = this.#channel.drawExtension(1) as [Qm31];
      const here = extensionPointFromParameter(t, qInv);
      const before = previousPoint(here, logN);
      if (isProperExtension(here) && isProperExtension(before)) return [here, before];
    }
  }

  samples(values: readonly Qm31[]): void {
    this.#channel.mix(LABEL.samples, values.flat());
  }

  /** Independent DEEP batching coefficients, one per sample. Soundness: the batching term. */
  drawDeep(count: number): Qm31[] {
    return this.#channel.drawExtension(count);
  }

  friLayer(root: Digest): void {
    this.#channel.mix(LABEL.friLayer, root);
  }

  /** Folding challenge of the layer just absorbed. Soundness: (arity - 1) times the proximity-gap term. */
  drawFold(): Qm31 {
    return (this.#channel.drawExtension(1) as [Qm31])[0];
  }

  lastLayer(coefficients: readonly Qm31[]): void {
    this.#channel.mix(LABEL.lastLayer, coefficients.flat());
  }

  /** Query positions in the domain of 2^log points. Soundness: (1 - radius)^queries. */
  drawQueries(count: number, log: number): number[] {
    return this.#channel.drawIndices(count, log);
  }
}
