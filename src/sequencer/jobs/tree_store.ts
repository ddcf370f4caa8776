// The state's tree in the database. What a batch writes stays in memory until it is stored with the batch, in one
// database transaction: so the tree is always that of a batch's end.

import { bytesToWords, type Digest, wordsToBytes } from '../../core/hash.ts';
import { fromBigInt, toBigInt, toHex } from '../chain/bytes.ts';
import type { TreeLeaf, TreeStore } from '../stf/index.ts';
import type { Table } from '../storage/database.ts';

const COUNT_KEY = Uint8Array.of(0x63);
const NODE_TAG = 0x6e;
const LEAF_TAG = 0x6c;
const ORDER_TAG = 0x6b;

const u64 = (value: number): Uint8Array => fromBigInt(BigInt(value), 8);
const nodeKey = (level: number, index: number): Uint8Array => Uint8Array.of(NODE_TAG, level, ...u64(index));
const leafKey = (index: number): Uint8Array => Uint8Array.of(LEAF_TAG, ...u64(index));
const orderKey = (key: Uint8Array): Uint8Array => Uint8Array.of(ORDER_TAG, ...key);

const encodeLeaf = ({ key, value, next }: TreeLeaf): Uint8Array => Uint8Array.of(...key, ...value, ...u64(next));
const decodeLeaf = (bytes: Uint8Array): TreeLeaf => ({
  ...{ key: bytes.slice(0, 32), value: bytes.slice(32, 64) },
  next: Number(toBigInt(bytes.subarray(64, 72))),
});

/** Nodes of the upper levels are read by every leaf; these are kept decoded. */
const MAX_CACHED_NODES = 400_000;

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
  const nodes = new Map<string, { level: number; index: number; digest: Digest }>();
  const cache = new Map<string, Digest>();
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
    const bytes = table.get(leafKey(index));
    if (bytes === undefined) throw new Error(`the tree has no leaf ${index}`);
    return decodeLeaf(new Uint8Array(bytes));
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
      const name = `${level}/${index}`;
      const known = nodes.get(name)?.digest ?? cache.get(name);
      if (known !== undefined) return known;
      const bytes = table.get(nodeKey(level, index));
      if (bytes === undefined) return undefined;
      const digest = bytesToWords(new Uint8Array(bytes));
      cache.set(name, digest);
      return digest;
    },
    setNode: (level, index, digest) => {
      nodes.set(`${level}/${index}`, { level, index, digest });
    },
    floor: (key) => {
      const inMemory = added[placeOf(toHex(key)) - 1];
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
      for (const [index, value] of leaves) table.put(leafKey(index), encodeLeaf(value));
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
