// Rows of every chip of the machine and of a wide one, for parity with the CPU: they do not add up to an execution.
import type { ChipRows, SegmentInput } from '../../../prover/backend.ts';
import { type Records, segmentInput } from '../../../prover/segment.ts';
import type { Chip } from '../../../src/air/chip.ts';
import { CHIPS } from '../../../src/air/inventory.ts';
import { testing } from '../../../src/core/params.ts';
import { programTables } from '../../../src/machine/tables.ts';
import { runGuest } from '../../gpu/segment.ts';
import { wideChip } from '../../gpu/wide_chip.ts';
import { randomWords } from '../../random_words.ts';

const { program, run } = runGuest('isa_check', new Uint8Array(0));
const executed = run.records as Records;
const sorted = runGuest('sort', new Uint8Array(64).fill(5)).run.records as Records;
const hashed = runGuest('precompile_check', new Uint8Array(100).fill(5)).run.records as Records;
const tables = programTables(program);
/** One second table stands for all: they share their kernels with the first. */
const IS_TESTED = ({ name, original }: Chip): boolean => original === null || name === 'bitwise_more';
export const NO_OFFSETS = { fixedOffset: 0, traceOffset: 0, logupOffset: 0, coefficientOffset: 0 };

/**
 * At most `rows` rows of each chip, from the middle of an execution; all of the image. Chips that such a run has no rows
 * of get small random words, and tables of them. The wide chip has 2^wideLog rows.
 */
export const segmentOf = (rows: number, wideLog = 6): SegmentInput => {
  const records = Object.fromEntries(
    CHIPS.flatMap(({ name }) => {
      const found = [executed[name], sorted[name], hashed[name]].find((r) => r !== undefined && r.nRows > 0);
      if (!found) return [];
      const nRows = name === 'image' ? found.nRows : Math.min(rows, found.nRows);
      const first = name === 'image' ? 0 : (found.nRows - nRows) >> 1;
      const width = found.fields.length;
      return [[name, { ...found, nRows, data: found.data.subarray(first * width, (first + nRows) * width) }]];
    }),
  );
  const input = segmentInput(tables, { finalClk: run.finalClk, records }, testing);
  const present = new Set(input.layout.active.map(({ chip }) => chip));
  const added = [...CHIPS.filter((c) => !present.has(c) && IS_TESTED(c)), wideChip].map((chip) => ({
    ...{ chip, ...NO_OFFSETS },
    logN: chip === wideChip ? wideLog : 7,
  }));
  const small = (seed: number, count: number): Uint32Array => randomWords(seed, count).map((w) => w & 15);
  const random = added
    .filter(({ chip }) => chip.record.length > 0)
    .map(({ chip }, i): [string, ChipRows] => {
      // Forms in place and second tables read the records of the chip as written.
      const text = chip.name.replace(/(_in_place)?(_more)?$/, '');
      const real = input.records.get(text) ?? input.records.get(`${text}_in_place`);
      if (chip !== wideChip && real) return [chip.name, real];
      const fields = chip.record.length;
      const words = chip === wideChip ? randomWords(7, fields * rows) : small(i, fields * rows);
      return [chip.name, { nRows: rows, fields, data: words }];
    });
  const fixed = added.flatMap(({ chip, logN }, i): [string, Uint32Array[]][] =>
    input.fixed.has(chip.table) || chip.fixedColumns.length === 0
      ? []
      : [[chip.table, chip.fixedColumns.map((_, k) => small(30 * i + k, 2 ** logN))]],
  );
  return {
    ...input,
    layout: { ...input.layout, active: [...input.layout.active, ...added] },
    records: new Map([...input.records, ...random]),
    fixed: new Map([...input.fixed, ...fixed]),
  };
};
