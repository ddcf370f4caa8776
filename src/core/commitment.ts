/** The Merkle tree of extended columns: rows in commit order, so that a lifted column's row lies on the query's path. */
import { fromCommitIndex } from './circle.ts';
import { buildMerkle, type MerkleTree } from './merkle.ts';

/** Builds the tree over columns given in storage order, each of a power-of-two length of at least 2. */
export const buildColumnTree = (columns: readonly Uint32Array[]): MerkleTree =>
  buildMerkle(
    columns.map((values) => {
      const logN = Math.log2(values.length);
      return { logN, values: values.map((_, t) => values[fromCommitIndex(t, logN)] as number) };
    }),
  );
