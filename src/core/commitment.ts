/** The Merkle tree of extended columns: rows in commit order, so that a lifted column's row lies on the query's path. */
import { buildMerkle, type MerkleTree } from './merkle.ts';

/** Commit order of `fromCommitIndex`: the even storage indices, then the odd ones. */
const inCommitOrder = (values: Uint32Array): Uint32Array => {
  const half = values.length / 2;
  const out = new Uint32Array(values.length);
  for (let t = 0; t < half; t++) {
    out[t] = values[2 * t] as number;
    out[half + t] = values[2 * t + 1] as number;
  }
  return out;
};

/** Builds the tree over columns given in storage order, each of a power-of-two length of at least 2. */
export const buildColumnTree = (columns: readonly Uint32Array[]): MerkleTree =>
  buildMerkle(columns.map((values) => ({ logN: Math.log2(values.length), values: inCommitOrder(values) })));
