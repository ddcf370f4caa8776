/** The rows of each table of a proof, from the records of an execution. */
import type { Chip } from '../src/air/chip.ts';
import { chipByName, TEXTS } from '../src/air/inventory.ts';
import { hasSecondTable, originalOf, secondTableName } from '../src/air/second_tables.ts';
import { chooseTables, type TableRule } from '../src/air/table_choice.ts';
import { MAX_CLK_GAP } from '../src/core/isa.ts';
import type { ChipRows } from './backend.ts';

/** Rows by chip, as the executor leaves them. */
export type Records = Readonly<
  Record<string, { readonly fields: readonly string[]; readonly nRows: number; readonly data: Uint32Array }>
>;

/** Registers of each micro-op. */
export interface Operands {
  readonly rd: ArrayLike<number>;
  readonly rs1: ArrayLike<number>;
}

type Test = (at: number) => boolean;

/**
 * Whether a row, whose words start at a position, can be in place: rd is rs1, and was accessed at most MAX_CLK_GAP before
 * clk + 2. The executor sees to clk only, so that a few old ones (those refreshed, above all) stay in the general form.
 */
const inPlaceTest = (chip: Chip, data: Uint32Array, { rd, rs1 }: Operands): Test => {
  const [idx, clk, prev1] = ['idx', 'clk', 'prev1'].map((name) => chip.record.indexOf(name)) as [
    number,
    number,
    number,
  ];
  return (at) => {
    const i = data[at + idx] as number;
    return rd[i] === rs1[i] && (data[at + clk] as number) + 2 - (data[at + prev1] as number) <= MAX_CLK_GAP;
  };
};

const countRows = (nRows: number, width: number, test: Test): number => {
  let count = 0;
  for (let row = 0; row < nRows; row++) if (test(row * width)) count++;
  return count;
};

/** The first `count` rows that pass, and all others. */
const partition = (data: Uint32Array, nRows: number, width: number, count: number, test: Test): Uint32Array[] => {
  const passed = new Uint32Array(count * width);
  const others = new Uint32Array((nRows - count) * width);
  let [p, o] = [0, 0];
  for (let at = 0; at < nRows * width; at += width) {
    const isPassed = p < passed.length && test(at);
    const to = isPassed ? passed : others;
    const start = isPassed ? p : o;
    for (let k = 0; k < width; k++) to[start + k] = data[at + k] as number;
    if (isPassed) p += width;
    else o += width;
  }
  return [passed, others];
};

/** The rows of every table that has some, by the chip's name. */
export const chipRows = (
  records: Records,
  operands: Operands,
  rule: TableRule = chooseTables,
): Map<string, ChipRows> => {
  const tables = new Map<string, ChipRows>();
  for (const chip of TEXTS) {
    const { nRows, fields, data } = records[chip.name] ?? NO_ROWS;
    if (nRows === 0) continue;
    const width = fields.length;
    if (!hasSecondTable(chip)) {
      tables.set(chip.name, { nRows, fields: width, data });
      continue;
    }
    const test = chip.inPlace && inPlaceTest(chip, data, operands);
    const choice = rule(chip, nRows, test ? countRows(nRows, width, test) : 0);
    const put = (name: string, words: Uint32Array, own: number, more: number): void => {
      const end = own * width;
      if (own > 0) tables.set(name, { nRows: own, fields: width, data: words.subarray(0, end) });
      const rest = words.subarray(end, end + more * width);
      if (more > 0) tables.set(secondTableName(name), { nRows: more, fields: width, data: rest });
    };
    const inPlace = choice.inPlace + choice.inPlaceMore;
    if (!chip.inPlace || !test || inPlace === 0) {
      put(chip.name, data, choice.own, choice.more);
      continue;
    }
    const [passed, others] = partition(data, nRows, width, inPlace, test) as [Uint32Array, Uint32Array];
    put(chip.inPlace.name, passed, choice.inPlace, choice.inPlaceMore);
    put(chip.name, others, choice.own, choice.more);
  }
  return tables;
};

/** Numbers of rows by chip as written: in place or not, but in whichever of two tables. */
export const rowsByText = (records: Records, operands: Operands, rule?: TableRule): Record<string, number> => {
  const rows: Record<string, number> = {};
  for (const [name, { nRows }] of chipRows(records, operands, rule)) {
    const text = originalOf(chipByName.get(name) as Chip).name;
    rows[text] = (rows[text] ?? 0) + nRows;
  }
  return rows;
};

const NO_ROWS = { nRows: 0, fields: [], data: new Uint32Array(0) };
