// Warm proofs: after others, in one process, with the GPU's time by stage.
import type { Program } from '../src/machine/index.ts';
import { NOTHING, plus, rooflineOf } from './model/costs.ts';
import { stageWork } from './model/stages.ts';
import { layoutsOf, type Opened, PARAMS, type Proven, proveOnce, verifyLast } from './prover.ts';
import type { DeviceLimits, ProofSize, StageResult, WarmProof } from './schema.ts';
import { recordSpans } from './spans.ts';

const MAX_RUNS = 4;
/** Enough for a figure: further runs only where they are cheap. */
const ENOUGH_MS = 4000;

type Spans = ReadonlyMap<string, ReadonlyMap<string, number>>;

const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);

/** `isFirst`: nothing has been proven in this process yet, so that a first run is no measurement. */
export async function proveWarm(
  prover: Opened,
  program: Program,
  input: Uint8Array,
  isFirst: boolean,
  limits: DeviceLimits | null,
): Promise<{ readonly proof: WarmProof; readonly size: ProofSize }> {
  if (isFirst) await proveOnce(prover, program, input);
  let { proven, spans } = await profile(prover, program, input);
  const times = [proven.proveMs];
  // Timed dispatch by dispatch, the first run is a little slower than the others.
  while (times.length < MAX_RUNS && sum(times) < ENOUGH_MS)
    times.push((await proveOnce(prover, program, input)).proveMs);
  if (times.length > 1) ({ proven, spans } = await profile(prover, program, input));
  const { verifyMs, securityBits } = await verifyLast(prover, program);
  const kernelMs = sum([...spans.values()].flatMap((kernels) => [...kernels.values()]));
  const gpuMs = kernelMs > 0 ? kernelMs : null;
  return {
    proof: {
      runs: times.length,
      proveMs: Math.min(...times),
      verifyMs,
      idleShare: gpuMs === null ? null : Math.max(0, 1 - gpuMs / proven.proveMs),
      stages: stageResults(prover, proven, spans, limits),
    },
    size: { proofBytes: proven.proofBytes, segments: proven.segments, securityBits },
  };
}

function stageResults(prover: Opened, { stages }: Proven, spans: Spans, limits: DeviceLimits | null): StageResult[] {
  const kind = prover.isSoftware ? 'registers' : 'tiles';
  const predicted = limits === null ? [] : layoutsOf(prover).map((layout) => stageWork(layout, PARAMS, kind));
  return [...stages].map(([name, wallMs]) => {
    const kernels = spans.get(name) ?? new Map<string, number>();
    const gpuMs = kernels.size === 0 ? null : sum(kernels.values());
    const work = plus(...predicted.map((byStage) => byStage.get(name) ?? NOTHING));
    const isKnown = limits !== null && predicted.some((byStage) => byStage.has(name));
    return {
      ...{ name, wallMs, gpuMs },
      idleShare: gpuMs === null ? null : Math.max(0, 1 - gpuMs / wallMs),
      kernels: Object.fromEntries([...kernels].sort((a, b) => b[1] - a[1])),
      roofline: isKnown ? rooflineOf(work, gpuMs ?? wallMs, limits) : null,
    };
  });
}

async function profile(prover: Opened, program: Program, input: Uint8Array): Promise<{ proven: Proven; spans: Spans }> {
  const recorder = recordSpans();
  try {
    const proven = await proveOnce(prover, program, input, (stage) => {
      recorder.stage = stage;
    });
    return { proven, spans: recorder.stages };
  } finally {
    recorder.stop();
  }
}
