/**
 * Columns at an extension point: coefficients times the basis. The basis of 2^n elements is a product of a low part,
 * which fits the first cache and is shared by all columns of a height, and a high part of one element a block.
 */
import type { ModuleBuilder } from '../../../src/core/wasm/index.ts';
import { kernel } from '../emit/emitter.ts';
import { foldSum, mulAccumulate, type Quad, qAdd, qMul, reduceWide, type WideSum } from '../emit/field.ts';
import { constant, type Vector, v, type Word, w } from '../emit/values.ts';

/**
 * Kernel `evaluate_at`: units are columns: (columns, stride, bytes of a block, low basis, blocks, high basis, out). The low
 * basis is four columns of a block's length (a multiple of 16 words), the high one four words a block. Writes four
 * vectors a column, one a coordinate, whose lanes add up to the value. 44 instructions a vector of coefficients.
 */
export const definePointKernels = (module: ModuleBuilder): void => {
  kernel(module, 'evaluate_at', (e, { begin, end, argument }) => {
    const [columns, stride, blockBytes, low, blocks, high, out] = [0, 1, 2, 3, 4, 5, 6].map((i) => argument(i)) as [
      Word,
      Word,
      Word,
      Word,
      Word,
      Word,
      Word,
    ];
    const total = [0, 1, 2, 3].map(() => e.variable('v128'));
    const sums = [0, 1, 2, 3].map(() => ({ low: e.variable('v128'), high: e.variable('v128') }));
    e.for(begin, end, 1, (unit) => {
      for (const t of total) e.set(t, constant(0));
      const at = e.variable('i32', w.add(columns, w.mul(unit, stride)));
      const factor = e.variable('i32', high);
      e.for(0, blocks, 1, () => {
        for (const s of sums) {
          e.set(s.low, constant(0));
          e.set(s.high, constant(0));
        }
        const limit = e.keep(w.add(at, blockBytes));
        const basis = e.variable('i32', low);
        e.loopWhileBelow(at, limit, 64, () => {
          const coefficients = [0, 16, 32, 48].map((offset) => e.keep(v.load(at, offset)));
          const coordinate = e.variable('i32', basis);
          sums.forEach((s, k) => {
            let sum: WideSum = s;
            coefficients.forEach((c, i) => {
              sum = mulAccumulate(e, sum, c, v.load(coordinate, 16 * i));
            });
            const folded = foldSum(e, sum);
            e.set(s.low, folded.low);
            e.set(s.high, folded.high);
            if (k < 3) e.increment(coordinate, blockBytes);
          });
          e.increment(basis, 64);
        });
        const inner = sums.map((s) => e.keep(reduceWide(e, s))) as unknown as Quad;
        const element = [0, 4, 8, 12].map((offset) => e.keep(v.loadSplat(factor, offset))) as unknown as Quad;
        qAdd(e, total as unknown as Quad, qMul(e, inner, element)).forEach((value, k) => {
          e.set(total[k] as (typeof total)[number], value as Vector);
        });
        e.increment(factor, 16);
      });
      const to = e.keep(w.add(out, w.shl(unit, 6)));
      total.forEach((t, k) => {
        e.store(to, t, 16 * k);
      });
    });
  });
};
