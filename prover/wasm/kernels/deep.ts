/** DEEP sums and quotients (`src/core/deep.ts`) over vectors of four rows. */
import type { ModuleBuilder } from '../../../src/core/wasm/index.ts';
import { type Emitter, kernel } from '../emit/emitter.ts';
import {
  add,
  foldSum,
  invert,
  mul,
  mulAccumulate,
  negateFactor,
  type Quad,
  qAdd,
  reduceWide,
  sub,
  type WideSum,
} from '../emit/field.ts';
import { constant, type Vector, v, type Word, w } from '../emit/values.ts';

/**
 * Kernel `deep_accumulate`: (list of column addresses, their number, a multiple of four, gammas, out, stride): out = sum of
 * gamma column, as four columns. 45 instructions a vector of cells.
 */
const defineAccumulate = (module: ModuleBuilder): void => {
  kernel(module, 'deep_accumulate', (e, { begin, end, argument }) => {
    const [list, count, gammas, out, stride] = [0, 1, 2, 3, 4].map((i) => argument(i)) as [
      Word,
      Word,
      Word,
      Word,
      Word,
    ];
    const listEnd = e.keep(w.add(list, w.shl(count, 2)));
    const sums = [0, 1, 2, 3].map(() => ({ low: e.variable('v128'), high: e.variable('v128') }));
    e.for(begin, end, 1, (unit) => {
      const offset = e.keep(w.shl(unit, 4));
      for (const s of sums) {
        e.set(s.low, constant(0));
        e.set(s.high, constant(0));
      }
      const pointer = e.variable('i32', list);
      const gamma = e.variable('i32', gammas);
      e.loopWhileBelow(pointer, listEnd, 16, () => {
        for (let i = 0; i < 4; i++) {
          const cells = e.keep(v.load(w.add(w.load(pointer, 4 * i), offset)));
          for (const [k, s] of sums.entries()) {
            const next = mulAccumulate(e, s, cells, v.loadSplat(gamma, 16 * i + 4 * k));
            e.set(s.low, next.low);
            e.set(s.high, next.high);
          }
        }
        for (const s of sums) {
          const folded = foldSum(e, s);
          e.set(s.low, folded.low);
          e.set(s.high, folded.high);
        }
        e.increment(gamma, 64);
      });
      const to = e.variable('i32', w.add(out, offset));
      sums.forEach((s, k) => {
        e.store(to, reduceWide(e, s));
        if (k < 3) e.increment(to, stride);
      });
    });
  });
};

/** Words of a point's parameters for `deep_finish`; see `deepParameters` in `quotients.ts`. */
export const DEEP_PARAMETER_WORDS = 14;

const loadQuad = (e: Emitter, address: Word, stride: Word): Quad => {
  const at = e.variable('i32', address);
  const out = [0, 1, 2, 3].map((k) => {
    const x = e.keep(v.load(at));
    if (k < 3) e.increment(at, stride);
    return x;
  });
  return out as unknown as Quad;
};

export const storeQuad = (e: Emitter, address: Word, stride: Word, values: Quad): void => {
  const at = e.variable('i32', address);
  values.forEach((value, k) => {
    e.store(at, value);
    if (k < 3) e.increment(at, stride);
  });
};

const product2 = (e: Emitter, a: Vector, b: Vector, c: Vector, d: Vector): Vector => {
  const sum: WideSum = mulAccumulate(e, mulAccumulate(e, undefined, a, b), c, d);
  return e.keep(reduceWide(e, sum));
};

/**
 * Kernel `deep_finish`: the sum over two points of (sum - (A y + B)) / L: (sums, stride, sums of the second point, stride,
 * out, stride, circle twiddles, line twiddles, parameters of both points). Both denominators' norms share one inversion;
 * some 900 instructions a vector.
 */
const defineFinish = (module: ModuleBuilder): void => {
  kernel(module, 'deep_finish', (e, { begin, end, argument }) => {
    const names = Array.from({ length: 9 }, (_, i) => argument(i)) as Word[];
    const [out, outStride, circle, line, parameters] = names.slice(4) as [Word, Word, Word, Word, Word];
    e.for(begin, end, 1, (unit) => {
      // Storage rows 4q .. 4q + 3: (x, y), (x, -y), (-x, -y), (-x, y), with doubled twiddles x at q and y at 2q.
      const x0 = e.keep(v.shr(v.loadSplat(w.add(line, w.shl(unit, 2))), 1));
      const y0 = e.keep(v.shr(v.loadSplat(w.add(circle, w.shl(unit, 3))), 1));
      const x = e.keep(v.shuffle(x0, negateFactor(x0), [0, 1, 6, 7]));
      const y = e.keep(v.shuffle(y0, negateFactor(y0), [0, 5, 6, 3]));
      const parts = [0, 1].map((t) => {
        const p = (i: number): Vector => e.keep(v.loadSplat(parameters, 4 * (DEEP_PARAMETER_WORDS * t + i)));
        const re = e.keep(add(e, product2(e, x, p(0), y, p(1)), p(2)));
        const im = e.keep(add(e, product2(e, x, p(3), y, p(4)), p(5)));
        const norm = product2(e, re, re, im, im);
        const sums = loadQuad(e, w.add(names[2 * t] as Word, w.shl(unit, 4)), names[2 * t + 1] as Word);
        const top = sums.map((s, k) =>
          e.keep(sub(e, s, e.keep(add(e, mul(e, y, p(6 + k)), p(10 + k))))),
        ) as unknown as Quad;
        return { re, im, norm, top };
      });
      const [first, second] = parts as [(typeof parts)[number], (typeof parts)[number]];
      const inverse = e.keep(invert(e, mul(e, first.norm, second.norm)));
      const quotients = parts.map(({ re, im, top }, t) => {
        const d = e.keep(mul(e, inverse, t === 0 ? second.norm : first.norm));
        const c0 = e.keep(mul(e, re, d));
        const minus = e.keep(mul(e, im, d));
        const c1 = e.keep(negateFactor(minus));
        // (n0 + n1 i)(c0 + c1 i) with c1 = -minus: (n0 c0 + n1 minus) + (n0 c1 + n1 c0) i.
        const half = (re_: Vector, im_: Vector): [Vector, Vector] => [
          product2(e, re_, c0, im_, minus),
          product2(e, re_, c1, im_, c0),
        ];
        return [...half(top[0], top[1]), ...half(top[2], top[3])] as unknown as Quad;
      });
      storeQuad(
        e,
        w.add(out, w.shl(unit, 4)),
        outStride,
        qAdd(e, quotients[0] as unknown as Quad, quotients[1] as unknown as Quad),
      );
    });
  });
};

export const defineDeep = (module: ModuleBuilder): void => {
  defineAccumulate(module);
  defineFinish(module);
};
