// One commitment tree on the device: its columns by height, as values, coefficients and extensions, and its Merkle tree.
import type { Opening } from '../../src/core/proof.ts';
import { type Columns, packedColumns, sliceColumns } from './columns.ts';
import { evaluate, interpolate } from './kernels/fft.ts';
import { gather, gatherPaths } from './kernels/gather.ts';
import { commitColumns, type GpuMerkleTree, merkleWords, rootOf } from './kernels/merkle.ts';
import type { TwiddleHeap } from './kernels/twiddles.ts';
import type { Buffers } from './pool.ts';
import type { QueryAnswers } from './queries.ts';
import type { Download, Recording, WordRange } from './recording.ts';
import { groupMembers, type TreeColumns } from './tree_shape.ts';

/** Columns of one height, side by side, in commitment order. A height has several groups if one buffer cannot hold it. */
export interface HeightGroup {
  readonly logN: number;
  /** Positions in the tree's commitment order. */
  readonly members: readonly number[];
  /**
   * What is in memory: values on the trace domain until the tree is committed, or with `keepValues` until
   * `releaseValues`; coefficients and extension from the commitment on. Values that are not kept become the coefficients.
   */
  readonly forms: Map<Form, Columns>;
}

export interface GpuTree {
  readonly name: string;
  /** Tallest first. */
  readonly groups: readonly HeightGroup[];
  readonly keepsValues: boolean;
  /** Kept by the backend for later proofs: sessions release nothing of it. */
  readonly isResident: boolean;
  readonly logBlowup: number;
  merkle: GpuMerkleTree | undefined;
}

export type Form = 'values' | 'coefficients' | 'extended';

export interface TreeShape extends TreeColumns {
  /** Whether the values on the trace domain outlive the commitment; else coefficients take their place. */
  readonly keepValues: boolean;
  readonly isResident?: boolean;
}

const acquireForm = (pool: Buffers, tree: GpuTree, form: Form): void => {
  for (const { logN, members, forms } of tree.groups) {
    if (forms.has(form)) continue;
    const log = form === 'extended' ? logN + tree.logBlowup : logN;
    const buffer = pool.acquire(members.length * 2 ** log, `${tree.name} ${form} 2^${logN}`);
    forms.set(form, packedColumns(buffer, members.length, log));
  }
};

/** Acquires buffers for the values of a tree. */
export const openTree = (pool: Buffers, shape: TreeShape): GpuTree => {
  const { name, logRows, logBlowup, keepValues, isResident = false } = shape;
  const groups = groupMembers(shape).map(
    (members): HeightGroup => ({ logN: logRows[members[0] as number] as number, members, forms: new Map() }),
  );
  const tree: GpuTree = { name, groups, keepsValues: keepValues, isResident, logBlowup, merkle: undefined };
  acquireForm(pool, tree, keepValues ? 'values' : 'coefficients');
  return tree;
};

/** A group's columns. Values that are not kept lie where the coefficients will be. */
export const groupColumns = (tree: GpuTree, group: HeightGroup, form: Form): Columns => {
  const columns = group.forms.get(form === 'values' && !tree.keepsValues ? 'coefficients' : form);
  if (columns === undefined) throw new Error(`${tree.name} tree: no ${form} in memory`);
  return columns;
};

/** `count` columns of one height from commitment position `first` on; none lie anywhere, for kernels that read none. */
export const treeColumns = (tree: GpuTree, form: Form, logN: number, first: number, count: number): Columns => {
  if (count === 0) {
    const any = groupColumns(tree, tree.groups[0] as HeightGroup, form);
    return { ...any, count, logN: form === 'extended' ? logN + tree.logBlowup : logN };
  }
  for (const group of tree.groups) {
    const at = group.members.indexOf(first);
    if (at >= 0 && group.logN === logN) return sliceColumns(groupColumns(tree, group, form), at, count);
  }
  throw new Error(`${tree.name} tree has no column ${first} of height 2^${logN}`);
};

/** Interpolates the values, extends and hashes. Returns where the root is. */
export const commitTree = (recording: Recording, pool: Buffers, heap: TwiddleHeap, tree: GpuTree): WordRange => {
  acquireForm(pool, tree, 'coefficients');
  for (const group of tree.groups)
    interpolate(recording, heap, groupColumns(tree, group, 'values'), groupColumns(tree, group, 'coefficients'));
  return commitCoefficients(recording, pool, heap, tree);
};

/** Extends the coefficients and hashes. Returns where the root is. */
export const commitCoefficients = (
  recording: Recording,
  pool: Buffers,
  heap: TwiddleHeap,
  tree: GpuTree,
): WordRange => {
  acquireForm(pool, tree, 'extended');
  const extended = tree.groups.map((group) => groupColumns(tree, group, 'extended'));
  tree.groups.forEach((group, i) => {
    evaluate(recording, heap, groupColumns(tree, group, 'coefficients'), extended[i] as Columns);
  });
  const tallest = (extended[0] as Columns).logN;
  const nodes = pool.acquire(merkleWords(tallest), `${tree.name} Merkle tree`);
  tree.merkle = commitColumns(recording, pool, nodes, extended);
  return rootOf(tree.merkle);
};

const releaseForm = (pool: Buffers, tree: GpuTree, form: Form): void => {
  for (const { forms } of tree.groups) {
    const columns = forms.get(form);
    if (columns) pool.release(columns.buffer);
    forms.delete(form);
  }
};

/** Releases all that is left, also of a resident tree. */
export const releaseTree = (pool: Buffers, tree: GpuTree): void => {
  for (const form of ['values', 'coefficients', 'extended'] as const) releaseForm(pool, tree, form);
  if (tree.merkle) pool.release(tree.merkle.nodes);
  tree.merkle = undefined;
};

/** The values on the trace domain are no longer needed. */
export const releaseValues = (pool: Buffers, tree: GpuTree): void => {
  if (!tree.isResident) releaseForm(pool, tree, 'values');
};

/** The coefficients are no longer needed. */
export const releaseCoefficients = (pool: Buffers, tree: GpuTree): void => {
  if (!tree.isResident) releaseForm(pool, tree, 'coefficients');
};

/** Positions on the device: storage indices of a domain of 2^logDomain, as drawn. */
export interface Queries {
  readonly words: GPUBuffer;
  readonly count: number;
  readonly logDomain: number;
}

const concatenate = (parts: readonly Uint32Array[]): Uint32Array => {
  const out = new Uint32Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

/** Makes an opening of what was downloaded, once the positions are known too. */
export type OpeningReader = (words: (d: Download) => Uint32Array, answers: QueryAnswers) => Opening;

/** Records the reads of an opening at the queries. The result takes their commit indices. */
export const openTreeAt = (recording: Recording, pool: Buffers, tree: GpuTree, queries: Queries): OpeningReader => {
  const { logDomain } = queries;
  const merkle = tree.merkle as GpuMerkleTree;
  const extended = tree.groups.map((group) => groupColumns(tree, group, 'extended'));
  const heights = [...new Set(extended.map((c) => c.logN))];
  const reads = heights.map((logN) => {
    const columns = extended.filter((c) => c.logN === logN);
    const sources = columns.map(({ buffer, offset, stride, count }) => ({
      ...{ buffer, offset, rowStep: 1, columnStep: stride, width: count },
    }));
    const shift = logDomain - logN;
    const download = gather(recording, pool, sources, { ...queries, shift, lift: true });
    return { download, shift, width: columns.reduce((sum, c) => sum + c.count, 0) };
  });
  const shift = logDomain - merkle.logN;
  const paths = gatherPaths(recording, pool, merkle, queries, { logDomain, shift, commitOrder: true });
  return (words, answers) => ({
    values: concatenate(reads.map(({ download, width, shift: own }) => answers.rows(words(download), width, own))),
    siblings: answers.siblings(words(paths), merkle.logN, shift),
  });
};
