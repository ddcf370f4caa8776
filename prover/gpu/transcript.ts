// A proof's transcript on the device: src/core/transcript.ts step by step, with its challenges in one buffer of elements
// that the kernels read.

import type { Layout } from '../../src/air/layout.ts';
import { MAX_TUPLE_WIDTH } from '../../src/air/relations.ts';
import { LABEL, type Nonce } from '../../src/core/transcript.ts';
import type { ProofStart } from '../backend.ts';
import { ProverError } from '../errors.ts';
import {
  absorb,
  CHANNEL_WORDS,
  drawElements,
  drawIndices,
  grind,
  grindTries,
  NO_NONCE,
  powers,
} from './kernels/transcript.ts';
import type { Words } from './pipeline.ts';
import type { Buffers } from './pool.ts';
import type { Download, Recording, WordRange } from './recording.ts';

/** z and the powers of alpha. */
const LOGUP_ELEMENTS = 1 + MAX_TUPLE_WIDTH;
/** A folding challenge and its squares. */
const FOLD_ELEMENTS = 4;

/** First elements of each kind. */
export interface ElementPlaces {
  /** z of the proof, then alpha^0, alpha^1 ... */
  readonly segment: number;
  /** The same of the run that a segment belongs to. */
  readonly run: number;
  readonly coefficients: number;
  readonly claimedSums: number;
  readonly gammas: number;
  readonly folds: number;
  readonly count: number;
}

export const elementPlaces = ({ nConstraints, active, shape }: Layout, folds: number): ElementPlaces => {
  const coefficients = 2 * LOGUP_ELEMENTS;
  const claimedSums = coefficients + nConstraints;
  const gammas = claimedSums + active.length;
  const first = gammas + shape.nSamples;
  return {
    ...{ segment: 0, run: LOGUP_ELEMENTS, coefficients, claimedSums, gammas },
    ...{ folds: first, count: first + FOLD_ELEMENTS * folds },
  };
};

/** Words of a transcript's buffers: channel, nonces, elements, positions. */
export const transcriptWords = (
  layout: Layout,
  folds: number,
  queries: number,
): readonly [channel: number, nonces: number, elements: number, positions: number] => [
  CHANNEL_WORDS,
  2 * (5 + folds),
  4 * elementPlaces(layout, folds).count,
  queries,
];

/** Reads a nonce, which the device found or did not. */
export type NonceReader = (words: Words) => Nonce;

export class GpuTranscript {
  readonly places: ElementPlaces;
  readonly elements: GPUBuffer;
  /** The positions as drawn, once they are. */
  readonly positions: GPUBuffer;
  readonly #start: ProofStart;
  readonly #channel: GPUBuffer;
  readonly #nonces: GPUBuffer;
  #works = 0;

  /** Its buffers are left to the pool's owner. */
  constructor(pool: Buffers, start: ProofStart, layout: Layout, folds: number, queries: number) {
    const [channel, nonces, elements, positions] = transcriptWords(layout, folds, queries);
    this.places = elementPlaces(layout, folds);
    this.#start = start;
    this.#channel = pool.acquire(channel, 'transcript');
    this.#nonces = pool.acquire(nonces, 'nonces');
    this.elements = pool.acquire(elements, 'challenges');
    this.positions = pool.acquire(positions, 'query positions');
  }

  /** Uploads what is known before the first stage. */
  begin(recording: Recording): void {
    const { state, grinds, runChallenges } = this.#start;
    recording.upload(this.#channel, 0, Uint32Array.of(...state, 0));
    const works = [grinds.logup, grinds.composition, grinds.oods, grinds.deep, ...grinds.fri, grinds.query];
    const nonces = works.flatMap((bits) => [bits === 0 ? 0 : NO_NONCE, 0]);
    recording.upload(this.#nonces, 0, Uint32Array.from(nonces));
    if (runChallenges === undefined) return;
    const { z, alphaPowers } = runChallenges;
    recording.upload(this.elements, 4 * this.places.run, Uint32Array.from([z, ...alphaPowers].flat()));
  }

  /** Elements `first` .. as words. */
  range(first: number, count: number): WordRange {
    return { buffer: this.elements, offset: 4 * first, words: 4 * count };
  }

  absorb(recording: Recording, label: keyof typeof LABEL, first: WordRange, second?: WordRange): void {
    absorb(recording, this.#channel, LABEL[label], first, second);
  }

  /** The work before the next draw, in the order of the protocol. */
  work(recording: Recording, bits: number): NonceReader {
    const slot = 2 * this.#works++;
    if (bits > 0) grind(recording, this.#channel, this.#nonces, slot, bits);
    const nonce = { buffer: this.#nonces, offset: slot, words: 2 };
    absorb(recording, this.#channel, LABEL.nonce, nonce);
    const download = recording.downloadRange(nonce);
    return (words) => {
      const [low = 0, high = 0] = words(download);
      if (bits > 0 && low === NO_NONCE) {
        throw new ProverError('device', `none of ${grindTries(bits)} nonces shows ${bits} bits of work`);
      }
      return [low, high];
    };
  }

  /** z and alpha, with its powers. Downloads z, 1 and alpha. */
  drawLogup(recording: Recording): Download {
    const { segment } = this.places;
    drawElements(recording, this.#channel, this.elements, segment, 2);
    powers(recording, this.elements, segment + 1, segment + 1, MAX_TUPLE_WIDTH, 'powers');
    return recording.downloadRange(this.range(segment, 3));
  }

  drawComposition(recording: Recording, count: number): Download {
    return this.#draw(recording, this.places.coefficients, count);
  }

  /** The channel, for the kernel that draws the out-of-domain point. */
  get channel(): GPUBuffer {
    return this.#channel;
  }

  drawDeep(recording: Recording, count: number): Download {
    return this.#draw(recording, this.places.gammas, count);
  }

  /** The folding challenge of a layer; its squares follow it. */
  drawFold(recording: Recording, layer: number): { readonly alpha: number; readonly download: Download } {
    const alpha = this.places.folds + FOLD_ELEMENTS * layer;
    const download = this.#draw(recording, alpha, 1);
    powers(recording, this.elements, alpha, alpha, FOLD_ELEMENTS, 'squares');
    return { alpha, download };
  }

  drawQueries(recording: Recording, count: number, log: number): Download {
    drawIndices(recording, this.#channel, this.positions, count, log);
    return recording.download(this.positions, 0, count);
  }

  #draw(recording: Recording, first: number, count: number): Download {
    drawElements(recording, this.#channel, this.elements, first, count);
    return recording.downloadRange(this.range(first, count));
  }
}
