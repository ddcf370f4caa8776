/** Kernels over extension columns (four base columns): lifts, scaling, FRI folds, the LogUp running sum. */
import type { ModuleBuilder } from '../../../src/core/wasm/index.ts';
import { type Emitter, kernel, type Variable } from '../emit/emitter.ts';
import { add, mulDoubled, type Quad, qAdd, qMatrix, qMulMatrix, sub } from '../emit/field.ts';
import { constant, loadLane, type Vector, v, type Word, w, word } from '../emit/values.ts';
import { storeQuad } from './deep.ts';

/** Kernel `lift_add`: rows of the taller += the shorter's at `liftIndex(row, times)`: (from, stride, to, stride, times). */
const defineLift = (module: ModuleBuilder): void => {
  kernel(module, 'lift_add', (e, { begin, end, argument }) => {
    const [from, fromStride, to, toStride, times] = [0, 1, 2, 3, 4].map((i) => argument(i)) as [
      Word,
      Word,
      Word,
      Word,
      Word,
    ];
    const shift = e.keep(w.sub(times, 1));
    e.for(begin, end, 1, (unit) => {
      // Rows 4q .. 4q + 3 read the two rows of pair q >> (times - 1), in turn.
      const source = e.variable('i32', w.add(from, w.shl(w.shr(unit, shift), 3)));
      const target = e.variable('i32', w.add(to, w.shl(unit, 4)));
      for (let k = 0; k < 4; k++) {
        e.store(target, add(e, v.load(target), v.loadSplat2(source)));
        if (k === 3) continue;
        e.increment(source, fromStride);
        e.increment(target, toStride);
      }
    });
  });
};

/** Kernel `scale`: four columns, in place: (address, stride, doubled factor). */
const defineScale = (module: ModuleBuilder): void => {
  kernel(module, 'scale', (e, { begin, end, argument }) => {
    const [address, stride] = [argument(0), argument(1)];
    const factor = e.keep(v.splat(argument(2)));
    e.for(begin, end, 1, (unit) => {
      const at = e.variable('i32', w.add(address, w.shl(unit, 4)));
      for (let k = 0; k < 4; k++) {
        e.store(at, mulDoubled(e, v.load(at), factor));
        if (k < 3) e.increment(at, stride);
      }
    });
  });
};

/** Kernel `fri_fold`: (values, stride, out, stride, doubled inverse twiddles, alpha): units are four values of out. */
const defineFold = (module: ModuleBuilder): void => {
  kernel(module, 'fri_fold', (e, { begin, end, argument }) => {
    const [values, stride, out, outStride, twiddles, alpha] = [0, 1, 2, 3, 4, 5].map((i) => argument(i)) as [
      Word,
      Word,
      Word,
      Word,
      Word,
      Word,
    ];
    const matrix = qMatrix(e, [0, 4, 8, 12].map((offset) => v.loadSplat(alpha, offset)) as unknown as Quad);
    e.for(begin, end, 1, (unit) => {
      const t = e.keep(v.load(w.add(twiddles, w.shl(unit, 4))));
      const at = e.variable('i32', w.add(values, w.shl(unit, 5)));
      const pairs = [0, 1, 2, 3].map((k) => {
        const [x, y] = [e.keep(v.load(at)), e.keep(v.load(at, 16))];
        const a = e.keep(v.shuffle(x, y, [0, 2, 4, 6]));
        const b = e.keep(v.shuffle(x, y, [1, 3, 5, 7]));
        if (k < 3) e.increment(at, stride);
        return { sum: e.keep(add(e, a, b)), difference: e.keep(mulDoubled(e, sub(e, a, b), t)) };
      });
      const product = qMulMatrix(e, pairs.map((p) => p.difference) as unknown as Quad, matrix);
      const folded = qAdd(e, pairs.map((p) => p.sum) as unknown as Quad, product);
      storeQuad(e, w.add(out, w.shl(unit, 4)), outStride, folded);
    });
  });
};

/** The four lanes of each vector added up: lane k of the result is the sum of vector k's. */
const sumLanes = (e: Emitter, rows: readonly Vector[]): Vector => {
  const [r0, r1, r2, r3] = rows as readonly [Vector, Vector, Vector, Vector];
  const halves = (a: Vector, b: Vector): Vector =>
    e.keep(add(e, v.shuffle(a, b, [0, 1, 4, 5]), v.shuffle(a, b, [2, 3, 6, 7])));
  const [a, b] = [halves(r0, r1), halves(r2, r3)];
  return e.keep(add(e, v.shuffle(a, b, [0, 2, 4, 6]), v.shuffle(a, b, [1, 3, 5, 7])));
};

/**
 * Kernel `scan_cyclic`: one unit. In coset order, row c becomes the sum of rows 0 .. c less (c + 1) total / N, in place in
 * four columns; the total goes to `out`: (address, stride, log2 N, doubled 1 / N, out). The lanes of the running vector are
 * the coordinates.
 */
const defineScan = (module: ModuleBuilder): void => {
  kernel(module, 'scan_cyclic', (e, { begin, end, argument }) => {
    const [address, stride, logN, inverse, out] = [0, 1, 2, 3, 4].map((i) => argument(i)) as [
      Word,
      Word,
      Word,
      Word,
      Word,
    ];
    e.for(begin, end, 1, () => {
      const columns = [0, 1, 2, 3].map((k) => e.keep(w.add(address, w.mul(stride, k))));
      const bytes = e.keep(w.shl(word(4), logN));
      const totals = columns.map((column) => {
        const sum = e.variable('v128', constant(0));
        e.for(column, w.add(column, bytes), 16, (at) => e.set(sum, add(e, sum, v.load(at))));
        return sum;
      });
      const total = sumLanes(e, totals);
      e.store(out, total);
      const share = e.keep(mulDoubled(e, total, v.splat(inverse)));
      const running = e.variable('v128', constant(0));
      const step = (row: Word): void => {
        const at = columns.map((column) => e.keep(w.add(column, row)));
        const value = at.reduce<Vector>((x, a, lane) => loadLane(x, lane, a), constant(0));
        e.set(running, add(e, running, e.keep(sub(e, value, share))));
        at.forEach((a, lane) => {
          e.storeLane(a, running, lane);
        });
      };
      // Coset index 2j is storage index s = 2 rev(j), and 2j + 1 is N - 1 - s; byte offsets here, 8 rev(j).
      const row: Variable = e.variable('i32', word(0));
      e.for(1, w.add(w.shr(bytes, 3), 1), 1, (next) => {
        step(row);
        step(e.keep(w.sub(w.sub(bytes, 4), row)));
        // Adding 1 to j flips its lowest ctz(j + 1) + 1 bits: the highest of the reversed index.
        e.set(row, w.xor(row, w.sub(bytes, w.shr(bytes, w.add(w.ctz(next), 1)))));
      });
    });
  });
};

export const defineExtensionKernels = (module: ModuleBuilder): void => {
  defineLift(module);
  defineScale(module);
  defineFold(module);
  defineScan(module);
};
