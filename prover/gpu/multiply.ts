// Which form of the M31 multiplication an adapter runs fastest (shaders/lib/m31_mul_*): WGSL has no high multiply, and what
// a compiler makes of the ways around it differs by vendor. A probe of a few milliseconds decides, once per adapter and
// process.
import type { GpuContext } from './context.ts';
import { groupsFor, Recording } from './recording.ts';
import { GpuRuntime } from './runtime.ts';
import { defaultVariants, type ShaderSources, type ShaderVariants } from './shader_source.ts';

/** a: 16-bit halves; f: the low word by a fifth multiply; l: ladder; s: f without shifts, for SwiftShader. */
export const MULTIPLY_VARIANTS = ['a', 'f', 'l', 's'] as const;
export type MultiplyVariant = (typeof MULTIPLY_VARIANTS)[number];

/** Products a second by variant. */
export type MultiplyRates = ReadonlyMap<MultiplyVariant, number>;

/** `variants` with another multiplication. */
export const withMultiply = (variants: ShaderVariants, multiply: MultiplyVariant): ShaderVariants => ({
  ...variants,
  'lib/m31_mul': `lib/m31_mul_${multiply}`,
});

const STEPS = 64;
const PRODUCTS_PER_STEP = 8;
const RUNS = 3;
/** Another variant than the adapter's default must be this much faster: the probe's own noise. */
const MARGIN = 1.03;

/** Measures variants, best of three runs of about a millisecond each, after one that is not counted. */
export const measureMultiply = async (
  context: GpuContext,
  sources: ShaderSources,
  names: readonly MultiplyVariant[] = MULTIPLY_VARIANTS,
): Promise<MultiplyRates> => {
  // 2^19 threads: 0.27 G products, a millisecond at 270 G/s, what a large GPU should do. A CPU does some 0.2 G/s.
  const threads = 2 ** (context.adapter.isSoftware ? 12 : 19);
  const rates = new Map<MultiplyVariant, number>();
  for (const name of names) {
    const runtime = new GpuRuntime(context, sources, withMultiply(defaultVariants(context.adapter.isSoftware), name));
    const out = runtime.pool.acquire(threads, 'probe');
    let best = Number.POSITIVE_INFINITY;
    for (let run = 0; run <= RUNS; run++) {
      const recording = new Recording();
      recording.dispatch({
        kernel: { id: 'probe_multiply' },
        params: [threads, STEPS],
        bindings: [out],
        groups: groupsFor(threads),
      });
      const spans = new Map<string, number>();
      const started = performance.now();
      await runtime.run(recording, { spans });
      const wall = performance.now() - started;
      if (run > 0) best = Math.min(best, spans.get('probe_multiply') ?? wall);
    }
    runtime.pool.release(out);
    runtime.pool.trim();
    rates.set(name, (threads * STEPS * PRODUCTS_PER_STEP) / (best / 1000));
  }
  return rates;
};

const chosen = new Map<string, Promise<MultiplyVariant>>();

/** The variant to use: measured on GPUs, known on SwiftShader. A probe that fails leaves the default. */
export const chooseMultiply = (context: GpuContext, sources: ShaderSources): Promise<MultiplyVariant> => {
  const { adapter } = context;
  // Every kernel of a software adapter takes part of a second to compile, so nothing is compiled to find out. Measured,
  // million products a second on two cores: a 40, f 50, l 60, s 380 (`wisp devices`).
  if (adapter.isSoftware) return Promise.resolve('s');
  const key = [adapter.name, adapter.vendor, adapter.architecture].join('|');
  const known = chosen.get(key);
  if (known) return known;
  const probe = measureMultiply(context, sources, ['a', 'f', 'l']).then(fastest, (): MultiplyVariant => 'a');
  chosen.set(key, probe);
  return probe;
};

/** The fastest, but the first where the others are not clearly faster. */
export const fastest = (rates: MultiplyRates): MultiplyVariant => {
  let [best = 'a', bestRate = 0] = [...rates][0] ?? [];
  for (const [name, rate] of rates) {
    if (rate > bestRate * MARGIN) [best, bestRate] = [name, rate];
  }
  return best;
};
