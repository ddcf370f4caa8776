// The DEEP quotient: random combinations of evaluation columns, then division by the lines through the sample points.
import type { Qm31 } from '../../../src/core/field.ts';
import type { Columns, ExtensionRows } from '../columns.ts';
import { type Binding, groupsFor, type Recording } from '../recording.ts';
import { smallY, type TwiddleHeap } from './twiddles.ts';

/** sums[row] (+)= sum over columns k of gammas[firstGamma + k] * column_k[row]; `gammas` holds four words an element. */
export function deepAccumulate(
  recording: Recording,
  columns: Columns,
  gammas: Binding,
  firstGamma: number,
  sums: ExtensionRows,
  overwrite: boolean,
): void {
  if (columns.logN !== sums.logN) throw new Error('deepAccumulate: different heights');
  const { buffer, offset, stride, count, logN } = columns;
  recording.dispatch({
    kernel: { id: 'deep_accumulate' },
    params: [2 ** logN, count, offset, stride, firstGamma, sums.offset / 4, overwrite ? 1 : 0],
    bindings: [gammas, buffer, sums.buffer],
    groups: groupsFor(2 ** logN),
  });
}

/** One sample point (x, y), the line a * p.y + b through the combined claims, and the combined columns (offset 0). */
export interface DeepSample {
  readonly x: Qm31;
  readonly y: Qm31;
  readonly a: Qm31;
  readonly b: Qm31;
  readonly sums: GPUBuffer;
}

/** out[row] = sum over one or two samples of (sums[row] - (a p.y + b)) / L(p), p the row's point. */
export function deepFinish(
  recording: Recording,
  heap: TwiddleHeap,
  samples: readonly [DeepSample] | readonly [DeepSample, DeepSample],
  out: ExtensionRows,
): void {
  const [first, second = first] = samples;
  if (out.logN > heap.logN || out.logN < 1) throw new Error('deepFinish: size outside the twiddle heap');
  const words = ({ x, y, a, b }: DeepSample): number[] => [...x, ...y, ...a, ...b];
  recording.dispatch({
    kernel: { id: 'deep_finish' },
    params: [...words(first), ...words(second), out.logN, smallY(out.logN, false), samples.length, out.offset / 4],
    bindings: [heap.forward, first.sums, second.sums, out.buffer],
    groups: groupsFor(2 ** out.logN),
  });
}
