// Collects scattered words for query answers. Where they lie is worked out on the device, which drew the positions: the
// answers are those of every query in the order of the draws. Openings pick from them (queries.ts).
import type { Buffers } from '../pool.ts';
import { type Binding, type Download, groupsFor, type Recording } from '../recording.ts';
import type { GpuMerkleTree } from './merkle.ts';

/** Words at offset + index * rowStep + k * columnStep, k < width. */
export interface GatherSource {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly rowStep: number;
  readonly columnStep: number;
  readonly width: number;
}

/** Where to read: positions shifted right, or lifted by `shift` doublings (storage indices of columns). */
export interface Positions {
  readonly words: Binding;
  readonly count: number;
  readonly shift: number;
  readonly lift: boolean;
}

/** Row after row, each the words of all sources for one of the positions, from word 0 of `out` on. */
export function gatherInto(
  recording: Recording,
  out: GPUBuffer,
  sources: readonly GatherSource[],
  { words, count, shift, lift }: Positions,
): void {
  const width = sources.reduce((sum, source) => sum + source.width, 0);
  let column = 0;
  for (const { buffer, offset, rowStep, columnStep, width: own } of sources) {
    recording.dispatch({
      kernel: { id: 'gather' },
      params: [count, own, offset, rowStep, columnStep, column, width, shift, lift ? 1 : 0],
      bindings: [words, buffer, out],
      groups: groupsFor(count * own),
    });
    column += own;
  }
}

/** The same, downloaded. */
export function gather(
  recording: Recording,
  pool: Buffers,
  sources: readonly GatherSource[],
  positions: Positions,
): Download {
  const words = positions.count * sources.reduce((sum, source) => sum + source.width, 0);
  const out = pool.acquire(Math.max(1, words), 'gathered words');
  gatherInto(recording, out, sources, positions);
  const download = recording.download(out, 0, words);
  pool.release(out);
  return download;
}

/** A tree's place under the domain of the queries. */
export interface PathPlace {
  /** Log2 of the domain, whose storage indices the positions are. */
  readonly logDomain: number;
  /** What the bottom layer is shorter than the domain, log2. */
  readonly shift: number;
  /** Trees of columns are in commit order. */
  readonly commitOrder: boolean;
}

/** The siblings on the way up from each position, `tree.logN` digests each, from the bottom. */
export function gatherPaths(
  recording: Recording,
  pool: Buffers,
  { nodes, logN }: GpuMerkleTree,
  positions: { readonly words: Binding; readonly count: number },
  { logDomain, shift, commitOrder }: PathPlace,
): Download {
  const { words, count } = positions;
  const out = pool.acquire(Math.max(1, 8 * count * logN), 'gathered words');
  recording.dispatch({
    kernel: { id: 'gather_paths' },
    params: [count, logN, shift, logDomain, commitOrder ? 1 : 0],
    bindings: [words, nodes, out],
    groups: Math.ceil((count * logN) / 64),
  });
  const download = recording.download(out, 0, 8 * count * logN);
  pool.release(out);
  return download;
}
