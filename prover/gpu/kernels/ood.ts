// Evaluation of coefficient columns at one extension point: dot products with the basis of src/core/fft.ts.
import { Q_ONE, type Qm31, qMul } from '../../../src/core/field.ts';
import { type Columns, sliceColumns } from '../columns.ts';
import type { Buffers } from '../pool.ts';
import { groupsFor, type Recording } from '../recording.ts';

const ROWS_PER_GROUP = 4096;
/** Columns a dispatch, four a z; also keeps the partial sums of one dispatch small. */
const CHUNK_COLUMNS = 4096;

/** Words of a basis of 2^logN elements. */
export const basisWords = (logN: number): number => 4 * 2 ** logN;

/**
 * Writes the 2^factors.length basis elements at a point given its factors [y, x, pi(x), ...] (`basisFactors`). The basis
 * of a smaller height is a prefix of this one.
 */
export function buildBasis(recording: Recording, basis: GPUBuffer, factors: readonly Qm31[]): void {
  const logN = factors.length;
  for (let begin = 0; begin === 0 || begin < logN; begin += 4) {
    const step = factors.slice(begin, begin + 4);
    const products: Qm31[] = Array.from({ length: 16 }, (_, bits) =>
      step.reduce((product, factor, bit) => ((bits >> bit) & 1 ? qMul(product, factor) : product), Q_ONE),
    );
    const end = 2 ** Math.min(begin + 4, logN);
    const fresh = begin === 0 ? end : end - 2 ** begin;
    const params = [...products.flat(), begin, end];
    recording.dispatch({ kernel: { id: 'ood_basis' }, params, bindings: [basis], groups: groupsFor(fresh) });
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
