// Keccak-f[1600] (FIPS 202, section 3): 25 lanes of two words, low word first, lane x + 5 y.

import { KECCAK_IOTA, KECCAK_ROTATIONS, KECCAK_ROUNDS } from '../../core/keccak_constants.ts';
import type { Precompile } from './index.ts';

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
      const by = KECCAK_ROTATIONS[from]!;
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
  const [low, high] = KECCAK_IOTA[number]!;
  a[0]! ^= low;
  a[1]! ^= high;
}

export const keccak: Precompile = {
  steps: 1200,
  output: ([state]) => {
    const a = state!.slice();
    for (let number = 0; number < KECCAK_ROUNDS; number++) round(a, number);
    return a;
  },
  run: ([state], emit) => {
    const a = state!.slice();
    for (let number = 0; number < KECCAK_ROUNDS; number++) {
      emit('keccak_round', [number, ...a]);
      round(a, number);
    }
    return a;
  },
};
