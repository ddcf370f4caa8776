// Inputs that are the same in every run.
import { P } from '../src/core/field.ts';

/** A deterministic stream of u32 words (xorshift32). */
export function randomWords(seed: number, count: number): Uint32Array {
  const out = new Uint32Array(count);
  let s = (seed * 0x9e3779b1 + 1) >>> 0 || 1;
  for (let i = 0; i < count; i++) {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    s >>>= 0;
    out[i] = s;
  }
  return out;
}

/** Field elements, with 0, 1 and p - 1 mixed in. */
export function randomField(seed: number, count: number): Uint32Array {
  return randomWords(seed, count).map((w) => (w % 17 === 0 ? 0 : w % 17 === 1 ? P - 1 : w % 17 === 2 ? 1 : w % P));
}
