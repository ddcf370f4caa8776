// FRI on the device: the committed words stay there until they are opened.

import type { Qm31 } from '../../src/core/field.ts';
import { qAt } from '../../src/core/field.ts';
import { interpolateLine } from '../../src/core/fri.ts';
import type { Digest } from '../../src/core/hash.ts';
import { shiftedPositions } from '../../src/core/merkle.ts';
import type { Opening } from '../../src/core/proof.ts';
import type { ExtensionRows } from './columns.ts';
import { friFold } from './kernels/fri.ts';
import { gather } from './kernels/gather.ts';
import { commitRows, type GpuMerkleTree, merkleWords, nodeOffset } from './kernels/merkle.ts';
import type { TwiddleHeap } from './kernels/twiddles.ts';
import type { Buffers } from './pool.ts';
import { type Download, Recording } from './recording.ts';
import type { GpuRuntime, RunResult } from './runtime.ts';
import { gatherSiblings } from './tree.ts';

interface Layer {
  readonly rows: ExtensionRows;
  readonly foldLog: number;
  readonly merkle: GpuMerkleTree;
}

export interface GpuFri {
  commit(foldLog: number): Promise<Digest>;
  fold(alpha: Qm31): Promise<void>;
  /** Coefficients of what is left. */
  lastLayer(lastLog: number): Promise<Qm31[]>;
  /** Records the reads of all layers at sorted unique positions of the first domain. */
  open(recording: Recording, positions: readonly number[]): ((words: (d: Download) => Uint32Array) => Opening)[];
}

/** `first` is FRI's first word, which the recording `started` makes. All words and trees are acquired from `pool` and left to its owner to release. */
export const openFri = (
  runtime: GpuRuntime,
  pool: Buffers,
  heap: TwiddleHeap,
  first: ExtensionRows,
  started: Promise<void>,
): GpuFri => {
  const layers: Layer[] = [];
  let rows = first;
  /** The recording before, which nobody has waited for. Waiting for the next waits for both. */
  let before = started;
  const run = async (recording: Recording): Promise<RunResult> => {
    const [result] = await Promise.all([runtime.run(recording), before]);
    return result;
  };
  let folds = 0;
  return {
    commit: async (foldLog) => {
      const recording = new Recording();
      const nodes = pool.acquire(merkleWords(rows.logN - foldLog), `FRI layer ${layers.length}`);
      const merkle = commitRows(recording, pool, nodes, rows, foldLog);
      layers.push({ rows, foldLog, merkle });
      const root = recording.download(nodes, nodeOffset(0, 0), 8);
      return (await run(recording)).words(root);
    },
    fold: async (alpha) => {
      const { foldLog } = layers.at(-1) as Layer;
      const logN = rows.logN - foldLog;
      const next: ExtensionRows = { buffer: pool.acquire(4 * 2 ** logN, 'FRI word'), offset: 0, logN };
      const recording = new Recording();
      friFold(recording, heap, rows, next, alpha, foldLog, layers.length === 1);
      rows = next;
      folds += foldLog;
      before = runtime.start(recording);
    },
    lastLayer: async (lastLog) => {
      const recording = new Recording();
      const size = 2 ** rows.logN;
      const download = recording.download(rows.buffer, rows.offset, 4 * size);
      const words = (await run(recording)).words(download);
      const word = Array.from({ length: size }, (_, i) => qAt(words, i));
      return interpolateLine(word, first.logN, folds).slice(0, 2 ** lastLog);
    },
    open: (recording, positions) => {
      let current = positions;
      return layers.map(({ rows: { buffer, offset }, foldLog, merkle }) => {
        current = shiftedPositions(current, foldLog);
        const leafWords = 4 * 2 ** foldLog;
        const source = { buffer, offset, rowStep: leafWords, columnStep: 1, width: leafWords };
        const values = gather(recording, pool, [source], current);
        const siblings = gatherSiblings(recording, pool, merkle, current);
        return (words) => ({ values: words(values), siblings: words(siblings) });
      });
    },
  };
};
