// Where the tree's leaves and nodes are kept, and the same in memory.
import type { Digest } from '../../core/hash.ts';

export interface TreeLeaf {
  /** 32 bytes; leaves are linked in the order of these bytes. */
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** Index of the leaf with the next larger key; of the largest, itself. */
  readonly next: number;
}

/** Synchronous; a batch of writes is whole between two calls of `IndexedTree.apply`. */
export interface TreeStore {
  /** Leaves so far; their indices are 0 .. count - 1. */
  readonly count: number;
  leaf(index: number): TreeLeaf;
  /** Writes a leaf; one at `count` makes it one more. */
  setLeaf(index: number, leaf: TreeLeaf): void;
  /** Level 0 has the leaves' hashes. Undefined where all below is empty. */
  node(level: number, index: number): Digest | undefined;
  setNode(level: number, index: number, digest: Digest): void;
  /** Index of the leaf with the largest key that is not above `key`. */
  floor(key: Uint8Array): number;
}

const MAX_RUN = 512;

/** Keys in order, in runs of at most 512: an insertion moves one run only. */
class SortedKeys {
  readonly #runs: { key: string; index: number }[][] = [[]];

  /** Run and place of the last entry not above `key`; place -1 if there is none. */
  #find(key: string): { run: number; at: number } {
    let low = 0;
    let high = this.#runs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#runs[middle]?.[0]?.key ?? '') <= key) low = middle;
      else high = middle - 1;
    }
    const entries = this.#runs[low] ?? [];
    let [from, to] = [-1, entries.length - 1];
    while (from < to) {
      const middle = (from + to + 1) >> 1;
      if (entries[middle]!.key <= key) from = middle;
      else to = middle - 1;
    }
    return { run: low, at: from };
  }

  floor(key: string): number | undefined {
    const { run, at } = this.#find(key);
    return this.#runs[run]?.[at]?.index;
  }

  add(key: string, index: number): void {
    const { run, at } = this.#find(key);
    const entries = this.#runs[run]!;
    entries.splice(at + 1, 0, { key, index });
    if (entries.length > MAX_RUN) this.#runs.splice(run + 1, 0, entries.splice(MAX_RUN / 2));
  }
}

const name = (key: Uint8Array): string => Buffer.from(key.buffer, key.byteOffset, key.length).toString('hex');

export function memoryStore(): TreeStore {
  const leaves: TreeLeaf[] = [];
  const nodes: Map<number, Digest>[] = [];
  const keys = new SortedKeys();
  return {
    get count() {
      return leaves.length;
    },
    leaf: (index) => leaves[index]!,
    setLeaf: (index, leaf) => {
      if (index === leaves.length) keys.add(name(leaf.key), index);
      leaves[index] = leaf;
    },
    node: (level, index) => nodes[level]?.get(index),
    setNode: (level, index, digest) => {
      const map = nodes[level] ?? new Map<number, Digest>();
      nodes[level] = map;
      map.set(index, digest);
    },
    floor: (key) => keys.floor(name(key))!,
  };
}
