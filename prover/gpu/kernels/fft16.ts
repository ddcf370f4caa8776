// Passes of the circle FFT for software adapters (shaders/lib/fft16): 16 values a thread, four layers a pass.
import { inv } from '../../../src/core/field.ts';
import type { Columns } from '../columns.ts';
import type { Recording } from '../recording.ts';
import type { TwiddleHeap } from './twiddles.ts';

const THREADS = 64;
/** A thread's factors cost as much as two columns, so it takes many, as long as there is work for a few cores. */
const COLUMNS_PER_THREAD = 64;
const MIN_GROUPS = 12;

export interface Pass16 {
  /** A thread's values are at stride 2^g. */
  readonly g: number;
  /** Layers g + 4 - active .. g + 3. */
  readonly active: number;
}

/** Passes over layers 0 .. layers - 1, at least four, lowest first. */
export function planPasses16(layers: number): Pass16[] {
  const passes: Pass16[] = [];
  for (let at = 0; at < layers; at += 4) {
    const active = Math.min(4, layers - at);
    passes.push({ g: at + active - 4, active });
  }
  return passes;
}

export function recordPass16(
  recording: Recording,
  heap: TwiddleHeap,
  src: Columns,
  dst: Columns,
  { g, active }: Pass16,
  inverse: boolean,
  inPlace: boolean,
): void {
  const groups = Math.ceil(2 ** (dst.logN - 4) / THREADS);
  const spread = Math.ceil(MIN_GROUPS / groups);
  const perThread = Math.min(COLUMNS_PER_THREAD, Math.ceil(dst.count / spread));
  recording.dispatch({
    kernel: {
      id: `fft16_${inverse ? 'interpolate' : 'evaluate'}${inPlace ? '_in_place' : ''}`,
      constants: { ACTIVE: active, BOTTOM: g === 0 ? 1 : 0 },
    },
    params: [
      ...[dst.logN, g, dst.count, perThread],
      ...(inPlace ? [dst.offset, dst.stride] : [src.offset, src.stride]),
      ...[2 ** src.logN - 1, dst.offset, dst.stride, inverse ? inv(2 ** dst.logN) : 1],
    ],
    bindings: inPlace
      ? [inverse ? heap.inverse : heap.forward, dst.buffer]
      : [inverse ? heap.inverse : heap.forward, src.buffer, dst.buffer],
    groups,
    batch: Math.ceil(dst.count / perThread),
  });
}
