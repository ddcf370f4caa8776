// Growth with program size, as a table and a plot, and what it comes to.
import { formatBytes, formatCount } from '../../src/cli/format.ts';
import type { Growth, GrowthPoint } from '../schema.ts';
import { plotSvg } from './plot.ts';

export const GROWTH_HEAD: readonly string[] = [
  'instructions',
  'segments',
  'prove',
  'time a cycle',
  'processor time a cycle',
  'cycles/s',
  'verify',
  'proof',
  'peak memory',
  'GPU buffers',
];

const nsPerCycle = ({ proveMs, cycles }: GrowthPoint): number => (1e6 * proveMs) / cycles;

export const formatNs = (ns: number): string =>
  ns >= 1000 ? `${(ns / 1000).toPrecision(3)} µs` : `${ns.toPrecision(3)} ns`;

export const growthRows = ({ points }: Growth): string[][] =>
  points.map((point) => [
    `2^${point.logCycles}: ${point.cycles}`,
    String(point.segments),
    `${(point.proveMs / 1000).toFixed(1)} s`,
    formatNs(nsPerCycle(point)),
    point.cpuMs === null ? '–' : formatNs((1e6 * point.cpuMs) / point.cycles),
    formatCount(point.cycles / (point.proveMs / 1000)),
    `${point.verifyMs.toFixed(0)} ms`,
    `${(point.proofBytes / 1e6).toFixed(2)} MB`,
    formatBytes(point.peakRssBytes),
    point.gpuBytes === 0 ? '–' : formatBytes(point.gpuBytes),
  ]);

/** How far the cost a cycle and the memory spread over the runs of two segments or more. */
export function growthVerdict({ points, stopped }: Growth): string {
  const cut = points.filter((p) => p.segments >= 2);
  const [first] = cut;
  const last = cut.at(-1);
  if (first === undefined || last === undefined || cut.length < 2) return `It ended because ${stopped}.`;
  const spread = (costs: readonly number[]): string =>
    `${(100 * (Math.max(...costs) / Math.min(...costs) - 1)).toFixed(0)} %`;
  // Less at the mercy of whatever else the machine does.
  const processor = cut.flatMap(({ cpuMs, cycles }) => (cpuMs === null ? [] : [cpuMs / cycles]));
  const ofProcessor = processor.length === cut.length ? ` (its processor time by ${spread(processor)})` : '';
  const memory = last.peakRssBytes / first.peakRssBytes;
  return (
    `From ${first.segments} to ${last.segments} segments the cost a cycle spreads by ${spread(cut.map(nsPerCycle))}` +
    `${ofProcessor} and peak memory grows ${memory.toFixed(2)}-fold. It ended because ${stopped}.`
  );
}

const power = (value: number): string => `2^${Math.round(Math.log2(value))}`;

export function growthPlot({ points, guest }: Growth, device: string): string {
  const series = (y: (p: GrowthPoint) => number, name: string) => ({
    name,
    points: points.map((p) => ({ x: 2 ** p.logCycles, y: y(p) })),
  });
  const common = { xLabel: `instructions of ${guest}`, formatX: power };
  return plotSvg(`Cost by program size on ${device}`, [
    {
      ...common,
      title: `${device}: time to prove an instruction`,
      yLabel: 'time an instruction',
      series: [series(nsPerCycle, 'prove')],
      formatY: formatNs,
    },
    {
      ...common,
      title: 'memory at its peak',
      yLabel: 'memory',
      series: [series((p) => p.peakRssBytes, 'process'), series((p) => p.gpuBytes, 'GPU buffers')],
      formatY: formatBytes,
    },
  ]);
}
