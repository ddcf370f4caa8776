// The SHA-256 compression function (FIPS 180-4, section 6.2.2).

import { SHA256_K } from '../../core/sha256_constants.ts';
import type { Precompile } from './index.ts';

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
      const t1 = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + SHA256_K[t]! + words[t]!;
      const t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      [a, b, c, d, e, f, g, h] = [(t1 + t2) >>> 0, a, b, c, (d + t1) >>> 0, e, f, g];
    }
    const rounds = Uint32Array.of(a, b, c, d, e, f, g, h);
    return [...state!.map((word, i) => word + rounds[i]!), ...rounds, ...past(ROUNDS)];
  },
};
