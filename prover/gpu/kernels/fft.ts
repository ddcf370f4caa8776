// Circle FFTs of many columns of one height (src/core/fft.ts on the device).
import { inv } from '../../../src/core/field.ts';
import { type Columns, sliceColumns } from '../columns.ts';
import type { Recording } from '../recording.ts';
import { planPasses16, recordPass16 } from './fft16.ts';
import { smallY, type TwiddleHeap } from './twiddles.ts';

/** A workgroup holds 2^12 words; a later pass takes 8 layers, so that it still reads runs of 16 words. */
const TILE_LOG = 12;
const LATER_LAYERS = 8;
/** Columns go through all passes in chunks of this many words (32 MiB), so that later passes find them in cache. */
const CHUNK_WORDS = 2 ** 23;
const MAX_BATCH = 65535;

/** For software adapters: 8 MiB, a tenth of a second of work. */
const SMALL_CHUNK_WORDS = 2 ** 21;

interface Pass {
  readonly firstLayer: number;
  readonly layers: number;
  readonly contiguous: number;
  readonly tileLog: number;
}

/** Passes over layers 0 .. layers - 1 of a domain of 2^logN, lowest first. */
export function planPasses(layers: number, logN: number): Pass[] {
  const first = Math.min(TILE_LOG, layers);
  const passes: Pass[] = [{ firstLayer: 0, layers: first, contiguous: 0, tileLog: Math.min(TILE_LOG, logN) }];
  for (let at = first; at < layers; ) {
    const count = Math.min(LATER_LAYERS, layers - at);
    passes.push({ firstLayer: at, layers: count, contiguous: TILE_LOG - count, tileLog: TILE_LOG });
    at += count;
  }
  return passes;
}

/** Evaluations in storage order to coefficients, possibly in place. */
export function interpolate(recording: Recording, heap: TwiddleHeap, values: Columns, coefficients: Columns): void {
  if (values.logN !== coefficients.logN) throw new Error('interpolate: different heights');
  transform(recording, heap, values, coefficients, true);
}

/** Coefficients to evaluations on the canonic coset of the destination's size, at least their own; in place if equal. */
export function evaluate(recording: Recording, heap: TwiddleHeap, coefficients: Columns, values: Columns): void {
  if (values.logN < coefficients.logN) throw new Error('evaluate: domain smaller than the polynomial');
  transform(recording, heap, coefficients, values, false);
}

function transform(recording: Recording, heap: TwiddleHeap, src: Columns, dst: Columns, inverse: boolean): void {
  if (src.count !== dst.count) throw new Error('FFT: different numbers of columns');
  if (src.logN < 1 || dst.logN > heap.logN) throw new Error(`FFT: size 2^${dst.logN} outside the twiddle heap`);
  const aliased = src.buffer === dst.buffer;
  if (aliased && (src.offset !== dst.offset || src.stride !== dst.stride || src.logN !== dst.logN)) {
    throw new Error('FFT: source and destination overlap in one buffer');
  }
  // An evaluation's layers above the coefficients' size only replicate them: its first pass reads modulo their length.
  if (heap.fft === 'registers' && src.logN >= 4) {
    const passes = planPasses16(src.logN);
    if (!inverse) passes.reverse();
    inChunks(src, dst, SMALL_CHUNK_WORDS, (from, to) => {
      passes.forEach((pass, i) => {
        recordPass16(recording, heap, from, to, pass, inverse, aliased || i > 0);
      });
    });
    return;
  }
  const passes = planPasses(src.logN, dst.logN);
  if (!inverse) passes.reverse();
  inChunks(src, dst, passes.length === 1 ? Number.POSITIVE_INFINITY : CHUNK_WORDS, (from, to) => {
    passes.forEach((pass, i) => {
      const scale = inverse && i === passes.length - 1 ? inv(2 ** dst.logN) : 1;
      recordPass(recording, heap, from, to, pass, { inverse, scale, inPlace: aliased || i > 0 });
    });
  });
}

function inChunks(src: Columns, dst: Columns, words: number, record: (src: Columns, dst: Columns) => void): void {
  const chunk = Math.min(MAX_BATCH, Math.max(1, words / 2 ** dst.logN));
  for (let first = 0; first < src.count; first += chunk) {
    const count = Math.min(chunk, src.count - first);
    record(sliceColumns(src, first, count), sliceColumns(dst, first, count));
  }
}

interface PassOptions {
  readonly inverse: boolean;
  readonly scale: number;
  readonly inPlace: boolean;
}

function recordPass(
  recording: Recording,
  heap: TwiddleHeap,
  src: Columns,
  dst: Columns,
  pass: Pass,
  { inverse, scale, inPlace }: PassOptions,
): void {
  const { firstLayer, layers, contiguous, tileLog } = pass;
  // A round over local bits g .. g + 3 touches runs of 2^g words: coalesced enough from 16 on.
  const lowRound = Math.min(contiguous, 8);
  const highRound = Math.min(contiguous + 4 * (Math.ceil(layers / 4) - 1), 8);
  const isDirect = (g: number): number => (g >= 4 ? 1 : 0);
  const direct = inverse ? [isDirect(lowRound), isDirect(highRound)] : [isDirect(highRound), isDirect(lowRound)];
  const columnsPerTile = 2 ** (TILE_LOG - tileLog);
  const id = `${inverse ? 'interpolate' : 'evaluate'}${inPlace ? '_in_place' : ''}`;
  const twiddles = inverse ? heap.inverse : heap.forward;
  recording.dispatch({
    kernel: { id },
    params: [
      ...[dst.logN, firstLayer, layers, contiguous, tileLog, dst.count],
      ...[src.offset, src.stride, 2 ** src.logN - 1, dst.offset, dst.stride],
      ...[scale, smallY(dst.logN, inverse), ...direct],
    ],
    bindings: inPlace ? [twiddles, dst.buffer] : [twiddles, src.buffer, dst.buffer],
    groups: 2 ** (dst.logN - tileLog),
    batch: Math.ceil(dst.count / columnsPerTile),
  });
}
