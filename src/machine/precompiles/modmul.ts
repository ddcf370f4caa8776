// x y + c mod m of numbers of 256 bits, or of 384, words with the lowest first.

import { MODMUL, type ModmulSize, WIDE_MODMUL } from '../../core/precompiles.ts';
import type { Precompile } from './index.ts';

const numberOf = (words: Uint32Array): bigint => words.reduceRight((n, word) => (n << 32n) | BigInt(word), 0n);

const byteAt = (words: ArrayLike<number>, i: number): number => ((words[i >> 2] ?? 0) >>> (8 * (i & 3))) & 255;
const bytesOf = (words: ArrayLike<number>): Uint8Array =>
  Uint8Array.from({ length: 4 * words.length }, (_, i) => byteAt(words, i));

/** What stands at 2^(16 j) of x y - q m, in 2^16. Byte products: below 2^30 in absolute value. */
const placeOf = (x: Uint8Array, y: Uint8Array, q: Uint8Array, m: Uint8Array, j: number): number => {
  let sum = 0;
  for (const [k, weight] of [
    [2 * j, 1],
    [2 * j + 1, 256],
  ] as const) {
    for (let i = Math.max(0, k - x.length + 1); i <= Math.min(k, x.length - 1); i++) {
      sum += weight * (x[i]! * y[k - i]! - q[i]! * m[k - i]!);
    }
  }
  return sum;
};

interface Numbers {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  readonly m: ArrayLike<number>;
  readonly c: ArrayLike<number>;
  readonly r: ArrayLike<number>;
  readonly q: ArrayLike<number>;
}

/** Carries of x y + c - q m - r from each limb but the last into the next, as the row of the call has them. */
export const modmulCarries = ({ words, carryOffset }: ModmulSize, { x, y, m, c, r, q }: Numbers): number[] => {
  const [xb, yb, mb, qb] = [bytesOf(x), bytesOf(y), bytesOf(m), bytesOf(q)];
  const limb = (list: ArrayLike<number>, j: number): number => ((list[j >> 1] ?? 0) >>> (16 * (j & 1))) & 0xffff;
  let carry = 0;
  return Array.from({ length: 4 * words - 1 }, (_, j) => {
    carry = Math.floor((placeOf(xb, yb, qb, mb, j) + limb(c, j) - limb(r, j) + carry) / 65536);
    return carry + carryOffset;
  });
};

const modmulOf = (size: ModmulSize, steps: number): Precompile => {
  const { words } = size;
  const wordsOf = (n: bigint): number[] =>
    Array.from({ length: words }, (_, i) => Number((n >> BigInt(32 * i)) & 0xffffffffn));
  const divided = ([, x, y, last]: readonly Uint32Array[]): { m: bigint; q: bigint; rest: bigint } | string => {
    const [m, addend] = [numberOf(last!.subarray(0, words)), numberOf(last!.subarray(words))];
    if (m === 0n) return 'the modulus is zero';
    const total = numberOf(x!) * numberOf(y!) + addend;
    const q = total / m;
    if (q >> BigInt(32 * words) !== 0n) {
      return `the quotient has more than ${32 * words} bits: reduce a factor first`;
    }
    return { m, q, rest: total - q * m };
  };
  return {
    steps,
    output: (operands) => {
      const result = divided(operands);
      return typeof result === 'string' ? result : wordsOf(result.rest);
    },
    run: (operands) => {
      const [, x, y, last] = operands;
      const result = divided(operands);
      if (typeof result === 'string') return result;
      const { m, q, rest } = result;
      const [r, quotient] = [wordsOf(rest), wordsOf(q)];
      const [mWords, c] = [last!.subarray(0, words), last!.subarray(words)];
      const carries = modmulCarries(size, { x: x!, y: y!, m: mWords, c, r, q: quotient });
      return [...r, ...quotient, ...wordsOf(m - rest - 1n), ...carries];
    },
  };
};

export const modmul: Precompile = modmulOf(MODMUL, 22);
export const wideModmul: Precompile = modmulOf(WIDE_MODMUL, 27);
