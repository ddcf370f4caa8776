/**
 * Which columns a proof commits, in which tree and order, and what is sampled of them: derived by prover and verifier
 * alike from the heights of the tables.
 */
import type { ProofShape } from '../core/security.ts';
import type { Chip } from './chip.ts';
import { constraintCount } from './circuit.ts';
import { CHIPS } from './inventory.ts';
import { MAX_TUPLE_WIDTH } from './relations.ts';

export const TREES = ['tables', 'program', 'trace', 'logup', 'composition'] as const;
export type TreeName = (typeof TREES)[number];

/** Smallest and largest log2 of a table's rows. */
export const MIN_LOG_ROWS = 4;
export const MAX_LOG_ROWS = 22;

export interface ActiveChip {
  readonly chip: Chip;
  readonly logN: number;
  /** Position of the chip's first column in each tree that has columns of it. */
  readonly fixedOffset: number;
  readonly traceOffset: number;
  /** First base column of the chip's secure columns in the LogUp tree; four each. */
  readonly logupOffset: number;
  /** First of its composition coefficients. */
  readonly coefficientOffset: number;
}

export interface Layout {
  /** Log2 of the rows of every chip of the inventory, -1 where the chip has none in this proof. */
  readonly logRows: readonly number[];
  readonly active: readonly ActiveChip[];
  /** Log2 of the rows of every column of each tree, in commitment order. */
  readonly trees: Readonly<Record<TreeName, readonly number[]>>;
  /** Tallest table. All columns are lifted to this height. */
  readonly maxLogN: number;
  readonly nConstraints: number;
  /** Samples at the out-of-domain point: every column of every tree in order. */
  readonly nColumns: number;
  /** LogUp base columns sampled once more at the point one row before, in order. */
  readonly shifted: readonly number[];
  readonly shape: ProofShape;
}

/** Builds the layout. The heights must have been bounded by `checkLogRows`. */
export const buildLayout = (logRows: readonly number[]): Layout => {
  const trees: Record<TreeName, number[]> = { tables: [], program: [], trace: [], logup: [], composition: [] };
  const active: ActiveChip[] = [];
  const shifted: number[] = [];
  let nConstraints = 0;
  let logupTerms = 0;
  CHIPS.forEach((chip, i) => {
    const logN = logRows[i] ?? -1;
    if (logN < 0) return;
    const fixed = chip.fixedTree === null ? [] : trees[chip.fixedTree];
    active.push({
      chip,
      logN,
      fixedOffset: fixed.length,
      traceOffset: trees.trace.length,
      logupOffset: trees.logup.length,
      coefficientOffset: nConstraints,
    });
    for (const _ of chip.fixedColumns) fixed.push(logN);
    for (const _ of chip.columns) trees.trace.push(logN);
    for (let k = 0; k < 4 * chip.logupColumns; k++) trees.logup.push(logN);
    if (chip.logupColumns > 0) for (let k = 4; k > 0; k--) shifted.push(trees.logup.length - k);
    nConstraints += constraintCount(chip);
    logupTerms += chip.fractions.length * 2 ** logN;
  });
  const maxLogN = Math.max(...active.map((a) => a.logN));
  const minLogN = Math.min(...active.map((a) => a.logN));
  for (let k = 0; k < 8; k++) trees.composition.push(maxLogN);
  const nColumns = TREES.reduce((n, t) => n + trees[t].length, 0);
  return {
    logRows,
    active,
    trees,
    maxLogN,
    nConstraints,
    nColumns,
    shifted,
    shape: {
      maxLogN,
      minLogN,
      nColumns,
      nSamples: nColumns + shifted.length,
      nConstraints,
      logupTerms: logupTerms + 4,
      tupleWidth: MAX_TUPLE_WIDTH,
    },
  };
};

/**
 * Whether heights read from a proof are possible: known number of chips, program and table chips present, every
 * height in bounds, the shared tables at their own heights. Bounds every multiplicity sum: at most 30 chips of 2^22 rows
 * with under 40 fractions each is below 2^31 - 1 uses only per relation and row, so the total of rows is checked too.
 */
export const checkLogRows = (logRows: readonly number[]): string | undefined => {
  if (logRows.length !== CHIPS.length) return `expected ${CHIPS.length} heights`;
  let uses = 0;
  for (const [i, chip] of CHIPS.entries()) {
    const logN = logRows[i] as number;
    if (chip.fixedTree !== null && logN < 0) return `table ${chip.name} is missing`;
    if (logN === -1) continue;
    if (!Number.isInteger(logN) || logN < MIN_LOG_ROWS || logN > MAX_LOG_ROWS)
      return `height of ${chip.name} out of bounds`;
    uses += chip.fractions.length * 2 ** logN;
  }
  // A relation's multiplicities are sums of at most `uses` terms of absolute value 1: below p, none can wrap.
  if (uses >= 2 ** 30) return 'too many rows in all';
  return undefined;
};
