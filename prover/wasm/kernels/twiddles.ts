/** The twiddle heaps of `fft.ts`, built up to the largest size asked for and kept. */
import { halfCosetStorage, type Point, pointAdd, pointAt, subgroupGenerator } from '../../../src/core/circle.ts';
import { inv } from '../../../src/core/field.ts';
import type { ModuleBuilder } from '../../../src/core/wasm/index.ts';
import { kernel } from '../emit/emitter.ts';
import { add, invert, mulDoubled, sub } from '../emit/field.ts';
import { v, w } from '../emit/values.ts';
import type { LinearMemory } from '../memory.ts';
import type { KernelCall, KernelId, WasmRuntime } from '../runtime.ts';
import type { Kernels } from './index.ts';

/** Byte addresses of the heaps; twiddles are doubled. */
export interface TwiddleHeaps {
  readonly logSize: number;
  readonly circle: number;
  readonly line: number;
  readonly inverseCircle: number;
  readonly inverseLine: number;
}

/** Kernel `rotate_points`: vectors of four points times a constant point: (x, y, out x, out y, doubled point's x, y). */
const defineRotate = (module: ModuleBuilder): void => {
  kernel(module, 'rotate_points', (e, { begin, end, argument }) => {
    const [xs, ys, outX, outY] = [0, 1, 2, 3].map((i) => argument(i)) as [never, never, never, never];
    const px = e.keep(v.splat(argument(4)));
    const py = e.keep(v.splat(argument(5)));
    e.for(begin, end, 1, (unit) => {
      const offset = e.keep(w.shl(unit, 4));
      const x = e.keep(v.load(w.add(xs, offset)));
      const y = e.keep(v.load(w.add(ys, offset)));
      const nextX = e.keep(sub(e, mulDoubled(e, x, px), mulDoubled(e, y, py)));
      const nextY = e.keep(add(e, mulDoubled(e, x, py), mulDoubled(e, y, px)));
      e.store(w.add(outX, offset), nextX);
      e.store(w.add(outY, offset), nextY);
    });
  });
};

/** Kernel `double_words`: out = 2 in; with a second address also out2 = 2 / in. (in, out, out2, stride of in in words: 1 or 2). */
const defineDouble = (module: ModuleBuilder): void => {
  kernel(module, 'double_words', (e, { begin, end, argument }) => {
    const [source, out, inverse, stride] = [0, 1, 2, 3].map((i) => argument(i)) as [never, never, never, never];
    e.for(begin, end, 1, (unit) => {
      const from = e.keep(w.add(source, w.mul(w.shl(unit, 4), stride)));
      const x = e.variable('v128', v.load(from));
      e.if(w.eq(stride, 2), () => e.set(x, v.shuffle(x, v.load(from, 16), [0, 2, 4, 6])));
      const offset = e.keep(w.shl(unit, 4));
      e.store(w.add(out, offset), v.shl(x, 1));
      e.store(w.add(inverse, offset), v.shl(invert(e, x), 1));
    });
  });
};

export const defineTwiddles = (module: ModuleBuilder): void => {
  defineRotate(module);
  defineDouble(module);
};

const VECTORS_A_CHUNK = 1024;

/** The half coset of size 2^(m-1) in storage order, at x and y: by doubling the part that is there. */
const halfCoset = (runtime: WasmRuntime, rotate: KernelId, m: number, x: number, y: number): void => {
  const count = 2 ** (m - 1);
  // Bit i of a storage index is bit m - 2 - i of the natural one, whose step has order 2^(m-1).
  const stepOf = (i: number): Point => pointAt(2 ** (30 - i));
  const [xs, ys] = [runtime.memory.words(x, count), runtime.memory.words(y, count)];
  const first: Point[] = [subgroupGenerator(m + 1)];
  for (let i = 0; first.length < Math.min(4, count); i++) first.push(...first.map((p) => pointAdd(p, stepOf(i))));
  first.forEach(([px, py], h) => {
    xs[h] = px;
    ys[h] = py;
  });
  for (let i = 2; 2 ** i < count; i++) {
    const [px, py] = stepOf(i);
    const bytes = 4 * 2 ** i;
    const args = [x, y, x + bytes, y + bytes, 2 * px, 2 * py];
    runtime.run([{ kernel: rotate, args, units: 2 ** i / 4, chunk: VECTORS_A_CHUNK }]);
  }
};

/** Builds the heaps for canonic cosets of sizes 2^4 .. 2^logSize. */
export const buildTwiddles = (runtime: WasmRuntime, kernels: Kernels, logSize: number): TwiddleHeaps => {
  const memory: LinearMemory = runtime.memory;
  const [circle, inverseCircle] = [memory.alloc(4 * 2 ** logSize), memory.alloc(4 * 2 ** logSize)];
  const [line, inverseLine] = [memory.alloc(2 * 2 ** logSize), memory.alloc(2 * 2 ** logSize)];
  const [x, y] = [memory.alloc(2 * 2 ** logSize), memory.alloc(2 * 2 ** logSize)];
  const doubleWords = kernels.double_words;
  for (let m = 4; m <= logSize; m++) {
    halfCoset(runtime, kernels.rotate_points, m, x, y);
    const call = (source: number, out: number, inverse: number, words: number, stride: number): KernelCall => ({
      kernel: doubleWords,
      args: [source, out, inverse, stride],
      units: words / 4,
      chunk: VECTORS_A_CHUNK / 4,
    });
    const half = 2 ** (m - 1);
    runtime.run([
      call(y, circle + 4 * half, inverseCircle + 4 * half, half, 1),
      call(x, line + 2 * half, inverseLine + 2 * half, half / 2, 2),
    ]);
  }
  // Layer 1 of the sizes 2^2 and 2^3: layers that larger sizes end with.
  for (const m of [2, 3]) {
    const half = halfCosetStorage(m).x;
    for (let h = 0; h < 2 ** (m - 2); h++) {
      const t = half[2 * h] as number;
      memory.words(line, 4)[2 ** (m - 2) + h] = 2 * t;
      memory.words(inverseLine, 4)[2 ** (m - 2) + h] = 2 * inv(t);
    }
  }
  memory.free(x);
  memory.free(y);
  return { logSize, circle, line, inverseCircle, inverseLine };
};

/** Bytes of the heaps up to 2^logSize, and of the points that they are made of, which are freed. */
export const twiddleBytes = (logSize: number): number => 16 * 2 ** logSize;
