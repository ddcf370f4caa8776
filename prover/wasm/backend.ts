/** The WebAssembly tier: 128-bit SIMD and threads, for machines without a GPU. The same bytes as the reference tier. */
import type { Backend } from '../backend.ts';
import { openAir } from './air/stages.ts';
import { openFixedTrees } from './fixed_trees.ts';
import { registerKernels } from './kernels/index.ts';
import { buildTwiddles, type TwiddleHeaps } from './kernels/twiddles.ts';
import { openPreviousRows } from './previous_rows.ts';
import type { AirKernels, WasmRuntime } from './runtime.ts';
import { openSession } from './session.ts';
import { createPool, type PoolOptions } from './thread_pool.ts';
import type { Workshop } from './tree.ts';
import { nextTask } from './workers.ts';

export interface WasmBackendOptions extends PoolOptions {
  /** The chips' kernels; those printed from the chips unless a test gives others. */
  readonly air?: (runtime: WasmRuntime) => AirKernels;
}

export interface WasmBackend extends Backend {
  readonly threads: number;
  /** The linear memory's size: most that was needed so far. */
  readonly memoryBytes: number;
  /** What is in use now: between proofs, twiddles and the trees of given columns. */
  readonly usedBytes: number;
  /** Ends the threads. */
  destroy(): void;
}

/** The longest time, about, that the calling thread works without looking at its events. */
const BREATH_MS = 50;

/** Twiddles for proofs of up to 2^17 rows at blow-up 2 are built at once; larger ones when needed. */
const FIRST_LOG_SIZE = 18;

export const createWasmBackend = async (options: WasmBackendOptions = {}): Promise<WasmBackend> => {
  const pool = await createPool(options);
  const kernels = await registerKernels(pool);
  const { memory } = pool;
  let heaps: TwiddleHeaps | undefined;
  let rested = performance.now();
  const breathe = async (): Promise<void> => {
    if (performance.now() - rested < BREATH_MS) return;
    await nextTask();
    rested = performance.now();
  };
  const shopFor = (logSize: number): Workshop => {
    // Smaller heaps stay: a proof in progress may read them, and they are small beside the larger ones.
    if (!heaps || heaps.logSize < logSize) heaps = buildTwiddles(pool, kernels, Math.max(logSize, FIRST_LOG_SIZE));
    return { runtime: pool, kernels, heaps, timed: (_, step) => step(), breathe };
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
    get memoryBytes() {
      return memory.extent;
    },
    get usedBytes() {
      return memory.usedBytes;
    },
    destroy: () => pool.destroy(),
  };
};
