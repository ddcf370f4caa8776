/** Trees of given columns. Those of the shared tables and of a program are the same in every proof: they are kept. */
import type { TreeName } from '../../src/air/layout.ts';
import type { Digest } from '../../src/core/hash.ts';
import { commitTree, groupColumns, openTree, releaseTree, type WasmTree, type Workshop } from './tree.ts';

interface Entry {
  readonly columns: readonly Uint32Array[];
  readonly logBlowup: number;
  readonly tree: WasmTree;
  uses: number;
}

export interface FixedTrees {
  /** The committed tree of these columns, to be given back. The arrays must not be changed afterwards. */
  take(name: TreeName, columns: readonly Uint32Array[], logBlowup: number): Promise<WasmTree>;
  giveBack(tree: WasmTree): void;
  rootOf(columns: readonly Uint32Array[], logBlowup: number): Promise<Digest>;
}

/** One tree of each name is kept while no other takes its place; `shopFor` has twiddles for its size. */
export const openFixedTrees = (shopFor: (logSize: number) => Workshop): FixedTrees => {
  const latest = new Map<TreeName, Entry>();
  const inUse = new Map<WasmTree, Entry>();

  const build = async (
    columns: readonly Uint32Array[],
    logBlowup: number,
  ): Promise<{ readonly tree: WasmTree; readonly root: Digest }> => {
    const logRows = columns.map((c) => Math.log2(c.length));
    const shop = shopFor(Math.max(...logRows) + logBlowup);
    const { memory } = shop.runtime;
    const tree = openTree(memory, logRows, logBlowup, 'values');
    for (const group of tree.groups) {
      group.members.forEach((member, k) => {
        memory.column(groupColumns(group, 'values'), k).set(columns[member] as Uint32Array);
      });
    }
    return { tree, root: await commitTree(shop, tree) };
  };

  const release = (entry: Entry): void => releaseTree(shopFor(0).runtime.memory, entry.tree);

  return {
    take: async (name, columns, logBlowup) => {
      const known = latest.get(name);
      const same =
        known?.logBlowup === logBlowup &&
        known.columns.length === columns.length &&
        columns.every((c, i) => c === known.columns[i]);
      const entry =
        known && same ? known : { columns, logBlowup, tree: (await build(columns, logBlowup)).tree, uses: 0 };
      if (known && entry !== known && known.uses === 0) release(known);
      latest.set(name, entry);
      entry.uses++;
      inUse.set(entry.tree, entry);
      return entry.tree;
    },
    giveBack: (tree) => {
      const entry = inUse.get(tree);
      if (!entry) return;
      entry.uses--;
      if (entry.uses > 0) return;
      inUse.delete(tree);
      if (![...latest.values()].includes(entry)) release(entry);
    },
    rootOf: async (columns, logBlowup) => {
      const { tree, root } = await build(columns, logBlowup);
      releaseTree(shopFor(0).runtime.memory, tree);
      return root;
    },
  };
};
