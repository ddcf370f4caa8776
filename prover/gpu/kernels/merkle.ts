// Merkle trees over columns in GPU buffers (src/core/merkle.ts on the device). All layers stay in one buffer, as a heap:
// node k at words 8k .. 8k + 7, root 1, the layer of 2^l nodes from 2^l on.
import { LEAF_KEY, NODE_KEY } from '../../../src/core/hash.ts';
import type { Columns, ExtensionRows } from '../columns.ts';
import { groupsFor, type Recording } from '../recording.ts';

export interface GpuMerkleTree {
  readonly nodes: GPUBuffer;
  readonly logN: number;
}

/** Words of the node buffer of a tree whose bottom layer has 2^logN nodes. */
export const merkleWords = (logN: number): number => 16 * 2 ** logN;

/** Word offset of a node in the node buffer. */
export const nodeOffset = (logN: number, index: number): number => 8 * (2 ** logN + index);

/** Where one word of the first row lies. */
interface RowWord {
  readonly buffer: GPUBuffer;
  readonly offset: number;
}

/** The tree over columns of any heights; those of one height are hashed in the order given. */
export function commitColumns(recording: Recording, nodes: GPUBuffer, columns: readonly Columns[]): GpuMerkleTree {
  const logN = Math.max(0, ...columns.map((c) => c.logN));
  const wordsAt = (log: number): RowWord[] =>
    columns
      .filter((c) => c.logN === log)
      .flatMap(({ buffer, offset, stride, count }) =>
        Array.from({ length: count }, (_, k) => ({ buffer, offset: offset + k * stride })),
      );
  hashRows(recording, nodes, logN, wordsAt(logN), 1, false);
  const injected = new Map<number, RowWord[]>();
  for (let log = 0; log < logN; log++) injected.set(log, wordsAt(log));
  hashInner(recording, nodes, logN, (log) => injected.get(log) ?? []);
  return { nodes, logN };
}

/** The tree whose leaf i is rows i * 2^leafLog .. of an extension column, row by row. */
export function commitRows(
  recording: Recording,
  nodes: GPUBuffer,
  rows: ExtensionRows,
  leafLog: number,
): GpuMerkleTree {
  const leafWords = 4 * 2 ** leafLog;
  const { buffer, offset } = rows;
  const words = Array.from({ length: leafWords }, (_, k) => ({ buffer, offset: offset + k }));
  const logN = rows.logN - leafLog;
  hashRows(recording, nodes, logN, words, leafWords, false);
  hashInner(recording, nodes, logN, () => []);
  return { nodes, logN };
}

/** Layers above the bottom one. */
function hashInner(
  recording: Recording,
  nodes: GPUBuffer,
  logN: number,
  injected: (log: number) => readonly RowWord[],
): void {
  let plainBelow = 0; // layers under 2^plainBelow nodes have no injected columns
  while (plainBelow < logN && injected(plainBelow).length === 0) plainBelow++;
  for (let log = logN - 1; log >= 0; log--) {
    const words = injected(log);
    if (words.length > 0) {
      hashRows(recording, nodes, log, words, 1, true);
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

/** One layer that absorbs rows, in as many dispatches as its buffers need (four a dispatch). */
function hashRows(
  recording: Recording,
  nodes: GPUBuffer,
  log: number,
  words: readonly RowWord[],
  rowStride: number,
  hasChildren: boolean,
): void {
  const childBlocks = hasChildren ? 1 : 0;
  const blocks = Math.max(1, childBlocks + Math.ceil(words.length / 16));
  for (let begin = 0; begin < blocks; ) {
    const sources: GPUBuffer[] = [];
    // Entries of earlier and later blocks stay unread; those past the message read as zero (source 4).
    const table = new Uint32Array(32 * Math.max(1, blocks - childBlocks));
    for (let k = 0; k < table.length; k += 2) table[k] = 4;
    let end = begin;
    for (; end < blocks; end++) {
      const first = 16 * (end - childBlocks);
      const own = first < 0 ? [] : words.slice(first, first + 16);
      const wanted = [...new Set([...sources, ...own.map((word) => word.buffer)])];
      if (wanted.length > 4) break;
      sources.splice(0, sources.length, ...wanted);
      own.forEach(({ buffer, offset }, k) => {
        table[2 * (first + k)] = sources.indexOf(buffer);
        table[2 * (first + k) + 1] = offset;
      });
    }
    if (end === begin) throw new Error('merkle: 16 neighbouring columns lie in more than four buffers');
    const key = hasChildren ? NODE_KEY : LEAF_KEY;
    const constant = recording.constant(table);
    // Bindings left over are never read; constants serve as their stand-in.
    const bound = Array.from({ length: 4 }, (_, i) => sources[i] ?? constant);
    recording.dispatch({
      kernel: { id: 'merkle_rows' },
      params: [...key, 2 ** log, childBlocks, words.length, rowStride, begin, end],
      bindings: [constant, nodes, ...bound],
      groups: groupsFor(2 ** log),
    });
    begin = end;
  }
}
