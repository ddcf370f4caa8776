/** Evaluates a circuit over blocks of rows: every instruction over the whole block in turn. */
import { type Circuit, isExtension } from '../../src/air/circuit.ts';
import { add, mul, type Qm31, qAdd, qMul, qMulBase, qSub, sub } from '../../src/core/field.ts';

export interface RowInput {
  readonly column: (fixed: boolean, index: number) => Uint32Array;
  /** The four coordinate columns of a secure column. */
  readonly secure: (index: number) => readonly Uint32Array[];
  /** Row that holds the previous row in coset order. */
  readonly previousRow: (row: number) => number;
  readonly params: readonly Qm31[];
}

const BLOCK = 1024;
const BASE = { add, sub, mul } as const;

/** Calls `emit(row, outputs)` for each row in [0, nRows). */
export const evaluateRows = (
  circuit: Circuit,
  nRows: number,
  input: RowInput,
  emit: (row: number, outputs: readonly Qm31[]) => void,
): void => {
  const values = circuit.code.map((i) => (isExtension(i) ? new Uint32Array(4 * BLOCK) : new Uint32Array(BLOCK)));
  for (let start = 0; start < nRows; start += BLOCK) {
    const n = Math.min(BLOCK, nRows - start);
    circuit.code.forEach((i, at) => {
      const out = values[at] as Uint32Array;
      const extension = (k: number, row: number): Qm31 => {
        const v = values[k] as Uint32Array;
        return [v[4 * row], v[4 * row + 1], v[4 * row + 2], v[4 * row + 3]] as unknown as Qm31;
      };
      const base = (k: number, row: number): number => (values[k] as Uint32Array)[row] as number;
      const each = (f: (row: number) => Qm31): void => {
        for (let row = 0; row < n; row++) {
          const q = f(row);
          out[4 * row] = q[0];
          out[4 * row + 1] = q[1];
          out[4 * row + 2] = q[2];
          out[4 * row + 3] = q[3];
        }
      };
      switch (i.op) {
        case 'column':
          out.set(input.column(i.fixed, i.index).subarray(start, start + n));
          break;
        case 'const':
          out.fill(i.value);
          break;
        case 'add':
        case 'sub':
        case 'mul':
          for (let row = 0; row < n; row++) out[row] = BASE[i.op](base(i.a, row), base(i.b, row));
          break;
        case 'param':
          each(() => input.params[i.index] as Qm31);
          break;
        case 'secure': {
          const columns = input.secure(i.index);
          each((row) => {
            const r = i.previous ? input.previousRow(start + row) : start + row;
            return columns.map((c) => c[r] as number) as unknown as Qm31;
          });
          break;
        }
        case 'eadd':
          each((row) => qAdd(extension(i.a, row), extension(i.b, row)));
          break;
        case 'esub':
          each((row) => qSub(extension(i.a, row), extension(i.b, row)));
          break;
        case 'emul':
          each((row) => qMul(extension(i.a, row), extension(i.b, row)));
          break;
        case 'emulb':
          each((row) => qMulBase(extension(i.a, row), base(i.b, row)));
          break;
        case 'emac':
          each((row) => qAdd(extension(i.a, row), qMulBase(extension(i.b, row), base(i.c, row))));
          break;
      }
    });
    for (let row = 0; row < n; row++) {
      emit(
        start + row,
        circuit.outputs.map(
          (k) => Array.from((values[k] as Uint32Array).subarray(4 * row, 4 * row + 4)) as unknown as Qm31,
        ),
      );
    }
  }
};
