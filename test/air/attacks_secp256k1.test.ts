// secp256k1's numbers below p: for every way to fall short of p or to reach it, all choices of the prover's bits.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Chip } from '../../src/air/chip.ts';
import { evaluateExpr, visitColumns } from '../../src/air/expr.ts';
import { chipByName } from '../../src/air/inventory.ts';
import { inv, mul, neg, P, sub } from '../../src/core/field.ts';
import { columnOf } from './bounds.ts';

const chip: Chip = chipByName.get('secp256k1') ?? assert.fail();
const MODULUS = 2n ** 256n - 2n ** 32n - 977n;
const limbsOf = (n: bigint): number[] => Array.from({ length: 16 }, (_, i) => Number((n >> BigInt(16 * i)) & 0xffffn));

/** Values of the columns that hold a number. */
const cells = (name: string, n: bigint): Map<number, number> => {
  const limbs = limbsOf(n);
  const prefix = { x1: 'px', x3: 'rx', y1: 'py', y3: 'ry' }[name] ?? assert.fail(name);
  const isBytes = name.startsWith('x');
  return new Map(
    limbs.flatMap((limb, i): [number, number][] =>
      isBytes
        ? [
            [columnOf(chip, `${prefix}${2 * i}`), limb & 255],
            [columnOf(chip, `${prefix}${2 * i + 1}`), limb >> 8],
          ]
        : [[columnOf(chip, `${prefix}_${i >> 1}_${i % 2 === 0 ? 'lo' : 'hi'}`), limb]],
    ),
  );
};

const constraintsOf = (name: string) => chip.constraints.filter((c) => c.name.startsWith(`${name}_below`));

/** Whether some bits, inverse and space make the row hold. */
const isProvable = (name: string, n: bigint): boolean => {
  const column = (of: string): number => columnOf(chip, `${name}_below_${of}`);
  const [inverse, space] = [column('inverse'), column('space')];
  const values = cells(name, n).set(columnOf(chip, 'enabler'), 1);
  const constraints = constraintsOf(name);
  const at = (expr: (typeof constraints)[number]['expr'], index: number, value: number): number =>
    evaluateExpr(expr, (_, i) => (i === index ? value : (values.get(i) ?? assert.fail(chip.columns[i]?.name))));
  const reads = (expr: (typeof constraints)[number]['expr'], index: number): boolean => {
    let found = false;
    visitColumns(expr, (c) => {
      found ||= !c.fixed && c.index === index;
    });
    return found;
  };
  /** The value of a column in which every constraint that reads it is linear; any, where it has no weight. */
  const solved = (index: number): number | undefined => {
    for (const { expr } of constraints.filter((c) => reads(c.expr, index))) {
      const [zero, one] = [at(expr, index, 0), at(expr, index, 1)];
      const slope = sub(one, zero);
      if (slope === 0) return zero === 0 ? 0 : undefined;
      return mul(neg(zero), inv(slope));
    }
    return assert.fail(`${index}`);
  };
  for (let bits = 0; bits < 8; bits++) {
    for (const [k, bit] of ['by2', 'by1', 'by0'].entries()) values.set(column(bit), (bits >> k) & 1);
    for (const index of [inverse, space]) values.delete(index);
    const [x, y] = [solved(inverse), solved(space)];
    if (x === undefined || y === undefined || y >= 65536) continue;
    values.set(inverse, x).set(space, y);
    if (constraints.every(({ expr }) => at(expr, -1, 0) === 0)) return true;
  }
  return false;
};

const NUMBERS = ['x1', 'y1', 'x3', 'y3'];
const numbers: bigint[] = [];
for (const top of [0xffffn, 0xfffen, 0n])
  for (const v3 of [0xffffn, 0xfffen])
    for (const v2 of [0xffffn, 0xfffen, 0xfffdn, 0n])
      for (const v1 of [0xffffn, 0xfffen, 0n])
        for (const v0 of [0xffffn, 0xfc30n, 0xfc2fn, 0xfc2en, 0n]) {
          const middle = (2n ** 176n - 1n) << 64n;
          numbers.push((top << 240n) | middle | (v3 << 48n) | (v2 << 32n) | (v1 << 16n) | v0);
        }

describe('numbers below the modulus of secp256k1', () => {
  it('are told from all others by the columns that show it', () => {
    assert.ok(numbers.includes(MODULUS) && numbers.includes(MODULUS - 1n) && numbers.includes(MODULUS + 1n));
    for (const name of NUMBERS) {
      assert.ok(constraintsOf(name).length >= 6, name);
      for (const n of [...numbers, 0n, 1n, 2n ** 256n - 1n])
        assert.equal(isProvable(name, n), n < MODULUS, `${name} ${n.toString(16)}`);
    }
  });

  it('are bounded for all six', () => {
    for (const name of ['x1', 'y1', 'x2', 'y2', 'x3', 'y3']) {
      const names = constraintsOf(name).map((c) => c.name);
      assert.equal(names.filter((n) => /is a bit$/.test(n)).length, 3, name);
      const space = columnOf(chip, `${name}_below_space`);
      const checked = chip.fractions.filter(
        ({ relation, tuple: [key, value] }) =>
          relation.name === 'range' &&
          key?.kind === 'const' &&
          key.value === 65536 &&
          value?.kind === 'column' &&
          value.index === space,
      );
      assert.equal(checked.length, 1, name);
    }
    assert.ok(P > 65536);
  });
});
