// The indexed Merkle tree of the state: leaves in the order of their insertion, 2^64 places, each leaf linked to the one
// with the next larger key. Two leaves are there from the start, with the smallest key and the largest.
import type { Digest } from '../../core/hash.ts';
import { DEPTH, EMPTY, leafHash, nodeHash } from './hash.ts';
import { memoryStore, type TreeLeaf, type TreeStore } from './tree_store.ts';

export interface TreeChange {
  readonly key: Uint8Array;
  /** 32 bytes; zero where there is nothing (the leaf stays). */
  readonly value: Uint8Array;
}

/** Where a key is, or the neighbours between which it is not. */
export type TreePlace =
  | { readonly present: true; readonly index: number }
  | { readonly present: false; readonly low: number; readonly high: number };

/** Enough to recompute the root: for one leaf, from the bottom; empty siblings are undefined. */
export interface TreeProof {
  readonly index: number;
  readonly leaf: TreeLeaf;
  readonly siblings: readonly (Digest | undefined)[];
}

const isZero = (value: Uint8Array): boolean => value.every((byte) => byte === 0);
const compare = (a: Uint8Array, b: Uint8Array): number => Buffer.compare(a, b);

export class IndexedTree {
  readonly #store: TreeStore;

  constructor(store: TreeStore = memoryStore()) {
    this.#store = store;
    if (store.count > 0) return;
    store.setLeaf(0, { key: new Uint8Array(32), value: new Uint8Array(32), next: 1 });
    store.setLeaf(1, { key: new Uint8Array(32).fill(255), value: new Uint8Array(32), next: 1 });
    this.#rehash([0, 1]);
  }

  get root(): Digest {
    return this.#store.node(DEPTH, 0)!;
  }

  /** Leaves. */
  get count(): number {
    return this.#store.count;
  }

  leaf(index: number): TreeLeaf {
    return this.#store.leaf(index);
  }

  find(key: Uint8Array): TreePlace {
    const low = this.#store.floor(key);
    const leaf = this.#store.leaf(low);
    if (compare(leaf.key, key) === 0) return { present: true, index: low };
    return { present: false, low, high: leaf.next };
  }

  /** Zero where there is no leaf. */
  get(key: Uint8Array): Uint8Array {
    const place = this.find(key);
    return place.present ? this.#store.leaf(place.index).value : new Uint8Array(32);
  }

  /** Leaves that `apply` would add. */
  additions(changes: readonly TreeChange[]): number {
    return changes.filter(({ key, value }) => !isZero(value) && !this.find(key).present).length;
  }

  /** Writes values; new keys go in behind all others, in ascending order. A key comes once. */
  apply(changes: readonly TreeChange[]): void {
    const store = this.#store;
    const touched = new Set<number>();
    const added: TreeChange[] = [];
    for (const change of changes) {
      const place = this.find(change.key);
      if (place.present) {
        const { key, next } = store.leaf(place.index);
        store.setLeaf(place.index, { key, value: change.value, next });
        touched.add(place.index);
      } else if (!isZero(change.value)) added.push(change);
    }
    added.sort((a, b) => compare(a.key, b.key));
    for (const { key, value } of added) {
      const index = store.count;
      const low = store.floor(key);
      const below = store.leaf(low);
      store.setLeaf(low, { key: below.key, value: below.value, next: index });
      store.setLeaf(index, { key, value, next: below.next });
      touched.add(low).add(index);
    }
    this.#rehash([...touched]);
  }

  /**
   * Nodes beside those that lie above `indices` (ascending) and above `added` places behind the last leaf: level by level
   * from the bottom, left to right, those left out that are empty.
   */
  siblings(indices: readonly number[], added: number): Digest[] {
    const out: Digest[] = [];
    const { count } = this.#store;
    let level = [...indices, ...Array.from({ length: added }, (_, i) => count + i)];
    for (let height = 0; height < DEPTH; height++) {
      const parents: number[] = [];
      for (let i = 0; i < level.length; i++) {
        const index = level[i]!;
        const sibling = index % 2 === 0 ? index + 1 : index - 1;
        if (index % 2 === 0 && level[i + 1] === sibling) i++;
        else {
          const node = this.#store.node(height, sibling);
          if (node !== undefined) out.push(node);
        }
        parents.push(Math.floor(index / 2));
      }
      level = parents;
    }
    return out;
  }

  proof(index: number): TreeProof {
    const siblings: (Digest | undefined)[] = [];
    for (let height = 0, at = index; height < DEPTH; height++, at = Math.floor(at / 2)) {
      siblings.push(this.#store.node(height, at % 2 === 0 ? at + 1 : at - 1));
    }
    return { index, leaf: this.#store.leaf(index), siblings };
  }

  #rehash(leaves: readonly number[]): void {
    const store = this.#store;
    let level = [...leaves].sort((a, b) => a - b);
    for (const index of level) {
      const { key, value, next } = store.leaf(index);
      store.setNode(0, index, leafHash(key, value, next));
    }
    for (let height = 0; height < DEPTH; height++) {
      const parents: number[] = [];
      const empty = EMPTY[height]!;
      for (const index of level) {
        const parent = Math.floor(index / 2);
        if (parents[parents.length - 1] === parent) continue;
        parents.push(parent);
        const left = store.node(height, 2 * parent) ?? empty;
        store.setNode(height + 1, parent, nodeHash(left, store.node(height, 2 * parent + 1) ?? empty));
      }
      level = parents;
    }
  }
}

/** The root that a proof leads to. */
export function rootOf({ index, leaf, siblings }: TreeProof): Digest {
  let node = leafHash(leaf.key, leaf.value, leaf.next);
  let at = index;
  siblings.forEach((sibling, height) => {
    const other = sibling ?? EMPTY[height]!;
    node = at % 2 === 0 ? nodeHash(node, other) : nodeHash(other, node);
    at = Math.floor(at / 2);
  });
  return node;
}
