// Warm proofs: after others, in one process, with the GPU's time by stage.

import { NOTHING, plus, rooflineOf } from './model/costs.ts';
import { stageWork } from './model/stages.ts';
import { layoutsOf, type Opened, PARAMS, type Proven, proveOnce, readProgram, verifyOnce } from './prover.ts';
import type { DeviceLimits, StageResult, WarmProof } from './schema.ts';
import { recordSpans } from './spans.ts';
import type { ProofSize } from './worker_host.ts';

const MAX_RUNS = 4;
/** Enough for a figure: further runs only where they are cheap. */
const ENOUGH_MS = 4000;

const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);

/** `isFirst`: nothing has been proven in this process yet, so that a first run is no measurement. */
export async function proveWarm(
  opened: Opened,
  elf: Uint8Array,
  input: Uint8Array,
  isFirst: boolean,
  limits: DeviceLimits | null,
): Promise<{ readonly proof: WarmProof; readonly size: ProofSize }> {
  const program = readProgram(elf);
  if (isFirst) await proveOnce(opened, program, input);
  const times: number[] = [];
  let profiled = await profile(opened, program, input);
  times.push(profiled.proven.proveMs);
  // Timed dispatch by dispatch, the first run is a little slower than the others.
  while (times.length < MAX_RUNS && sum(times) < ENOUGH_MS) {
    const { proveMs } = await proveOnce(opened, program, input);
    times.push(proveMs);
  }
  if (times.length > 1) profiled = await profile(opened, program, input);
  const { proven, spans } = profiled;
  const { verifyMs, securityBits } = await verifyOnce(program, proven.proof);
  const kind = opened.isSoftware ? 'registers' : 'tiles';
  const predicted = layoutsOf(proven.proof).map((layout) => stageWork(layout, PARAMS, kind));
  const stages = Object.entries(proven.stages).map(([name, wallMs]): StageResult => {
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
  return {
    proof: { runs: times.length, proveMs: Math.min(...times), verifyMs, stages },
    size: { proofBytes: proven.proof.length, segments: proven.segments, securityBits },
  };
}

interface Profiled {
  readonly proven: Proven;
  readonly spans: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

async function profile(opened: Opened, program: ReturnType<typeof readProgram>, input: Uint8Array): Promise<Profiled> {
  const recorder = recordSpans();
  try {
    const proven = await proveOnce(opened, program, input, (stage) => {
      recorder.stage = stage;
    });
    return { proven, spans: recorder.stages };
  } finally {
    recorder.stop();
  }
}
