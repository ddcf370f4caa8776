// One commitment tree on the device: its columns by height, as values, coefficients and extensions, and its Merkle tree.
import { fromCommitIndex } from '../../src/core/circle.ts';
import { shiftedPositions, siblingPlan } from '../../src/core/merkle.ts';
import type { Opening } from '../../src/core/proof.ts';
import { type Columns, packedColumns, sliceColumns } from './columns.ts';
import { DeviceError } from './device_error.ts';
import { evaluate, interpolate } from './kernels/fft.ts';
import { gather } from './kernels/gather.ts';
import { commitColumns, type GpuMerkleTree, merkleWords, nodeOffset } from './kernels/merkle.ts';
import type { TwiddleHeap } from './kernels/twiddles.ts';
import type { BufferPool } from './pool.ts';
import type { Download, Recording } from './recording.ts';

/** Columns of one height, side by side, in commitment order. A height has several groups if one buffer cannot hold it. */
export interface HeightGroup {
  readonly logN: number;
  /** Positions in the tree's commitment order. */
  readonly members: readonly number[];
  /** On the trace domain; until the tree is committed, or with `keepValues` until `releaseValues`. */
  readonly values: Columns;
  readonly coefficients: Columns;
  readonly extended: Columns;
}

export interface GpuTree {
  readonly name: string;
  /** Tallest first. */
  readonly groups: readonly HeightGroup[];
  readonly keepsValues: boolean;
  merkle: GpuMerkleTree | undefined;
  /** Buffers not yet released. */
  readonly held: Set<GPUBuffer>;
}

type Form = 'values' | 'coefficients' | 'extended';

export interface TreeShape {
  readonly name: string;
  readonly logRows: readonly number[];
  /** Numbers of consecutive columns that must lie in one buffer: a chip's. */
  readonly runs: readonly number[];
  readonly logBlowup: number;
  /** Whether the values on the trace domain outlive the commitment; else coefficients take their place. */
  readonly keepValues: boolean;
  /** Largest buffer that a kernel can be given. */
  readonly maxBufferBytes: number;
}

/** Members of each group: runs of one height, as many as fit. */
const groupMembers = ({ name, logRows, runs, logBlowup, maxBufferBytes }: TreeShape): number[][] => {
  const groups: number[][] = [];
  const open = new Map<number, number[]>();
  let first = 0;
  for (const length of runs) {
    if (length === 0) continue;
    const logN = logRows[first] as number;
    const capacity = Math.floor(maxBufferBytes / (4 * 2 ** (logN + logBlowup)));
    if (length > capacity)
      throw new DeviceError('out_of_memory', `${name}: ${length} columns of 2^${logN} rows exceed a buffer`);
    const members = Array.from({ length }, (_, k) => first + k);
    const group = open.get(logN);
    if (group !== undefined && group.length + length <= capacity) {
      group.push(...members);
    } else {
      groups.push(members);
      open.set(logN, members);
    }
    first += length;
  }
  const heightOf = (members: readonly number[]): number => logRows[members[0] as number] as number;
  return groups.sort((a, b) => heightOf(b) - heightOf(a)); // stable: groups of one height keep their order
};

/** Acquires buffers for a tree. */
export const openTree = (pool: BufferPool, shape: TreeShape): GpuTree => {
  const { name, logRows, logBlowup, keepValues } = shape;
  const groups = groupMembers(shape).map((members): HeightGroup => {
    const logN = logRows[members[0] as number] as number;
    const columns = (label: string, log: number): Columns =>
      packedColumns(pool.acquire(members.length * 2 ** log, `${name} ${label} 2^${logN}`), members.length, log);
    const coefficients = columns('coefficients', logN);
    const extended = columns('extension', logN + logBlowup);
    return { logN, members, values: keepValues ? columns('values', logN) : coefficients, coefficients, extended };
  });
  const held = new Set(groups.flatMap((g) => [g.values.buffer, g.coefficients.buffer, g.extended.buffer]));
  return { name, groups, keepsValues: keepValues, merkle: undefined, held };
};

/** `count` columns of one height from commitment position `first` on. */
export const treeColumns = (tree: GpuTree, form: Form, logN: number, first: number, count: number): Columns => {
  for (const group of tree.groups) {
    const at = group.members.indexOf(first);
    if (at >= 0 && group.logN === logN) return sliceColumns(group[form], at, count);
  }
  throw new Error(`${tree.name} tree has no column ${first} of height 2^${logN}`);
};

/** Interpolates the values, extends and hashes. Returns the download of the root. */
export const commitTree = (recording: Recording, pool: BufferPool, heap: TwiddleHeap, tree: GpuTree): Download => {
  for (const { values, coefficients } of tree.groups) interpolate(recording, heap, values, coefficients);
  return commitCoefficients(recording, pool, heap, tree);
};

/** Extends the coefficients and hashes. Returns the download of the root. */
export const commitCoefficients = (
  recording: Recording,
  pool: BufferPool,
  heap: TwiddleHeap,
  tree: GpuTree,
): Download => {
  for (const { coefficients, extended } of tree.groups) evaluate(recording, heap, coefficients, extended);
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
export const releaseValues = (pool: BufferPool, tree: GpuTree): void => {
  if (tree.keepsValues) releaseForm(pool, tree, 'values');
};

/** The coefficients are no longer needed. */
export const releaseCoefficients = (pool: BufferPool, tree: GpuTree): void => releaseForm(pool, tree, 'coefficients');

/** Offsets of the digests that open a Merkle tree at sorted unique leaf positions. */
export const siblingOffsets = (tree: GpuMerkleTree, positions: readonly number[]): number[] =>
  siblingPlan(positions, tree.logN).flatMap(({ logN, index }) => {
    const first = nodeOffset(logN, index);
    return Array.from({ length: 8 }, (_, i) => first + i);
  });

/** Turns parts of `rows` rows each, one after the other, into whole rows; part k has `widths[k]` words a row. */
const joinRows = (words: Uint32Array, widths: readonly number[], rows: number): Uint32Array => {
  if (widths.length === 1) return words;
  const width = widths.reduce((a, b) => a + b, 0);
  const out = new Uint32Array(words.length);
  let read = 0;
  let offset = 0;
  for (const own of widths) {
    for (let row = 0; row < rows; row++, read += own) out.set(words.subarray(read, read + own), row * width + offset);
    offset += own;
  }
  return out;
};

const concatenate = (parts: readonly Uint32Array[]): Uint32Array => {
  const out = new Uint32Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

/** Records the reads of an opening at commit-order positions of the domain of 2^logDomain; call the result after. */
export const openTreeAt = (
  recording: Recording,
  pool: BufferPool,
  tree: GpuTree,
  positions: readonly number[],
  logDomain: number,
): ((words: (d: Download) => Uint32Array) => Opening) => {
  const merkle = tree.merkle as GpuMerkleTree;
  const heights = [...new Set(tree.groups.map((g) => g.extended.logN))];
  const reads = heights.map((logN) => {
    const rows = shiftedPositions(positions, logDomain - logN).map((t) => fromCommitIndex(t, logN));
    const columns = tree.groups.map((g) => g.extended).filter((c) => c.logN === logN);
    const requests = columns.map(({ buffer, offset, stride, count }) => ({
      buffer,
      offsets: rows.flatMap((row) => Array.from({ length: count }, (_, k) => offset + row + k * stride)),
    }));
    return { values: gather(recording, pool, requests), widths: columns.map((c) => c.count), rows: rows.length };
  });
  const own = shiftedPositions(positions, logDomain - merkle.logN);
  const siblings = gather(recording, pool, [{ buffer: merkle.nodes, offsets: siblingOffsets(merkle, own) }]);
  return (words) => ({
    values: concatenate(reads.map((r) => joinRows(words(r.values), r.widths, r.rows))),
    siblings: words(siblings),
  });
};
