// The state's tree in the database. What a batch writes stays in memory until it is stored with the batch, in one
// database transaction: so the tree is always that of a batch's end.

import { bytesToWords, type Digest, wordsToBytes } from '../../core/hash.ts';
import { toBigInt, toHex } from '../chain/bytes.ts';
import type { TreeLeaf, TreeStore } from '../stf/index.ts';
import type { Table } from '../storage/database.ts';

const COUNT_KEY = Uint8Array.of(0x63);
const NODE_TAG = 0x6e;
const LEAF_TAG = 0x6c;
const ORDER_TAG = 0x6b;

/** Writes an index in eight bytes, big-endian, at `at`. */
function writeIndex(index: number, out: Uint8Array, at: number): Uint8Array {
  for (let i = at + 7, rest = index; i >= at; i--, rest = Math.floor(rest / 256)) out[i] = rest;
  return out;
}
const u64 = (value: number): Uint8Array => writeIndex(value, new Uint8Array(8), 0);
const keyOf = (length: number, ...tags: readonly number[]): Uint8Array => {
  const key = new Uint8Array(length);
  key.set(tags);
  return key;
};
const nodeKey = (level: number, index: number): Uint8Array => writeIndex(index, keyOf(10, NODE_TAG, level), 2);
const leafKey = (index: number): Uint8Array => writeIndex(index, keyOf(9, LEAF_TAG), 1);
const orderKey = (key: Uint8Array): Uint8Array => {
  const out = keyOf(1 + key.length, ORDER_TAG);
  out.set(key, 1);
  return out;
};

const encodeLeaf = ({ key, value, next }: TreeLeaf): Uint8Array => {
  const out = writeIndex(next, new Uint8Array(72), 64);
  out.set(key);
  out.set(value, 32);
  return out;
};
const decodeLeaf = (bytes: Uint8Array): TreeLeaf => ({
  key: bytes.slice(0, 32),
  value: bytes.slice(32, 64),
  next: Number(toBigInt(bytes, 64, 72)),
});

/** Nodes of the upper levels are read by every leaf; these are kept decoded. So are leaves, each asked for some six times a batch. */
const MAX_CACHED_NODES = 400_000;
const MAX_CACHED_LEAVES = 200_000;

/** A node as the key of a map; indices stay below 2^46. */
const nodeName = (level: number, index: number): number => level * 2 ** 46 + index;

export interface DurableTreeStore extends TreeStore {
  /** Writes what came since; to be called in a database transaction. */
  flush(): void;
  /** Forgets what came since. */
  rollback(): void;
}

export function treeStore(table: Table): DurableTreeStore {
  const readCount = (): number => Number(toBigInt(table.get(COUNT_KEY) ?? new Uint8Array(0)));
  let count = readCount();
  const leaves = new Map<number, TreeLeaf>();
  const nodes = new Map<number, { level: number; index: number; digest: Digest }>();
  const cache = new Map<number, Digest>();
  /** Of the database. */
  const storedLeaves = new Map<number, TreeLeaf>();
  /** Where keys are that have a leaf in the database. */
  const indices = new Map<string, number>();
  /** New keys in their order. */
  let added: { key: string; index: number }[] = [];

  const clear = (): void => {
    leaves.clear();
    nodes.clear();
    added = [];
  };
  const placeOf = (key: string): number => {
    let [low, high] = [0, added.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((added[middle] as { key: string }).key <= key) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  const leaf = (index: number): TreeLeaf => {
    const known = leaves.get(index);
    if (known !== undefined) return known;
    const stored = storedLeaves.get(index);
    if (stored !== undefined) return stored;
    const bytes = table.get(leafKey(index));
    if (bytes === undefined) throw new Error(`the tree has no leaf ${index}`);
    const decoded = decodeLeaf(new Uint8Array(bytes));
    storedLeaves.set(index, decoded);
    return decoded;
  };
  /** Of a key that has a leaf in the database. */
  const indexOf = (key: Uint8Array, name: string): number | undefined => {
    const known = indices.get(name);
    if (known !== undefined) return known;
    const bytes = table.get(orderKey(key));
    if (bytes === undefined) return undefined;
    const index = Number(toBigInt(bytes));
    indices.set(name, index);
    return index;
  };

  return {
    get count() {
      return count;
    },
    leaf,
    setLeaf: (index, value) => {
      if (index === count) {
        const key = toHex(value.key);
        added.splice(placeOf(key), 0, { key, index });
        count++;
      }
      leaves.set(index, value);
    },
    node: (level, index) => {
      const name = nodeName(level, index);
      const known = nodes.get(name)?.digest ?? cache.get(name);
      if (known !== undefined) return known;
      const bytes = table.get(nodeKey(level, index));
      if (bytes === undefined) return undefined;
      const digest = bytesToWords(new Uint8Array(bytes));
      cache.set(name, digest);
      return digest;
    },
    setNode: (level, index, digest) => {
      nodes.set(nodeName(level, index), { level, index, digest });
    },
    floor: (key) => {
      const name = toHex(key);
      const inMemory = added[placeOf(name) - 1];
      if (inMemory?.key === name) return inMemory.index;
      // Most keys that are asked for are there: no cursor for them.
      const exact = indexOf(key, name);
      if (exact !== undefined) return exact;
      let stored: { key: string; index: number } | undefined;
      for (const entry of table.getRange({
        start: orderKey(key),
        end: Uint8Array.of(ORDER_TAG),
        reverse: true,
        limit: 1,
      })) {
        stored = { key: toHex(entry.key.subarray(1)), index: Number(toBigInt(entry.value)) };
      }
      if (stored === undefined) return inMemory?.index ?? 0;
      return inMemory !== undefined && inMemory.key > stored.key ? inMemory.index : stored.index;
    },
    flush: () => {
      if (storedLeaves.size > MAX_CACHED_LEAVES) storedLeaves.clear();
      if (indices.size > MAX_CACHED_LEAVES) indices.clear();
      for (const [index, value] of leaves) {
        table.put(leafKey(index), encodeLeaf(value));
        storedLeaves.set(index, value);
      }
      for (const { key, index } of added)
        table.put(orderKey(new Uint8Array(Buffer.from(key.slice(2), 'hex'))), u64(index));
      if (cache.size > MAX_CACHED_NODES) cache.clear();
      for (const [name, { level, index, digest }] of nodes) {
        table.put(nodeKey(level, index), wordsToBytes(digest));
        cache.set(name, digest);
      }
      table.put(COUNT_KEY, u64(count));
      clear();
    },
    rollback: () => {
      clear();
      count = readCount();
    },
  };
}
