/** Reads the opened rows of one tree and checks them against its root. */
import type { Digest } from '../core/hash.ts';
import { shiftedPositions, verifyMerkle } from '../core/merkle.ts';
import type { Opening } from '../core/proof.ts';
import { VerificationError } from './errors.ts';

/** The opened values of a tree. */
export interface OpenedTree {
  /** Every column, lifted, in commitment order, at a commit-order position of FRI's first domain. */
  rowAt(position: number): Uint32Array;
}

/**
 * `logRows` are the columns' heights before extension; positions are sorted, unique, in the domain of 2^logDomain
 * in commit order.
 * Throws `VerificationError` unless the rows lead to the root.
 */
export const openTree = (
  name: string,
  root: Digest,
  logRows: readonly number[],
  logBlowup: number,
  logDomain: number,
  positions: readonly number[],
  { values, siblings }: Opening,
): OpenedTree => {
  const heights = [...new Set(logRows)].sort((a, b) => b - a);
  const columnsOf = new Map(heights.map((h) => [h, logRows.flatMap((n, i) => (n === h ? [i] : []))]));
  const shiftOf = (h: number): number => logDomain - h - logBlowup;
  const rows = new Map<number, Map<number, Uint32Array>>();
  let at = 0;
  for (const h of heights) {
    const width = columnsOf.get(h)?.length ?? 0;
    const byPosition = new Map<number, Uint32Array>();
    for (const q of shiftedPositions(positions, shiftOf(h))) {
      byPosition.set(q, values.subarray(at, at + width));
      at += width;
    }
    rows.set(h + logBlowup, byPosition);
  }
  if (at !== values.length) throw new VerificationError('bad_opening', `${name} tree: opened words`, at, values.length);
  const tallest = heights[0] as number;
  const none = new Uint32Array(0);
  const own = shiftedPositions(positions, shiftOf(tallest));
  if (!verifyMerkle(root, tallest + logBlowup, own, siblings, (logN, q) => rows.get(logN)?.get(q) ?? none)) {
    throw new VerificationError('bad_opening', `${name} tree: the opening does not lead to the root`);
  }
  return {
    rowAt: (position) => {
      const out = new Uint32Array(logRows.length);
      for (const [h, columns] of columnsOf) {
        const row = rows.get(h + logBlowup)?.get(Math.floor(position / 2 ** shiftOf(h)));
        for (let i = 0; i < columns.length; i++) out[columns[i] as number] = row?.[i] ?? 0;
      }
      return out;
    },
  };
};
