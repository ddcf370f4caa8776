// Filling the trace on the device: witness columns from records, then the multiplicities of the tables.
import type { Chip } from '../../../src/air/chip.ts';
import { CHIPS } from '../../../src/air/inventory.ts';
import { ProverError } from '../../errors.ts';
import type { Columns } from '../columns.ts';
import type { Buffers } from '../pool.ts';
import type { Recording } from '../recording.ts';
import {
  chipKernels,
  countCode,
  countOf,
  countText,
  type Form,
  witnessCode,
  witnessOf,
  witnessText,
} from './chip_kernels.ts';
import { COUNTERS } from './programs.ts';

/** Workgroups of the kernels made from chips: 64 threads, a row each. */
export const groupsOf = (rows: number): number => Math.ceil(rows / 64);

const ERRORS = ['lookup', 'value', 'use'] as const;
const errorCode = (chip: Chip, kind: (typeof ERRORS)[number]): number =>
  1 + ERRORS.length * CHIPS.indexOf(chip) + ERRORS.indexOf(kind);

/** Throws what the first word of the counts says went wrong, if anything. */
export const checkStatus = (status: number): void => {
  if (status === 0) return;
  const chip = CHIPS[Math.floor((status - 1) / ERRORS.length)]?.name;
  const kind = ERRORS[(status - 1) % ERRORS.length];
  if (kind === 'value') throw new ProverError('bad_witness', `chip ${chip}: a column holds no field element`);
  const what = kind === 'lookup' ? 'a record looks up' : 'a column uses';
  throw new ProverError('bad_record', `chip ${chip}: ${what} a row outside of its table`);
};

/** Multiplicities under construction: word 0 is the status, then one run of words for each counter. */
export interface Counts {
  readonly buffer: GPUBuffer;
  readonly words: number;
  /** Offset and rows of each of COUNTERS; no rows where the table is not part of the proof. */
  readonly places: readonly { readonly offset: number; readonly rows: number }[];
}

/** Acquires and zeroes the counts. `rowsOf` gives a chip's height in this proof, 0 if it has none. */
export const openCounts = (recording: Recording, pool: Buffers, rowsOf: (chip: Chip) => number): Counts => {
  let words = 4;
  const places = COUNTERS.map(({ chip }) => {
    const place = { offset: words, rows: rowsOf(chip) };
    words += place.rows;
    return place;
  });
  const buffer = pool.acquire(words, 'multiplicities');
  recording.dispatch({ kernel: { id: 'clear' }, params: [words], bindings: [buffer], groups: Math.ceil(words / 256) });
  return { buffer, words, places };
};

/** Moves the multiplicities to their columns. */
export const placeCounts = (
  recording: Recording,
  counts: Counts,
  traceOf: (chip: Chip) => Columns | undefined,
): void => {
  COUNTERS.forEach(({ chip, column }, i) => {
    const place = counts.places[i];
    const trace = traceOf(chip);
    if (place === undefined || trace === undefined) return;
    recording.copy(counts.buffer, place.offset, trace.buffer, trace.offset + column * trace.stride, place.rows);
  });
};

export interface FillInput {
  readonly chip: Chip;
  readonly records: { readonly buffer: GPUBuffer; readonly offset: number; readonly nRows: number };
  readonly trace: Columns;
  /** Preprocessed columns of any chip. */
  readonly fixedOf: (chip: string) => Columns | undefined;
  readonly counts: Counts;
  readonly form: Form;
}

/** Fills the chip's columns, padding with zero rows. Multiplicity columns are left alone. */
export const fillColumns = (recording: Recording, input: FillInput): void => {
  const { chip, records, trace, counts, form } = input;
  const [kernel] = chipKernels(chip, 'witness', form);
  if (kernel === undefined) return;
  const { lookupChip } = witnessOf(chip);
  const table = lookupChip === null ? undefined : input.fixedOf(lookupChip);
  if (lookupChip !== null && table === undefined) throw new Error(`table ${lookupChip} is not part of the proof`);
  const rows = 2 ** trace.logN;
  const params = [
    ...[rows, records.nRows, records.offset, chip.record.length, trace.offset, trace.stride],
    ...(table ? [table.offset, table.stride, 2 ** table.logN] : [0, 0, 0]),
    ...[errorCode(chip, 'lookup'), errorCode(chip, 'value')],
  ];
  const lookups = table?.buffer ?? recording.constant([0]);
  const all = { records: records.buffer, lookups, out: trace.buffer, status: counts.buffer };
  const bindings =
    form === 'interpreted'
      ? [recording.constant(witnessCode(chip).code), all.records, all.lookups, all.out, all.status]
      : witnessText(chip).bindings.map((name) => all[name]);
  recording.dispatch({ kernel, params, bindings, groups: groupsOf(rows) });
};

export interface CountInput {
  readonly chip: Chip;
  /** Rows in use; the others are padding. */
  readonly nRows: number;
  readonly trace: Columns;
  readonly fixed: Columns | undefined;
  readonly counts: Counts;
  readonly form: Form;
}

/** Counts the table rows that the chip's filled columns use. */
export const countUses = (recording: Recording, input: CountInput): void => {
  const { chip, nRows, trace, fixed, counts, form } = input;
  const [kernel] = chipKernels(chip, 'count', form);
  if (kernel === undefined) return;
  const rows = countOf(chip).paddingIsIdle ? nRows : 2 ** trace.logN;
  const params = [
    ...[rows, trace.offset, trace.stride],
    ...[fixed?.offset ?? 0, fixed?.stride ?? 0, errorCode(chip, 'use')],
  ];
  const counters = recording.constant(counts.places.flatMap(({ offset, rows: n }) => [offset, n]));
  const preprocessed = fixed?.buffer ?? recording.constant([0]);
  const all = { counters, trace: trace.buffer, preprocessed, counts: counts.buffer };
  const bindings =
    form === 'interpreted'
      ? [recording.constant(countCode(chip).code), all.counters, all.trace, all.preprocessed, all.counts]
      : countText(chip).bindings.map((name) => all[name]);
  recording.dispatch({ kernel, params, bindings, groups: groupsOf(rows) });
};
