// Products in every variant that shaders/ has, linked as the prover links them.
import type { GpuContext } from '../../prover/gpu/device.ts';
import type { KernelSpec } from '../../prover/gpu/kernel.ts';
import { readShaders } from '../../prover/gpu/node_shaders.ts';
import { groupsFor } from '../../prover/gpu/recording.ts';
import { GpuRuntime } from '../../prover/gpu/runtime.ts';
import type { ShaderVariants } from '../../prover/gpu/shader_source.ts';
import { EXTENSION_PRODUCT, PRODUCT, rooflineOf, times } from '../model/costs.ts';
import type { DeviceLimits, KernelResult, Work } from '../schema.ts';
import { measure } from './measure.ts';
import type { Scale } from './scale.ts';
import { FACTOR_PRODUCT, M31_PRODUCT, QM31_PRODUCT, STEPS } from './shaders.ts';

const MODULE = 'lib/m31_mul';

export async function* fieldResults(
  context: GpuContext,
  usual: ShaderVariants,
  scale: Scale,
  limits: DeviceLimits,
): AsyncGenerator<KernelResult> {
  const sources = readShaders();
  const threads = scale.arithmeticThreads;
  const rounds = Math.max(4, scale.arithmeticRounds / 4);

  const run = async (name: string, kernel: KernelSpec, variant: string, perStep: number, unit: Work) => {
    const runtime = new GpuRuntime(context, sources, { ...usual, [MODULE]: variant });
    const out = runtime.pool.acquire(4 * threads, 'products');
    const timing = await measure(
      runtime,
      (recording) => {
        recording.dispatch({ kernel, params: [rounds, 999], bindings: [out], groups: groupsFor(threads) });
      },
      scale.budgetMs,
    );
    runtime.pool.release(out);
    runtime.pool.trim();
    const units = threads * rounds * STEPS * perStep;
    const { ms, wallMs, clock } = timing;
    const result: KernelResult = {
      ...{ group: 'field', name, size: `${threads} threads`, unit: 'products', units, ms, wallMs, clock },
      rate: (1000 * units) / ms,
      roofline: rooflineOf(times(units, unit), ms, limits),
    };
    return result;
  };

  const mark = (variant: string): string => (usual[MODULE] === variant ? ', in use' : '');
  for (const variant of Object.keys(sources).filter((name) => name.startsWith(`${MODULE}_`))) {
    const letter = variant.slice(MODULE.length + 1).toUpperCase();
    yield await run(`M31 product, variant ${letter}${mark(variant)}`, M31_PRODUCT, variant, 4, PRODUCT);
  }
  const current = usual[MODULE] ?? MODULE;
  yield await run('M31 product, prepared factor', FACTOR_PRODUCT, current, 4, PRODUCT);
  yield await run('QM31 product', QM31_PRODUCT, current, 1, EXTENSION_PRODUCT);
}
