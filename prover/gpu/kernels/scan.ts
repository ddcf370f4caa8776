// The LogUp running sum.
import { inv } from '../../../src/core/field.ts';
import type { Columns, ExtensionView } from '../columns.ts';
import type { Buffers } from '../pool.ts';
import type { Recording } from '../recording.ts';

const ROWS_PER_BLOCK = 1024;

const blocksOf = (logN: number): number => Math.ceil(2 ** logN / ROWS_PER_BLOCK);

/** Words of the block sums of 2^logN rows. */
export const scanWords = (logN: number): number => 4 * (blocksOf(logN) + 1);

/**
 * In coset order, out[c] = sum of values[0 .. c] - (c + 1) * total / N, as four columns in storage order; the total goes
 * to words totalOffset .. of `totals` (a multiple of four). `values` and `out` are in different buffers.
 */
export function scanCyclic(
  recording: Recording,
  pool: Buffers,
  values: ExtensionView,
  out: Columns,
  totals: GPUBuffer,
  totalOffset: number,
): void {
  if (out.count !== 4 || out.logN !== values.logN) throw new Error('scanCyclic: four columns of the same height');
  const { logN } = values;
  const blocks = blocksOf(logN);
  const sums = pool.acquire(scanWords(logN), 'scan blocks');
  const params = [
    ...[logN, blocks, values.offset, values.rowStride, values.wordStride],
    ...[out.offset, out.stride, inv(2 ** logN), totalOffset / 4],
  ];
  recording.dispatch({ kernel: { id: 'scan_blocks' }, params, bindings: [values.buffer, sums], groups: blocks });
  recording.dispatch({ kernel: { id: 'scan_total' }, params, bindings: [sums, totals], groups: 1 });
  const bindings = [values.buffer, sums, out.buffer];
  recording.dispatch({ kernel: { id: 'scan_apply' }, params, bindings, groups: blocks });
  pool.release(sums);
}
