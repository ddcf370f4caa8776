/**
 * P + Q on y^2 = x^3 + 7 over p = 2^256 - 2^32 - 977, affine, also where P = Q. One row a call.
 *
 * With D = 1 where P = Q (`double`), else 0, s the slope of the line and k = (1 + D) s:
 *   1. k (x2 - x1) - (y2 - y1) = q1 p, or of a doubling 3 x1^2 - k y1 = q1 p;
 *   2. k^2 - (1 + 3 D) (x1 + x2 + x3) = q2 p;
 *   3. k (x1 - x3) - (1 + D) (y1 + y3) = q3 p.
 * Twice the slope keeps a doubling's products few: four of them a place, as 3 x1^2 - 2 s y1 would have five.
 *
 * Without D, x1 and x2 differ, which a sum of squares of their bytes' differences (at most 32 * 255^2) shows by its inverse;
 * with D, x2 = x1, y2 = y1 and y1 is not 0, which the sum of its bytes shows likewise. All coordinates are below p, so
 * that these are statements mod p: k, x3 and y3 are unique. There is no row for P = -Q. That P and Q are on the curve is
 * for the caller to know; P + Q then is. Neither is needed here.
 *
 * k is 32 digits in [-128, 128), each a byte by lookup less 128: any residue has such a form. x1, x3 and the second
 * factor (x2, or y1 of a doubling) are bytes by lookup. q is a digit of 8 bits, 15 of 16 and one of 11 less 256, at bytes
 * 0, 1, 3, .. 31: -2^256 <= q < 2^259. Places are byte 0, then bytes 2 j - 1 and 2 j together, so that the longest
 * convolution, at byte 31, is the lower of its two. The places of q 2^256 end at byte 63, where the last carry is q's last
 * digit.
 *
 * T_j, what stands at place j, in units of 1; 7,968 is the largest number of byte products, those of the upper byte
 * counting 256 times, 7,966 at place 15, where 977 q adds 977 * 65,535:
 *   1. doubling: -32,385 * 7,968 - 5 * 10^5 < T < 227,715 * 7,966 + 977 * 65,535 + 2 * 10^5 < 1.8782 * 10^9
 *   1. else: |T| < 32,640 * 7,968 + 256 * 65,535 + 977 * 65,535 + 3 * 10^5 < 3.42 * 10^8
 *   2. |T| < 16,384 * 7,968 + 4 * 3 * 65,535 * 256 + 977 * 65,535 + 3 * 10^5 < 3.97 * 10^8
 *   3. |T| < 32,640 * 7,968 + 2 * 2 * 65,535 * 256 + 977 * 65,535 + 3 * 10^5 < 3.92 * 10^8
 * Carries have 15 bits by lookup, less 2^14, or less 4,000 of equation 1 of a doubling: there 2^16 carry is in
 * [-2.6215 * 10^8, 1.8853 * 10^9] and T in [-2.586 * 10^8, 1.8782 * 10^9]; elsewhere |2^16 carry| <= 2^30. So what
 * T_j + carry in and 2^16 carry out differ by is below 2.1439 * 10^9 < 2^31 - 1: they agree over the integers.
 *
 * v < p, for limbs v0 (lowest) to v15: one of v3 .. v15 is not 0xffff, which their sum's distance from 13 * 0xffff shows
 * by its inverse; or v2 < 0xfffe; or v2 = 0xfffe and v1 < 0xffff; or v2 = 0xfffe and v0 < 0xfc2f: by three bits for the
 * rare cases and one lookup.
 *
 * Count: enabler, double, clock, two addresses: 5 columns; k, x1, x3 and the second factor in bytes 128; x2, y1, y2, y3
 * in limbs 64; q 51; carries 93; six times v < p 30; inverses 2; clocks 32: 405. Fractions: call 1, words 96, bytes 128,
 * y3 16, q 51, carries 93, v < p 6: 391 in 196 secure columns: 1,189 cells. With call2, 1,236 cells or 19.3 cycles of 64.
 */
import { SECP256K1 } from '../../core/precompiles.ts';
import type { Chip, ChipBuilder, Limbs } from '../chip.ts';
import { add, type Expr, mul, sub, type Term } from '../expr.ts';
import { type W, w } from '../witness.ts';
import { type PrecompileCall, precompileChip } from './precompile.ts';

const WORDS = 8;
const BYTES = 32;
const LIMBS = 16;
const PLACES = 32;
const CARRY_BITS = 15;
const { carryOffset: CARRY_OFFSET, doublingOffset: DOUBLING_OFFSET } = SECP256K1;
const TOP_BITS = 11;
const TOP_OFFSET = 256;

/** An expression and its value mod 2^32. */
interface Both {
  readonly e: Expr;
  readonly v: W;
}

type Word = (i: number) => W;
const both = (e: Expr, v: W): Both => ({ e, v });
const list = <T>(length: number, of: (i: number) => T): T[] => Array.from({ length }, (_, i) => of(i));
const plus = (x: Both, y: Both): Both => both(add(x.e, y.e), w.add(x.v, y.v));
const minus = (x: Both, y: Both): Both => both(sub(x.e, y.e), w.sub(x.v, y.v));
const times = (x: Both, y: Both): Both => both(mul(x.e, y.e), w.mul(x.v, y.v));
const scaled = (x: Both, by: number): Both => both(mul(x.e, by), w.mul(x.v, by));
const exprs = (list: readonly Both[]): Expr[] => list.map(({ e }) => e);
const sum = (terms: readonly Both[]): Both => terms.reduce(plus);

const bytesOf = (b: ChipBuilder, name: string, word: Word): Both[] =>
  list(BYTES, (i) => {
    const value = w.and(w.shr(word(i >> 2), 8 * (i & 3)), 255);
    const byte = b.column(`${name}${i}`, value);
    b.range(byte, 8);
    return both(byte, value);
  });

const limbOf = (bytes: readonly Both[], i: number): Both =>
  plus(bytes[2 * i] as Both, scaled(bytes[2 * i + 1] as Both, 256));
const limbsOf = (bytes: readonly Both[]): Both[] => list(LIMBS, (i) => limbOf(bytes, i));
const pairOf = (limbs: readonly Both[], word: number): Limbs => ({
  lo: (limbs[2 * word] as Both).e,
  hi: (limbs[2 * word + 1] as Both).e,
});
const flat = (words: readonly Limbs[], word: Word): Both[] =>
  words.flatMap(({ lo, hi }, i) => [both(lo, w.and(word(i), 0xffff)), both(hi, w.shr(word(i), 16))]);
const limbColumns = (b: ChipBuilder, name: string, word: Word): Both[] =>
  flat(
    list(WORDS, (i) => b.limbs(`${name}_${i}`, word(i))),
    word,
  );

/** What stands at byte `at` of x y. */
const product = (x: readonly Expr[], y: readonly Expr[], at: number): Expr =>
  add(
    ...x.flatMap((xi, i) => {
      const yj = y[at - i];
      return yj === undefined ? [] : [mul(xi, yj)];
    }),
  );

type Quotient = readonly (readonly [at: number, digit: Expr])[];

/** Digits of q with their bytes; its words hold 2^8 (q + 2^256). */
const quotient = (b: ChipBuilder, name: string, enabler: Expr, word: Word): Quotient =>
  list(LIMBS + 1, (k) => {
    const limb = w.and(w.shr(word(k >> 1), 16 * (k & 1)), 0xffff);
    const digit = b.column(`${name}_${k}`, k === 0 ? w.shr(limb, 8) : limb);
    b.range(digit, k === 0 ? 8 : k === LIMBS ? TOP_BITS : 16);
    return [Math.max(2 * k - 1, 0), k === LIMBS ? sub(digit, mul(enabler, TOP_OFFSET)) : digit];
  });

interface Identity {
  /** What stands at byte 0 to 62, products of bytes. */
  readonly at: (byte: number) => Expr;
  /** What is taken away, in limbs. */
  readonly limbs: readonly Expr[];
  readonly q: Quotient;
  /** Carries with what their columns add, given with the call: from the row alone each takes all those below. */
  readonly carry: (j: number) => W;
  readonly offset: Expr;
}

/** Shows that products - limbs = q p. */
const holds = (b: ChipBuilder, name: string, { at, limbs, q, carry, offset }: Identity): void => {
  const places = list(PLACES, (j): Expr[] => (j === 0 ? [at(0)] : [at(2 * j - 1), mul(at(2 * j), 256)]));
  const put = (byte: number, term: Expr, factor: number): void => {
    places[Math.ceil(byte / 2)]?.push(mul(term, byte > 0 && byte % 2 === 0 ? 256 * factor : factor));
  };
  limbs.forEach((limb, i) => {
    put(2 * i, limb, -1);
  });
  for (const [byte, digit] of q) {
    put(byte, digit, 977);
    put(byte + 4, digit, 1);
    put(byte + 32, digit, -1);
  }
  let before: Expr | undefined;
  places.forEach((terms, j) => {
    const total = add(...terms, ...(before ? [before] : []));
    if (j < PLACES - 1) {
      const column = b.column(`${name}_carry${j}`, carry(j));
      b.range(column, CARRY_BITS);
      before = sub(column, offset);
    } else before = q[LIMBS]?.[1] as Expr;
    b.zero(`${name}, place ${j}`, sub(total, mul(before, j === 0 ? 256 : 65536)));
  });
};

/** Shows that a number is below p. */
const belowP = (b: ChipBuilder, name: string, enabler: Expr, limbs: readonly Both[]): void => {
  const [v0, v1, v2, ...rest] = limbs as [Both, Both, Both, ...Both[]];
  const full = rest.length * 0xffff;
  const distance = minus(both(mul(enabler, full), w.constant(full)), sum(rest));
  const inverse = b.column(`${name}_inverse`, w.finv(distance.v));
  const isNear = w.eq(distance.v, 0);
  const isEqual = w.and(isNear, w.lt(0xfffd, v2.v));
  const less = (limb: Both, bound: number): W => w.lt(limb.v, bound);
  const case2 = w.and(isNear, less(v2, 0xfffe));
  const case1 = w.and(isEqual, less(v1, 0xffff));
  const case0 = w.and(isEqual, w.eq(v1.v, 0xffff));
  const [by2, by1, by0] = [b.bit(`${name}_by2`, case2), b.bit(`${name}_by1`, case1), b.bit(`${name}_by0`, case0)];
  b.zero(`${name}: upper limbs below those of p`, sub(mul(distance.e, inverse), sub(enabler, add(by2, by1, by0))));
  b.zero(`${name}: limb 2 is that of p`, mul(add(by1, by0), sub(v2.e, 0xfffe)));
  const spaces: readonly (readonly [Expr, W, Both, number])[] = [
    [by2, case2, v2, 0xfffd],
    [by1, case1, v1, 0xfffe],
    [by0, case0, v0, 0xfc2e],
  ];
  const space = spaces.reduce<W>(
    (s, [, c, limb, bound]) => w.add(s, w.mul(c, w.and(w.sub(bound, limb.v), 0xffff))),
    w.constant(0),
  );
  const column = b.column(`${name}_space`, space);
  b.range(column);
  const shown = spaces.map(([bit, , limb, bound]): Term => mul(bit, sub(bound, limb.e)));
  b.zero(`${name}: lower limbs below those of p`, sub(column, add(...shown)));
};

/** x1, y1 at a0, in and out; x2, y2 at a1. */
export const secp256k1Chip: Chip = precompileChip('secp256k1', (b, call: PrecompileCall) => {
  const words =
    (k: number, from: number): Word =>
    (i) =>
      call.operand(k, from + i);
  const [wx1, wy1, wx2, wy2] = [words(0, 0), words(0, WORDS), words(1, 0), words(1, WORDS)];
  const enabler = both(b.enabler(), w.constant(1));
  const differing = list(WORDS, (i) => w.xor(wx1(i), wx2(i))).reduce((x, y) => w.or(x, y));
  const isDouble = w.eq(differing, 0);
  const double = both(b.bit('double', isDouble), isDouble);
  b.zero('doubles only where there is a call', mul(double.e, sub(1, enabler.e)));
  const plain = minus(enabler, double);

  const x1 = bytesOf(b, 'px', wx1);
  const second = bytesOf(b, 'second', (i) => w.select(isDouble, wy1(i), wx2(i)));
  const x3 = bytesOf(b, 'rx', call.result);
  const digits = bytesOf(b, 'k', call.extra).map((byte) => minus(byte, scaled(enabler, 128)));
  const y3 = limbColumns(b, 'ry', (i) => call.result(WORDS + i));
  for (const limb of y3) b.range(limb.e);
  const [x1Limbs, secondLimbs, x3Limbs] = [limbsOf(x1), limbsOf(second), limbsOf(x3)];
  const x2 = flat(
    list(WORDS, (i) => call.read(1, i)),
    wx2,
  );
  const y2 = flat(
    list(WORDS, (i) => call.read(1, WORDS + i)),
    wy2,
  );
  const y1 = limbColumns(b, 'py', wy1);
  for (let i = 0; i < WORDS; i++) {
    call.write(i, pairOf(x3Limbs, i), pairOf(x1Limbs, i));
    call.write(WORDS + i, pairOf(y3, i), pairOf(y1, i));
  }
  for (let i = 0; i < LIMBS; i++) {
    const [p, q, r, s, t] = [x1Limbs, secondLimbs, x2, y1, y2].map((limbs) => (limbs[i] as Both).e) as Expr[];
    const [dx1, dsecond, dx2, dy1, dy2] = [p, q, r, s, t] as [Expr, Expr, Expr, Expr, Expr];
    b.zero(`x2, limb ${i}`, sub(dx2, add(mul(plain.e, dsecond), mul(double.e, dx1))));
    b.zero(`y1 is the second factor of a doubling, limb ${i}`, mul(double.e, sub(dsecond, dy1)));
    b.zero(`y2 is y1 of a doubling, limb ${i}`, mul(double.e, sub(dy2, dy1)));
  }

  const squares = sum(
    x1.map((byte, i) => {
      const difference = minus(byte, second[i] as Both);
      return times(difference, difference);
    }),
  );
  const apart = b.column('apart', w.select(isDouble, 0, w.finv(squares.v)));
  b.zero('x1 and x2 differ where P is not doubled', sub(mul(squares.e, apart), plain.e));
  const bytesSum = sum(second);
  const nonzero = b.column('nonzero', w.select(isDouble, w.finv(bytesSum.v), 0));
  b.zero('y1 is not 0 where P is doubled', sub(mul(bytesSum.e, nonzero), double.e));
  const numbers = { x1: x1Limbs, y1, x2, y2, x3: x3Limbs, y3 };
  for (const [name, limbs] of Object.entries(numbers)) belowP(b, `${name}_below`, enabler.e, limbs);

  const [q1, q2, q3] = [0, 1, 2].map((n) =>
    quotient(b, `q${n + 1}`, enabler.e, (i) => call.extra(WORDS + (WORDS + 1) * n + i)),
  ) as [Quotient, Quotient, Quotient];
  const carryOf = (n: number) => (j: number) => call.extra(WORDS + 3 * (WORDS + 1) + (PLACES - 1) * n + j);
  const [p, d, k] = [plain.e, double.e, exprs(digits)];
  const [x, r] = [exprs(x1), exprs(x3)];
  const factor = second.map(({ e }, i) => sub(mul(e, sub(p, d)), mul(p, x[i] as Expr)));
  const spread = x.map((byte, i) => sub(byte, r[i] as Expr));
  const limbsFrom = (scale: Expr, of: (i: number) => Expr): Expr[] => list(LIMBS, (i) => mul(scale, of(i)));
  const limb = (limbs: readonly Both[], i: number): Expr => (limbs[i] as Both).e;
  holds(b, 'slope', {
    at: (at) => add(product(k, factor, at), mul(d, 3, product(x, x, at))),
    limbs: limbsFrom(p, (i) => sub(limb(y2, i), limb(y1, i))),
    q: q1,
    carry: carryOf(0),
    offset: add(mul(p, CARRY_OFFSET), mul(d, DOUBLING_OFFSET)),
  });
  holds(b, 'x3', {
    at: (at) => product(k, k, at),
    limbs: limbsFrom(add(p, mul(d, 4)), (i) => add(limb(x1Limbs, i), limb(x2, i), limb(x3Limbs, i))),
    q: q2,
    carry: carryOf(1),
    offset: mul(enabler.e, CARRY_OFFSET),
  });
  holds(b, 'y3', {
    at: (at) => product(k, spread, at),
    limbs: limbsFrom(add(p, mul(d, 2)), (i) => add(limb(y1, i), limb(y3, i))),
    q: q3,
    carry: carryOf(2),
    offset: mul(enabler.e, CARRY_OFFSET),
  });
});
