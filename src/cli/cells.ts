// Cell counts of a run: the measure of what proving it costs.
import { splitRows } from '../air/second_tables.ts';
import type { ChipSize } from './engine.ts';

export interface ChipCells {
  readonly rows: number;
  /** Execution and LogUp columns, base-field words. */
  readonly columns: number;
  /** Rows really used times columns. */
  readonly cells: number;
}

export interface CellCounts {
  /** Cells of rows in use of the instruction and memory chips, per instruction. */
  readonly cellsPerInstruction: number;
  /** Everything committed: padding, fixed tables, LogUp and composition included. */
  readonly committedCells: number;
  readonly chips: Readonly<Record<string, ChipCells>>;
}

/** Two halves of a secure (four-word) composition polynomial, each as tall as the tallest table. */
const COMPOSITION_WORDS = 8;

/**
 * `rows`: rows in use by chip; tables that are absent from it have their fixed size. A chip without rows is left out of
 * the proof, any other is padded to a power of two of at least `minRows`.
 */
export function countCells(
  sizes: readonly ChipSize[],
  rows: Readonly<Record<string, number>>,
  cycles: number,
  minRows: number,
): CellCounts {
  const chips: Record<string, ChipCells> = {};
  let used = 0;
  let committed = 0;
  let tallest = 0;
  const heightOf = (nRows: number): number => (nRows === 0 ? 0 : 2 ** Math.ceil(Math.log2(Math.max(nRows, minRows))));
  for (const { name, columns, logupWords, fixedColumns, isRecorded, hasSecond, tableRows } of sizes) {
    const nRows = rows[name] ?? tableRows ?? 0;
    const width = columns + logupWords;
    chips[name] = { rows: nRows, columns: width, cells: nRows * width };
    if (isRecorded) used += nRows * width;
    for (const height of (hasSecond ? splitRows(nRows) : [nRows]).map(heightOf)) {
      committed += height * (width + fixedColumns);
      tallest = Math.max(tallest, height);
    }
  }
  return {
    cellsPerInstruction: cycles > 0 ? used / cycles : 0,
    committedCells: committed + COMPOSITION_WORDS * tallest,
    chips,
  };
}
