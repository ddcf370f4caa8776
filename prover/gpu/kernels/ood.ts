// Evaluation of coefficient columns at one extension point: dot products with the basis of src/core/fft.ts.
import { conjugate, subgroupGenerator } from '../../../src/core/circle.ts';
import { DRAW_KEY } from '../../../src/core/hash.ts';
import { type Columns, sliceColumns } from '../columns.ts';
import type { Buffers } from '../pool.ts';
import { groupsFor, type Recording } from '../recording.ts';

const ROWS_PER_GROUP = 4096;
/** Columns a dispatch, four a z; also keeps the partial sums of one dispatch small. */
const CHUNK_COLUMNS = 4096;

/** Words of a basis of 2^logN elements. */
export const basisWords = (logN: number): number => 4 * 2 ** logN;

/** Extension points with their doublings, in a buffer. */
export interface SamplePoints {
  readonly buffer: GPUBuffer;
  /** Log2 of the tallest columns: there are so many doublings of each point. */
  readonly logN: number;
}

/** Words of the two sample points and their doublings. */
export const pointWords = (logN: number): number => 16 * logN;

/** Element of coordinate x (0) or y (1) of point 0 or 1 doubled `times` times. */
export const pointElement = (logN: number, point: number, coordinate: number, times: number): number =>
  (2 * point + coordinate) * logN + times;

/**
 * Draws the out-of-domain point for tables of at most 2^logN rows, and takes the point one row before it
 * (`drawOodsPoints`); doubles both.
 */
export function drawPoints(recording: Recording, channel: GPUBuffer, { buffer, logN }: SamplePoints): void {
  const [x, y] = conjugate(subgroupGenerator(logN));
  const params = [...DRAW_KEY, logN, x, y];
  recording.dispatch({ kernel: { id: 'ood_points' }, params, bindings: [channel, buffer], groups: 1 });
}

/** Elements of the factors [y, x, pi(x), ...] of the basis of 2^logN at a point doubled to that height. */
export const basisFactorElements = (points: SamplePoints, point: number, logN: number): number[] => {
  const times = points.logN - logN;
  return Array.from({ length: logN }, (_, i) =>
    i === 0 ? pointElement(points.logN, point, 1, times) : pointElement(points.logN, point, 0, times + i - 1),
  );
};

const NO_FACTOR = 0xffffffff;
const tablesOf = (factors: readonly number[]): number => Math.max(1, Math.ceil(factors.length / 4));

/** Words of `buildProducts`. */
export const productWords = (bases: readonly (readonly number[])[]): number =>
  64 * bases.reduce((n, factors) => n + tablesOf(factors), 0);

/** Products of the factors of several bases, given by elements of `points`. Returns the first table of each basis. */
export function buildProducts(
  recording: Recording,
  points: GPUBuffer,
  products: GPUBuffer,
  bases: readonly (readonly number[])[],
): number[] {
  const all: number[] = [];
  const firsts = bases.map((factors) => {
    const first = all.length / 4;
    const padding = 4 * tablesOf(factors) - factors.length;
    all.push(...factors, ...new Array<number>(padding).fill(NO_FACTOR));
    return first;
  });
  const tables = all.length / 4;
  const bindings = [recording.constant(all), points, products];
  recording.dispatch({ kernel: { id: 'ood_products' }, params: [tables], bindings, groups: Math.ceil(tables / 4) });
  return firsts;
}

/**
 * Writes the 2^logN basis elements at a point given its products from table `first` on. The basis of a smaller height is a
 * prefix of this one.
 */
export function buildBasis(
  recording: Recording,
  basis: GPUBuffer,
  products: GPUBuffer,
  first: number,
  logN: number,
): void {
  for (let begin = 0; begin === 0 || begin < logN; begin += 4) {
    const end = 2 ** Math.min(begin + 4, logN);
    const fresh = begin === 0 ? end : end - 2 ** begin;
    const params = [first + begin / 4, begin, end];
    recording.dispatch({ kernel: { id: 'ood_basis' }, params, bindings: [products, basis], groups: groupsFor(fresh) });
  }
}

/** out[outOffset + 4k ..] = value of column k at the basis' point. `outOffset` in words, a multiple of four. */
export function evaluateAtPoint(
  recording: Recording,
  pool: Buffers,
  basis: GPUBuffer,
  coefficients: Columns,
  out: GPUBuffer,
  outOffset: number,
): void {
  const rows = 2 ** coefficients.logN;
  const chunks = Math.ceil(rows / ROWS_PER_GROUP);
  for (let first = 0; first < coefficients.count; first += CHUNK_COLUMNS) {
    const part = sliceColumns(coefficients, first, Math.min(CHUNK_COLUMNS, coefficients.count - first));
    const target = outOffset / 4 + first;
    const partials = chunks === 1 ? out : pool.acquire(4 * part.count * chunks, 'partial sums');
    recording.dispatch({
      kernel: { id: 'ood_dot' },
      params: [rows, chunks, part.count, part.offset, part.stride, chunks === 1 ? target : 0],
      bindings: [basis, part.buffer, partials],
      groups: chunks,
      batch: Math.ceil(part.count / 4),
    });
    if (chunks === 1) continue;
    const params = [chunks, part.count, target];
    recording.dispatch({ kernel: { id: 'ood_sum' }, params, bindings: [partials, out], groups: part.count });
    pool.release(partials);
  }
}
