/** One commitment tree in linear memory: its columns by height as values, coefficients and extensions, and its hashes. */
import { fromCommitIndex } from '../../src/core/circle.ts';
import { shiftedPositions } from '../../src/core/merkle.ts';
import type { Opening } from '../../src/core/proof.ts';
import type { Kernels } from './kernels/index.ts';
import type { TwiddleHeaps } from './kernels/twiddles.ts';
import { type Columns, columnAddress, type LinearMemory, sliceColumns } from './memory.ts';
import { commitColumns, openSiblings, type WasmMerkleTree } from './merkle.ts';
import type { WasmRuntime } from './runtime.ts';
import { extendCall } from './transforms.ts';

/** What all stages work with. */
export interface Workshop {
  readonly runtime: WasmRuntime;
  readonly kernels: Kernels;
  readonly heaps: TwiddleHeaps;
  /** Runs a step and adds its time to the stage's. */
  readonly timed: <T>(stage: string, step: () => T) => T;
}

export type Form = 'values' | 'coefficients' | 'extended';

/** Columns of one height, in commitment order. */
export interface HeightGroup {
  readonly logN: number;
  /** Positions in the tree's commitment order. */
  readonly members: readonly number[];
  readonly values: Columns;
  /** The same columns as the values unless the tree keeps those. */
  readonly coefficients: Columns;
  readonly extended: Columns;
}

export interface WasmTree {
  /** Tallest first. */
  readonly groups: readonly HeightGroup[];
  merkle: WasmMerkleTree | undefined;
  /** Addresses not yet freed. */
  readonly held: Set<number>;
}

/** Allocates a tree for columns of these heights. With `keepValues` the values outlive the commitment. */
export const openTree = (
  memory: LinearMemory,
  logRows: readonly number[],
  logBlowup: number,
  keepValues: boolean,
): WasmTree => {
  const heights = [...new Set(logRows)].sort((a, b) => b - a);
  const groups = heights.map((logN): HeightGroup => {
    const members = logRows.flatMap((other, i) => (other === logN ? [i] : []));
    const coefficients = memory.allocColumns(members.length, logN);
    const values = keepValues ? memory.allocColumns(members.length, logN) : coefficients;
    return { logN, members, values, coefficients, extended: memory.allocColumns(members.length, logN + logBlowup) };
  });
  const held = new Set(groups.flatMap((g) => [g.values.address, g.coefficients.address, g.extended.address]));
  return { groups, merkle: undefined, held };
};

/** `count` columns of one height from commitment position `first` on. */
export const treeColumns = (tree: WasmTree, form: Form, first: number, count: number): Columns => {
  for (const group of tree.groups) {
    const at = group.members.indexOf(first);
    if (at >= 0) return sliceColumns(group[form], at, count);
  }
  throw new RangeError(`the tree has no column ${first}`);
};

/** Interpolates the values where `fromValues`, extends the coefficients, hashes. */
export const commitTree = ({ runtime, kernels, heaps, timed }: Workshop, tree: WasmTree, fromValues: boolean): void => {
  const calls = tree.groups.map((g) =>
    extendCall(kernels, heaps, fromValues ? g.values : undefined, g.coefficients, g.extended),
  );
  timed('extend', () => runtime.run(calls));
  const extended = tree.groups.map((g) => g.extended);
  tree.merkle = timed('hash', () => commitColumns(runtime, kernels, extended));
};

/** Frees one form of all columns. */
export const releaseForm = (memory: LinearMemory, tree: WasmTree, form: Form): void => {
  for (const group of tree.groups) {
    if (tree.held.delete(group[form].address)) memory.free(group[form].address);
  }
};

/** Frees all that is left. */
export const releaseTree = (memory: LinearMemory, tree: WasmTree): void => {
  for (const form of ['values', 'coefficients', 'extended'] as const) releaseForm(memory, tree, form);
  if (tree.merkle) memory.free(tree.merkle.address);
  tree.merkle = undefined;
};

/** Opens at sorted unique commit-order positions of the domain of 2^logDomain. */
export const openTreeAt = (
  memory: LinearMemory,
  tree: WasmTree,
  positions: readonly number[],
  logDomain: number,
): Opening => {
  const merkle = tree.merkle as WasmMerkleTree;
  const words = new Uint32Array(memory.memory.buffer);
  const rows = tree.groups.map(({ extended }) => ({
    extended,
    at: shiftedPositions(positions, logDomain - extended.logN).map((t) => fromCommitIndex(t, extended.logN)),
  }));
  const values = new Uint32Array(rows.reduce((n, { extended, at }) => n + extended.count * at.length, 0));
  let next = 0;
  for (const { extended, at } of rows) {
    for (const row of at) {
      for (let k = 0; k < extended.count; k++) {
        values[next++] = words[columnAddress(extended, k) / 4 + row] as number;
      }
    }
  }
  const own = shiftedPositions(positions, logDomain - merkle.logN);
  return { values, siblings: openSiblings(memory, merkle, own) };
};
