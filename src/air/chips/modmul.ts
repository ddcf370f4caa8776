/**
 * x y + c mod m, canonical, of numbers of n words: r = x y + c - q m with q below 2^(32 n) and r < m. One row a call.
 * `modmul` has 8 words, 256 bits; `wide_modmul` 12, 384 bits.
 *
 * x, y, q and m are bytes, by lookup; c and r limbs of 16 bits, c having been checked when written. T_j, what stands at
 * 2^(16 j) in x y + c - q m - r, is the sum of the byte products of weights 2^(16 j) and 2^(16 j + 8), at most
 * 4 n 255^2 * 257 + 2^16 in absolute value: below 2^29 (n = 8), 2^30 (n = 12). Carries are in [-2^13, 2^13), or
 * [-2^14, 2^14), by lookup, and |T_j / 2^16| < 8,162, or 12,241, so that T_j + carry in = 2^16 carry out holds over the
 * integers: both sides differ by at most 2^30, or 1.9 * 10^9, which is below 2^31 - 1. The last carry is 0.
 * r < m is m = r + 1 + e with e below 2^(32 n), which also refuses m = 0. The carries of that sum are bits, as polynomials.
 * A quotient of more bits has no row, nor a call in the executor: there is none where x or y is below m.
 *
 * Count: 6 columns; 16 n bytes; r, e, c and the overwritten words 2 n limbs each; 4 n - 1 carries; 5 n clocks: 269 or 401.
 * Fractions: call 1, words 15 n, bytes 16 n, r and e 4 n, carries 4 n - 1: 312 in 156 secure columns, or 468 in 234: 893 or
 * 1,337 cells. With call4, 966 cells or 15 cycles of 64 cells; 1,410 or 22.
 */
import { MODMUL, type ModmulSize, WIDE_MODMUL } from '../../core/precompiles.ts';
import type { Chip, ChipBuilder, Limbs } from '../chip.ts';
import { add, type Expr, mul, sub } from '../expr.ts';
import { type W, w } from '../witness.ts';
import { INVERSE_2_16 } from './arithmetic.ts';
import { type PrecompileCall, precompileChip } from './precompile.ts';

/** Bytes of a number, lowest first. */
const numberOf = (b: ChipBuilder, name: string, count: number, word: (i: number) => W): Expr[] => {
  const bytes = Array.from({ length: 4 * count }, (_, i) =>
    b.column(`${name}${i}`, w.and(w.shr(word(i >> 2), 8 * (i & 3)), 255)),
  );
  for (const byte of bytes) b.range(byte, 8);
  return bytes;
};

const limbsOf = (bytes: readonly Expr[], word: number): Limbs => {
  const [b0, b1, b2, b3] = bytes.slice(4 * word, 4 * word + 4) as [Expr, Expr, Expr, Expr];
  return { lo: add(b0, mul(b1, 256)), hi: add(b2, mul(b3, 256)) };
};

/** The terms of weight 2^(8 k) of x y. */
const products = (x: readonly Expr[], y: readonly Expr[], k: number): Expr =>
  add(
    ...x.flatMap((xi, i) => {
      const yj = y[k - i];
      return yj === undefined ? [] : [mul(xi, yj)];
    }),
  );

/** The terms of weight 2^(16 j) of x y, in 2^16. */
const pairOf = (x: readonly Expr[], y: readonly Expr[], j: number): Expr =>
  add(products(x, y, 2 * j), mul(products(x, y, 2 * j + 1), 256));

const flat = (list: readonly Limbs[]): Expr[] => list.flatMap(({ lo, hi }) => [lo, hi]);

const checkedLimbs = (b: ChipBuilder, name: string, count: number, word: (i: number) => W): Limbs[] =>
  Array.from({ length: count }, (_, i) => {
    const limbs = b.limbs(`${name}${i}`, word(i));
    b.range(limbs.lo);
    b.range(limbs.hi);
    return limbs;
  });

/** a0: r; a1: x; a2: y; a3: m, then c. */
const rowOf = (b: ChipBuilder, call: PrecompileCall, { words, carryOffset }: ModmulSize): void => {
  const [nBytes, nLimbs, carryBits] = [4 * words, 2 * words, Math.log2(2 * carryOffset)];
  const enabler = b.enabler();
  const operand = (name: string, k: number): Expr[] => {
    const number = numberOf(b, name, words, (i) => call.operand(k, i));
    for (let i = 0; i < words; i++) call.readAs(k, i, limbsOf(number, i));
    return number;
  };
  const x = operand('x', 1);
  const y = operand('y', 2);
  const m = operand('m', 3);
  const q = numberOf(b, 'q', words, call.extra);
  const c = flat(Array.from({ length: words }, (_, i) => call.read(3, words + i)));
  const result = checkedLimbs(b, 'r', words, call.result);
  result.forEach((limbs, i) => {
    call.write(i, limbs);
  });
  const r = flat(result);

  let carry: Expr | undefined;
  for (let j = 0; j < nBytes; j++) {
    const [cj, rj] = [c[j], r[j]];
    const place = sub(pairOf(x, y, j), pairOf(q, m, j));
    const own = cj && rj ? add(place, sub(cj, rj)) : place;
    const total = carry ? add(own, carry) : own;
    if (j === nBytes - 1) {
      b.zero('x y + c = q m + r ends', total);
      break;
    }
    // Given with the call: from the row alone each would be computed anew with all those below.
    const column = b.column(`carry${j}`, call.extra(2 * words + j));
    b.range(column, carryBits);
    carry = sub(column, mul(enabler, carryOffset));
    b.zero(`x y + c = q m + r, limb ${j}`, sub(total, mul(carry, 65536)));
  }

  const e = flat(checkedLimbs(b, 'e', words, (i) => call.extra(words + i)));
  const modulus = flat(Array.from({ length: words }, (_, i) => limbsOf(m, i)));
  let above: Expr = enabler;
  for (let i = 0; i < nLimbs; i++) {
    const over = sub(add(r[i] as Expr, e[i] as Expr, above), modulus[i] as Expr);
    b.zero(`r + 1 + e = m, limb ${i}`, i === nLimbs - 1 ? over : mul(over, sub(over, 65536)));
    above = mul(over, INVERSE_2_16);
  }
};

export const modmulChip: Chip = precompileChip('modmul', (b, call) => rowOf(b, call, MODMUL));
export const wideModmulChip: Chip = precompileChip('wide_modmul', (b, call) => rowOf(b, call, WIDE_MODMUL));
