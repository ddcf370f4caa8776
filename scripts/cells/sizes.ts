// Cells and proof bytes of tables.
import type { Chip } from '../../src/air/chip.ts';
import { chipByName, TEXTS } from '../../src/air/inventory.ts';
import { splitRows } from '../../src/air/second_tables.ts';
import { standard } from '../../src/core/params.ts';
import { opName } from './block_graph.ts';
import { type GuestRun, heightOf } from './guests.ts';

/** Trace and LogUp cells that a row of a chip commits. */
export const cellsOfChip = (chip: Chip): number => chip.columns.length + 4 * chip.logupColumns;

/** Whether a chip's rows come from the run, not from a table: what "cells per instruction" counts. */
export const isRecorded = (chip: Chip): boolean => chip.record.length > 0;

/** One table of a proof as far as its size goes. */
export interface Table {
  readonly name: string;
  readonly rows: number;
  /** Trace columns, fractions and columns in a fixed tree. */
  readonly columns: number;
  readonly fractions: number;
  readonly given: number;
  readonly isRecorded: boolean;
}

export function tablesOf(rows: Readonly<Record<string, number>>): Table[] {
  return TEXTS.filter((chip) => (rows[chip.name] ?? 0) > 0).map((chip) => ({
    name: chip.name,
    rows: rows[chip.name]!,
    columns: chip.columns.length,
    fractions: chip.fractions.length,
    given: chip.table === chip.name ? chip.fixedColumns.length : 0,
    isRecorded: isRecorded(chip),
  }));
}

export interface Totals {
  /** Cells of rows in use of the tables with records. */
  readonly used: number;
  /** Everything committed: the same padded, tables with their given columns, composition. */
  readonly committed: number;
  /** Bytes of the proof that columns take: rows opened, samples, sums, heights. */
  readonly bytes: number;
}

/** Two secure halves of the composition polynomial, as tall as the tallest table. */
const COMPOSITION_WORDS = 8;

/** Heights of the tables, up to so many, that `rows` rows are in. */
export function heightsOf(rows: number, parts: number): number[] {
  const [own, more] = parts > 1 ? splitRows(rows) : [rows, 0];
  return more > 0 ? [heightOf(own), ...heightsOf(more, parts - 1)] : [heightOf(own)];
}

/** Sizes with each recorded table in up to so many parts. */
export function totals(tables: readonly Table[], parts = 2, wordsPerPair = 4, batch = 2): Totals {
  let [used, committed, bytes, tallest] = [0, 0, 0, 0];
  for (const { rows, columns, fractions, given, isRecorded: isRun } of tables) {
    const width = columns + wordsPerPair * Math.ceil(fractions / batch);
    if (isRun) used += rows * width;
    for (const height of heightsOf(rows, isRun ? parts : 1)) {
      committed += height * (width + given);
      bytes += proofBytes(width + given, height);
      tallest = Math.max(tallest, height);
    }
  }
  return { used, committed: committed + COMPOSITION_WORDS * tallest, bytes };
}

const CHIP_OF_OP: Readonly<Record<string, string>> = {
  CONST: 'const',
  ADD: 'add',
  SUB: 'sub',
  ADDI: 'addi',
  ...Object.fromEntries(['XOR', 'OR', 'AND'].map((op) => [op, 'bitwise'])),
  ...Object.fromEntries(['XORI', 'ORI', 'ANDI'].map((op) => [op, 'bitwise_imm'])),
  ...Object.fromEntries(['SLLI', 'SRLI'].map((op) => [op, 'shift_imm'])),
  ...Object.fromEntries(['SLL', 'SRL'].map((op) => [op, 'shift_reg'])),
  ...Object.fromEntries(['SLT', 'SLTU'].map((op) => [op, 'compare'])),
  ...Object.fromEntries(['BEQ', 'BNE'].map((op) => [op, 'branch_eq'])),
  ...Object.fromEntries(['BLT', 'BGE', 'BLTU', 'BGEU'].map((op) => [op, 'branch_lt'])),
  JALR: 'jalr',
  LW: 'load_word',
  SW: 'store_word',
  ...Object.fromEntries(['LBU', 'LHU'].map((op) => [op, 'load_sub'])),
  ...Object.fromEntries(['SB', 'SH'].map((op) => [op, 'store_sub'])),
  ...Object.fromEntries(['MUL', 'MULHU'].map((op) => [op, 'mul'])),
  ...Object.fromEntries(['DIVU', 'REMU'].map((op) => [op, 'div'])),
};

/** Chip of a micro-op; undefined for host calls and traps, which stay as they are. */
export const chipOfMicroOp = ({ program }: GuestRun, idx: number): Chip | undefined =>
  chipByName.get(CHIP_OF_OP[opName(program, idx)] ?? '');

/** Bytes that a table of so many columns adds to a proof: rows opened, samples, its sum and height. */
function proofBytes(columns: number, rows: number): number {
  const domain = heightOf(rows) * 2 ** standard.logBlowup;
  const opened = domain * (1 - (1 - 1 / domain) ** standard.nQueries);
  return columns * (4 * opened + 16) + 4 * 16 + 16 + 4;
}
