// Dot products over QM31, added to what is there: x of four words an element, or of one, y of four.

import { P, type Qm31, qAdd, qMul, qMulBase } from '../../core/field.ts';
import type { ChipName } from '../../core/isa.ts';
import { M31_DOT_TERMS, MAX_DOT_WORDS } from '../../core/precompiles.ts';
import type { Precompile } from './index.ts';

const A3 = 13;

const elementAt = (words: Uint32Array, k: number): Qm31 => {
  const [a, b, c, d] = words.subarray(4 * k, 4 * k + 4) as unknown as [number, number, number, number];
  return [a % P, b % P, c % P, d % P];
};

interface Kind {
  readonly rows: ChipName;
  readonly width: 1 | 4;
  readonly elements: number;
  /** Committed cells of the call's rows and of a row of terms. */
  readonly cells: number;
}

const CALL_CELLS = 151;
/** An average micro-op's. */
const STEP_CELLS = 52;

const dot = ({ rows, width, elements, cells }: Kind): Precompile => {
  const rowsOf = (words: number): number => Math.ceil(words / width / elements);
  const term = (x: Uint32Array, y: Uint32Array, k: number): Qm31 =>
    width === 4 ? qMul(elementAt(x, k), elementAt(y, k)) : qMulBase(elementAt(y, k), x[k]! % P);
  return {
    steps: (regs) => Math.ceil((CALL_CELLS + cells * rowsOf(Math.min(regs[A3]! / 4, MAX_DOT_WORDS))) / STEP_CELLS),
    reach: ([, , , length]) => {
      const words = length! / 4;
      if (words % width !== 0) return 'the length is not a whole number of elements';
      if (words > MAX_DOT_WORDS) return `more than ${4 * MAX_DOT_WORDS} bytes in one call`;
      return [4, words, (4 / width) * words, 0];
    },
    run: ([sum, x, y]) => {
      const n = x!.length / width;
      let total = elementAt(sum!, 0);
      for (let k = 0; k < n; k++) total = qAdd(total, term(x!, y!, k));
      return total;
    },
    rows: ({ at, operands, previous }, emit) => {
      const [sum, x, y] = operands as [Uint32Array, Uint32Array, Uint32Array];
      const n = x.length / width;
      let total = elementAt(sum, 0);
      /** What a row has of a list, zeros where it has no more. */
      const part = (list: ArrayLike<number>, first: number, count: number): number[] =>
        Array.from({ length: count }, (_, i) => list[first + i] ?? 0);
      for (let k = 0; k < n; k += elements) {
        const used = Math.min(elements, n - k);
        const start = [
          x.length - k * width,
          at[1]! + k * width,
          at[2]! + 4 * k,
          ...(elements > 1 ? [used] : []),
          ...total,
        ];
        for (let i = 0; i < used; i++) total = qAdd(total, term(x, y, k + i));
        const [wide, high] = [elements * width, 4 * elements];
        emit(rows, [
          ...start,
          ...part(x, k * width, wide),
          ...part(previous[1]!, k * width, wide),
          ...part(y, 4 * k, high),
          ...part(previous[2]!, 4 * k, high),
          ...total,
        ]);
      }
    },
  };
};

export const qm31Dot: Precompile = dot({ rows: 'qm31_dot_terms', width: 4, elements: 1, cells: 89 });
export const m31Dot: Precompile = dot({ rows: 'm31_dot_terms', width: 1, elements: M31_DOT_TERMS, cells: 200 });
