// The program and its initial memory as preprocessed columns, padded to powers of two.

import { OP } from '../core/isa.ts';
import type { ProgramTables } from '../core/program_tables.ts';
import { imageTable, type Program, UNREACHABLE_LO } from './lower.ts';

const MIN_ROWS = 16;

const paddedLength = (n: number): number => Math.max(MIN_ROWS, 2 ** Math.ceil(Math.log2(Math.max(1, n))));

const padded = (column: ArrayLike<number>, length: number, fill = 0): Uint32Array => {
  const out = new Uint32Array(length).fill(fill);
  out.set(column);
  return out;
};

/**
 * The constants of an immediate shift by s: E = 2^e, F = 2^(16-e) and s >> 4, where limbs are cut at bit e = s mod 16 for
 * a right shift and 16 - (s mod 16) for a left one.
 */
const shiftConstants = (op: number, amount: number): readonly [number, number, number] => {
  const r = amount % 16;
  const e = op === OP.SRLI ? r : 16 - r;
  return [2 ** e, 2 ** (16 - e), amount >> 4];
};

const known = new WeakMap<Program, ProgramTables>();

/** Columns of the program and image tables: the same object each time for a program, for what is cached by it. */
export const programTables = (program: Program): ProgramTables => {
  const tables = known.get(program) ?? buildTables(program);
  known.set(program, tables);
  return tables;
};

const buildTables = (program: Program): ProgramTables => {
  const length = paddedLength(program.length);
  const c = program.columns;
  const column = (values: Uint32Array, fill = 0): Uint32Array =>
    padded(values.subarray(0, program.length), length, fill);
  const [k0, k1, k2] = [column(c.k0), column(c.k1), column(c.k2)];
  for (let i = 0; i < program.length; i++) {
    const op = c.op[i] as number;
    if (op === OP.SLLI || op === OP.SRLI) [k0[i], k1[i], k2[i]] = shiftConstants(op, c.k0[i] as number);
  }
  const image = imageTable(program);
  const rows = paddedLength(image.nRows);
  return {
    entry: program.entryIdx,
    program: [
      Uint32Array.from({ length }, (_, i) => i),
      column(c.op),
      column(c.rd),
      column(c.rs1),
      column(c.rs2),
      k0,
      k1,
      k2,
      column(c.k3),
      column(c.addrLo, UNREACHABLE_LO),
      column(c.addrHi),
    ],
    image: [
      padded(image.addr, rows),
      padded(image.lo, rows),
      padded(image.hi, rows),
      padded(image.chained, rows),
      // The sentinel, last, is a link of the chain but no cell.
      padded(new Uint32Array(image.nRows - 1).fill(1), rows),
    ],
  };
};
