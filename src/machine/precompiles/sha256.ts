// The SHA-256 compression function (FIPS 180-4, section 6.2.2).

import type { Precompile } from './index.ts';

// biome-ignore format: a table
const K = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
] as const;
const ROUNDS = 64;
const ROUNDS_A_ROW = 4;

const rotate = (x: number, by: number): number => (x >>> by) | (x << (32 - by));

function schedule(block: Uint32Array): Uint32Array {
  const w = new Uint32Array(ROUNDS);
  w.set(block);
  for (let t = 16; t < ROUNDS; t++) {
    const [x, y] = [w[t - 15]!, w[t - 2]!];
    const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
    const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
    w[t] = s1 + w[t - 7]! + s0 + w[t - 16]!;
  }
  return w;
}

export const sha256: Precompile = {
  steps: 250,
  run: ([state, block], emit) => {
    const words = schedule(block!);
    /** Sixteen words before word t; zero before the first. */
    const past = (t: number): number[] => Array.from({ length: 16 }, (_, i) => words[t - 16 + i] ?? 0);
    let [a, b, c, d, e, f, g, h] = state! as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    for (let t = 0; t < ROUNDS; t++) {
      if (t % ROUNDS_A_ROW === 0) {
        emit('sha256_rounds', [t / ROUNDS_A_ROW, a, b, c, d, e, f, g, h, ...past(t), ...words.subarray(t, t + 4)]);
      }
      const t1 = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + K[t]! + words[t]!;
      const t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      [a, b, c, d, e, f, g, h] = [(t1 + t2) >>> 0, a, b, c, (d + t1) >>> 0, e, f, g];
    }
    const rounds = Uint32Array.of(a, b, c, d, e, f, g, h);
    return [...state!.map((word, i) => word + rounds[i]!), ...rounds, ...past(ROUNDS)];
  },
};
