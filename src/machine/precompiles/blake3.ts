// The BLAKE3 compression function, all inputs given: eight words of its output, which is what hashing and trees use.

import type { Precompile } from './index.ts';

const IV = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a] as const;
const ROUNDS = 7;
const PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8] as const;
// biome-ignore format: columns, then diagonals
const MIXED = [
  [0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15],
  [0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14],
] as const;

const rotate = (x: number, by: number): number => (x >>> by) | (x << (32 - by));

function mix(v: Uint32Array, [a, b, c, d]: readonly [number, number, number, number], x: number, y: number): void {
  v[a] = v[a]! + v[b]! + x;
  v[d] = rotate(v[d]! ^ v[a]!, 16);
  v[c] = v[c]! + v[d]!;
  v[b] = rotate(v[b]! ^ v[c]!, 12);
  v[a] = v[a]! + v[b]! + y;
  v[d] = rotate(v[d]! ^ v[a]!, 8);
  v[c] = v[c]! + v[d]!;
  v[b] = rotate(v[b]! ^ v[c]!, 7);
}

export const blake3: Precompile = {
  steps: 110,
  run: ([, parameters, block], emit) => {
    const v = Uint32Array.from([...parameters!.subarray(0, 8), ...IV, ...parameters!.subarray(8)]);
    let message = block!;
    for (let round = 0; round < ROUNDS; round++) {
      emit('blake3_round', [round, ...v, ...message]);
      for (const [i, at] of MIXED.entries()) mix(v, at, message[2 * i]!, message[2 * i + 1]!);
      message = Uint32Array.from(PERMUTATION, (from) => message[from]!);
    }
    return [...v.subarray(0, 8).map((word, i) => word ^ v[i + 8]!), ...v];
  },
};
