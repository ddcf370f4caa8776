/**
 * Second tables: rows of a chip may be in two tables, of 2^k rows and of what is left, instead of one that is padded to
 * 2^(k+1). To all else a second table is one more chip, of the same text and another name. No relation can tell which
 * table a row is in: fractions are summed over the rows of all tables, and no constraint sees two rows.
 */
import type { Chip } from './chip.ts';

/** The chip that has the text: itself, or what it is a second table of. Kernels are made for each text once. */
export const originalOf = (chip: Chip): Chip => chip.original ?? chip;

/** Makes a chip's value when first asked for; second tables share it. */
export const onceByText = <T>(make: (chip: Chip) => T): ((chip: Chip) => T) => {
  const known = new Map<Chip, T>();
  return (chip) => {
    const original = originalOf(chip);
    const value = known.get(original) ?? make(original);
    known.set(original, value);
    return value;
  };
};

/** Chips of a few rows, or of rows that only a whole run has. Chips that read given columns are as tall as these. */
const ONE_TABLE = ['halt', 'read', 'input_length', 'write', 'call1', 'call2', 'call3', 'call4', 'zero_init'];

export const hasSecondTable = (chip: Chip): boolean =>
  chip.record.length > 0 && chip.fixedTree === null && !ONE_TABLE.includes(originalOf(chip).name);

export const secondTableName = (chip: string): string => `${chip}_more`;

export const secondTable = (chip: Chip): Chip => {
  const name = secondTableName(chip.name);
  return { ...chip, name, table: name, original: chip, inPlace: null };
};

/**
 * Least rows of padding that a second table must save. Each of its columns saves so many cells and costs some 800 bytes
 * of proof (193 openings and a sample under `standard`): from 2^12 on five cells a byte. On the guests of docs/cells.md
 * that is 11 to 32 % of all committed cells for 109 to 362 KiB; half the bound gives less than 3 % more for up to 180 KiB.
 */
export const MIN_SAVED_ROWS: number = 2 ** 12;

/** Rows of a chip in its own and in its second table. */
export const splitRows = (rows: number): readonly [own: number, more: number] => {
  const whole = 2 ** Math.ceil(Math.log2(Math.max(1, rows)));
  const own = whole / 2;
  const more = 2 ** Math.ceil(Math.log2(Math.max(1, rows - own)));
  return rows > own && whole - own - more >= MIN_SAVED_ROWS ? [own, rows - own] : [rows, 0];
};
