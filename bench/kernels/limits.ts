// The limits of the device, by which everything else is measured.
import type { KernelSpec } from '../../prover/gpu/kernel.ts';
import { groupsFor, Recording } from '../../prover/gpu/recording.ts';
import type { GpuRuntime } from '../../prover/gpu/runtime.ts';
import type { DeviceLimits } from '../schema.ts';
import { measure } from './measure.ts';
import type { Scale } from './scale.ts';
import { COPY, DEPENDENT, MULTIPLY_ADD, SIMPLE, SIMPLE_PER_STEP, STEPS } from './shaders.ts';

const LANES = 4;

export async function measureLimits(runtime: GpuRuntime, scale: Scale): Promise<DeviceLimits> {
  const { pool } = runtime;
  const words = scale.copyWords;
  const src = pool.acquire(words, 'copy source');
  const dst = pool.acquire(words, 'copy destination');
  const run = (record: (recording: Recording) => void): ReturnType<typeof measure> =>
    measure(runtime, record, scale.budgetMs);
  /** The least wall time of several runs. */
  const wallOf = async (runs: number, record: (recording: Recording) => void): Promise<number> => {
    const wall: number[] = [];
    for (let i = 0; i < runs; i++) {
      const recording = new Recording();
      record(recording);
      const started = performance.now();
      await runtime.run(recording);
      wall.push(performance.now() - started);
    }
    return Math.min(...wall);
  };
  try {
    const copy = await run((recording) => {
      recording.dispatch({ kernel: COPY, params: [words / 4], bindings: [src, dst], groups: groupsFor(words / 4) });
    });

    // The driver's own copy; on software adapters much faster than any kernel.
    const copies = 4;
    const driverMs = await wallOf(3, (recording) => {
      for (let i = 0; i < copies; i++) recording.copy(src, 0, dst, 0, words);
    });
    const copyMs = Math.min(copy.ms, driverMs / copies);

    const threads = Math.min(scale.arithmeticThreads, words / 4);
    const rounds = scale.arithmeticRounds;
    const steps = threads * rounds * STEPS * LANES;
    /** Milliseconds of the fastest of the kernels. */
    const fastest = async (kernels: readonly KernelSpec[]): Promise<number> => {
      const ms: number[] = [];
      for (const kernel of kernels) {
        const timing = await run((recording) => {
          recording.dispatch({ kernel, params: [rounds, 12345], bindings: [dst], groups: groupsFor(threads) });
        });
        ms.push(timing.ms);
      }
      return Math.min(...ms);
    };
    const multiplyAddMs = await fastest(MULTIPLY_ADD);
    const simpleMs = await fastest(SIMPLE);

    const chain = 256;
    const dependent = await run((recording) => {
      recording.dispatch({ kernel: DEPENDENT, params: [chain, 12345], bindings: [dst], groups: 1 });
    });

    const data = new Uint32Array(Math.min(words, 2 ** 22));
    const bytes = 4 * data.length;
    const uploadMs = await wallOf(3, (recording) => recording.upload(dst, 0, data));
    const downloadMs = await wallOf(3, (recording) => void recording.download(dst, 0, data.length));

    const dispatches = (count: number) => (recording: Recording) => {
      const empty = { kernel: COPY, params: [0], bindings: [src, dst], groups: 1 };
      for (let k = 0; k < count; k++) recording.dispatch(empty);
    };
    const many = 128;
    const roundTripMs = await wallOf(5, dispatches(1));
    const manyMs = await wallOf(5, dispatches(1 + many));
    return {
      clock: copy.clock,
      copyBytesPerSecond: (1000 * 8 * words) / copyMs,
      multiplyAddsPerSecond: (1000 * steps) / multiplyAddMs,
      simpleOpsPerSecond: (1000 * steps * SIMPLE_PER_STEP) / simpleMs,
      dependentMultiplyAddNs: (1e6 * dependent.ms) / (chain * STEPS),
      uploadBytesPerSecond: (1000 * bytes) / uploadMs,
      downloadBytesPerSecond: (1000 * bytes) / downloadMs,
      dispatchUs: Math.max(0, (1000 * (manyMs - roundTripMs)) / many),
      roundTripUs: 1000 * roundTripMs,
    };
  } finally {
    pool.release(src);
    pool.release(dst);
    pool.trim();
  }
}
