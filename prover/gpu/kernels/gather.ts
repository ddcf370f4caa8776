// Collects scattered words for query answers. Where they lie is worked out on the device: made here, the offsets of an
// opening (193 queries, 870 columns) took 77 ms of a CPU, a third of a proof on a fast GPU.
import type { Buffers } from '../pool.ts';
import { type Download, groupsFor, type Recording } from '../recording.ts';

/** Words at offset + index * rowStep + k * columnStep, k < width. */
export interface GatherSource {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly rowStep: number;
  readonly columnStep: number;
  readonly width: number;
}

/** Row after row, each the words of all sources for one of the indices. */
export function gather(
  recording: Recording,
  pool: Buffers,
  sources: readonly GatherSource[],
  indices: readonly number[],
): Download {
  const rows = indices.length;
  const width = sources.reduce((sum, source) => sum + source.width, 0);
  const out = pool.acquire(Math.max(1, rows * width), 'gathered words');
  const table = recording.constant(rows === 0 ? [0] : indices);
  let column = 0;
  for (const { buffer, offset, rowStep, columnStep, width: own } of sources) {
    recording.dispatch({
      kernel: { id: 'gather' },
      params: [rows, own, offset, rowStep, columnStep, column, width],
      bindings: [table, buffer, out],
      groups: groupsFor(rows * own),
    });
    column += own;
  }
  const download = recording.download(out, 0, rows * width);
  pool.release(out);
  return download;
}
