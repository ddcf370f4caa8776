// What the benchmark prints as it goes.
import { formatBytes, formatCount, formatMs } from '../src/cli/format.ts';
import type { DeviceLimits, GrowthPoint, KernelResult, ProofResult } from './schema.ts';

export const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

const padded = (cells: readonly (readonly [text: string, width: number])[]): string =>
  cells
    .map(([text, width]) => (width < 0 ? text.padStart(-width) : text.padEnd(width)))
    .join('  ')
    .trimEnd();

export const limitsLine = (limits: DeviceLimits): string =>
  [
    `copy ${formatBytes(limits.copyBytesPerSecond)}/s`,
    `multiply-add ${formatCount(limits.multiplyAddsPerSecond)}/s`,
    `other integer ${formatCount(limits.simpleOpsPerSecond)}/s`,
    `upload ${formatBytes(limits.uploadBytesPerSecond)}/s`,
    `download ${formatBytes(limits.downloadBytesPerSecond)}/s`,
    `dispatch ${limits.dispatchUs.toFixed(1)} us`,
    `round trip ${limits.roundTripUs.toFixed(0)} us`,
  ].join(', ');

export const kernelLine = ({ group, name, size, unit, rate, ms, clock, roofline }: KernelResult): string =>
  padded([
    [group, 13],
    [name, 30],
    [size, 14],
    [`${formatCount(rate)} ${unit}/s`, -24],
    [formatMs(ms) + (clock === 'wall' ? ' wall' : ''), -10],
    [roofline === null ? '' : `${percent(roofline.fraction)} of the ${roofline.bound} limit`, 0],
  ]);

export const proofLine = ({ workload, cycles, proofBytes, cold, warm }: ProofResult): string =>
  padded([
    [workload, 18],
    [`${cycles} cycles`, -16],
    [cold === null ? '' : `cold ${formatMs(cold.wallMs)}`, -14],
    [warm === null ? '' : `warm ${formatMs(warm.proveMs)}`, -14],
    [warm === null ? '' : `${formatCount(cycles / (warm.proveMs / 1000))} cycles/s`, -16],
    [`proof ${formatBytes(proofBytes)}`, -14],
    [cold === null ? '' : `peak ${formatBytes(cold.peakRssBytes)}`, 0],
  ]);

export const growthLine = ({ logCycles, cycles, segments, proveMs, peakRssBytes }: GrowthPoint): string =>
  padded([
    [`2^${logCycles}`, 5],
    [`${cycles} cycles`, -18],
    [`${segments} segment${segments === 1 ? '' : 's'}`, -14],
    [formatMs(proveMs), -10],
    [`${((1000 * proveMs) / cycles).toFixed(2)} us a cycle`, -18],
    [`peak ${formatBytes(peakRssBytes)}`, 0],
  ]);
