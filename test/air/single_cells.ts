// Every cell of a row changed alone: which constraints and fractions react, and which cells nothing depends on.
import type { Chip } from '../../src/air/chip.ts';
import { type Expr, visitColumns } from '../../src/air/expr.ts';
import { P } from '../../src/core/field.ts';
import { random, type Segment } from './harness.ts';
import { failures, type RowModel } from './rows.ts';

/** Parts of a chip by trace column. */
const readersOf = (chip: Chip): { constraints: number[][]; fractions: number[][] } => {
  const lists = (): number[][] => chip.columns.map(() => []);
  const [constraints, fractions] = [lists(), lists()];
  const note = (exprs: readonly Expr[], to: number[][], part: number): void => {
    const seen = new Set<Expr>();
    for (const e of exprs) visitColumns(e, ({ fixed, index }) => void (fixed || to[index]?.push(part)), seen);
  };
  chip.constraints.forEach(({ expr }, i) => {
    note([expr], constraints, i);
  });
  chip.fractions.forEach(({ numerator, tuple }, i) => {
    note([numerator, ...tuple], fractions, i);
  });
  return { constraints, fractions };
};

const tupleText = (model: RowModel, i: number, values: readonly number[]): string => {
  const f = model.fractions[i] as RowModel['fractions'][number];
  const n = f.numerator(values);
  return n === 0 ? '-' : `${n}:${f.tuple.map((e) => e(values)).join(',')}`;
};

const at = <T>(list: readonly T[], indices: readonly number[]): T[] => indices.map((i) => list[i] as T);

export interface Reactions {
  /** Names of constraints, and `relation index` of fractions, that noticed some change. */
  readonly reacted: ReadonlySet<string>;
  /** Columns that may change with no effect but their own. */
  readonly free: ReadonlySet<string>;
}

/** Changes each cell of the rows to values that limbs, bytes, bits and the modulus suggest. */
export const singleCells = (s: Segment, chip: Chip, models: readonly RowModel[]): Reactions => {
  const next = random(1);
  const readers = readersOf(chip);
  const reacted = new Set<string>();
  const free = new Set<string>();
  for (const model of models) {
    chip.columns.forEach(({ name }, c) => {
      const fractions = readers.fractions[c] as number[];
      const before = fractions.map((i) => tupleText(model, i, model.honest));
      const own: RowModel = {
        ...model,
        constraints: at(model.constraints, readers.constraints[c] as number[]),
        fractions: at(model.fractions, fractions),
      };
      const old = model.honest[c] as number;
      for (const value of [old + 1, old + P - 1, old + 65536, P - old, 0, 1, next(P)]) {
        if (value % P === old) continue;
        const values = model.honest.with(c, value % P);
        const failed = failures(s, own, values);
        for (const part of failed) if (own.constraints.some((k) => k.name === part)) reacted.add(part);
        // A lookup that differs is refused or another lookup; of a tuple that no table backs, the difference is noticed.
        let noticed = failed.length > 0;
        fractions.forEach((i, k) => {
          if (tupleText(model, i, values) === before[k]) return;
          const { relation, sign } = chip.fractions[i] as Chip['fractions'][number];
          reacted.add(`${relation.name} ${i}`);
          if (relation.counted === undefined || sign === 1) noticed = true;
        });
        if (!noticed) free.add(`${chip.name}.${name}`);
      }
    });
  }
  return { reacted, free };
};

/** Parts of a chip that depend on columns which the prover fills. */
export const partsOf = (chip: Chip): string[] => {
  const isFilled = (e: Expr): boolean => {
    let touched = false;
    visitColumns(e, ({ fixed }) => {
      if (!fixed) touched = true;
    });
    return touched;
  };
  return [
    ...chip.constraints.map(({ name }) => name),
    ...chip.fractions.flatMap(({ relation, numerator, tuple }, i) =>
      [numerator, ...tuple].some(isFilled) ? [`${relation.name} ${i}`] : [],
    ),
  ];
};
