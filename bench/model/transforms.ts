// Work of transforms, trees and dot products by size.
import { planPasses } from '../../prover/gpu/kernels/fft.ts';
import { planPasses16 } from '../../prover/gpu/kernels/fft16.ts';
import type { FftKind } from '../../prover/gpu/kernels/twiddles.ts';
import type { Work } from '../schema.ts';
import { BUTTERFLY, COMPRESSION, EXTENSION_BY_BASE, plus, times, traffic } from './costs.ts';

const passes = (logN: number, logDomain: number, kind: FftKind): number =>
  kind === 'registers' && logN >= 4 ? planPasses16(logN).length : planPasses(logN, logDomain).length;

export const butterflies = (logN: number, logDomain: number): number => 2 ** (logDomain - 1) * logN;

/** One column of 2^logN values to coefficients: every pass reads and writes it. */
export const interpolation = (logN: number, kind: FftKind): Work =>
  plus(times(butterflies(logN, logN), BUTTERFLY), traffic(passes(logN, logN, kind) * 8 * 2 ** logN));

/** One column of 2^logN coefficients to 2^logDomain values. The layers above logN only copy, and are left out. */
export const evaluation = (logN: number, logDomain: number, kind: FftKind): Work =>
  plus(
    times(butterflies(logN, logDomain), BUTTERFLY),
    traffic((2 * passes(logN, logDomain, kind) - 1) * 4 * 2 ** logDomain + 4 * 2 ** logN),
  );

/** Leaves, or rows injected into inner nodes (`children`: one more block): the row's words in, a digest out. */
export const rowHashes = (rows: number, words: number, children = false): Work =>
  times(rows, {
    multiplies: 0,
    others: (Math.ceil(words / 16) + (children ? 1 : 0)) * COMPRESSION.others,
    bytes: 4 * words + 32 + (children ? 64 : 0),
  });

export const nodeHashes = (nodes: number): Work => times(nodes, plus(COMPRESSION, traffic(96)));

/** The tree over columns: number of columns by log2 of the height. */
export function treeHashes(widths: ReadonlyMap<number, number>): Work {
  const tallest = Math.max(...widths.keys());
  let work = rowHashes(2 ** tallest, widths.get(tallest) ?? 0);
  for (let log = tallest - 1; log >= 0; log--) {
    const words = widths.get(log) ?? 0;
    work = plus(work, words > 0 ? rowHashes(2 ** log, words, true) : nodeHashes(2 ** log));
  }
  return work;
}

/** Coefficients times the elements of a basis, which four columns share. */
export const outOfDomain = (cells: number): Work => times(cells, plus(EXTENSION_BY_BASE, traffic(4 + 16 / 4)));

/** Cells times random coefficients, summed by row. */
export const deepSums = (cells: number, rows: number): Work =>
  plus(times(cells, plus(EXTENSION_BY_BASE, traffic(4))), traffic(16 * rows));

/** Two passes over the rows in a permuted order; within a block, prefix sums of eight steps over 256 threads. */
export const scan = (rows: number): Work =>
  plus(times(rows, plus({ multiplies: 0, others: 12 * 5, bytes: 16 * 3 }, EXTENSION_BY_BASE)));
