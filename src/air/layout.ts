/**
 * Which columns a proof commits, in which tree and order, and what is sampled of them: derived by prover and verifier
 * alike from the heights of the tables.
 */
import type { ProofShape } from '../core/security.ts';
import type { Chip } from './chip.ts';
import { constraintCount } from './circuit.ts';
import { CHIPS } from './inventory.ts';
import { MAX_TUPLE_WIDTH } from './relations.ts';

/** Most public terms of one proof's own relations: see `boundary.ts`. */
const MAX_BOUNDARY_TERMS = 4;

export const TREES = ['tables', 'program', 'boundary', 'trace', 'logup', 'composition'] as const;
export type TreeName = (typeof TREES)[number];

/** The trees whose columns are given: all but what the prover's own steps commit. */
export const FIXED_TREES = ['tables', 'program', 'boundary'] as const;

/** Smallest and largest log2 of a table's rows. */
export const MIN_LOG_ROWS = 4;
export const MAX_LOG_ROWS = 22;

/**
 * What a proof is of: a whole run, a segment of a cut one, or the last segment, which carries the image. The cells of a
 * whole run begin and end in its own tables, those of a cut one in tables that all segments share.
 */
export type Role = 'whole' | 'segment' | 'last';

const ROLES: Readonly<Record<string, readonly Role[]>> = {
  image: ['whole'],
  zero_init: ['whole'],
  boundary: ['segment', 'last'],
  boundary_memory: ['segment', 'last'],
  first: ['segment', 'last'],
  first_chain: ['segment', 'last'],
  image_once: ['last'],
};

/** Whether proofs of a role may have, or must have, rows of a chip. */
const presence = (chip: Chip, role: Role): 'never' | 'always' | 'either' => {
  const roles = ROLES[chip.name];
  if (roles && !roles.includes(role)) return 'never';
  // What reads a shared table besides its owner is there where it is used: without it its relations do not balance.
  const isGiven = chip.fixedTree === 'program' || (chip.fixedTree === 'tables' && chip.table === chip.name);
  return isGiven ? 'always' : 'either';
};

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

/** Given columns of one chip; others may read them too. */
export interface FixedTable {
  readonly name: string;
  readonly tree: (typeof FIXED_TREES)[number];
  /** Position of its first column in the tree. */
  readonly offset: number;
  readonly count: number;
  readonly logN: number;
}

export interface Layout {
  /** Log2 of the rows of every chip of the inventory, -1 where the chip has none in this proof. */
  readonly logRows: readonly number[];
  /** The chips that have something to prove: each has LogUp columns. */
  readonly active: readonly ActiveChip[];
  /** Tables of given columns, in the order of their trees' columns. */
  readonly tables: readonly FixedTable[];
  /** Log2 of the rows of every column of each tree, in commitment order. */
  readonly trees: Readonly<Record<TreeName, readonly number[]>>;
  /** The trees that have columns, in order: a whole run has no boundary tree. */
  readonly treeNames: readonly TreeName[];
  /** Tallest table, read or not. All columns are lifted to this height. */
  readonly maxLogN: number;
  readonly nConstraints: number;
  /** Samples at the out-of-domain point: every column of every tree in order. */
  readonly nColumns: number;
  /** LogUp base columns sampled once more at the point one row before, in order. */
  readonly shifted: readonly number[];
  readonly shape: ProofShape;
  /** Fractions, padding included, of the relations that span all segments. */
  readonly runTerms: number;
}

/** Builds the layout. The heights must have been bounded by `checkLogRows`. */
export const buildLayout = (logRows: readonly number[]): Layout => {
  const trees: Record<TreeName, number[]> = {
    tables: [],
    program: [],
    boundary: [],
    trace: [],
    logup: [],
    composition: [],
  };
  const active: ActiveChip[] = [];
  const tables: FixedTable[] = [];
  const shifted: number[] = [];
  let nConstraints = 0;
  const terms = { segment: 0, run: 0 };
  CHIPS.forEach((chip, i) => {
    const logN = logRows[i] ?? -1;
    if (logN < 0) return;
    if (chip.fixedTree !== null && chip.table === chip.name) {
      const columns = trees[chip.fixedTree];
      const count = chip.fixedColumns.length;
      tables.push({ name: chip.name, tree: chip.fixedTree, offset: columns.length, count, logN });
      for (const _ of chip.fixedColumns) columns.push(logN);
    }
    if (chip.logupColumns === 0) return;
    active.push({
      chip,
      logN,
      fixedOffset: tables.find((t) => t.name === chip.table)?.offset ?? 0,
      traceOffset: trees.trace.length,
      logupOffset: trees.logup.length,
      coefficientOffset: nConstraints,
    });
    for (const _ of chip.columns) trees.trace.push(logN);
    for (let k = 0; k < 4 * chip.logupColumns; k++) trees.logup.push(logN);
    for (let k = 4; k > 0; k--) shifted.push(trees.logup.length - k);
    nConstraints += constraintCount(chip);
    terms[chip.scope] += chip.fractions.length * 2 ** logN;
  });
  // A table that no chip of this proof reads counts too (the image in a segment): its columns are opened all the same.
  const heights = [...active, ...tables].map(({ logN }) => logN);
  const [minLogN, maxLogN] = [Math.min(...heights), Math.max(...heights)];
  for (let k = 0; k < 8; k++) trees.composition.push(maxLogN);
  const nColumns = TREES.reduce((n, t) => n + trees[t].length, 0);
  return {
    logRows,
    active,
    tables,
    trees,
    treeNames: TREES.filter((name) => trees[name].length > 0),
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
      logupTerms: terms.segment + MAX_BOUNDARY_TERMS,
      tupleWidth: MAX_TUPLE_WIDTH,
    },
    runTerms: terms.run,
  };
};

/**
 * Whether heights read from a proof are possible: known number of chips, every chip of the role present and no other,
 * every height in bounds, chips that read a table as high as it. A chip of the boundary tree comes with all chips that
 * read it: they prove what its rows claim. Bounds every multiplicity sum: the chips' rows times their fractions are
 * counted, so that none can wrap.
 */
export const checkLogRows = (logRows: readonly number[], role: Role = 'whole'): string | undefined => {
  if (logRows.length !== CHIPS.length) return `expected ${CHIPS.length} heights`;
  const heightOf = (name: string): number => logRows[CHIPS.findIndex((c) => c.name === name)] as number;
  let uses = 0;
  for (const [i, chip] of CHIPS.entries()) {
    const logN = logRows[i] as number;
    const wanted = presence(chip, role);
    if (wanted === 'always' && logN < 0) return `table ${chip.name} is missing`;
    if (wanted === 'never' && logN !== -1) return `chip ${chip.name} is not of this kind of proof`;
    const follows = chip.fixedTree === 'boundary' || logN !== -1;
    if (wanted !== 'never' && follows && chip.table !== chip.name && logN !== heightOf(chip.table))
      return `height of ${chip.name} is not that of ${chip.table}`;
    if (logN === -1) continue;
    if (!Number.isInteger(logN) || logN < MIN_LOG_ROWS || logN > MAX_LOG_ROWS)
      return `height of ${chip.name} out of bounds`;
    uses += chip.fractions.length * 2 ** logN;
  }
  // A relation's multiplicities are sums of at most `uses` terms of absolute value 1: below p, none can wrap.
  if (uses >= 2 ** 30) return 'too many rows in all';
  return undefined;
};
