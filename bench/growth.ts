// Cost by program size: from 2^16 instructions, doubling as far as the device and the time allow.
import { readFileSync } from 'node:fs';
import { guestPath } from './paths.ts';
import { type Opened, proveOnce, readProgram, verifyLast } from './prover.ts';
import type { GrowthPoint } from './schema.ts';
import { GROWTH_GUEST, growthInput } from './workloads.ts';

export interface GrowthOptions {
  readonly fromLog: number;
  readonly toLog: number;
  readonly minutes: number;
}

/** A doubled run takes about twice as long, and somewhat more where the last one was warmer than the first. */
const GROWTH_FACTOR = 2.2;
/**
 * Proven first, so that compilation is in no point: a run in segments, and the first point twice, which is when engines
 * have optimised WebAssembly. What only large runs need comes with them.
 */
const WARM_UP_LOG = 13;
const WARM_UP_SEGMENT_STEPS = 2 ** 12;

/** Hears of every point as it comes; returns why it stopped. The process's peak memory is the largest point's so far. */
export async function runGrowth(
  prover: Opened,
  { fromLog, toLog, minutes }: GrowthOptions,
  onPoint: (point: GrowthPoint) => void,
): Promise<string> {
  const program = readProgram(readFileSync(guestPath(GROWTH_GUEST)));
  await proveOnce({ ...prover, segmentSteps: WARM_UP_SEGMENT_STEPS }, program, growthInput(WARM_UP_LOG));
  for (const log of [fromLog, fromLog]) await proveOnce(prover, program, growthInput(log));
  const started = performance.now();
  let last = 0;
  for (let log = fromLog; log <= toLog; log++) {
    const left = minutes * 60_000 - (performance.now() - started);
    if (last * GROWTH_FACTOR > left)
      return `2^${log} instructions would take longer than is left of ${minutes} minutes`;
    (globalThis as { gc?: () => void }).gc?.();
    try {
      const before = process.cpuUsage();
      const { proofBytes, cycles, segments, proveMs, stages } = await proveOnce(prover, program, growthInput(log));
      const { user, system } = process.cpuUsage(before);
      const { verifyMs } = await verifyLast(prover, program);
      onPoint({
        ...{ logCycles: log, cycles, segments, proveMs, verifyMs, proofBytes },
        cpuMs: (user + system) / 1000,
        peakRssBytes: process.resourceUsage().maxRSS * 1024,
        gpuBytes: prover.opened.backend.peakGpuBytes,
        stages: Object.fromEntries(stages),
      });
      last = proveMs;
    } catch (error) {
      return `2^${log} instructions: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return `2^${toLog} instructions were to be the last`;
}
