/** One commitment tree in linear memory: its columns by height as values, coefficients and extensions, and its hashes. */
import { fromCommitIndex } from '../../src/core/circle.ts';
import type { Digest } from '../../src/core/hash.ts';
import { shiftedPositions } from '../../src/core/merkle.ts';
import type { Opening } from '../../src/core/proof.ts';
import type { Kernels } from './kernels/index.ts';
import type { TwiddleHeaps } from './kernels/twiddles.ts';
import { type Allocator, type Columns, columnAddress, type LinearMemory, sliceColumns } from './memory.ts';
import { commitColumns, merkleBytes, openSiblings, rootOf, type WasmMerkleTree } from './merkle.ts';
import type { WasmRuntime } from './runtime.ts';
import { extendCall } from './transforms.ts';

/** What all stages work with. */
export interface Workshop {
  readonly runtime: WasmRuntime;
  readonly kernels: Kernels;
  readonly heaps: TwiddleHeaps;
  /** Runs a step and adds its time to the stage's. */
  readonly timed: <T>(stage: string, step: () => T) => T;
  /** Lets the event loop turn if it did not for a while: the calling thread works too. */
  readonly breathe: () => Promise<void>;
}

export type Form = 'values' | 'coefficients' | 'extended';

/** Columns of one height, in commitment order. */
export interface HeightGroup {
  readonly logN: number;
  /** Positions in the tree's commitment order. */
  readonly members: readonly number[];
  /** What is in memory now. */
  readonly forms: Map<Form, Columns>;
}

export interface WasmTree {
  readonly logBlowup: number;
  /** Tallest first. */
  readonly groups: readonly HeightGroup[];
  merkle: WasmMerkleTree | undefined;
}

const acquireForm = (memory: Allocator, { groups, logBlowup }: WasmTree, form: Form): void => {
  for (const { logN, members, forms } of groups) {
    if (forms.has(form)) continue;
    forms.set(form, memory.allocColumns(members.length, form === 'extended' ? logN + logBlowup : logN));
  }
};

/** Allocates a tree for columns of these heights, as values or as coefficients. */
export const openTree = (
  memory: Allocator,
  logRows: readonly number[],
  logBlowup: number,
  form: 'values' | 'coefficients',
): WasmTree => {
  const heights = [...new Set(logRows)].sort((a, b) => b - a);
  const groups = heights.map((logN): HeightGroup => {
    const members = logRows.flatMap((other, i) => (other === logN ? [i] : []));
    return { logN, members, forms: new Map() };
  });
  const tree = { logBlowup, groups, merkle: undefined };
  acquireForm(memory, tree, form);
  return tree;
};

export const groupColumns = ({ forms, logN }: HeightGroup, form: Form): Columns => {
  const columns = forms.get(form);
  if (!columns) throw new RangeError(`the ${form} of height 2^${logN} are not in memory`);
  return columns;
};

/** `count` columns of one height from commitment position `first` on; none lie anywhere, for kernels that read none. */
export const treeColumns = (tree: WasmTree, form: Form, first: number, count: number): Columns => {
  if (count === 0) return sliceColumns(groupColumns(tree.groups[0] as HeightGroup, form), 0, 0);
  for (const group of tree.groups) {
    const at = group.members.indexOf(first);
    if (at >= 0) return sliceColumns(groupColumns(group, form), at, count);
  }
  throw new RangeError(`the tree has no column ${first}`);
};

/** Allocates what `commitTree` fills: the coefficients, their extension, the hashes. Returns the last's address. */
export const acquireCommitment = (memory: Allocator, tree: WasmTree): number => {
  acquireForm(memory, tree, 'coefficients');
  acquireForm(memory, tree, 'extended');
  return memory.alloc(merkleBytes((tree.groups[0]?.logN ?? 0) + tree.logBlowup));
};

/**
 * Interpolates the values if there are any (without, the coefficients hold values where `inPlace`, and coefficients
 * else), extends, hashes.
 */
export const commitTree = async (
  { runtime, kernels, heaps, timed, breathe }: Workshop,
  tree: WasmTree,
  inPlace = false,
): Promise<Digest> => {
  const { memory } = runtime;
  const nodes = acquireCommitment(memory, tree);
  for (const group of tree.groups) {
    const coefficients = groupColumns(group, 'coefficients');
    const values = group.forms.get('values') ?? (inPlace ? coefficients : undefined);
    const call = extendCall(kernels, heaps, values, coefficients, groupColumns(group, 'extended'));
    timed('extend', () => runtime.run([call]));
    await breathe();
  }
  const extended = tree.groups.map((g) => groupColumns(g, 'extended'));
  const merkle = timed('hash', () => commitColumns(runtime, kernels, extended, nodes));
  tree.merkle = merkle;
  await breathe();
  return rootOf(memory, merkle);
};

/** Frees one form of all columns. */
export const releaseForm = (memory: Allocator, tree: WasmTree, form: Form): void => {
  for (const { forms } of tree.groups) {
    const columns = forms.get(form);
    if (columns) memory.free(columns.address);
    forms.delete(form);
  }
};

/** Frees all that is left. */
export const releaseTree = (memory: Allocator, tree: WasmTree): void => {
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
  const rows = tree.groups
    .map((g) => groupColumns(g, 'extended'))
    .map((extended) => ({
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
