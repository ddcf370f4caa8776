/** Where the row before each row lies: tables for the LogUp constraint, kept by size. */
import type { LinearMemory } from './memory.ts';

/**
 * Writes, for each storage row of an extended column of 2^logSize, 4 * the storage row that is 2^logBlowup coset steps
 * (one trace row) before it.
 */
export const writePreviousRows = (out: Uint32Array, logSize: number, logBlowup: number): void => {
  // Coset index 2j is storage index 2 rev(j), and 2j + 1 its complement: a step of 2^b is one of 2^(b-1) in j.
  const half = 2 ** (logSize - 1);
  const last = out.length - 1;
  const reversedNext = (r: number, j: number): number =>
    r ^ (half - ((half >>> (Math.clz32(~j & (j + 1)) ^ 31)) >>> 1));
  let [row, previous] = [0, 0];
  // The reversal of half - 2^(b-1), counted up from there.
  let before = half - 2 ** (logBlowup - 1);
  for (let i = 0, bit = half >>> 1; 2 ** i < half; i++, bit >>>= 1) if ((before >>> i) & 1) previous |= bit;
  for (let j = 0; j < half; j++) {
    out[2 * row] = 8 * previous;
    // The odd rows run backwards: what precedes 2j + 1 is the complement of what precedes 2j.
    out[last - 2 * row] = 4 * (last - 2 * previous);
    row = reversedNext(row, j);
    previous = reversedNext(previous, before);
    before = before + 1 === half ? 0 : before + 1;
    if (before === 0) previous = 0;
  }
};

export interface PreviousRows {
  /** Address of the table. */
  of(logSize: number, logBlowup: number): number;
}

export const openPreviousRows = (memory: LinearMemory): PreviousRows => {
  const known = new Map<string, number>();
  return {
    of: (logSize, logBlowup) => {
      const key = `${logSize},${logBlowup}`;
      const found = known.get(key);
      if (found !== undefined) return found;
      const address = memory.alloc(4 * 2 ** logSize);
      writePreviousRows(memory.words(address, 2 ** logSize), logSize, logBlowup);
      known.set(key, address);
      return address;
    },
  };
};
