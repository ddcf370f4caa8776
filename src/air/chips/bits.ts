/** Words in columns of one bit each, where a xor is a polynomial and a rotation only renumbers. */
import type { ChipBuilder, Limbs } from '../chip.ts';
import { add, type Expr, mul, sub, type Term } from '../expr.ts';
import { type W, w } from '../witness.ts';

/** `count` columns, each constrained to be a bit, lowest first. */
export const bitColumns = (b: ChipBuilder, name: string, word: W, count = 32): Expr[] =>
  Array.from({ length: count }, (_, i) => b.bit(`${name}_${i}`, w.and(w.shr(word, i), 1)));

/** Sum of 2^i bit i. */
export const joined = (bits: readonly Expr[]): Expr => add(...bits.map((bit, i) => mul(bit, 2 ** i)));

export const limbsOfBits = (bits: readonly Expr[]): Limbs => ({
  lo: joined(bits.slice(0, 16)),
  hi: joined(bits.slice(16, 32)),
});

/** x xor y of bits: degree is the sum of the degrees. */
export const xorBits = (x: Term, y: Term): Expr => sub(add(x, y), mul(2, x, y));

/** Bits moved down by `by`; those that leave come in at the top again. */
export const rotatedBits = (bits: readonly Expr[], by: number): Expr[] =>
  bits.map((_, i) => bits[(i + by) % bits.length] as Expr);

export const rotatedWord = (word: W, by: number): W => w.or(w.shr(word, by), w.shl(word, 32 - by));
