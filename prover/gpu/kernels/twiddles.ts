// The twiddle heap on the device: built once for the largest size, serves every smaller one (shaders/lib/twiddles).
import { subgroupGenerator } from '../../../src/core/circle.ts';
import { inv } from '../../../src/core/field.ts';
import { groupsFor, Recording } from '../recording.ts';
import type { GpuRuntime } from '../runtime.ts';

/** How FFTs run: tiles in workgroup memory (GPUs), or 16 values a thread (software adapters: no barriers, no shifts). */
export type FftKind = 'tiles' | 'registers';

export interface TwiddleHeap {
  readonly fft: FftKind;
  /** Largest domain size served. */
  readonly logN: number;
  readonly forward: GPUBuffer;
  readonly inverse: GPUBuffer;
}

/**
 * Serves domains up to 2^logN, logN <= 29. Two buffers of 2^(logN - 1) words, acquired from the runtime's pool. `fft`
 * defaults to what suits the adapter.
 */
export async function buildTwiddles(runtime: GpuRuntime, logN: number, fft?: FftKind): Promise<TwiddleHeap> {
  const entries = 2 ** Math.max(1, logN - 1);
  const forward = runtime.pool.acquire(entries, 'twiddles');
  const inverse = runtime.pool.acquire(entries, 'inverse twiddles');
  const recording = new Recording();
  const generators = recording.constant(Array.from({ length: 32 }, (_, log) => subgroupGenerator(log)).flat());
  recording.dispatch({
    kernel: { id: 'twiddle_heap' },
    params: [entries],
    bindings: [generators, forward, inverse],
    groups: groupsFor(entries),
  });
  const heap: TwiddleHeap = {
    fft: fft ?? (runtime.context.adapter.isSoftware ? 'registers' : 'tiles'),
    ...{ logN, forward, inverse },
  };
  try {
    await runtime.run(recording);
    return heap;
  } catch (error) {
    releaseTwiddles(runtime, heap);
    throw error;
  }
}

export const releaseTwiddles = ({ pool }: GpuRuntime, { forward, inverse }: TwiddleHeap): void => {
  pool.release(forward);
  pool.release(inverse);
};

/** y of the first half-coset point where the heap has none (sizes 2 and 4), or its inverse. */
export const smallY = (logN: number, inverse: boolean): number => {
  if (logN > 2) return 0;
  const y = subgroupGenerator(logN + 1)[1];
  return inverse ? inv(y) : y;
};
