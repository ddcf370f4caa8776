// FRI on the device: the committed words stay there until they are opened.
import { inv } from '../../src/core/field.ts';
import type { ExtensionRows } from './columns.ts';
import { friFold, interpolateLast } from './kernels/fri.ts';
import { gather, gatherPaths } from './kernels/gather.ts';
import { commitRows, type GpuMerkleTree, merkleWords, rootOf } from './kernels/merkle.ts';
import type { TwiddleHeap } from './kernels/twiddles.ts';
import type { Buffers } from './pool.ts';
import type { Recording, WordRange } from './recording.ts';
import type { OpeningReader, Queries } from './tree.ts';

export interface FriLayer {
  readonly rows: ExtensionRows;
  readonly foldLog: number;
  readonly merkle: GpuMerkleTree;
}

export interface FriInput {
  readonly heap: TwiddleHeap;
  /** FRI's first word, folded by each of `foldLogs` in turn. */
  readonly first: ExtensionRows;
  readonly foldLogs: readonly number[];
  /** Log2 of the coefficients of the last polynomial. */
  readonly lastLog: number;
  readonly elements: GPUBuffer;
  /** Absorbs a layer's root. Returns where among the elements its challenge and the squares of it are. */
  readonly challenge: (layer: number, root: WordRange) => number;
}

/** Records the commitment and the folds of all layers. Words and trees are acquired and left to the pool's owner. */
export const commitFri = (
  recording: Recording,
  pool: Buffers,
  { heap, first, foldLogs, lastLog, elements, challenge }: FriInput,
): { readonly layers: readonly FriLayer[]; readonly last: WordRange } => {
  let rows = first;
  const layers = foldLogs.map((foldLog, i): FriLayer => {
    const own = rows;
    const logN = own.logN - foldLog;
    const merkle = commitRows(recording, pool, pool.acquire(merkleWords(logN), `FRI layer ${i}`), own, foldLog);
    const alpha = challenge(i, rootOf(merkle));
    rows = { buffer: pool.acquire(4 * 2 ** logN, 'FRI word'), offset: 0, logN };
    friFold(recording, heap, own, rows, { elements, alpha }, foldLog, i === 0);
    return { rows: own, foldLog, merkle };
  });
  interpolateLast(recording, heap, rows, 2 ** lastLog, inv(2 ** rows.logN));
  return { layers, last: { buffer: rows.buffer, offset: rows.offset, words: 4 * 2 ** lastLog } };
};

/** Records the reads of all layers at the queries. The results take their storage indices. */
export const openFri = (
  recording: Recording,
  pool: Buffers,
  layers: readonly FriLayer[],
  queries: Queries,
): OpeningReader[] => {
  let folded = 0;
  return layers.map(({ rows: { buffer, offset }, foldLog, merkle }) => {
    folded += foldLog;
    const shift = folded;
    const width = 4 * 2 ** foldLog;
    const source = { buffer, offset, rowStep: width, columnStep: 1, width };
    const values = gather(recording, pool, [source], { ...queries, shift, lift: false });
    const { logDomain } = queries;
    const paths = gatherPaths(recording, pool, merkle, queries, { logDomain, shift, commitOrder: false });
    return (words, answers) => ({
      values: answers.rows(words(values), width, shift),
      siblings: answers.siblings(words(paths), merkle.logN, shift),
    });
  });
};
