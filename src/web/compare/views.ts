// The ways to look at results side by side.
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
} from '../../../bench/report/rows.ts';
import type { BenchFile } from '../../../bench/schema.ts';

export interface View {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly Row[];
}

const isKnown = ({ values }: Row): boolean => values.some((value) => value !== null);

/** Those of which any file has something. */
export function viewsOf(files: readonly BenchFile[]): View[] {
  const workloads = workloadsOf(files);
  const views: View[] = [
    { id: 'warm', title: 'proofs, warm', rows: workloads.map((name) => warmRow(files, name, name)) },
    { id: 'cold', title: 'proofs, cold', rows: workloads.map((name) => coldRow(files, name, name)) },
    ...workloads.map((name) => ({ id: `stages ${name}`, title: `stages of ${name}`, rows: stageRows(files, name) })),
    { id: 'growth', title: 'growth with program size', rows: growthRows(files) },
    { id: 'kernels', title: 'kernels', rows: kernelRows(files) },
    { id: 'limits', title: 'limits of the device', rows: limitRows(files) },
  ];
  return views.map((view) => ({ ...view, rows: view.rows.filter(isKnown) })).filter(({ rows }) => rows.length > 0);
}

/** Each value over the baseline's. */
export const relative = ({ name, values }: Row, baseline: number): Row => {
  const base = values[baseline] ?? null;
  return { name, values: values.map((value) => (value === null || base === null || base <= 0 ? null : value / base)) };
};

/** What the files are called, no two alike. */
export function namesOf(files: readonly BenchFile[]): string[] {
  const used = new Map<string, number>();
  return files.map((file) => {
    const name = describeResult(file).replace(/, commit unknown.*$/, '');
    const before = used.get(name) ?? 0;
    used.set(name, before + 1);
    return before === 0 ? name : `${name} (${before + 1})`;
  });
}
