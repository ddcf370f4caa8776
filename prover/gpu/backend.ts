// The GPU tier. One backend holds a device, its compiled kernels and twiddles; sessions follow one another on it.
import type { Backend } from '../backend.ts';
import type { GpuContext } from './context.ts';
import { buildTwiddles, type TwiddleHeap } from './kernels/twiddles.ts';
import { GpuRuntime } from './runtime.ts';
import { type FormRule, openSession } from './session.ts';
import type { ShaderSources } from './shader_source.ts';

/**
 * Rows from which a chip gets kernels of its own; below, the shared interpreters run its bytecode, because compiling a
 * kernel costs more than it saves.
 */
const GENERATED_FROM_ROWS = { software: 2 ** 15, hardware: 2 ** 13 } as const;

/** `sources` are the texts of shaders/: read from disk in Node, bundled in a browser. */
export const createGpuBackend = (context: GpuContext, sources: ShaderSources, rule?: FormRule): Backend => {
  const runtime = new GpuRuntime(context, sources);
  const threshold = GENERATED_FROM_ROWS[context.adapter.isSoftware ? 'software' : 'hardware'];
  const formOf: FormRule = rule ?? ((_, rows) => (rows >= threshold ? 'generated' : 'interpreted'));
  let heap: TwiddleHeap | undefined;
  return {
    name: 'gpu',
    description: context.adapter.name,
    open: async (input) => {
      const logDomain = input.layout.maxLogN + input.params.logBlowup;
      if (heap === undefined || heap.logN < logDomain) {
        if (heap) {
          runtime.pool.release(heap.forward);
          runtime.pool.release(heap.inverse);
        }
        heap = await buildTwiddles(runtime, logDomain);
      }
      return openSession(runtime, heap, input, formOf);
    },
    get peakGpuBytes() {
      return runtime.pool.stats.peakBytes;
    },
  };
};
