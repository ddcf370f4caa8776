// P + Q on secp256k1, y^2 = x^3 + 7 over 2^256 - 2^32 - 977 (SEC 2, section 2.4.1), affine: x, then y, lowest word first.

import type { Precompile } from './index.ts';

const WORDS = 8;
const P = 2n ** 256n - 2n ** 32n - 977n;
/** Digits of twice the slope are bytes less 128. */
const DIGIT_OFFSET = (128n * (2n ** 256n - 1n)) / 255n;
const QUOTIENT_OFFSET = 2n ** 256n;

const numberOf = (words: Uint32Array, from: number): bigint => {
  let n = 0n;
  for (let i = WORDS - 1; i >= 0; i--) n = (n << 32n) | BigInt(words[from + i]!);
  return n;
};
const putNumber = (to: Uint32Array, at: number, n: bigint, count: number): void => {
  for (let i = 0; i < count; i++) to[at + i] = Number((n >> BigInt(32 * i)) & 0xffffffffn);
};
const mod = (n: bigint): bigint => {
  const rest = n % P;
  return rest < 0n ? rest + P : rest;
};

/** Of a number in [1, p), by Euclid's algorithm. */
function inverse(n: bigint): bigint {
  let [a, b, x, y] = [n, P, 1n, 0n];
  while (a > 1n) {
    const q = b / a;
    [a, b] = [b - q * a, a];
    [x, y] = [y - q * x, x];
  }
  return mod(x);
}

export const secp256k1: Precompile = {
  steps: 28,
  run: ([first, second]) => {
    const [x1, y1, x2, y2] = [
      numberOf(first!, 0),
      numberOf(first!, WORDS),
      numberOf(second!, 0),
      numberOf(second!, WORDS),
    ];
    if (x1 >= P || y1 >= P || x2 >= P || y2 >= P) return 'a coordinate is not below the modulus';
    const isDouble = x1 === x2;
    if (isDouble && (y1 !== y2 || y1 === 0n)) return 'the sum is at infinity';
    // The slope, or twice the slope: see the chip.
    const k = isDouble ? mod(3n * x1 * x1 * inverse(y1)) : mod((y2 - y1) * inverse(mod(x2 - x1)));
    const slope = isDouble ? (k % 2n === 0n ? k : k + P) / 2n : k;
    const x3 = mod(slope * slope - x1 - x2);
    const y3 = mod(slope * (x1 - x3) - y1);
    const signed = k + DIGIT_OFFSET < 2n ** 256n ? k : k - P;
    const [square, line] = isDouble ? [4n, 2n] : [1n, 1n];
    const multiples = [
      isDouble ? 3n * x1 * x1 - signed * y1 : signed * (x2 - x1) - (y2 - y1),
      signed * signed - square * (x1 + x2 + x3),
      signed * (x1 - x3) - line * (y1 + y3),
    ];
    const result = new Uint32Array(3 * WORDS + multiples.length * (WORDS + 1));
    putNumber(result, 0, x3, WORDS);
    putNumber(result, WORDS, y3, WORDS);
    putNumber(result, 2 * WORDS, signed + DIGIT_OFFSET, WORDS);
    multiples.forEach((n, i) => {
      putNumber(result, 3 * WORDS + (WORDS + 1) * i, (n / P + QUOTIENT_OFFSET) << 8n, WORDS + 1);
    });
    return result;
  },
};
