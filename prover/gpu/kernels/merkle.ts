// Merkle trees over columns in GPU buffers (src/core/merkle.ts on the device). All layers stay in one buffer, as a heap:
// node k at words 8k .. 8k + 7, root 1, the layer of 2^l nodes from 2^l on.
import { LEAF_KEY, NODE_KEY } from '../../../src/core/hash.ts';
import type { Columns, ExtensionRows } from '../columns.ts';
import type { Buffers } from '../pool.ts';
import { groupsFor, type Recording, type WordRange } from '../recording.ts';

export interface GpuMerkleTree {
  readonly nodes: GPUBuffer;
  readonly logN: number;
}

/** Words of the node buffer of a tree whose bottom layer has 2^logN nodes. */
export const merkleWords = (logN: number): number => 16 * 2 ** logN;

/** Word offset of a node in the node buffer. */
export const nodeOffset = (logN: number, index: number): number => 8 * (2 ** logN + index);

/** Where a tree's root is. */
export const rootOf = ({ nodes }: GpuMerkleTree): WordRange => ({ buffer: nodes, offset: nodeOffset(0, 0), words: 8 });

/** Where one word of the first row lies. */
interface RowWord {
  readonly buffer: GPUBuffer;
  readonly offset: number;
}

/**
 * The tree over columns of any heights, rows in commit order (src/core/commitment.ts); the columns of one height are
 * hashed in the order given. Columns of one height are best in one buffer: 16 neighbours that straddle are copied first.
 */
export function commitColumns(
  recording: Recording,
  pool: Buffers,
  nodes: GPUBuffer,
  columns: readonly Columns[],
): GpuMerkleTree {
  const logN = Math.max(0, ...columns.map((c) => c.logN));
  const wordsAt = (log: number): RowWord[] =>
    columns
      .filter((c) => c.logN === log)
      .flatMap(({ buffer, offset, stride, count }) =>
        Array.from({ length: count }, (_, k) => ({ buffer, offset: offset + k * stride })),
      );
  const bottom = { log: logN, words: wordsAt(logN), rowStride: 1, hasChildren: false, commitOrder: true };
  if (bottom.words.length === 0) throw new Error('commitColumns: no columns');
  hashRows(recording, pool, nodes, bottom);
  const injected = new Map<number, RowWord[]>();
  for (let log = 0; log < logN; log++) injected.set(log, wordsAt(log));
  hashInner(recording, pool, nodes, logN, (log) => injected.get(log) ?? []);
  return { nodes, logN };
}

/** The tree whose leaf i is rows i * 2^leafLog .. of an extension column, row by row, in storage order (FRI). */
export function commitRows(
  recording: Recording,
  pool: Buffers,
  nodes: GPUBuffer,
  rows: ExtensionRows,
  leafLog: number,
): GpuMerkleTree {
  const leafWords = 4 * 2 ** leafLog;
  const { buffer, offset } = rows;
  const words = Array.from({ length: leafWords }, (_, k) => ({ buffer, offset: offset + k }));
  const logN = rows.logN - leafLog;
  hashRows(recording, pool, nodes, { log: logN, words, rowStride: leafWords, hasChildren: false, commitOrder: false });
  hashInner(recording, pool, nodes, logN, () => []);
  return { nodes, logN };
}

/** Layers above the bottom one. */
function hashInner(
  recording: Recording,
  pool: Buffers,
  nodes: GPUBuffer,
  logN: number,
  injected: (log: number) => readonly RowWord[],
): void {
  let plainBelow = 0; // layers under 2^plainBelow nodes have no injected columns
  while (plainBelow < logN && injected(plainBelow).length === 0) plainBelow++;
  for (let log = logN - 1; log >= 0; log--) {
    const words = injected(log);
    if (words.length > 0) {
      hashRows(recording, pool, nodes, { log, words, rowStride: 1, hasChildren: true, commitOrder: true });
    } else if (log <= 8 && log < plainBelow) {
      const params = [...NODE_KEY, 2 ** log, 1];
      recording.dispatch({ kernel: { id: 'merkle_top' }, params, bindings: [nodes], groups: 1 });
      return;
    } else {
      const params = [...NODE_KEY, 2 ** log];
      recording.dispatch({ kernel: { id: 'merkle_nodes' }, params, bindings: [nodes], groups: groupsFor(2 ** log) });
    }
  }
}

interface RowHash {
  readonly log: number;
  readonly words: readonly RowWord[];
  readonly rowStride: number;
  readonly hasChildren: boolean;
  readonly commitOrder: boolean;
}

/** One layer that absorbs rows: a dispatch per run of 16-word blocks that lie in one buffer. */
function hashRows(recording: Recording, pool: Buffers, nodes: GPUBuffer, layer: RowHash): void {
  const { log, words, rowStride, hasChildren, commitOrder } = layer;
  const childBlocks = hasChildren ? 1 : 0;
  const blocks: { readonly buffer: GPUBuffer; readonly offsets: readonly number[] }[] = [];
  const scratch: GPUBuffer[] = [];
  for (let k = 0; k < words.length; k += 16) {
    const own = words.slice(k, k + 16);
    const first = own[0] as RowWord;
    if (own.every(({ buffer }) => buffer === first.buffer)) {
      blocks.push({ buffer: first.buffer, offsets: own.map(({ offset }) => offset) });
      continue;
    }
    // The columns of a block that straddles buffers are copied side by side: rows of columns are contiguous.
    const copy = pool.acquire(16 * 2 ** log, 'straddling columns');
    scratch.push(copy);
    own.forEach(({ buffer, offset }, j) => {
      recording.copy(buffer, offset, copy, j * 2 ** log, 2 ** log);
    });
    blocks.push({ buffer: copy, offsets: own.map((_, j) => j * 2 ** log) });
  }
  for (let begin = 0; begin < blocks.length; ) {
    const { buffer } = blocks[begin] as (typeof blocks)[0];
    let end = begin;
    while (blocks[end]?.buffer === buffer) end++;
    // A short last block is filled up with any readable offset.
    const offsets = blocks.slice(begin, end).flatMap((block) => block.offsets);
    while (offsets.length % 16 !== 0) offsets.push(offsets[0] as number);
    const range = [begin === 0 ? 0 : begin + childBlocks, end + childBlocks];
    const key = hasChildren ? NODE_KEY : LEAF_KEY;
    recording.dispatch({
      kernel: { id: 'merkle_rows' },
      params: [...key, 2 ** log, childBlocks, words.length, rowStride, ...range, commitOrder ? 1 : 0],
      bindings: [recording.constant(offsets), nodes, buffer],
      groups: groupsFor(2 ** log),
    });
    begin = end;
  }
  for (const buffer of scratch) pool.release(buffer);
}
