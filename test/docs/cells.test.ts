import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cellsOf, rowCost } from '../../scripts/cells/block_cost.ts';
import { heightsOf } from '../../scripts/cells/sizes.ts';
import { chipByName } from '../../src/air/inventory.ts';
import { OP } from '../../src/core/isa.ts';
import type { Program } from '../../src/machine/index.ts';

type Fields = Readonly<Record<string, number>>;

/** A program of these micro-ops, as far as the model reads one. */
const programOf = (ops: readonly Fields[]): Program => {
  const names = ['op', 'rd', 'rs1', 'rs2', 'k0', 'k1', 'k2', 'k3'];
  const columns = Object.fromEntries(names.map((n) => [n, Uint32Array.from(ops, (op) => op[n] ?? 0)]));
  return { length: ops.length, columns } as unknown as Program;
};

const cells = (form: 'program' | 'any', ...ops: readonly Fields[]): number =>
  cellsOf(rowCost(programOf(ops), 0, ops.length, form));

describe('the model of rows that prove several micro-ops', () => {
  it('gives a single micro-op what its chip has', () => {
    for (const [name, op] of [
      ['add', { op: OP.ADD, rd: 5, rs1: 6, rs2: 7 }],
      ['sub', { op: OP.SUB, rd: 5, rs1: 6, rs2: 7 }],
      ['addi', { op: OP.ADDI, rd: 5, rs1: 6, k0: 9 }],
    ] as const) {
      const chip = chipByName.get(name)!;
      const { columns, fractions } = rowCost(programOf([op]), 0, 1, 'any');
      assert.deepEqual([columns, fractions], [chip.columns.length, chip.fractions.length], name);
    }
  });

  it('accesses a register once', () => {
    const apart = cells('any', { op: OP.ADD, rd: 5, rs1: 6, rs2: 7 });
    const same = cells('any', { op: OP.ADD, rd: 6, rs1: 6, rs2: 7 });
    assert.equal(apart - same, 8);
  });

  it('joins the halves of a rotation for nothing', () => {
    const shifts = [
      { op: OP.SLLI, rd: 5, rs1: 7, k0: 9 },
      { op: OP.SRLI, rd: 6, rs1: 7, k0: 23 },
    ];
    const joined = cells('program', ...shifts, { op: OP.OR, rd: 5, rs1: 5, rs2: 6 });
    assert.equal(joined, cells('program', ...shifts));
    assert.ok(cells('program', ...shifts, { op: OP.AND, rd: 5, rs1: 5, rs2: 6 }) > joined);
  });

  it('folds constants and sums', () => {
    const constant = cells('program', { op: OP.CONST, rd: 5, k0: 1 });
    const twice = [
      { op: OP.CONST, rd: 5, k0: 1 },
      { op: OP.ADDI, rd: 5, rs1: 5, k0: 2 },
    ];
    assert.equal(cells('program', ...twice), constant);
    const one = cells('program', { op: OP.ADDI, rd: 5, rs1: 5, k0: 1 });
    const two = { op: OP.ADDI, rd: 5, rs1: 5, k0: 1 };
    assert.equal(cells('program', two, two), one);
  });
});

describe('tables in parts', () => {
  it('have room for all rows, with least padding', () => {
    assert.deepEqual(heightsOf(49_101, 1), [65_536]);
    assert.deepEqual(heightsOf(49_101, 2), [32_768, 16_384]);
    assert.deepEqual(heightsOf(65_536, 2), [65_536]);
    assert.deepEqual(heightsOf(40_961, 3), [32_768, 8192, 16]);
    assert.deepEqual(heightsOf(3, 3), [16]);
  });
});
