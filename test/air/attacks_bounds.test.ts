// Equations that are meant over the integers: with every column at its extremes no side reaches p, so that none can hold
// mod p only. Bounds come from what the chip looks up, not from what its text says.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Chip } from '../../src/air/chip.ts';
import type { Expr } from '../../src/air/expr.ts';
import { chipByName } from '../../src/air/inventory.ts';
import { P } from '../../src/core/field.ts';

type Interval = readonly [low: number, high: number];
type Known = ReadonlyMap<number, Interval>;

const signed = (value: number): number => (value > P / 2 ? value - P : value);
const hull = (...values: readonly number[]): Interval => [Math.min(...values), Math.max(...values)];

/** Intervals of trace columns: bits, bytes and limbs by lookup, cells of memory, columns set by hand. */
const boundsOf = (chip: Chip, known: Known): Map<number, Interval> => {
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

const columnOf = (chip: Chip, name: string): number => {
  const index = chip.columns.findIndex((c) => c.name === name);
  assert.ok(index >= 0, name);
  return index;
};

/** Bounds of an expression, or undefined where a column of it has none. Known columns are put in first. */
const evaluator = (chip: Chip, known: Known): ((e: Expr) => Interval | undefined) => {
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

/** Factors of a product: mod a prime it is 0 only where one of them is. */
const factorsOf = (e: Expr): Expr[] => (e.kind === 'mul' ? [...factorsOf(e.a), ...factorsOf(e.b)] : [e]);

type Given = readonly (readonly [columns: RegExp, Interval])[];

/** The largest absolute value of the equations whose names match; `given` is what other rows have shown of columns. */
const largest = (chip: Chip, pattern: RegExp, given: Given = []): number => {
  const known = new Map<number, Interval>([[columnOf(chip, 'enabler'), [1, 1]]]);
  for (const [i, { name }] of chip.columns.entries())
    for (const [columns, interval] of given) if (columns.test(name)) known.set(i, interval);
  const of = evaluator(chip, known);
  const found = chip.constraints.filter(({ name }) => pattern.test(name));
  assert.ok(found.length > 0, `${pattern}`);
  const factors = found.flatMap(({ name, expr }) => factorsOf(expr).map((factor) => ({ name, factor })));
  return Math.max(
    ...factors.map(({ name, factor }) => {
      const interval = of(factor);
      assert.ok(interval, `${chip.name}: a column of '${name}' has no bound`);
      return Math.max(-interval[0], interval[1]);
    }),
  );
};

const chipOf = (name: string): Chip => chipByName.get(name) ?? assert.fail(name);

const LIMB: Interval = [0, 0xffff];

describe('equations over the integers', () => {
  it('modmul: all limbs of x y + c = q m + r', () => {
    const found = largest(chipOf('modmul'), /^x y \+ c = q m \+ r/);
    assert.ok(found > 2 ** 29 && found < P, `${found}`);
    assert.ok(largest(chipOf('modmul'), /^r \+ 1 \+ e = m, limb 0$/) < 2 ** 18);
  });

  it('sha256: every sum of a round and of the schedule, whatever its carries', () => {
    const given: Given = [
      [/^([dh]|k\d|w\d_s[01])_(lo|hi)$/, LIMB],
      [/^sum\d+_(lo|hi)$/, [0, 4 * 0xffff]],
    ];
    assert.ok(largest(chipOf('sha256_rounds'), /^[aew]\d: (lower|upper) limb$/, given) < 2 ** 20);
  });

  it('sums of two and three words: blake3, the forms in place', () => {
    const given: Given = [
      [/_(lo|hi)$/, LIMB],
      [/_\d$/, [0, 255]],
      [/b1_(low|high)\d$/, [0, 15]],
      [/b2_low\d$/, [0, 127]],
      [/b2_high\d$/, [0, 1]],
      [/^k[01]$/, LIMB],
    ];
    for (const name of ['blake3_round', 'add_in_place', 'sub_in_place', 'addi_in_place', 'load_word_in_place'])
      assert.ok(largest(chipOf(name), /: low carry( is a bit)?$/, given) < 2 ** 19, name);
  });

  it('secp256k1: the three equations, of additions and of doublings', () => {
    for (const double of [0, 1]) {
      const found = largest(chipOf('secp256k1'), /^(slope|x3|y3), place \d+$/, [[/^double$/, [double, double]]]);
      assert.ok(found > 2 ** 29 && found < P, `${double}: ${found}`);
    }
  });

  it('bytes, limbs and carries of the wide sums have bounds in their own rows', () => {
    for (const name of ['modmul', 'secp256k1']) {
      const bounds = boundsOf(chipOf(name), new Map());
      for (const [i, column] of chipOf(name).columns.entries())
        if (/carry|^[xymqk]\d+$|_lo$|_hi$/.test(column.name)) assert.ok(bounds.has(i), `${name}.${column.name}`);
    }
  });
});
