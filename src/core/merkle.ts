/**
 * Merkle trees over columns of mixed heights, and their multi-openings.
 *
 * The bottom layer hashes the rows of the tallest columns; a node of a layer hashes its two children and, where
 * columns of that layer's height exist, their row. Opening a set of positions sends, layer by layer from the bottom
 * and in increasing position, only the sibling digests that cannot be computed from what is already known: one
 * canonical form for a given set of positions.
 */
import { type Digest, digestEqual, hashWords, LEAF_KEY, NODE_KEY } from './hash.ts';

/** layers[k] holds the digests of the layer of 2^k nodes, eight words each; layers[0] is the root. */
export interface MerkleTree {
  readonly layers: readonly Uint32Array[];
}

export interface MerkleColumn {
  readonly logN: number;
  readonly values: Uint32Array;
}

/** Builds the tree; the columns of each height are hashed in the order given. */
export const buildMerkle = (columns: readonly MerkleColumn[]): MerkleTree => {
  const maxLog = Math.max(0, ...columns.map((c) => c.logN));
  const layers: Uint32Array[] = [];
  for (let logN = maxLog; logN >= 0; logN--) {
    const own = columns.filter((c) => c.logN === logN);
    const below = layers[logN + 1];
    const children = below ? 16 : 0;
    const layer = new Uint32Array(8 * 2 ** logN);
    const message = new Uint32Array(children + own.length);
    for (let i = 0; i < 2 ** logN; i++) {
      if (below) message.set(below.subarray(16 * i, 16 * i + 16));
      for (let k = 0; k < own.length; k++) message[children + k] = (own[k] as MerkleColumn).values[i] as number;
      layer.set(hashWords(below ? NODE_KEY : LEAF_KEY, message), 8 * i);
    }
    layers[logN] = layer;
  }
  return { layers };
};

export const merkleRoot = (tree: MerkleTree): Digest => (tree.layers[0] as Uint32Array).slice(0, 8);

/** Positions of the layer above: sorted, unique. */
export const parentPositions = (positions: readonly number[]): number[] => [...new Set(positions.map((q) => q >>> 1))];

/** Sorted unique positions `positions >> shift`. */
export const shiftedPositions = (positions: readonly number[], shift: number): number[] => [
  ...new Set(positions.map((q) => Math.floor(q / 2 ** shift))),
];

/**
 * The siblings a multi-opening needs, as (layer log, node index) pairs in sending order. `positions` are sorted and
 * unique in the layer of 2^maxLog nodes.
 */
export const siblingPlan = (positions: readonly number[], maxLog: number): { logN: number; index: number }[] => {
  const plan: { logN: number; index: number }[] = [];
  let current = positions;
  for (let logN = maxLog; logN > 0; logN--) {
    const known = new Set(current);
    for (const q of current) if (!known.has(q ^ 1)) plan.push({ logN, index: q ^ 1 });
    current = parentPositions(current);
  }
  return plan;
};

/** Digests of a multi-opening from the stored layers: eight words each. */
export const openMerkle = (tree: MerkleTree, positions: readonly number[]): Uint32Array => {
  const plan = siblingPlan(positions, tree.layers.length - 1);
  const out = new Uint32Array(8 * plan.length);
  plan.forEach(({ logN, index }, i) => {
    out.set((tree.layers[logN] as Uint32Array).subarray(8 * index, 8 * index + 8), 8 * i);
  });
  return out;
};

/**
 * Recomputes the root from opened rows. `rows(logN, index)` gives the words of the columns of height 2^logN at that
 * row (empty where no column has that height). Returns false on a wrong number of siblings or a different root.
 */
export const verifyMerkle = (
  root: Digest,
  maxLog: number,
  positions: readonly number[],
  siblings: Uint32Array,
  rows: (logN: number, index: number) => ArrayLike<number>,
): boolean => {
  if (positions.length === 0) return false;
  let next = 0;
  const takeSibling = (): Uint32Array => siblings.subarray(8 * next, 8 * ++next);
  let current = new Map<number, Uint32Array>();
  for (const q of positions) current.set(q, hashWords(LEAF_KEY, rows(maxLog, q)));
  for (let logN = maxLog; logN > 0; logN--) {
    const parents = new Map<number, Uint32Array>();
    for (const [q, digest] of current) {
      if (parents.has(q >>> 1)) continue;
      const sibling = current.get(q ^ 1) ?? takeSibling();
      if (sibling.length !== 8) return false;
      const own = rows(logN - 1, q >>> 1);
      const message = new Uint32Array(16 + own.length);
      message.set(q % 2 === 0 ? digest : sibling, 0);
      message.set(q % 2 === 0 ? sibling : digest, 8);
      message.set(own, 16);
      parents.set(q >>> 1, hashWords(NODE_KEY, message));
    }
    current = parents;
  }
  return siblings.length === 8 * next && digestEqual(current.get(0) as Uint32Array, root);
};
