// Equations that are meant over the integers: with every column at its extremes no side reaches p, so that none can hold
// mod p only. Bounds come from what the chip looks up, not from what its text says.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Chip } from '../../src/air/chip.ts';
import type { Expr } from '../../src/air/expr.ts';
import { chipByName } from '../../src/air/inventory.ts';
import { P } from '../../src/core/field.ts';
import { boundsOf, columnOf, evaluator, type Interval } from './bounds.ts';

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
  it('modmul, of 8 words and of 12: all limbs of x y + c = q m + r', () => {
    for (const name of ['modmul', 'wide_modmul']) {
      const found = largest(chipOf(name), /^x y \+ c = q m \+ r/);
      assert.ok(found > 2 ** 29 && found < P, `${found}`);
      assert.ok(largest(chipOf(name), /^r \+ 1 \+ e = m, limb 0$/) < 2 ** 18);
    }
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
    for (const name of ['modmul', 'wide_modmul', 'secp256k1']) {
      const bounds = boundsOf(chipOf(name), new Map());
      for (const [i, column] of chipOf(name).columns.entries())
        if (/carry|^[xymqk]\d+$|_lo$|_hi$/.test(column.name)) assert.ok(bounds.has(i), `${name}.${column.name}`);
    }
  });
});

describe('carries of honest rows', () => {
  /** What stands at a place with the least and most carry in: its carry, offset included, must have `bits` bits. */
  const carries = (
    name: string,
    constraint: string,
    column: string,
    shift: number,
    bits: number,
    given: Given,
  ): void => {
    const chip = chipOf(name);
    const known = new Map<number, Interval>([
      [columnOf(chip, 'enabler'), [1, 1]],
      [columnOf(chip, column), [0, 0]],
    ]);
    for (const [other, interval] of given) known.set(columnOf(chip, other.source), interval);
    const { expr } = chip.constraints.find((c) => c.name === constraint) ?? assert.fail(constraint);
    const [low, high] = evaluator(chip, known)(expr) ?? assert.fail(constraint);
    assert.ok(low >= 0 && Math.floor(high / 2 ** shift) < 2 ** bits, `${constraint}: ${low} to ${high}`);
  };

  it('of modmul fit, of 8 words and of 12', () => {
    const carry = (j: number): readonly [string, string] => [`x y + c = q m + r, limb ${j}`, `carry${j}`];
    for (let j = 0; j < 31; j++) carries('modmul', ...carry(j), 16, 14, []);
    for (let j = 0; j < 47; j++) carries('wide_modmul', ...carry(j), 16, 15, []);
  });

  it('of secp256k1 fit, of additions and of doublings', () => {
    for (const double of [0, 1]) {
      const given: Given = [[/double/, [double, double]]];
      for (const name of ['slope', 'x3', 'y3'])
        for (let j = 0; j < 31; j++)
          carries('secp256k1', `${name}, place ${j}`, `${name}_carry${j}`, j === 0 ? 8 : 16, 15, given);
    }
  });
});
