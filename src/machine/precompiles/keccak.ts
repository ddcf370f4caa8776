// Keccak-f[1600] (FIPS 202, section 3): 25 lanes of two words, low word first, lane x + 5 y.

import type { Precompile } from './index.ts';

const ROUNDS = 24;
// biome-ignore format: a table
const ROTATIONS = [
  0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14,
] as const;
/** Round constants: low words, high words. */
// biome-ignore format: a table
const CONSTANTS = [
  [0x00000001, 0x00000000], [0x00008082, 0x00000000], [0x0000808a, 0x80000000], [0x80008000, 0x80000000],
  [0x0000808b, 0x00000000], [0x80000001, 0x00000000], [0x80008081, 0x80000000], [0x00008009, 0x80000000],
  [0x0000008a, 0x00000000], [0x00000088, 0x00000000], [0x80008009, 0x00000000], [0x8000000a, 0x00000000],
  [0x8000808b, 0x00000000], [0x0000008b, 0x80000000], [0x00008089, 0x80000000], [0x00008003, 0x80000000],
  [0x00008002, 0x80000000], [0x00000080, 0x80000000], [0x0000800a, 0x00000000], [0x8000000a, 0x80000000],
  [0x80008081, 0x80000000], [0x00008080, 0x80000000], [0x80000001, 0x00000000], [0x80008008, 0x80000000],
] as const;

/** Word `half` (0 low, 1 high) of a lane rotated left. */
function rotated(low: number, high: number, by: number, half: number): number {
  const [upper, lower] = by >= 32 === (half === 1) ? [low, high] : [high, low];
  const shift = by & 31;
  return shift === 0 ? upper : (upper << shift) | (lower >>> (32 - shift));
}

function round(a: Uint32Array, number: number): Uint32Array {
  const parity = (x: number, half: number): number => {
    const at = 2 * (x % 5) + half;
    return a[at]! ^ a[at + 10]! ^ a[at + 20]! ^ a[at + 30]! ^ a[at + 40]!;
  };
  const moved = new Uint32Array(50);
  for (let x = 0; x < 5; x++) {
    const [low, high] = [parity(x + 1, 0), parity(x + 1, 1)];
    const added = [parity(x + 4, 0) ^ rotated(low, high, 1, 0), parity(x + 4, 1) ^ rotated(low, high, 1, 1)] as const;
    for (let y = 0; y < 5; y++) {
      const from = x + 5 * y;
      const to = y + 5 * ((2 * x + 3 * y) % 5);
      const lane = [a[2 * from]! ^ added[0], a[2 * from + 1]! ^ added[1]] as const;
      for (const half of [0, 1]) moved[2 * to + half] = rotated(lane[0], lane[1], ROTATIONS[from]!, half);
    }
  }
  const out = new Uint32Array(50);
  for (let y = 0; y < 5; y++) {
    const at = (x: number): number => 2 * ((x % 5) + 5 * y);
    for (let x = 0; x < 5; x++) {
      for (const half of [0, 1]) {
        out[at(x) + half] = moved[at(x) + half]! ^ (~moved[at(x + 1) + half]! & moved[at(x + 2) + half]!);
      }
    }
  }
  const [low, high] = CONSTANTS[number]!;
  out[0]! ^= low;
  out[1]! ^= high;
  return out;
}

export const keccak: Precompile = {
  steps: 1200,
  run: ([state], emit) => {
    let a = state!;
    for (let number = 0; number < ROUNDS; number++) {
      emit('keccak_round', [number, ...a]);
      a = round(a, number);
    }
    return a;
  },
};
