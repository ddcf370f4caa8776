// Writes src/air/table_roots.ts: the roots of the tables that all programs share, one per rate in use.
import { writeFileSync } from 'node:fs';
import { rootOfColumns, sharedTables } from '../src/air/key.ts';

const lines = [1, 2].map((b) => {
  const root = rootOfColumns(sharedTables(), b);
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
