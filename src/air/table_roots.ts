/**
 * Roots of the tables that all programs share, by log2 of the blow-up. Constants of the protocol; written by
 * scripts/table_roots.ts and recomputed by a test.
 */
// biome-ignore format: a table
export const TABLES_ROOTS: Readonly<Record<number, readonly number[]>> = {
  1: [1535772703, 2059728417, 3588639530, 3247807573, 2782368139, 1273511375, 805777912, 130599905],
  2: [3719189444, 1598341658, 3582291565, 3965032892, 1974428396, 1085485610, 3775166007, 3138586561],
};
