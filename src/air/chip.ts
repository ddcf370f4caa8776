/** What a chip is written against, and the checks every chip passes when it is defined. */
import {
  column,
  degree,
  type Expr,
  evaluateExpr,
  linearForm,
  mul,
  sub,
  type Term,
  toExpr,
  visitColumns,
} from './expr.ts';
import { MEMORY, RANGE, RANGE_16, type Relation } from './relations.ts';
import { type W, type WTerm, w } from './witness.ts';

export interface ChipColumn {
  readonly name: string;
  /** How the column is filled; null for multiplicities, which are counted. */
  readonly witness: W | null;
}

export interface Fraction {
  readonly relation: Relation;
  /** The term added to the relation is sign * numerator / fingerprint(tuple). */
  readonly sign: 1 | -1;
  readonly numerator: Expr;
  readonly tuple: readonly Expr[];
}

/**
 * Where a chip's given columns are committed: the tree all programs share, the program's own, or what a segment of a cut
 * run shares with its other segments. The first two are part of the verifying key; all are fixed before the trace.
 */
export type FixedTree = 'tables' | 'program' | 'boundary';

/** Whose challenges a chip's relations take: those of its own proof, or those of the whole run of segments. */
export type Scope = 'segment' | 'run';

export interface Chip {
  readonly name: string;
  readonly record: readonly string[];
  readonly fixedTree: FixedTree | null;
  /** The chip whose given columns this one reads: itself, unless it names another. */
  readonly table: string;
  /** The chip that this one is a second table of (`second_tables.ts`). */
  readonly original: Chip | null;
  /** The form of this chip whose rd is its rs1 (`chips/frame.ts`), if it has one. */
  readonly inPlace: Chip | null;
  readonly scope: Scope;
  readonly fixedColumns: readonly string[];
  /** Values of the shared tables, columns of equal power-of-two length; null where the program supplies them. */
  readonly tableValues: (() => Uint32Array[]) | null;
  /** Log2 of their length. */
  readonly tableLog: number | null;
  readonly columns: readonly ChipColumn[];
  readonly constraints: readonly { readonly name: string; readonly expr: Expr }[];
  readonly fractions: readonly Fraction[];
  /** Number of secure (extension) LogUp columns: fractions in pairs. */
  readonly logupColumns: number;
}

export interface Limbs {
  readonly lo: Expr;
  readonly hi: Expr;
}

export interface ChipBuilder {
  /** A word of the row's record. */
  record(name: string): W;
  /** A trace column, filled from a witness expression. */
  column(name: string, witness: WTerm): Expr;
  /** Two columns with the 16-bit halves of a word. */
  limbs(name: string, word: W): Limbs;
  /** The column that is 1 on the rows in use and 0 on padding; made on first use, constrained to be a bit. */
  enabler(): Expr;
  /** Uses `sum` (of selector columns made by `bit`) as the enabler instead; constrained to be a bit. */
  enableBy(sum: Expr): void;
  /** A trace column constrained to be 0 or 1. */
  bit(name: string, witness: WTerm): Expr;
  /** Given column by name. */
  fixed(name: string): Expr;
  /** A trace column that counts uses of the chip's table. */
  multiplicity(name: string): Expr;
  zero(name: string, expr: Expr): void;
  /** Adds `numerator` (the enabler unless given) times the tuple to the relation. */
  emit(relation: Relation, tuple: readonly Term[], numerator?: Expr): void;
  /** Subtracts it: consumes an emitted tuple, or looks one up in a table. */
  take(relation: Relation, tuple: readonly Term[], numerator?: Expr): void;
  /** v < 2^bits by lookup, bits in [0, 16]. */
  range(value: Term, bits?: number, numerator?: Expr): void;
  /**
   * One access to a cell at clock `now`: takes its last tuple (previous value, previous clock) and leaves the new one,
   * previous < now being shown by a 16-bit check of now - previous - 1 (older cells pass through the refresh chip).
   */
  access(name: string, address: Term, previous: Limbs, next: Limbs, previousClk: W, now: Term): void;
}

export interface ChipSpec {
  readonly name: string;
  readonly record: readonly string[];
  readonly fixedTree?: FixedTree;
  readonly fixedColumns?: readonly string[];
  /** Reads the given columns of this chip instead of having its own. */
  readonly reads?: Chip;
  readonly scope?: Scope;
  readonly tableValues?: () => Uint32Array[];
  readonly tableLog?: number;
  readonly build: (b: ChipBuilder) => void;
}

export class ChipError extends Error {
  constructor(chip: string, message: string) {
    super(`chip ${chip}: ${message}`);
    this.name = 'ChipError';
  }
}

/**
 * Degree bounds that let the quotient fit the committed evaluations at blow-up 2: three for a row constraint, and
 * one for numerators and fingerprints, whose pairwise LogUp constraint is then of degree three.
 */
export const MAX_DEGREE = 3;

const check = (chip: Chip): Chip => {
  const fail = (message: string): never => {
    throw new ChipError(chip.name, message);
  };
  const names = [...chip.columns.map((c) => c.name), ...chip.fixedColumns];
  const repeated = names.find((n, i) => names.indexOf(n) !== i);
  if (repeated !== undefined) fail(`two columns are called ${repeated}`);
  const touched = new Set<number>();
  const touch = (e: Expr): void => visitColumns(e, (c) => void (c.fixed || touched.add(c.index)));
  for (const { name, expr } of chip.constraints) {
    if (degree(expr) > MAX_DEGREE) fail(`constraint ${name} has degree ${degree(expr)} > ${MAX_DEGREE}`);
    // Padding rows are zero in every column that the prover fills, whatever the preprocessed columns hold.
    const isPreprocessed = chip.fixedTree !== 'boundary';
    for (const seed of [0, 1, 77777]) {
      const value = evaluateExpr(expr, (fixed, i) => (fixed && isPreprocessed ? (seed * (i + 3)) % 65521 : 0));
      if (value !== 0) fail(`constraint ${name} does not hold on padding rows`);
    }
    touch(expr);
  }
  for (const { relation, numerator, tuple } of chip.fractions) {
    if (tuple.length !== relation.arity)
      fail(`relation ${relation.name} takes ${relation.arity} values, got ${tuple.length}`);
    if (degree(numerator) > 1) fail(`a numerator of relation ${relation.name} has degree ${degree(numerator)} > 1`);
    touch(numerator);
    for (const e of tuple) {
      if (degree(e) > 1) fail(`a tuple of relation ${relation.name} has degree ${degree(e)} > 1`);
      linearForm(e);
      touch(e);
    }
  }
  chip.columns.forEach((c, i) => {
    if (!touched.has(i)) fail(`no constraint or relation touches column ${c.name}`);
  });
  return chip;
};

/** Builds a chip from its text. Throws `ChipError` on a column that nothing constrains, or too high a degree. */
export const defineChip = (spec: ChipSpec): Chip => {
  const columns: ChipColumn[] = [];
  const constraints: { name: string; expr: Expr }[] = [];
  const fractions: Fraction[] = [];
  const fixedColumns = spec.reads?.fixedColumns ?? spec.fixedColumns ?? [];
  let enabler: Expr | undefined;
  const newColumn = (name: string, witness: W | null): Expr => {
    columns.push({ name, witness });
    return column(false, columns.length - 1);
  };
  const b: ChipBuilder = {
    record: (name) => {
      const field = spec.record.indexOf(name);
      if (field < 0) throw new ChipError(spec.name, `the record has no field ${name}`);
      return w.record(field);
    },
    column: (name, witness) => newColumn(name, w.constant(witness)),
    limbs: (name, word) => ({
      lo: b.column(`${name}_lo`, w.and(word, 0xffff)),
      hi: b.column(`${name}_hi`, w.shr(word, 16)),
    }),
    enabler: () => {
      if (!enabler) {
        enabler = b.bit('enabler', 1);
      }
      return enabler;
    },
    enableBy: (sum) => {
      enabler = sum;
      b.zero('at most one selector', sub(sum, mul(sum, sum)));
    },
    bit: (name, witness) => {
      const e = b.column(name, witness);
      b.zero(`${name} is a bit`, sub(e, mul(e, e)));
      return e;
    },
    fixed: (name) => {
      const index = fixedColumns.indexOf(name);
      if (index < 0) throw new ChipError(spec.name, `no given column ${name}`);
      return column(true, index);
    },
    multiplicity: (name) => newColumn(name, null),
    zero: (name, expr) => void constraints.push({ name, expr }),
    emit: (relation, tuple, numerator) =>
      void fractions.push({ relation, sign: 1, numerator: numerator ?? b.enabler(), tuple: tuple.map(toExpr) }),
    take: (relation, tuple, numerator) =>
      void fractions.push({ relation, sign: -1, numerator: numerator ?? b.enabler(), tuple: tuple.map(toExpr) }),
    range: (value, bits = 16, numerator) => b.take(RANGE, [bits === 16 ? RANGE_16 : 2 ** bits, value], numerator),
    access: (name, address, previous, next, previousClk, now) => {
      const clk = b.column(`${name}_prev`, previousClk);
      b.take(MEMORY, [address, previous.lo, previous.hi, clk]);
      b.emit(MEMORY, [address, next.lo, next.hi, now]);
      b.range(sub(sub(toExpr(now), clk), 1));
    },
  };
  spec.build(b);
  return check({
    name: spec.name,
    record: spec.record,
    fixedTree: spec.reads?.fixedTree ?? spec.fixedTree ?? null,
    table: spec.reads?.name ?? spec.name,
    original: null,
    inPlace: null,
    scope: spec.scope ?? 'segment',
    fixedColumns,
    tableValues: spec.tableValues ?? null,
    tableLog: spec.tableLog ?? null,
    columns,
    constraints,
    fractions,
    logupColumns: Math.ceil(fractions.length / 2),
  });
};
