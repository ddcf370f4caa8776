/** The WebAssembly tier: 128-bit SIMD and threads, for machines without a GPU. The same bytes as the reference tier. */
import type { Backend } from '../backend.ts';
import { openAir } from './air/stages.ts';
import { openFixedTrees } from './fixed_trees.ts';
import { registerKernels } from './kernels/index.ts';
import { buildTwiddles, freeTwiddles, type TwiddleHeaps } from './kernels/twiddles.ts';
import { openPreviousRows } from './previous_rows.ts';
import type { AirKernels, WasmRuntime } from './runtime.ts';
import { openSession } from './session.ts';
import { createPool, type PoolOptions } from './thread_pool.ts';
import type { Workshop } from './tree.ts';

export interface WasmBackendOptions extends PoolOptions {
  /** The chips' kernels; those printed from the chips unless a test gives others. */
  readonly air?: (runtime: WasmRuntime) => AirKernels;
}

export interface WasmBackend extends Backend {
  readonly threads: number;
  /** Most of the linear memory that was in use at once, bytes. */
  readonly peakBytes: number;
  /** What is in use now: between proofs, twiddles and the trees of given columns. */
  readonly usedBytes: number;
  /** Ends the threads. */
  destroy(): void;
}

/** Twiddles for proofs of up to 2^17 rows at blow-up 2 are built at once; larger ones when needed. */
const FIRST_LOG_SIZE = 18;

export const createWasmBackend = async (options: WasmBackendOptions = {}): Promise<WasmBackend> => {
  const pool = await createPool(options);
  const kernels = await registerKernels(pool);
  const { memory } = pool;
  let heaps: TwiddleHeaps | undefined;
  const shopFor = (logSize: number): Workshop => {
    if (!heaps || heaps.logSize < logSize) {
      if (heaps) freeTwiddles(memory, heaps);
      heaps = buildTwiddles(pool, kernels, Math.max(logSize, FIRST_LOG_SIZE));
    }
    return { runtime: pool, kernels, heaps, timed: (_, step) => step() };
  };
  const fixedTrees = openFixedTrees(shopFor);
  const previousRows = openPreviousRows(memory);
  const air = (options.air ?? openAir)(pool);
  return {
    name: 'wasm',
    description: `WebAssembly SIMD, ${pool.threads} ${pool.threads === 1 ? 'thread' : 'threads'}`,
    threads: pool.threads,
    open: async (input) => {
      await air.prepare(input.layout);
      const shop = shopFor(input.layout.maxLogN + input.params.logBlowup);
      return openSession({ shop, air, fixedTrees, previousRows }, input);
    },
    commitColumns: async (columns, logBlowup) => fixedTrees.rootOf(columns, logBlowup),
    peakGpuBytes: 0,
    get peakBytes() {
      return memory.peakBytes;
    },
    get usedBytes() {
      return memory.usedBytes;
    },
    destroy: () => pool.destroy(),
  };
};
