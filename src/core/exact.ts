/**
 * Exact fractions and a binary logarithm rounded down, for soundness errors.
 *
 * The proof of work of each draw is computed from these by prover and verifier alike, so the result may not depend on
 * an engine's `Math.log2` or `Math.sqrt` (ECMAScript leaves the precision of the former open).
 */

export interface Fraction {
  readonly num: bigint;
  readonly den: bigint;
}

export function fraction(num: bigint | number, den: bigint | number = 1n): Fraction {
  return { num: BigInt(num), den: BigInt(den) };
}

export function add(a: Fraction, b: Fraction): Fraction {
  return { num: a.num * b.den + b.num * a.den, den: a.den * b.den };
}

export function subtract(a: Fraction, b: Fraction): Fraction {
  return { num: a.num * b.den - b.num * a.den, den: a.den * b.den };
}

export function multiply(...factors: readonly Fraction[]): Fraction {
  return factors.reduce((a, b) => ({ num: a.num * b.num, den: a.den * b.den }));
}

export function divide(a: Fraction, b: Fraction): Fraction {
  return { num: a.num * b.den, den: a.den * b.num };
}

export function power(a: Fraction, exponent: number): Fraction {
  return { num: a.num ** BigInt(exponent), den: a.den ** BigInt(exponent) };
}

/** Scale of the square roots: they are within 2^-64 of the truth. */
const ROOT_SCALE = 64n;

/** A lower and an upper bound of the square root of a positive fraction. */
export function squareRoot(a: Fraction): { readonly lower: Fraction; readonly upper: Fraction } {
  const target = (a.num << (2n * ROOT_SCALE)) / a.den;
  const den = 1n << ROOT_SCALE;
  let root = 1n << BigInt((bitLength(target) + 1) >> 1); // at least the root; Newton descends from above
  for (;;) {
    const next = (root + target / root) >> 1n;
    if (next >= root) break;
    root = next;
  }
  return { lower: { num: root, den }, upper: { num: root + 1n, den } };
}

const MANTISSA = 128;
const FRACTION_BITS = 20;

/** -log2 of an error probability, rounded down to a multiple of 2^-20; 0 for an error of 1 or more. */
export function errorBits(error: Fraction): number {
  const { num, den } = error;
  if (num >= den) return 0;
  const inverse = (den << BigInt(MANTISSA)) / num;
  const whole = bitLength(inverse) - 1 - MANTISSA;
  let mantissa = inverse >> BigInt(whole); // in [2^128, 2^129); each squaring reveals one bit of the logarithm
  let fractional = 0;
  for (let i = 0; i < FRACTION_BITS; i++) {
    mantissa = (mantissa * mantissa) >> BigInt(MANTISSA);
    const carry = mantissa >> BigInt(MANTISSA + 1) === 0n ? 0 : 1;
    mantissa >>= BigInt(carry);
    fractional = fractional * 2 + carry;
  }
  return whole + fractional / 2 ** FRACTION_BITS;
}

function bitLength(value: bigint): number {
  return value.toString(2).length;
}
