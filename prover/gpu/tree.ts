// One commitment tree on the device: its columns by height, as values, coefficients and extensions, and its Merkle tree.
import { fromCommitIndex } from '../../src/core/circle.ts';
import { shiftedPositions, siblingPlan } from '../../src/core/merkle.ts';
import type { Opening } from '../../src/core/proof.ts';
import { type Columns, packedColumns, sliceColumns } from './columns.ts';
import { evaluate, interpolate } from './kernels/fft.ts';
import { type GatherRequest, gather } from './kernels/gather.ts';
import { commitColumns, type GpuMerkleTree, merkleWords, nodeOffset } from './kernels/merkle.ts';
import type { TwiddleHeap } from './kernels/twiddles.ts';
import type { BufferPool } from './pool.ts';
import type { Download, Recording } from './recording.ts';

/** The columns of one height, in commitment order, side by side. */
export interface HeightGroup {
  readonly logN: number;
  /** Positions in the tree's commitment order. */
  readonly members: readonly number[];
  /** On the trace domain; released by `releaseValues`. */
  readonly values: Columns;
  readonly coefficients: Columns;
  readonly extended: Columns;
}

export interface GpuTree {
  readonly name: string;
  /** Tallest first. */
  readonly groups: readonly HeightGroup[];
  readonly groupOf: ReadonlyMap<number, HeightGroup>;
  merkle: GpuMerkleTree | undefined;
  /** Buffers not yet released. */
  readonly held: Set<GPUBuffer>;
}

type Form = 'values' | 'coefficients' | 'extended';

/** Acquires buffers for a tree with columns of these heights. `withValues` false: the coefficients are given. */
export const openTree = (
  pool: BufferPool,
  name: string,
  logRows: readonly number[],
  logBlowup: number,
  withValues = true,
): GpuTree => {
  const heights = [...new Set(logRows)].sort((a, b) => b - a);
  const groups = heights.map((logN): HeightGroup => {
    const members = logRows.flatMap((n, i) => (n === logN ? [i] : []));
    const columns = (label: string, log: number): Columns =>
      packedColumns(pool.acquire(members.length * 2 ** log, `${name} ${label} 2^${logN}`), members.length, log);
    const coefficients = columns('coefficients', logN);
    return {
      logN,
      members,
      values: withValues ? columns('values', logN) : coefficients,
      coefficients,
      extended: columns('extension', logN + logBlowup),
    };
  });
  const held = new Set(groups.flatMap((g) => [g.values.buffer, g.coefficients.buffer, g.extended.buffer]));
  return { name, groups, groupOf: new Map(groups.map((g) => [g.logN, g])), merkle: undefined, held };
};

/** `count` columns of one height from commitment position `first` on. */
export const treeColumns = (tree: GpuTree, form: Form, logN: number, first: number, count: number): Columns => {
  const group = tree.groupOf.get(logN);
  const at = group?.members.indexOf(first) ?? -1;
  if (group === undefined || at < 0) throw new Error(`${tree.name} tree has no column ${first} of height 2^${logN}`);
  return sliceColumns(group[form], at, count);
};

/** Interpolates (unless the coefficients were given), extends and hashes. Returns the download of the root. */
export const commitTree = (recording: Recording, pool: BufferPool, heap: TwiddleHeap, tree: GpuTree): Download => {
  for (const { values, coefficients, extended } of tree.groups) {
    if (values !== coefficients) interpolate(recording, heap, values, coefficients);
    evaluate(recording, heap, coefficients, extended);
  }
  const tallest = (tree.groups[0] as HeightGroup).extended.logN;
  const nodes = pool.acquire(merkleWords(tallest), `${tree.name} Merkle tree`);
  tree.merkle = commitColumns(
    recording,
    pool,
    nodes,
    tree.groups.map((g) => g.extended),
  );
  return recording.download(nodes, nodeOffset(0, 0), 8);
};

const releaseForm = (pool: BufferPool, tree: GpuTree, form: Form): void => {
  for (const group of tree.groups) {
    const { buffer } = group[form];
    if (tree.held.delete(buffer)) pool.release(buffer);
  }
};

/** Releases all that is left. */
export const releaseTree = (pool: BufferPool, tree: GpuTree): void => {
  for (const form of ['values', 'coefficients', 'extended'] as const) releaseForm(pool, tree, form);
  if (tree.merkle) pool.release(tree.merkle.nodes);
  tree.merkle = undefined;
};

/** The values on the trace domain are no longer needed. */
export const releaseValues = (pool: BufferPool, tree: GpuTree): void => releaseForm(pool, tree, 'values');

/** The coefficients are no longer needed. */
export const releaseCoefficients = (pool: BufferPool, tree: GpuTree): void => releaseForm(pool, tree, 'coefficients');

/** Offsets of the digests that open a Merkle tree at sorted unique leaf positions. */
export const siblingOffsets = (tree: GpuMerkleTree, positions: readonly number[]): number[] =>
  siblingPlan(positions, tree.logN).flatMap(({ logN, index }) => {
    const first = nodeOffset(logN, index);
    return Array.from({ length: 8 }, (_, i) => first + i);
  });

/** Records the reads of an opening at commit-order positions of the domain of 2^logDomain; call the result after. */
export const openTreeAt = (
  recording: Recording,
  pool: BufferPool,
  tree: GpuTree,
  positions: readonly number[],
  logDomain: number,
): ((words: (d: Download) => Uint32Array) => Opening) => {
  const merkle = tree.merkle as GpuMerkleTree;
  const requests: GatherRequest[] = tree.groups.map(({ extended: { buffer, offset, stride, count, logN } }) => ({
    buffer,
    offsets: shiftedPositions(positions, logDomain - logN).flatMap((t) => {
      const row = offset + fromCommitIndex(t, logN);
      return Array.from({ length: count }, (_, k) => row + k * stride);
    }),
  }));
  const values = gather(recording, pool, requests);
  const own = shiftedPositions(positions, logDomain - merkle.logN);
  const siblings = gather(recording, pool, [{ buffer: merkle.nodes, offsets: siblingOffsets(merkle, own) }]);
  return (words) => ({ values: words(values), siblings: words(siblings) });
};
