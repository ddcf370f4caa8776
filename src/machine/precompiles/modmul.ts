// x y + c mod m of 256-bit numbers, words with the lowest first.

import type { Precompile } from './index.ts';

const WORDS = 8;

const numberOf = (words: Uint32Array): bigint => words.reduceRight((n, word) => (n << 32n) | BigInt(word), 0n);
const wordsOf = (n: bigint): number[] =>
  Array.from({ length: WORDS }, (_, i) => Number((n >> BigInt(32 * i)) & 0xffffffffn));

export const modmul: Precompile = {
  steps: 22,
  run: ([, x, y, rest]) => {
    const [m, c] = [numberOf(rest!.subarray(0, WORDS)), numberOf(rest!.subarray(WORDS))];
    if (m === 0n) return 'the modulus is zero';
    const total = numberOf(x!) * numberOf(y!) + c;
    const q = total / m;
    if (q >> 256n !== 0n) return 'the quotient has more than 256 bits: reduce a factor first';
    const r = total % m;
    return [...wordsOf(r), ...wordsOf(q), ...wordsOf(m - r - 1n)];
  },
};
