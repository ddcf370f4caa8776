/**
 * Roots of the tables that all programs share, by log2 of the blow-up. Constants of the protocol; written by
 * scripts/table_roots.ts and recomputed by a test.
 */
// biome-ignore format: a table
export const TABLES_ROOTS: Readonly<Record<number, readonly number[]>> = {
  1: [235851554, 1139278503, 1562348280, 3877774267, 248291969, 1766151778, 3332285774, 1771979139],
  2: [2146059067, 1539479458, 1193643336, 1168579992, 2949237043, 2761501855, 3970748150, 874076428],
};
