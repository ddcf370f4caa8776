// Bounds of what a row's expressions can be, from the bounds of its columns.
import assert from 'node:assert/strict';
import type { Chip } from '../../src/air/chip.ts';
import type { Expr } from '../../src/air/expr.ts';
import { P } from '../../src/core/field.ts';

export type Interval = readonly [low: number, high: number];
export type Known = ReadonlyMap<number, Interval>;

const signed = (value: number): number => (value > P / 2 ? value - P : value);
const hull = (...values: readonly number[]): Interval => [Math.min(...values), Math.max(...values)];

/** Intervals of trace columns: bits, bytes and limbs by lookup, cells of memory, columns set by hand. */
export const boundsOf = (chip: Chip, known: Known): Map<number, Interval> => {
  const bounds = new Map<number, Interval>();
  const put = (e: Expr | undefined, low: number, high: number): void => {
    if (e?.kind === 'column' && !e.fixed && !bounds.has(e.index)) bounds.set(e.index, [low, high]);
  };
  for (const { name, expr } of chip.constraints) if (/ is a bit$/.test(name) && expr.kind === 'sub') put(expr.a, 0, 1);
  for (const { relation, sign, tuple } of chip.fractions) {
    const [key, value] = tuple;
    if (relation.name === 'range' && key?.kind === 'const') {
      // A checked difference to an enabler's multiple bounds the column too; others are no columns.
      put(value, 0, key.value - 1);
    }
    if (relation.name === 'bitwise') for (const e of tuple.slice(1)) put(e, 0, 255);
    // What an access takes was checked when it was written.
    if (relation.name === 'memory' && sign === -1) for (const e of tuple.slice(1, 3)) put(e, 0, 0xffff);
  }
  for (const [index, interval] of known) bounds.set(index, interval);
  return bounds;
};

export const columnOf = (chip: Chip, name: string): number => {
  const index = chip.columns.findIndex((c) => c.name === name);
  assert.ok(index >= 0, name);
  return index;
};

/** Bounds of an expression, or undefined where a column of it has none. Known columns are put in first. */
export const evaluator = (chip: Chip, known: Known): ((e: Expr) => Interval | undefined) => {
  const bounds = boundsOf(chip, known);
  const seen = new Map<Expr, Interval | undefined>();
  const combine = (e: Expr & { kind: 'add' | 'sub' | 'mul' }): Interval | undefined => {
    const [x, y] = [of(e.a), of(e.b)];
    if (x?.[0] === 0 && x[1] === 0 && e.kind === 'mul') return [0, 0];
    if (y?.[0] === 0 && y[1] === 0 && e.kind === 'mul') return [0, 0];
    if (!x || !y) return undefined;
    if (e.kind === 'add') return [x[0] + y[0], x[1] + y[1]];
    if (e.kind === 'sub') return [x[0] - y[1], x[1] - y[0]];
    if (e.a === e.b)
      return [x[0] <= 0 && x[1] >= 0 ? 0 : Math.min(x[0] ** 2, x[1] ** 2), Math.max(x[0] ** 2, x[1] ** 2)];
    return hull(x[0] * y[0], x[0] * y[1], x[1] * y[0], x[1] * y[1]);
  };
  const of = (e: Expr): Interval | undefined => {
    if (e.kind === 'const') return [signed(e.value), signed(e.value)];
    if (e.kind === 'column') return e.fixed ? undefined : bounds.get(e.index);
    if (!seen.has(e)) seen.set(e, combine(e));
    return seen.get(e);
  };
  return of;
};
