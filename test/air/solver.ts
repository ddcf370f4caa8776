// Looks for a second witness of a row: a free cell is changed, and every constraint that then fails is mended by another
// free cell in which it is linear or quadratic, depth first. What a chip consumes is given; what it produces must come out the same.
import { add, inv, mul, neg, P, pow, sub } from '../../src/core/field.ts';
import type { Segment } from './harness.ts';
import { effect, failures, inTable, type RowModel } from './rows.ts';

type Values = readonly number[];

interface Equation {
  readonly name: string;
  readonly value: (values: Values) => number;
  readonly columns: readonly number[];
}

export interface SolverOptions {
  /** Constraints or fractions ("relation index") left out, as if the chip lacked them. */
  readonly without?: string;
  /** Assignments tried for each changed cell. */
  readonly budget?: number;
}

/** Columns that a function of the row reads, found by changing them one by one. */
const readsOf = (value: (values: Values) => number, honest: Values): number[] => {
  const base = honest.map((v, i) => add(v, (i * 7919 + 12345) % P));
  const at = value(base);
  return base.flatMap((v, i) =>
    value(base.with(i, add(v, 1))) === at && value(base.with(i, add(v, 2))) === at ? [] : [i],
  );
};

const REGISTERS = 2 ** 30;

/**
 * What is given: the state, and of every cell access the old value and its clock, and the address where it is a
 * register's. The rest of the row is the prover's.
 */
const givens = ({ fractions, honest }: RowModel): Equation[] =>
  fractions.flatMap((f, i) => {
    if (f.sign === 1 || f.relation.counted !== undefined) return [];
    const used = (values: Values): number => sub(f.numerator(values), f.numerator(honest));
    const use: Equation = { name: `given ${i}`, value: used, columns: readsOf(used, honest) };
    const elements = f.tuple.flatMap((e, k): Equation[] => {
      const target = e(honest);
      if (f.relation.name === 'memory' && k === 0 && target < REGISTERS) return [];
      const value = (values: Values): number => sub(e(values), target);
      return [{ name: `given ${i}.${k}`, value, columns: readsOf(value, honest) }];
    });
    return [use, ...elements];
  });

/** The values of column `c` at which an equation of degree one or two in it holds. */
const solveFor = ({ value }: Equation, values: Values, c: number): number[] => {
  const [f0, f1, f2, f3] = [0, 1, 2, 3].map((x) => value(values.with(c, x))) as [number, number, number, number];
  const second = sub(sub(f2, f1), sub(f1, f0));
  if (sub(sub(f3, f2), sub(f2, f1)) !== second) return [];
  // a x^2 + b x + f0
  const a = mul(second, inv(2));
  const b = sub(sub(f1, f0), a);
  if (a === 0) return b === 0 ? [] : [mul(neg(f0), inv(b))];
  const discriminant = sub(mul(b, b), mul(4, mul(a, f0)));
  const root = pow(discriminant, (P + 1) / 4); // p = 3 mod 4
  if (mul(root, root) !== discriminant) return [];
  return [root, neg(root)].map((r) => mul(sub(r, b), inv(add(a, a))));
};

/** Changes that matter to limbs, bytes, carries and the modulus. */
const SHIFTS = [1, 2, 255, 256, 16384, 32768, 65535, 65536, 2 ** 30].flatMap((d) => [d, P - d]);
const VALUES = [0, 1, 255, 256, 65535, 65536, P - 1, inv(65536), P - inv(65536)];

/** A row other than the honest one that nothing refuses and that produces something else, or undefined. */
export const secondWitness = (s: Segment, model: RowModel, options: SolverOptions = {}): number[] | undefined => {
  const { without, budget = 40 } = options;
  const { honest, chip } = model;
  const isKept = (name: string): boolean => name !== without;
  const equations: Equation[] = [
    ...model.constraints.map(({ name, value }) => ({ name, value, columns: readsOf(value, honest) })),
    ...givens(model),
  ].filter(({ name }) => isKept(name));
  // A given that is a single column pins it.
  const pinned = new Set(
    equations.flatMap(({ name, columns }) => (name.startsWith('given') && columns.length === 1 ? columns : [])),
  );
  const enabler = chip.columns.findIndex(({ name }) => name === 'enabler');
  pinned.add(enabler);
  const lookups = model.fractions.flatMap((f, i) =>
    f.relation.counted !== undefined && f.sign === -1 && isKept(`${f.relation.name} ${i}`)
      ? [{ ...f, columns: [...new Set(f.tuple.flatMap((e) => readsOf(e, honest)))] }]
      : [],
  );
  const before = effect(model, honest);
  const differs = (values: Values): boolean => effect(model, values).some((e, i) => e !== before[i]);
  let left = 0;
  const search = (values: Values, decided: ReadonlySet<number>): number[] | undefined => {
    if (left-- <= 0) return undefined;
    for (const { relation, numerator, tuple, columns } of lookups) {
      if (!columns.every((c) => decided.has(c) || pinned.has(c))) continue;
      if (
        numerator(values) !== 0 &&
        !inTable(
          s,
          relation,
          tuple.map((e) => e(values)),
        )
      )
        return undefined;
    }
    const broken = equations.find(({ value }) => value(values) !== 0);
    if (!broken) {
      const failed = failures(s, model, values).filter(isKept);
      return failed.length === 0 && differs(values) ? [...values] : undefined;
    }
    for (const c of broken.columns) {
      if (decided.has(c) || pinned.has(c)) continue;
      for (const solved of solveFor(broken, values, c)) {
        const found = search(values.with(c, solved), new Set([...decided, c]));
        if (found) return found;
      }
    }
    return undefined;
  };
  for (let c = 0; c < honest.length; c++) {
    if (pinned.has(c)) continue;
    const old = honest[c] as number;
    for (const value of new Set([...SHIFTS.map((d) => add(old, d)), ...VALUES, neg(old)])) {
      if (value === old) continue;
      left = budget;
      const found = search(honest.with(c, value), new Set([c]));
      if (found) return found;
    }
  }
  return undefined;
};
