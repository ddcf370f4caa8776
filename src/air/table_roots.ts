/**
 * Roots of the tables that all programs share, by log2 of the blow-up. Constants of the protocol; written by
 * scripts/table_roots.ts and recomputed by a test.
 */
// biome-ignore format: a table
export const TABLES_ROOTS: Readonly<Record<number, readonly number[]>> = {
  1: [3001243860, 1600669171, 1783264026, 2142325983, 3010890430, 3482716820, 806403779, 2274031389],
  2: [3202514991, 554973901, 3521994305, 1543476377, 1352135375, 3395056092, 2303630614, 4141085040],
};
