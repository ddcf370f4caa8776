// Sums of extension-field columns of different heights.
import type { ExtensionView } from '../columns.ts';
import { groupsFor, type Recording } from '../recording.ts';

/** dst[i] += src[liftIndex(i, dst.logN - src.logN)]: adds a shorter column's lift. The two are in different buffers. */
export function liftAdd(recording: Recording, src: ExtensionView, dst: ExtensionView): void {
  if (src.logN > dst.logN || src.logN < 1) throw new Error('liftAdd: wrong heights');
  const rows = 2 ** dst.logN;
  recording.dispatch({
    kernel: { id: 'lift_add' },
    params: [
      ...[rows, dst.logN - src.logN],
      ...[src.offset, src.rowStride, src.wordStride],
      ...[dst.offset, dst.rowStride, dst.wordStride],
    ],
    bindings: [src.buffer, dst.buffer],
    groups: groupsFor(rows),
  });
}
