/**
 * What the fractions of a block cost beyond their fingerprints: 1/d = conj(d) conj(N) / m with N = d conj(d) in CM31 and
 * m = N conj(N) in M31. The m of all pairs and rows of a block are inverted together (Montgomery), a lane for each row of
 * a vector: `norms` multiplies them up, `fractions` goes the way back.
 */
import type { ModuleBuilder } from '../../../src/core/wasm/index.ts';
import { type Routine, routine, type Variable } from '../emit/emitter.ts';
import { invert, mul } from '../emit/field.ts';
import { constant, type Vector, v, type Word, w } from '../emit/values.ts';
import {
  canonical,
  keepSum,
  minus,
  plus,
  product,
  reduceCentred,
  reduceSum,
  START_CANONICAL,
  START_CENTRED,
  twice,
  widen,
} from './centred.ts';
import { forFrames, loadQuad, QUAD, SLOT } from './routines.ts';
import { ScopedEmitter } from './scoped.ts';

/** A pair's part of a frame: two fingerprints, their norms (two coordinates, then m), product of the m, prefix. */
const NORM = 2 * QUAD;
const NORM_BYTES = 2 * SLOT;
const M = NORM + 2 * NORM_BYTES;
const BOTH = M + 2 * SLOT;
const PREFIX = BOTH + SLOT;
export const PAIR_BYTES: number = PREFIX + SLOT;

/**
 * d -> N and m. N = (x0 + x1 i)^2 - (2 + i)(y0 + y1 i)^2: with A = y0^2 - y1^2 and B = y0 y1 its coordinates are
 * x0^2 - x1^2 - 2 A + 2 B and 2 x0 x1 - 4 B - A, each below 2^63 in magnitude for centred values.
 */
const norm = (e: ScopedEmitter, pair: Word, which: 0 | 1): Vector => {
  const [x0, x1, y0, y1] = loadQuad(e, pair, which * QUAD);
  const times = (a: Vector, b: Vector) => product(e, a, b);
  const [n0, n1] = (() => {
    const a = keepSum(e, minus(times(y0, y0), times(y1, y1)));
    const b = keepSum(e, times(y0, y1));
    const re = plus(minus(times(x0, x0), times(x1, x1)), twice(e, minus(b, a)));
    const n0 = e.keep(reduceCentred(e, plus(START_CENTRED, re)));
    const im = minus(twice(e, minus(times(x0, x1), twice(e, b))), a);
    return [n0, e.keep(reduceCentred(e, plus(START_CENTRED, im)))];
  })();
  e.store(pair, n0, NORM + which * NORM_BYTES);
  e.store(pair, n1, NORM + which * NORM_BYTES + SLOT);
  const m = e.keep(reduceSum(e, plus(START_CANONICAL, plus(times(n0, n0), times(n1, n1)))));
  e.store(pair, m, M + which * SLOT);
  return m;
};

/** The pair's norms; multiplies the word at `running` by the product of its two m where that is not 0. */
export const normsRoutine = (module: ModuleBuilder): Routine =>
  routine(module, 5, ({ f }, first, end, stride, pair, running) => {
    const e = new ScopedEmitter(f);
    const product = e.variable('v128', v.load(running as Word));
    forFrames(e, { first: first as Variable, end: end as Variable, stride: stride as Variable }, (frame) => {
      const at = e.keep(w.add(frame, pair as Word));
      const m1 = e.scoped(() => norm(e, at, 0));
      const m2 = e.scoped(() => norm(e, at, 1));
      const both = e.keep(mul(e, m1, m2));
      e.store(at, both, BOTH);
      e.store(at, product, PREFIX);
      const factor = e.keep(v.select(constant(1), both, v.eq(both, constant(0))));
      e.set(product, mul(e, product, factor));
    });
    e.store(running as Word, product);
  });

/**
 * Adds the pair's sum to the running sum of the row and writes it to four columns. The frames are gone through from the
 * last: `running` holds the inverse of the product up to this pair. `out` is the first coordinate's address at the last
 * row vector. A pair whose m is 0 adds 0, as a fingerprint that is 0 makes the other one's inverse 0 too.
 */
export const fractionsRoutine = (module: ModuleBuilder): Routine =>
  routine(module, 10, ({ f }, ...parameters) => {
    const e = new ScopedEmitter(f);
    const [first, end, stride, pair, n1, n2, sum, running, out, columnStride] = parameters as Variable[] as [
      ...[Variable, Variable, Variable, Variable, Variable],
      ...[Variable, Variable, Variable, Variable, Variable],
    ];
    const inverse = e.variable('v128', v.load(running));
    const frame = e.variable('i32', end);
    const row = e.variable('i32', out);
    const top = f.loop();
    e.scope(() => {
      e.set(frame, w.sub(frame, stride));
      const at = e.keep(w.add(frame, pair));
      const both = e.keep(v.load(at, BOTH));
      const own = e.scoped(() => mul(e, inverse, v.load(at, PREFIX)));
      const factor = e.keep(v.select(constant(1), both, v.eq(both, constant(0))));
      e.set(inverse, mul(e, inverse, factor));
      /** conj(N) n / m: its real coordinate and the negative of its imaginary one. */
      const scaled = ([0, 1] as const).map((which) => {
        const numerator = v.load(w.add(frame, which === 0 ? n1 : n2));
        const s = e.scoped(() => mul(e, mul(e, own, v.load(at, M + (1 - which) * SLOT)), numerator));
        return [0, 1].map((j) =>
          e.scoped(() =>
            reduceCentred(e, plus(START_CENTRED, product(e, v.load(at, NORM + which * NORM_BYTES + SLOT * j), s))),
          ),
        ) as [Vector, Vector];
      }) as [[Vector, Vector], [Vector, Vector]];
      const total = e.keep(w.add(frame, sum));
      const to = e.variable('i32', row);
      /** The terms of coordinate j of conj(d) (t0 - t1 i), d = x0 + x1 i + (y0 + y1 i) u. */
      const TERMS = [
        [
          [0, 0, 1],
          [1, 1, 1],
        ],
        [
          [1, 0, 1],
          [0, 1, -1],
        ],
        [
          [2, 0, -1],
          [3, 1, -1],
        ],
        [
          [2, 1, 1],
          [3, 0, -1],
        ],
      ] as const;
      TERMS.forEach((terms, j) => {
        e.scope(() => {
          let value = plus(START_CENTRED, widen(e.keep(v.load(total, SLOT * j))));
          for (const which of [0, 1] as const) {
            for (const [d, t, sign] of terms) {
              const p = product(e, v.load(at, which * QUAD + SLOT * d), scaled[which][t]);
              value = sign > 0 ? plus(value, p) : minus(value, p);
            }
          }
          const result = e.keep(reduceCentred(e, value));
          e.store(total, result, SLOT * j);
          e.store(to, canonical(e, result));
          if (j < 3) e.increment(to, columnStride);
        });
      });
      e.set(row, w.sub(row, SLOT));
    });
    w.ne(frame, first).push(f);
    f.brIf(top);
    f.end();
    e.store(running, inverse);
  });

/** Inverts the vector at an address in place. */
export const invertRoutine = (module: ModuleBuilder): Routine =>
  routine(module, 1, ({ f }, address) => {
    const e = new ScopedEmitter(f);
    e.store(address as Word, invert(e, v.load(address as Word)));
  });
