// The DEEP quotient: random combinations of evaluation columns, then division by the lines through the sample points.
import type { Columns, ExtensionRows } from '../columns.ts';
import { type Binding, groupsFor, type Recording } from '../recording.ts';
import type { SamplePoints } from './ood.ts';
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

/** Words of the two points with their lines: x, y, A, B of each. */
export const LINE_WORDS = 32;

export interface LinesInput {
  /** In the order of the proof: `columns` at the first point, the others at the second. */
  readonly samples: GPUBuffer;
  readonly columns: number;
  readonly count: number;
  /** The samples' coefficients are elements from `gammas` on. */
  readonly elements: GPUBuffer;
  readonly gammas: number;
  readonly points: SamplePoints;
}

/** The lines through the combined samples at each point (`batchLines`). */
export function deepLines(recording: Recording, input: LinesInput, lines: GPUBuffer): void {
  const { samples, columns, count, elements, gammas, points } = input;
  recording.dispatch({
    kernel: { id: 'deep_lines' },
    params: [columns, count, gammas, points.logN],
    bindings: [samples, elements, points.buffer, lines],
    groups: 2,
  });
}

/**
 * out[row] = sum over one or two samples of (sums[row] - (A p.y + B)) / L(p), p the row's point. `lines` as deepLines gives
 * them; the combined columns begin at the start of their buffers.
 */
export function deepFinish(
  recording: Recording,
  heap: TwiddleHeap,
  lines: Binding,
  sums: readonly [GPUBuffer] | readonly [GPUBuffer, GPUBuffer],
  out: ExtensionRows,
): void {
  const [first, second = first] = sums;
  if (out.logN > heap.logN || out.logN < 1) throw new Error('deepFinish: size outside the twiddle heap');
  recording.dispatch({
    kernel: { id: 'deep_finish' },
    params: [out.logN, smallY(out.logN, false), sums.length, out.offset / 4],
    bindings: [lines, heap.forward, first, second, out.buffer],
    groups: groupsFor(2 ** out.logN),
  });
}
