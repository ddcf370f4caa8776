// Results side by side, any number of them: throughputs by limit, kernel, workload, stage and program size.
import type { BenchFile, GrowthPoint, ProofResult } from '../schema.ts';

export interface Row {
  readonly name: string;
  /** Throughputs by file, more is better; null where it was not measured. */
  readonly values: readonly (number | null)[];
}

const rowOf = (
  name: string,
  files: readonly BenchFile[],
  pick: (file: BenchFile) => number | null | undefined,
): Row => ({
  name,
  values: files.map((file) => pick(file) ?? null),
});

export const limitRows = (files: readonly BenchFile[]): Row[] => [
  rowOf('copy, bytes/s', files, ({ limits }) => limits?.copyBytesPerSecond),
  rowOf('multiply-adds/s', files, ({ limits }) => limits?.multiplyAddsPerSecond),
  rowOf('other operations/s', files, ({ limits }) => limits?.simpleOpsPerSecond),
];

/** Kernels by group and name; sizes follow the device, so that the largest of each name is taken. */
export function kernelRows(files: readonly BenchFile[]): Row[] {
  const rates = files.map((file) => {
    const best = new Map<string, { units: number; rate: number }>();
    for (const { group, name, unit, units, rate } of file.kernels) {
      const key = `${group}: ${name.replace(/, in use$/, '')}, ${unit}/s`;
      if ((best.get(key)?.units ?? 0) < units) best.set(key, { units, rate });
    }
    return best;
  });
  const names = new Set(rates.flatMap((best) => [...best.keys()]));
  return [...names].map((name) => ({ name, values: rates.map((best) => best.get(name)?.rate ?? null) }));
}

const perSecond = (cycles: number, ms: number | undefined): number | null =>
  ms === undefined || ms <= 0 ? null : (1000 * cycles) / ms;

export const workloadsOf = (files: readonly BenchFile[]): readonly string[] => [
  ...new Set(files.flatMap(({ proofs }) => proofs.map((p) => p.workload))),
];

/** Instructions a second of one workload, by the time that `pick` takes from its result. */
const proofRow = (
  files: readonly BenchFile[],
  workload: string,
  name: string,
  pick: (proof: ProofResult) => number | undefined,
): Row =>
  rowOf(name, files, ({ proofs }) => {
    const proof = proofs.find((p) => p.workload === workload);
    return proof === undefined ? null : perSecond(proof.cycles, pick(proof));
  });

export const coldRow = (files: readonly BenchFile[], workload: string, name: string): Row =>
  proofRow(files, workload, name, (p) => p.cold?.wallMs);

export const warmRow = (files: readonly BenchFile[], workload: string, name: string): Row =>
  proofRow(files, workload, name, (p) => p.warm?.proveMs);

/** Stages of a workload's warm proofs. */
export function stageRows(files: readonly BenchFile[], workload: string): Row[] {
  const warm = files.map(({ proofs }) => proofs.find((p) => p.workload === workload)?.warm?.stages ?? []);
  const stages = new Set(warm.flatMap((own) => own.map((s) => s.name)));
  return [...stages].map((name) =>
    proofRow(files, workload, name, (p) => p.warm?.stages.find((s) => s.name === name)?.wallMs),
  );
}

export function growthRows(files: readonly BenchFile[]): Row[] {
  const points = (file: BenchFile): readonly GrowthPoint[] => file.growth?.points ?? [];
  const logs = [...new Set(files.flatMap((file) => points(file).map((p) => p.logCycles)))].sort((x, y) => x - y);
  return logs.map((log) =>
    rowOf(`2^${log}, cycles/s`, files, (file) => {
      const point = points(file).find((p) => p.logCycles === log);
      return point === undefined ? null : perSecond(point.cycles, point.proveMs);
    }),
  );
}

/** "1 thread", "2 threads". */
export const threadsText = (threads: number): string => `${threads} ${threads === 1 ? 'thread' : 'threads'}`;

/** A GPU and whether Dawn checked nothing, or the tier and the processor it ran on; its threads where they are not one for each core. */
export const deviceName = ({ device, backend, host, threads, serverPreset }: BenchFile): string => {
  if (device !== null) return serverPreset ? `${device.name}, server preset` : device.name;
  const isUsual = threads === null || threads === host.cores;
  return isUsual ? `${backend} on ${host.cpu}` : `${backend}, ${threadsText(threads)}, on ${host.cpu}`;
};

/** Device, day and commit of a result. */
export const describeResult = (file: BenchFile): string =>
  `${deviceName(file)}, ${file.date.slice(0, 10)}, commit ${file.commit.slice(0, 10)}` +
  `${file.dirty ? ' and changes' : ''}${file.quick ? ', QUICK: not for comparison' : ''}`;
