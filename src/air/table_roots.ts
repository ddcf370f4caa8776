/**
 * Roots of the tables that all programs share, by log2 of the blow-up. Constants of the protocol; written by
 * scripts/table_roots.ts and recomputed by a test.
 */
// biome-ignore format: a table
export const TABLES_ROOTS: Readonly<Record<number, readonly number[]>> = {
  1: [4112586269, 2707194238, 3362870477, 2114664343, 1025749892, 543998785, 2593789580, 535789377],
  2: [4177247276, 3880814056, 1546904790, 2829008640, 805783384, 1384699424, 3507534831, 1750885672],
};
