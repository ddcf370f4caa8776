// The last step of the composition polynomial's evaluation.
import type { Columns, ExtensionView } from '../columns.ts';
import { groupsFor, type Recording } from '../recording.ts';

/** out (four columns) = sums[i] * inverseVanishing[i >> logTrace], for sums of all heights lifted together (liftAdd). */
export function compositionFinish(
  recording: Recording,
  sums: ExtensionView,
  logTrace: number,
  inverseVanishing: ArrayLike<number>,
  out: Columns,
): void {
  if (out.count !== 4 || out.logN !== sums.logN) throw new Error('compositionFinish: four columns of the same height');
  if (inverseVanishing.length !== 2 ** (sums.logN - logTrace)) throw new Error('compositionFinish: wrong blow-up');
  recording.dispatch({
    kernel: { id: 'composition_finish' },
    params: [2 ** sums.logN, logTrace, sums.offset, sums.rowStride, sums.wordStride, out.offset, out.stride],
    bindings: [recording.constant(inverseVanishing), sums.buffer, out.buffer],
    groups: groupsFor(2 ** sums.logN),
  });
}
