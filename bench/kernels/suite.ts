// All kernels of the prover, each by the wrapper that the prover calls.
import { DeviceError, type GpuContext } from '../../prover/gpu/device.ts';
import { buildTwiddles, type TwiddleHeap } from '../../prover/gpu/kernels/twiddles.ts';
import { chooseMultiply, withMultiply } from '../../prover/gpu/multiply.ts';
import { readShaders } from '../../prover/gpu/node_shaders.ts';
import { groupsFor, Recording } from '../../prover/gpu/recording.ts';
import { GpuRuntime } from '../../prover/gpu/runtime.ts';
import { defaultVariants } from '../../prover/gpu/shader_source.ts';
import { rooflineOf } from '../model/costs.ts';
import type { DeviceLimits, KernelResult, Work } from '../schema.ts';
import { chipCases } from './chips.ts';
import { fftCases } from './ffts.ts';
import { fieldResults } from './field.ts';
import { hashCases } from './hashes.ts';
import { measureLimits } from './limits.ts';
import { measure } from './measure.ts';
import { quotientCases } from './quotients.ts';
import { chooseScale, type Scale } from './scale.ts';
import { FILL } from './shaders.ts';

/** What a kernel's wrapper records, with its size and predicted work. Buffers come from the bench and go with it. */
export interface Case {
  readonly group: string;
  readonly name: string;
  readonly size: string;
  readonly unit: string;
  readonly units: number;
  readonly work: Work;
  /** Words of the buffers that the recording works on, filled with field elements. */
  readonly buffers: readonly number[];
  readonly record: (recording: Recording, buffers: readonly GPUBuffer[]) => void;
  /** Only the time of this kernel of the recording; the case is left out where the device has no timestamps. */
  readonly kernel?: string;
}

export interface Bench {
  readonly runtime: GpuRuntime;
  readonly heap: TwiddleHeap;
  readonly scale: Scale;
}

async function fill(runtime: GpuRuntime, buffer: GPUBuffer, words: number, seed: number): Promise<void> {
  const recording = new Recording();
  recording.dispatch({ kernel: FILL, params: [words, seed], bindings: [buffer], groups: groupsFor(words) });
  await runtime.run(recording);
}

async function runCase({ runtime, scale }: Bench, one: Case, limits: DeviceLimits): Promise<KernelResult | undefined> {
  const { group, name, size, unit, units, work, kernel } = one;
  const buffers = one.buffers.map((words) => runtime.pool.acquire(words, name));
  try {
    for (const [i, buffer] of buffers.entries()) await fill(runtime, buffer, one.buffers[i] as number, 77 * i);
    const timing = await measure(runtime, (recording) => one.record(recording, buffers), scale.budgetMs);
    if (kernel !== undefined && timing.clock === 'wall') return undefined;
    const ms = kernel === undefined ? timing.ms : (timing.kernels.get(kernel) ?? 0);
    const rate = (1000 * units) / ms;
    const { wallMs, clock } = timing;
    return { group, name, size, unit, units, ms, wallMs, clock, rate, roofline: rooflineOf(work, ms, limits) };
  } finally {
    for (const buffer of buffers) runtime.pool.release(buffer);
    runtime.pool.trim();
  }
}

/** `onResult` hears of each result as it comes: a driver may crash before the end. */
export async function runKernels(
  context: GpuContext,
  { quick, limitsOnly }: { readonly quick: boolean; readonly limitsOnly: boolean },
  onLimits: (limits: DeviceLimits) => void,
  onResult: (result: KernelResult) => void,
): Promise<void> {
  const sources = readShaders();
  const { isSoftware } = context.adapter;
  const variants = withMultiply(defaultVariants(isSoftware), await chooseMultiply(context, sources));
  const runtime = new GpuRuntime(context, sources, variants);
  const scale = chooseScale(context.adapter, quick);
  const limits = await measureLimits(runtime, scale);
  onLimits(limits);
  if (limitsOnly) return;
  for await (const result of fieldResults(context, variants, scale, limits)) onResult(result);
  const logDomain = Math.max(...scale.fftLogs, scale.rowsLog + 1) + 1;
  const bench: Bench = { runtime, heap: await buildTwiddles(runtime, logDomain), scale };
  const cases = [...fftCases(bench), ...hashCases(bench), ...quotientCases(bench), ...chipCases(bench)];
  for (const one of cases) {
    try {
      const result = await runCase(bench, one, limits);
      if (result !== undefined) onResult(result);
    } catch (error) {
      if (!(error instanceof DeviceError) || error.code !== 'out_of_memory') throw error;
      console.error(`bench: ${one.group}, ${one.name}: ${error.message}`);
    }
  }
}
