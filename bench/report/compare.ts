// Two results side by side: throughput and their ratio, by limit, kernel, workload, stage and program size.
import { formatCount } from '../../src/cli/format.ts';
import type { BenchFile, GrowthPoint, ProofResult } from '../schema.ts';

interface Row {
  readonly name: string;
  /** Throughputs, more is better; null where it was not measured. */
  readonly a: number | null;
  readonly b: number | null;
}

const limitRows = ({ limits: a }: BenchFile, { limits: b }: BenchFile): Row[] => [
  { name: 'copy, bytes/s', a: a?.copyBytesPerSecond ?? null, b: b?.copyBytesPerSecond ?? null },
  { name: 'multiply-adds/s', a: a?.multiplyAddsPerSecond ?? null, b: b?.multiplyAddsPerSecond ?? null },
  { name: 'other operations/s', a: a?.simpleOpsPerSecond ?? null, b: b?.simpleOpsPerSecond ?? null },
];

/** Kernels by group and name; sizes follow the device, so that the largest of each name is taken. */
function kernelRows(a: BenchFile, b: BenchFile): Row[] {
  const rates = (file: BenchFile): Map<string, number> => {
    const best = new Map<string, { units: number; rate: number }>();
    for (const { group, name, unit, units, rate } of file.kernels) {
      const key = `${group}: ${name.replace(/, in use$/, '')}, ${unit}/s`;
      if ((best.get(key)?.units ?? 0) < units) best.set(key, { units, rate });
    }
    return new Map([...best].map(([key, { rate }]) => [key, rate]));
  };
  const [left, right] = [rates(a), rates(b)];
  return [...new Set([...left.keys(), ...right.keys()])].map((name) => ({
    name,
    a: left.get(name) ?? null,
    b: right.get(name) ?? null,
  }));
}

const perSecond = (cycles: number, ms: number | undefined): number | null =>
  ms === undefined || ms <= 0 ? null : (1000 * cycles) / ms;

function proofRows(a: BenchFile, b: BenchFile): Row[] {
  const names = [...new Set([...a.proofs, ...b.proofs].map((p) => p.workload))];
  return names.flatMap((workload) => {
    const [left, right] = [a, b].map((file) => file.proofs.find((p) => p.workload === workload));
    const row = (name: string, pick: (p: ProofResult) => number | undefined): Row => ({
      name: `${workload}, ${name}`,
      a: left === undefined ? null : perSecond(left.cycles, pick(left)),
      b: right === undefined ? null : perSecond(right.cycles, pick(right)),
    });
    const stages = new Set([...(left?.warm?.stages ?? []), ...(right?.warm?.stages ?? [])].map((s) => s.name));
    return [
      row('cold, cycles/s', (p) => p.cold?.wallMs),
      row('warm, cycles/s', (p) => p.warm?.proveMs),
      ...[...stages].map((name) => row(`  ${name}`, (p) => p.warm?.stages.find((s) => s.name === name)?.wallMs)),
    ];
  });
}

function growthRows(a: BenchFile, b: BenchFile): Row[] {
  const points = (file: BenchFile): readonly GrowthPoint[] => file.growth?.points ?? [];
  const logs = [...new Set([...points(a), ...points(b)].map((p) => p.logCycles))].sort((x, y) => x - y);
  return logs.map((log) => {
    const [left, right] = [a, b].map((file) => {
      const point = points(file).find((p) => p.logCycles === log);
      return point === undefined ? null : perSecond(point.cycles, point.proveMs);
    });
    return { name: `2^${log}, cycles/s`, a: left ?? null, b: right ?? null };
  });
}

const describe = (file: BenchFile): string =>
  `${file.device?.name ?? `${file.backend}, ${file.host.cpu}`}, ${file.date.slice(0, 10)}, commit ${file.commit.slice(0, 10)}` +
  `${file.dirty ? ' and changes' : ''}${file.quick ? ', QUICK: not for comparison' : ''}`;

const ratio = ({ a, b }: Row): string => (a === null || b === null || a <= 0 ? '' : `${(b / a).toFixed(2)}x`);
const number = (value: number | null): string => (value === null ? '-' : formatCount(value));

export function compareFiles(a: BenchFile, b: BenchFile): string {
  const parts: [string, Row[]][] = [
    ['limits', limitRows(a, b)],
    ['kernels', kernelRows(a, b)],
    ['proofs', proofRows(a, b)],
    ['growth', growthRows(a, b)],
  ];
  const lines = [`a: ${describe(a)}`, `b: ${describe(b)}`];
  const all = parts.flatMap(([, rows]) => rows);
  const width = Math.max(8, ...all.map(({ name }) => name.length));
  for (const [title, rows] of parts) {
    const known = rows.filter((row) => row.a !== null || row.b !== null);
    if (known.length === 0) continue;
    lines.push('', `${title.padEnd(width)}  ${'a'.padStart(9)}  ${'b'.padStart(9)}  ${'b/a'.padStart(8)}`);
    for (const row of known) {
      const cells = [number(row.a).padStart(9), number(row.b).padStart(9), ratio(row).padStart(8)];
      lines.push(`${row.name.padEnd(width)}  ${cells.join('  ')}`.trimEnd());
    }
  }
  return lines.join('\n');
}
