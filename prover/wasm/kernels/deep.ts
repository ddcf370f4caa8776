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
import { constant, type Vector, v, type Word, w, word } from '../emit/values.ts';

/** Vectors of rows whose sums are kept at once, in scratch: 4 KiB of them. Columns are read in runs of half a KiB. */
export const DEEP_TILE = 32;
/** Columns that are read side by side. */
const DEEP_GROUP = 64;
const TILE_BYTES = 16 * DEEP_TILE;

/**
 * Kernel `deep_accumulate`: (list of column addresses, their number, a multiple of four, gammas, out, stride, vectors):
 * out = sum of gamma column, as four columns; units are tiles of vectors. 64 columns at a time over a whole tile:
 * with 600 side by side, a vector of each, the caches hold too few of their lines (3.5 ns a cell against 2). 46
 * instructions a vector of cells.
 */
const defineAccumulate = (module: ModuleBuilder): void => {
  kernel(module, 'deep_accumulate', (e, { begin, end, scratch, argument }) => {
    const [list, count, gammas, out, stride, vectors] = [0, 1, 2, 3, 4, 5].map((i) => argument(i)) as [
      Word,
      Word,
      Word,
      Word,
      Word,
      Word,
    ];
    const listEnd = e.keep(w.add(list, w.shl(count, 2)));
    const sums = [0, 1, 2, 3].map(() => ({ low: e.variable('v128'), high: e.variable('v128') }));
    // Low and high parts of coordinate k's sums are in two runs of a tile's length each.
    const lowAt = (k: number): number => 2 * k * TILE_BYTES;
    const highAt = (k: number): number => lowAt(k) + TILE_BYTES;
    e.for(begin, end, 1, (unit) => {
      const first = e.keep(w.mul(unit, TILE_BYTES));
      const bytes = e.variable('i32', w.sub(w.shl(vectors, 4), first));
      e.if(w.ge(bytes, TILE_BYTES), () => e.set(bytes, word(TILE_BYTES)));
      e.for(0, 8 * TILE_BYTES, 16, (at) => e.store(w.add(scratch, at), constant(0)));
      const groupStart = e.variable('i32', list);
      e.loopWhileBelow(groupStart, listEnd, 4 * DEEP_GROUP, () => {
        const groupEnd = e.variable('i32', w.add(groupStart, 4 * DEEP_GROUP));
        e.if(w.lt(listEnd, groupEnd), () => e.set(groupEnd, listEnd));
        // Four words of gamma for one of the list.
        const firstGamma = e.keep(w.add(gammas, w.shl(w.sub(groupStart, list), 2)));
        e.for(0, bytes, 16, (at) => {
          const kept = e.keep(w.add(scratch, at));
          const row = e.keep(w.add(first, at));
          for (const [k, s] of sums.entries()) {
            e.set(s.low, v.load(kept, lowAt(k)));
            e.set(s.high, v.load(kept, highAt(k)));
          }
          const pointer = e.variable('i32', groupStart);
          const gamma = e.variable('i32', firstGamma);
          e.loopWhileBelow(pointer, groupEnd, 16, () => {
            for (let i = 0; i < 4; i++) {
              const cells = e.keep(v.load(w.add(w.load(pointer, 4 * i), row)));
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
          for (const [k, s] of sums.entries()) {
            e.store(kept, s.low, lowAt(k));
            e.store(kept, s.high, highAt(k));
          }
        });
      });
      e.for(0, bytes, 16, (at) => {
        const kept = e.keep(w.add(scratch, at));
        const to = e.variable('i32', w.add(w.add(out, first), at));
        for (let k = 0; k < 4; k++) {
          e.store(to, reduceWide(e, { low: v.load(kept, lowAt(k)), high: v.load(kept, highAt(k)) }));
          if (k < 3) e.increment(to, stride);
        }
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
