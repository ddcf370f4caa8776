/**
 * Products of centred residues. A residue mod p is kept as an i32 c in [-2^30, 2^30), so that the sum of eight products
 * fits the i64 lanes of a sum and is reduced once. A sum starts from 2^63 (= 2 mod p) plus what else is constant and is
 * read as u64. Instructions are counted for x64 with AVX, as in `emit/field.ts`.
 */
import type { PlainOp } from '../../../src/core/wasm/index.ts';
import type { Emitter } from '../emit/emitter.ts';
import { MODULUS, reduce, type WideSum } from '../emit/field.ts';
import { constant, type Vector, v } from '../emit/values.ts';

const binary =
  (name: PlainOp) =>
  (a: Vector, b: Vector): Vector => ({
    type: 'v128',
    push: (f) => {
      a.push(f);
      b.push(f);
      f.op(name);
    },
  });

const mulLow = binary('i64x2.extmul_low_i32x4_s');
const mulHigh = binary('i64x2.extmul_high_i32x4_s');
const unary = (name: PlainOp, a: Vector): Vector => ({
  type: 'v128',
  push: (f) => {
    a.push(f);
    f.op(name);
  },
});

/** What centred values are smaller than canonical ones by, mod p. */
export const CENTRE: number = 2 ** 30;
export const CENTRE_VECTOR: Vector = constant(CENTRE);

/** The low word of a sum's start 2^63 + residue, whose high word is 2^31, so that `residue` is what the sum starts from. */
export const startWord = (residue: number): number => (residue + (2 ** 31 - 1) - 2) % (2 ** 31 - 1);
export const START_HIGH: number = 2 ** 31;

const start = (residue: number): Vector => {
  const low = startWord(residue);
  return { type: 'v128', cheap: true, push: (f) => void f.v128([low, START_HIGH, low, START_HIGH]) };
};

/** The sum whose reduction is canonical, and the one whose reduction less CENTRE is centred. */
export const START_CANONICAL: WideSum = { low: start(0), high: start(0) };
export const START_CENTRED: WideSum = { low: start(CENTRE), high: start(CENTRE) };

/** a b in i64 lanes: 6 instructions. */
export const product = (e: Emitter, a: Vector, b: Vector): WideSum => {
  const [x, y] = [e.keep(a), e.keep(b)];
  return { low: mulLow(x, y), high: mulHigh(x, y) };
};

export const plus = (a: WideSum, b: WideSum): WideSum => ({
  low: v.add64(a.low, b.low),
  high: v.add64(a.high, b.high),
});
export const minus = (a: WideSum, b: WideSum): WideSum => ({
  low: v.sub64(a.low, b.low),
  high: v.sub64(a.high, b.high),
});
export const keepSum = (e: Emitter, a: WideSum): WideSum => ({ low: e.keep(a.low), high: e.keep(a.high) });
export const twice = (e: Emitter, a: WideSum): WideSum => {
  const x = keepSum(e, a);
  return plus(x, x);
};

/** Centred lanes as a sum. */
export const widen = (a: Vector): WideSum => ({
  low: unary('i64x2.extend_low_i32x4_s', a),
  high: unary('i64x2.extend_high_i32x4_s', a),
});

/**
 * The residue of u64 lanes 2^32 hi + lo, in [0, p] where hi < 2^32 - 2 or lo < 2^32 - 1: 12 instructions. hi' = hi or hi - p
 * is at most p, 2 hi' less p at most p, lo less p at most p + 1.
 */
export const reduceSum = (e: Emitter, sum: WideSum): Vector => {
  const { low, high } = keepSum(e, sum);
  const hi = e.keep(reduce(e, v.shuffle(low, high, [1, 3, 5, 7])));
  const doubled = reduce(e, v.add(hi, hi));
  const lo = reduce(e, v.shuffle(low, high, [0, 2, 4, 6]));
  return reduce(e, v.add(doubled, lo));
};

/** Most products of a doubled sum, whose reduction is shorter. */
export const SHORT_PRODUCTS = 4;

/**
 * The residue of x for u64 lanes 2 x, in [0, p]: 8 instructions. The high word is x >> 31 and half the low one x mod 2^31.
 * Such a sum starts from 2 (2^62 + residue - 1), 2^62 being 1 mod p, and has one factor of each product doubled: four of
 * them are at most 2^63 - 2^33 in magnitude where the other factor of each is above -2^30.
 */
export const reduceDoubled = (e: Emitter, sum: WideSum): Vector => {
  const { low, high } = keepSum(e, sum);
  const hi = reduce(e, v.shuffle(low, high, [1, 3, 5, 7]));
  return reduce(e, v.add(hi, v.shr(v.shuffle(low, high, [0, 2, 4, 6]), 1)));
};
export const doubledStartWord = (residue: number): number => 2 * ((residue + (2 ** 31 - 1) - 1) % (2 ** 31 - 1));

/** Reduces a sum that began with CENTRE more: 13 instructions. */
export const reduceCentred = (e: Emitter, sum: WideSum): Vector => v.sub(reduceSum(e, sum), CENTRE_VECTOR);

const SIGN_SHIFT = 31;
const signs = (a: Vector): Vector => ({
  type: 'v128',
  push: (f) => {
    a.push(f);
    f.i32(SIGN_SHIFT);
    f.op('i32x4.shr_s');
  },
});

/** Centred to canonical: 3 instructions. */
export const canonical = (e: Emitter, a: Vector): Vector => {
  const x = e.keep(a);
  return v.add(x, v.and(signs(x), MODULUS));
};

/** A difference of canonical values, or another word in (-p, p), to centred: 6 instructions. */
export const centre = (e: Emitter, difference: Vector): Vector => {
  const d = e.keep(difference);
  const positive = v.min(d, v.add(d, MODULUS));
  return v.sub(reduce(e, v.add(positive, CENTRE_VECTOR)), CENTRE_VECTOR);
};
