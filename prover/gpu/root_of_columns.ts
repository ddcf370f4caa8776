// The root of a tree of given columns, committed by itself: the boundary tree of a segment before any proof.
import type { Digest } from '../../src/core/hash.ts';
import type { TwiddleHeap } from './kernels/twiddles.ts';
import { Recording } from './recording.ts';
import type { GpuRuntime } from './runtime.ts';
import { commitTree, openTree, releaseTree, treeColumns } from './tree.ts';

/** Extends `columns` (values in storage order, powers of two long) by 2^logBlowup and hashes them as a tree. */
export const rootOfColumns = async (
  runtime: GpuRuntime,
  heap: TwiddleHeap,
  columns: readonly Uint32Array[],
  logBlowup: number,
  maxBufferBytes: number,
): Promise<Digest> => {
  const tree = openTree(runtime.pool, {
    name: 'given',
    logRows: columns.map((c) => Math.log2(c.length)),
    runs: columns.map(() => 1),
    logBlowup,
    keepValues: false,
    maxBufferBytes,
  });
  try {
    const recording = new Recording();
    columns.forEach((values, i) => {
      const { buffer, offset } = treeColumns(tree, 'values', Math.log2(values.length), i, 1);
      recording.upload(buffer, offset, values);
    });
    const root = recording.downloadRange(commitTree(recording, runtime.pool, heap, tree));
    return (await runtime.run(recording)).words(root);
  } finally {
    releaseTree(runtime.pool, tree);
  }
};
