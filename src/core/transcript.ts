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
export const PROTOCOL_VERSION = 1;

/** A proof-of-work nonce, low word first; [0, 0] where a draw needs no work. */
export type Nonce = readonly [number, number];

/** What the transcript is seeded with: everything public about the statement. */
export interface Statement {
  readonly params: ProofParams;
  readonly airDigest: Digest;
  /** Digest of the verifying key. */
  readonly keyDigest: Digest;
  /** Exit code and the eight words of the output digest. */
  readonly publicValues: readonly number[];
  /** Log2 of the rows of every chip, -1 where absent. */
  readonly logRows: readonly number[];
}

const LABEL = {
  statement: 1,
  trace: 2,
  logup: 3,
  composition: 4,
  samples: 5,
  friLayer: 6,
  lastLayer: 7,
  nonce: 8,
} as const;

export class Transcript {
  readonly #channel: Channel = new Channel();
  readonly #grinds: GrindSchedule;

  constructor(statement: Statement, grinds: GrindSchedule) {
    const { params, airDigest, keyDigest, publicValues, logRows } = statement;
    const encoded = encodeParams(params);
    this.#grinds = grinds;
    this.#channel.mix(LABEL.statement, [
      PROTOCOL_VERSION,
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
    if (bits === 0 && (nonce[0] !== 0 || nonce[1] !== 0)) return false;
    if (!this.#channel.checkGrind(bits, nonce)) return false;
    this.#channel.mix(LABEL.nonce, nonce);
    return true;
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
