/**
 * Checks of a whole trace without a proof: every constraint of every row, and the exact balance of every relation.
 * What passes both is provable, and what fails either is refused by the verifier but for a chance that security.ts counts.
 */
import { add as fAdd, mul as fMul, neg as fNeg, fromInt, sub as fSub, P } from '../core/field.ts';
import type { BoundaryTerm } from './boundary.ts';
import type { Chip } from './chip.ts';
import type { Expr } from './expr.ts';
import { RELATIONS, type Relation } from './relations.ts';

/** The columns of one chip, all of one power-of-two height. */
export interface ChipTrace {
  readonly chip: Chip;
  readonly columns: readonly Uint32Array[];
  readonly fixed: readonly Uint32Array[];
}

/** A constraint that does not hold in a row, or a cell that is no field element. */
export interface RowFailure {
  readonly chip: string;
  readonly row: number;
  readonly constraint: string;
  /** The columns' values in the row, by name. */
  readonly values: Readonly<Record<string, number>>;
}

/** A row that adds to a tuple; `public` stands for the boundary terms. */
export interface TupleUse {
  readonly chip: string;
  readonly row: number;
  /** Signed multiplicity: positive where the row emits. */
  readonly multiplicity: number;
}

/** A tuple whose signed multiplicities do not sum to zero. */
export interface RelationFailure {
  readonly relation: string;
  readonly tuple: readonly number[];
  readonly sum: number;
  readonly uses: readonly TupleUse[];
}

const FIELD_OPS = { add: fAdd, sub: fSub, mul: fMul } as const;
type RowValue = (row: number) => number;

const compile = (e: Expr, trace: ChipTrace): RowValue => {
  if (e.kind === 'const') return () => e.value;
  if (e.kind === 'column') {
    const column = (e.fixed ? trace.fixed : trace.columns)[e.index] as Uint32Array;
    return (row) => column[row] as number;
  }
  const op = FIELD_OPS[e.kind];
  const [a, b] = [compile(e.a, trace), compile(e.b, trace)];
  return (row) => op(a(row), b(row));
};

const heightOf = ({ columns, fixed }: ChipTrace): number => (columns[0] ?? fixed[0])?.length ?? 0;

const rowValues = ({ chip, columns, fixed }: ChipTrace, row: number): Record<string, number> => ({
  ...Object.fromEntries(chip.fixedColumns.map((name, i) => [name, fixed[i]?.[row] ?? 0])),
  ...Object.fromEntries(chip.columns.map(({ name }, i) => [name, columns[i]?.[row] ?? 0])),
});

/** Evaluates all constraints on all rows; stops after `limit` failures. */
export const checkRows = (traces: readonly ChipTrace[], limit = 100): RowFailure[] => {
  const failures: RowFailure[] = [];
  for (const trace of traces) {
    const { chip } = trace;
    const report = (row: number, constraint: string): void => {
      if (failures.length < limit) failures.push({ chip: chip.name, row, constraint, values: rowValues(trace, row) });
    };
    trace.columns.forEach((column, i) => {
      const row = column.findIndex((v) => v >= P);
      if (row >= 0) report(row, `${chip.columns[i]?.name} is a field element`);
    });
    for (const { name, expr } of chip.constraints) {
      const value = compile(expr, trace);
      for (let row = 0; row < heightOf(trace) && failures.length < limit; row++)
        if (value(row) !== 0) report(row, name);
    }
  }
  return failures;
};

/** Calls `visit` with every tuple that has a non-zero multiplicity in a row. */
const forEachUse = (
  traces: readonly ChipTrace[],
  boundary: readonly BoundaryTerm[],
  visit: (relation: Relation, tuple: readonly number[], multiplicity: number, chip: string, row: number) => void,
): void => {
  for (const { relation, multiplicity, tuple } of boundary)
    if (multiplicity !== 0) visit(relation, tuple, fromInt(multiplicity), 'public', 0);
  for (const trace of traces) {
    for (const { relation, sign, numerator, tuple } of trace.chip.fractions) {
      const count = compile(numerator, trace);
      const elements = tuple.map((e) => compile(e, trace));
      for (let row = 0; row < heightOf(trace); row++) {
        const n = count(row);
        if (n === 0) continue;
        visit(
          relation,
          elements.map((f) => f(row)),
          sign === 1 ? n : fNeg(n),
          trace.chip.name,
          row,
        );
      }
    }
  }
};

const keyOf = (relation: Relation, tuple: readonly number[]): string => `${relation.tag},${tuple.join(',')}`;

/** Sums the multiplicities of every tuple over all rows and the public ends; at most `limit` failures. Relations that span segments balance over the traces of all of them. */
export const checkRelations = (
  traces: readonly ChipTrace[],
  boundary: readonly BoundaryTerm[],
  limit = 100,
): RelationFailure[] => {
  const sums = new Map<string, number>();
  forEachUse(traces, boundary, (relation, tuple, multiplicity) => {
    const key = keyOf(relation, tuple);
    const sum = fAdd(sums.get(key) ?? 0, multiplicity);
    if (sum === 0) sums.delete(key);
    else sums.set(key, sum);
  });
  if (sums.size === 0) return [];
  const wanted = new Map([...sums].slice(0, limit).map(([key, sum]) => [key, { sum, uses: [] as TupleUse[] }]));
  forEachUse(traces, boundary, (relation, tuple, multiplicity, chip, row) => {
    const signed = multiplicity > P / 2 ? multiplicity - P : multiplicity;
    wanted.get(keyOf(relation, tuple))?.uses.push({ chip, row, multiplicity: signed });
  });
  return [...wanted].map(([key, { sum, uses }]) => {
    const [tag, ...tuple] = key.split(',').map(Number);
    const name = RELATIONS.find((r) => r.tag === tag)?.name ?? '';
    return { relation: name, tuple, sum: sum > P / 2 ? sum - P : sum, uses };
  });
};

/** One line for people. */
export const describeFailure = (failure: RowFailure | RelationFailure): string => {
  if ('constraint' in failure) {
    const values = Object.entries(failure.values).map(([name, value]) => `${name} ${value}`);
    return `chip ${failure.chip}, row ${failure.row}: ${failure.constraint} does not hold (${values.join(', ')})`;
  }
  const { relation, tuple, sum, uses } = failure;
  const by = uses.map(
    ({ chip, row, multiplicity }) => `${chip} row ${row} ${multiplicity > 0 ? '+' : ''}${multiplicity}`,
  );
  return `relation ${relation}: (${tuple.join(', ')}) sums to ${sum} (${by.join(', ')})`;
};
