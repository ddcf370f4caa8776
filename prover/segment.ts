/** What a proof starts from: the records and given columns of a run or of a segment, and the layout of its tables. */
import type { Chip } from '../src/air/chip.ts';
import { MAX_CLK } from '../src/air/chips/memory.ts';
import { CHIPS } from '../src/air/inventory.ts';
import { buildLayout, checkLogRows, MIN_LOG_ROWS, type Role } from '../src/air/layout.ts';
import type { TableRule } from '../src/air/table_choice.ts';
import type { ProofParams } from '../src/core/params.ts';
import type { ProgramTables } from '../src/core/program_tables.ts';
import type { ChipRows, SegmentInput } from './backend.ts';
import { chipRows, type Records } from './chip_rows.ts';
import { ProverError } from './errors.ts';

export type { Records } from './chip_rows.ts';

/** What an execution leaves for the prover. */
export interface ExecutionRecords {
  readonly exitCode: number;
  /** Clock of the last micro-op. */
  readonly finalClk: number;
  readonly journal: Uint8Array;
  readonly records: Records;
}

const shared = new Map<Chip, readonly Uint32Array[]>();

/** The columns of a table that all programs share, computed once. */
const sharedColumns = (chip: Chip): readonly Uint32Array[] | undefined => {
  if (!chip.tableValues) return undefined;
  const columns = shared.get(chip) ?? chip.tableValues();
  shared.set(chip, columns);
  return columns;
};

const heights = (
  fixed: ReadonlyMap<string, readonly Uint32Array[]>,
  records: ReadonlyMap<string, ChipRows>,
  role: Role,
): number[] =>
  CHIPS.map((chip) => {
    if (chip.name === 'image') return role === 'whole' ? heightOf(fixed, chip.table) : -1;
    if (chip.name === 'image_once') return role === 'last' ? heightOf(fixed, chip.table) : -1;
    if (chip.fixedTree === 'tables' && chip.table !== chip.name && !isUsed(chip, records)) return -1;
    if (chip.fixedTree !== null) return heightOf(fixed, chip.table);
    const rows = records.get(chip.name)?.nRows ?? 0;
    return rows === 0 ? -1 : Math.max(MIN_LOG_ROWS, Math.ceil(Math.log2(rows)));
  });

/** Whether a chip with rows takes what this one emits. */
const isUsed = (chip: Chip, records: ReadonlyMap<string, ChipRows>): boolean => {
  const emitted = new Set(chip.fractions.map((f) => f.relation));
  return CHIPS.some((c) => records.has(c.name) && c.fractions.some((f) => f.sign === -1 && emitted.has(f.relation)));
};

const heightOf = (fixed: ReadonlyMap<string, readonly Uint32Array[]>, table: string): number => {
  const length = fixed.get(table)?.[0]?.length;
  return length === undefined ? -1 : Math.log2(length);
};

/** What a segment brings besides its records: the columns of its boundary tree, by table. */
export interface SegmentTables {
  readonly role: Role;
  readonly boundary: ReadonlyMap<string, readonly Uint32Array[]>;
}

const NONE = new Uint32Array(0);
const WHOLE: SegmentTables = { role: 'whole', boundary: new Map() };

/** Throws `ProverError` where the run is too long for one proof. */
export const segmentInput = (
  program: ProgramTables,
  run: Pick<ExecutionRecords, 'finalClk' | 'records'>,
  params: ProofParams,
  { role, boundary }: SegmentTables = WHOLE,
  rule?: TableRule,
): SegmentInput => {
  if (run.finalClk >= MAX_CLK) throw new ProverError('too_long', `clock ${run.finalClk} is not below 2^26`);
  const [, , rd = NONE, rs1 = NONE] = program.program;
  const records = chipRows(run.records, { rd, rs1 }, rule);
  const fixed = new Map<string, readonly Uint32Array[]>([
    ...CHIPS.flatMap((chip) => {
      const columns = sharedColumns(chip);
      return columns ? [[chip.name, columns] as const] : [];
    }),
    ['program', program.program],
    ['image_table', program.image],
    ...boundary,
  ]);
  const logRows = heights(fixed, records, role);
  const bad = checkLogRows(logRows, role);
  if (bad !== undefined) throw new ProverError('too_long', bad);
  return { layout: buildLayout(logRows), params, records, fixed };
};
