// Writes src/air/table_roots.ts: the roots of the tables that all programs share, one per rate in use.
import { writeFileSync } from 'node:fs';
import { CHIPS } from '../src/air/inventory.ts';
import { extend } from '../src/core/fft.ts';
import { buildMerkle, merkleRoot } from '../src/core/merkle.ts';

const columns = CHIPS.flatMap((chip) => chip.tableValues?.() ?? []);
const lines = [1, 2].map((b) => {
  const root = merkleRoot(buildMerkle(columns.map((c) => ({ logN: Math.log2(c.length) + b, values: extend(c, b) }))));
  return `  ${b}: [${[...root].join(', ')}],`;
});
const text = `/**
 * Roots of the tables that all programs share, by log2 of the blow-up. Constants of the protocol; written by
 * scripts/table_roots.ts and recomputed by a test.
 */
// biome-ignore format: a table
export const TABLES_ROOTS: Readonly<Record<number, readonly number[]>> = {
${lines.join('\n')}
};
`;
writeFileSync(new URL('../src/air/table_roots.ts', import.meta.url), text);
