// Two results side by side: throughput and their ratio, by limit, kernel, workload, stage and program size.
import { formatCount } from '../../src/cli/format.ts';
import type { BenchFile } from '../schema.ts';
import {
  coldRow,
  describeResult,
  growthRows,
  kernelRows,
  limitRows,
  type Row,
  stageRows,
  warmRow,
  workloadsOf,
} from './rows.ts';

const proofRows = (files: readonly BenchFile[]): Row[] =>
  workloadsOf(files).flatMap((workload) => [
    coldRow(files, workload, `${workload}, cold, cycles/s`),
    warmRow(files, workload, `${workload}, warm, cycles/s`),
    ...stageRows(files, workload).map(({ name, values }) => ({ name: `${workload},   ${name}`, values })),
  ]);

const ratio = ([a = null, b = null]: Row['values']): string =>
  a === null || b === null || a <= 0 ? '' : `${(b / a).toFixed(2)}x`;
const number = (value: number | null): string => (value === null ? '-' : formatCount(value));

export function compareFiles(a: BenchFile, b: BenchFile): string {
  const files = [a, b];
  const parts: [string, Row[]][] = [
    ['limits', limitRows(files)],
    ['kernels', kernelRows(files)],
    ['proofs', proofRows(files)],
    ['growth', growthRows(files)],
  ];
  const lines = [`a: ${describeResult(a)}`, `b: ${describeResult(b)}`];
  const all = parts.flatMap(([, rows]) => rows);
  const width = Math.max(8, ...all.map(({ name }) => name.length));
  for (const [title, rows] of parts) {
    const known = rows.filter(({ values }) => values.some((value) => value !== null));
    if (known.length === 0) continue;
    lines.push('', `${title.padEnd(width)}  ${'a'.padStart(9)}  ${'b'.padStart(9)}  ${'b/a'.padStart(8)}`);
    for (const { name, values } of known) {
      const cells = [...values.map((value) => number(value).padStart(9)), ratio(values).padStart(8)];
      lines.push(`${name.padEnd(width)}  ${cells.join('  ')}`.trimEnd());
    }
  }
  return lines.join('\n');
}
