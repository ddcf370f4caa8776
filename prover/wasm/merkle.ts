/** Merkle trees in linear memory: the trees of `src/core/merkle.ts`, digests as columns. */
import { type Digest, LEAF_KEY, NODE_KEY } from '../../src/core/hash.ts';
import { siblingPlan } from '../../src/core/merkle.ts';
import type { Kernels } from './kernels/index.ts';
import { type Columns, columnAddress, type LinearMemory } from './memory.ts';
import type { KernelCall, WasmRuntime } from './runtime.ts';

/** Layers by log2 of their nodes, in one allocation; word w of node i is at offset + w stride + 4 i bytes. */
export interface WasmMerkleTree {
  readonly logN: number;
  readonly address: number;
}

/** Layers of less than eight nodes have room for eight: kernels take children in eights. */
const strideOf = (logN: number): number => 4 * Math.max(8, 2 ** logN);

const layerAddress = ({ address, logN: tallest }: WasmMerkleTree, logN: number): number => {
  let at = address;
  for (let k = tallest; k > logN; k--) at += 8 * strideOf(k);
  return at;
};

/** Bytes of a tree of 2^logN leaves. */
export const merkleBytes = (logN: number): number =>
  Array.from({ length: logN + 1 }, (_, k) => 8 * strideOf(k)).reduce((a, b) => a + b, 0);

/** Leaves, or nodes, in a chunk. */
const CHUNK = 512;

const keyAddress = (memory: LinearMemory, key: Digest): number => {
  const address = memory.alloc(32);
  memory.words(address, 8).set(key);
  return address;
};

const nodeCall = (kernels: Kernels, tree: WasmMerkleTree, logN: number, key: number): KernelCall => ({
  kernel: kernels.hash_nodes,
  args: [layerAddress(tree, logN + 1), strideOf(logN + 1), layerAddress(tree, logN), strideOf(logN), key],
  units: Math.max(1, 2 ** logN / 4),
  chunk: CHUNK / 4,
});

/** The tree of extended columns, in commit order, at `address`; heights are at least 2^4. */
export const commitColumns = (
  { memory, run }: WasmRuntime,
  kernels: Kernels,
  groups: readonly Columns[],
  address: number,
): WasmMerkleTree => {
  const logN = Math.max(...groups.map((g) => g.logN));
  const tree = { logN, address };
  const [leafKey, nodeKey] = [keyAddress(memory, LEAF_KEY), keyAddress(memory, NODE_KEY)];
  for (let k = logN; k >= 0; k--) {
    const addresses = groups
      .filter((g) => g.logN === k)
      .flatMap((g) => Array.from({ length: g.count }, (_, i) => columnAddress(g, i)));
    if (addresses.length === 0) {
      run([nodeCall(kernels, tree, k, nodeKey)]);
      continue;
    }
    const list = memory.alloc(4 * addresses.length);
    memory.words(list, addresses.length).set(addresses);
    const below = k < logN;
    const children = below ? [layerAddress(tree, k + 1), strideOf(k + 1)] : [0, 0];
    const out = [layerAddress(tree, k), strideOf(k), below ? nodeKey : leafKey];
    const args = [addresses.length, list, 2 ** (k - 1), ...children, ...out];
    const chunk = Math.max(4, Math.floor((8 * CHUNK) / (addresses.length + 8)));
    run([{ kernel: kernels.hash_columns, args, units: 2 ** k / 8, chunk }]);
    memory.free(list);
  }
  memory.free(leafKey);
  memory.free(nodeKey);
  return tree;
};

/** The tree over leaves of 2^foldLog consecutive extension values, in storage order. */
export const commitRows = (
  { memory, run }: WasmRuntime,
  kernels: Kernels,
  values: Columns,
  foldLog: number,
): WasmMerkleTree => {
  const logN = values.logN - foldLog;
  const tree = { logN, address: memory.alloc(merkleBytes(logN)) };
  const [leafKey, nodeKey] = [keyAddress(memory, LEAF_KEY), keyAddress(memory, NODE_KEY)];
  const args = [values.address, values.stride, foldLog, layerAddress(tree, logN), strideOf(logN), leafKey];
  const units = Math.max(1, 2 ** logN / 4);
  run([{ kernel: kernels.hash_rows, args, units, chunk: CHUNK / 4 }]);
  for (let k = logN - 1; k >= 0; k--) run([nodeCall(kernels, tree, k, nodeKey)]);
  memory.free(leafKey);
  memory.free(nodeKey);
  return tree;
};

/** Copies the digest of a node; `words` views the whole memory. */
const copyDigest = (
  words: Uint32Array,
  tree: WasmMerkleTree,
  { logN, index }: { readonly logN: number; readonly index: number },
  out: Uint32Array,
  at: number,
): void => {
  const [first, stride] = [layerAddress(tree, logN) / 4 + index, strideOf(logN) / 4];
  for (let i = 0; i < 8; i++) out[at + i] = words[first + i * stride] as number;
};

export const rootOf = (memory: LinearMemory, tree: WasmMerkleTree): Digest => {
  const out = new Uint32Array(8);
  copyDigest(new Uint32Array(memory.memory.buffer), tree, { logN: 0, index: 0 }, out, 0);
  return out;
};

/** The siblings of a multi-opening at sorted unique leaf positions, as `openMerkle` has them. */
export const openSiblings = (memory: LinearMemory, tree: WasmMerkleTree, positions: readonly number[]): Uint32Array => {
  const words = new Uint32Array(memory.memory.buffer);
  const plan = siblingPlan(positions, tree.logN);
  const out = new Uint32Array(8 * plan.length);
  plan.forEach((node, i) => {
    copyDigest(words, tree, node, out, 8 * i);
  });
  return out;
};
