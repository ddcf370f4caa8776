/** What a proof starts from: the records and preprocessed columns of a run, and the layout of its tables. */
import type { Chip } from '../src/air/chip.ts';
import { MAX_CLK } from '../src/air/chips/memory.ts';
import { CHIPS } from '../src/air/inventory.ts';
import { buildLayout, checkLogRows, MIN_LOG_ROWS } from '../src/air/layout.ts';
import type { ProofParams } from '../src/core/params.ts';
import type { ProgramTables } from '../src/core/program_tables.ts';
import type { ChipRows, SegmentInput } from './backend.ts';
import { ProverError } from './errors.ts';

/** What an execution leaves for the prover. */
export interface ExecutionRecords {
  readonly exitCode: number;
  /** Clock of the last micro-op. */
  readonly finalClk: number;
  readonly journal: Uint8Array;
  readonly records: Readonly<
    Record<string, { readonly fields: readonly string[]; readonly nRows: number; readonly data: Uint32Array }>
  >;
}

const shared = new Map<Chip, readonly Uint32Array[]>();

/** The columns of a table that all programs share, computed once. */
const sharedColumns = (chip: Chip): readonly Uint32Array[] | undefined => {
  if (!chip.tableValues) return undefined;
  const columns = shared.get(chip) ?? chip.tableValues();
  shared.set(chip, columns);
  return columns;
};

const preprocessed = (program: ProgramTables): Map<string, readonly Uint32Array[]> => {
  const fixed = new Map<string, readonly Uint32Array[]>();
  for (const chip of CHIPS) {
    const columns = sharedColumns(chip);
    if (columns) fixed.set(chip.name, columns);
    else if (chip.fixedTree === 'program')
      fixed.set(chip.name, chip.name === 'program' ? program.program : program.image);
  }
  return fixed;
};

const heights = (
  fixed: ReadonlyMap<string, readonly Uint32Array[]>,
  records: ReadonlyMap<string, ChipRows>,
): number[] =>
  CHIPS.map((chip) => {
    const table = fixed.get(chip.name)?.[0];
    if (table) return Math.log2(table.length);
    const rows = records.get(chip.name)?.nRows ?? 0;
    return rows === 0 ? -1 : Math.max(MIN_LOG_ROWS, Math.ceil(Math.log2(rows)));
  });

/** Throws `ProverError` where the run is too long for one proof. */
export const segmentInput = (program: ProgramTables, run: ExecutionRecords, params: ProofParams): SegmentInput => {
  if (run.finalClk >= MAX_CLK) throw new ProverError('too_long', `clock ${run.finalClk} is not below 2^26`);
  const records = new Map<string, ChipRows>();
  for (const chip of CHIPS) {
    const rows = run.records[chip.name];
    if (rows && rows.nRows > 0)
      records.set(chip.name, { nRows: rows.nRows, fields: rows.fields.length, data: rows.data });
  }
  const fixed = preprocessed(program);
  const logRows = heights(fixed, records);
  const bad = checkLogRows(logRows);
  if (bad !== undefined) throw new ProverError('too_long', bad);
  return { layout: buildLayout(logRows), params, records, fixed };
};
