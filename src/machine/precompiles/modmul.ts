// x y + c mod m of numbers of 256 bits, or of 384, words with the lowest first.

import type { Precompile } from './index.ts';

const numberOf = (words: Uint32Array): bigint => words.reduceRight((n, word) => (n << 32n) | BigInt(word), 0n);

const ofWords = (words: number, steps: number): Precompile => {
  const wordsOf = (n: bigint): number[] =>
    Array.from({ length: words }, (_, i) => Number((n >> BigInt(32 * i)) & 0xffffffffn));
  return {
    steps,
    run: ([, x, y, rest]) => {
      const [m, c] = [numberOf(rest!.subarray(0, words)), numberOf(rest!.subarray(words))];
      if (m === 0n) return 'the modulus is zero';
      const total = numberOf(x!) * numberOf(y!) + c;
      const q = total / m;
      if (q >> BigInt(32 * words) !== 0n) {
        return `the quotient has more than ${32 * words} bits: reduce a factor first`;
      }
      const r = total % m;
      return [...wordsOf(r), ...wordsOf(q), ...wordsOf(m - r - 1n)];
    },
  };
};

export const modmul: Precompile = ofWords(8, 22);
export const wideModmul: Precompile = ofWords(12, 27);
