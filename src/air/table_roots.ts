/**
 * Roots of the tables that all programs share, by log2 of the blow-up. Constants of the protocol; written by
 * scripts/table_roots.ts and recomputed by a test.
 */
// biome-ignore format: a table
export const TABLES_ROOTS: Readonly<Record<number, readonly number[]>> = {
  1: [367516091, 3049320236, 1242298960, 590727856, 2850924861, 1371251374, 376146583, 639943193],
  2: [3681872668, 2213766060, 4077698434, 393042872, 2623729971, 2659912509, 2854261874, 3564006857],
};
