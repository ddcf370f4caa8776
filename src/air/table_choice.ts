/**
 * Which tables a prover puts a chip's rows in: its own, its in-place form's, and a second one of each. Verifiers take any
 * choice; this one commits least, a column counting as many cells as it must save to be worth its bytes of proof.
 */
import type { Chip } from './chip.ts';
import { MIN_SAVED_ROWS, splitRows } from './second_tables.ts';

/** Rows by table. */
export interface TableRows {
  readonly own: number;
  readonly more: number;
  readonly inPlace: number;
  readonly inPlaceMore: number;
}

/** Chooses for `rows` rows of a chip with a second table, of which any `eligible` ones or fewer may be in place. */
export type TableRule = (chip: Chip, rows: number, eligible: number) => TableRows;

/** Trace and LogUp cells of a row. */
export const widthOf = (chip: Chip): number => chip.columns.length + 4 * chip.logupColumns;

const heightOf = (rows: number): number => (rows === 0 ? 0 : 2 ** Math.max(4, Math.ceil(Math.log2(rows))));

/** Cells of a chip's tables, and what their columns count for. */
const costOf = (chip: Chip, rows: number): number =>
  splitRows(rows).reduce((sum, n) => sum + (n === 0 ? 0 : widthOf(chip) * (heightOf(n) + MIN_SAVED_ROWS)), 0);

/** Sizes that leave no padding: powers of two and sums of two. */
const FULL: readonly number[] = Array.from({ length: 23 }, (_, i) => 2 ** i).flatMap((n, i) => [
  n,
  ...Array.from({ length: i }, (_unused, j) => n + 2 ** j),
]);

export const chooseTables: TableRule = (chip, rows, eligible) => {
  let best = { inPlace: 0, cost: costOf(chip, rows) };
  if (chip.inPlace !== null) {
    for (const inPlace of [eligible, ...FULL]) {
      if (inPlace === 0 || inPlace > eligible) continue;
      const cost = costOf(chip.inPlace, inPlace) + costOf(chip, rows - inPlace);
      if (cost < best.cost) best = { inPlace, cost };
    }
  }
  const [own, more] = splitRows(rows - best.inPlace);
  const [inPlace, inPlaceMore] = splitRows(best.inPlace);
  return { own, more, inPlace, inPlaceMore };
};
