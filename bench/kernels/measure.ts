// Times recordings: on the device's own clock where it has one, else by the wall clock over enough work.
import { Recording } from '../../prover/gpu/recording.ts';
import type { GpuRuntime } from '../../prover/gpu/runtime.ts';
import type { Clock } from '../schema.ts';

export interface Timing {
  /** Of one repetition. */
  readonly ms: number;
  readonly wallMs: number;
  readonly clock: Clock;
  /** GPU milliseconds of one repetition by kernel; empty without timestamps. */
  readonly kernels: ReadonlyMap<string, number>;
}

const SAMPLES = 3;
const MAX_REPEATS = 256;

interface Sample {
  readonly wallMs: number;
  readonly spans: ReadonlyMap<string, number>;
}

const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);

/** `record` appends the work to a recording, any number of times. The fastest of three samples counts. */
export async function measure(
  runtime: GpuRuntime,
  record: (recording: Recording) => void,
  budgetMs: number,
): Promise<Timing> {
  const sample = async (repeats: number): Promise<Sample> => {
    const spans = new Map<string, number>();
    const recording = new Recording();
    for (let i = 0; i < repeats; i++) record(recording);
    const started = performance.now();
    await runtime.run(recording, { spans });
    return { wallMs: performance.now() - started, spans };
  };
  await sample(1); // compiles, and touches fresh memory
  const once = await sample(1);
  const repeats = Math.max(1, Math.min(MAX_REPEATS, Math.round(budgetMs / SAMPLES / Math.max(0.01, once.wallMs))));
  const samples: Sample[] = [];
  for (let i = 0; i < SAMPLES; i++) samples.push(await sample(repeats));
  const wallMs = Math.min(...samples.map((s) => s.wallMs)) / repeats;
  const timed = samples.map(({ spans }) => ({ ms: sum(spans.values()) / repeats, spans }));
  const best = timed.reduce((a, b) => (a.ms <= b.ms ? a : b));
  // Some drivers return zeros.
  if (best.ms <= 0) return { ms: wallMs, wallMs, clock: 'wall', kernels: new Map() };
  const kernels = new Map([...best.spans].map(([id, ms]) => [id, ms / repeats] as const));
  return { ms: best.ms, wallMs, clock: 'timestamps', kernels };
}
