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

const lanes = (place: (x: number, y: number) => number): readonly number[] =>
  Array.from({ length: 25 }, (_, lane) => place(lane % 5, Math.floor(lane / 5)));
/** Where a lane goes. */
const TO = lanes((x, y) => y + 5 * ((2 * x + 3 * y) % 5));

const parity = new Uint32Array(10);
const moved = new Uint32Array(50);

/** One round, in place. */
function round(a: Uint32Array, number: number): void {
  for (let i = 0; i < 10; i++) parity[i] = a[i]! ^ a[i + 10]! ^ a[i + 20]! ^ a[i + 30]! ^ a[i + 40]!;
  for (let x = 0; x < 5; x++) {
    const [left, right] = [2 * ((x + 4) % 5), 2 * ((x + 1) % 5)];
    const addedLow = parity[left]! ^ ((parity[right]! << 1) | (parity[right + 1]! >>> 31));
    const addedHigh = parity[left + 1]! ^ ((parity[right + 1]! << 1) | (parity[right]! >>> 31));
    for (let from = x; from < 25; from += 5) {
      const by = ROTATIONS[from]!;
      // Rotated by 32 and more, the words change places. No lane is by 32 itself.
      const [low, high] = by < 32 ? [0, 1] : [1, 0];
      const lane0 = a[2 * from + low]! ^ (low === 0 ? addedLow : addedHigh);
      const lane1 = a[2 * from + high]! ^ (low === 0 ? addedHigh : addedLow);
      const shift = by & 31;
      const to = 2 * TO[from]!;
      moved[to] = shift === 0 ? lane0 : (lane0 << shift) | (lane1 >>> (32 - shift));
      moved[to + 1] = shift === 0 ? lane1 : (lane1 << shift) | (lane0 >>> (32 - shift));
    }
  }
  for (let row = 0; row < 50; row += 10) {
    for (let i = 0; i < 10; i++) {
      a[row + i] = moved[row + i]! ^ (~moved[row + ((i + 2) % 10)]! & moved[row + ((i + 4) % 10)]!);
    }
  }
  const [low, high] = CONSTANTS[number]!;
  a[0]! ^= low;
  a[1]! ^= high;
}

export const keccak: Precompile = {
  steps: 1200,
  output: ([state]) => {
    const a = state!.slice();
    for (let number = 0; number < ROUNDS; number++) round(a, number);
    return a;
  },
  run: ([state], emit) => {
    const a = state!.slice();
    for (let number = 0; number < ROUNDS; number++) {
      emit('keccak_round', [number, ...a]);
      round(a, number);
    }
    return a;
  },
};
