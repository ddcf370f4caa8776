// No row has a second witness: given what it consumes, what it produces is determined. The search is not complete, so
// it must also show that it finds one as soon as any one constraint or lookup is left out.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Chip } from '../../src/air/chip.ts';
import { visitColumns } from '../../src/air/expr.ts';
import { chipByName } from '../../src/air/inventory.ts';
import { RECORDED_CHIPS, type Segment } from './harness.ts';
import { everyChip, limitOperands } from './programs.ts';
import { type RowModel, rowModel } from './rows.ts';
import { secondWitness } from './solver.ts';

/** Chips whose rows are the prover's choice, or whose uniqueness is not a matter of one row (memory.test.ts). */
const FREE_CHIPS = ['input_length', 'read_word', 'image', 'zero_init', 'refresh'];

/**
 * Not found to be needed by one row's search. Selectors, and bits named after a column, are pinned by the program
 * lookup; what shifts' powers, zero tests and host reads rest on has tests of its own in arithmetic.test.ts and
 * memory.test.ts.
 */
const NOT_FOUND: Readonly<Record<string, readonly string[]>> = {
  shift_imm: ['at most one selector'],
  shift_reg: ['at most one selector', 'E is the power of a right shift', 'range 7'],
  branch_eq: ['equal means equal low limbs', 'equal means equal high limbs'],
  jalr: ['rs1 + imm = target: low carry is a bit', 'rs1 + imm = target: high carry is a bit', 'range 4', 'range 5'],
  load_word: ['rs1 + imm = address: low carry is a bit', 'range 4'],
  store_word: ['rs1 + imm = address: low carry is a bit', 'range 7'],
  load_sub: ['half-words are aligned'],
  store_sub: ['half-words are aligned'],
  mul: ['range 1', 'range 2', 'range 3', 'range 4', 'range 5', 'range 6', 'range 7', 'range 8'],
  div: [
    'zero divisor has no bytes',
    'other divisors have an inverse',
    'q d is below 2^32',
    'range 4',
    'range 5',
    'range 6',
    'range 7',
    'range 18',
    'range 19',
  ],
  halt: ['range 8', 'range 9'],
  read: [
    'length + 3: low carry is a bit',
    'length + 3: high carry is a bit',
    'length + 3 does not wrap',
    'end = pointer + words',
    ...['range 5', 'range 6', 'range 13', 'range 14', 'range 15', 'range 16'],
  ],
};

const LONG = process.env.WISP_LONG === '1';

const modelsOf = (s: Segment, chip: Chip, most: number): RowModel[] => {
  const n = s.input.records.get(chip.name)?.nRows ?? 0;
  const step = Math.max(1, Math.ceil(n / most));
  return Array.from({ length: Math.ceil(n / step) }, (_, i) => rowModel(s, chip, i * step));
};

/** Constraints and lookups of a chip, but for the program's lookup, clock differences, and bits that are columns. */
const partsOf = (chip: Chip): string[] => {
  const bits = new Set(chip.columns.map(({ name }) => `${name} is a bit`));
  const lookups = chip.fractions.flatMap(({ relation, sign, tuple }, i) => {
    if (sign === 1 || relation.counted === undefined || relation.name === 'program') return [];
    let readsClock = false;
    for (const e of tuple)
      visitColumns(e, ({ index }) => (readsClock ||= chip.columns[index]?.name.endsWith('_prev') ?? false));
    return readsClock ? [] : [`${relation.name} ${i}`];
  });
  return [...chip.constraints.map(({ name }) => name).filter((name) => !bits.has(name)), ...lookups];
};

describe('second witnesses', () => {
  const segments = [everyChip(), limitOperands()];
  for (const name of RECORDED_CHIPS.filter((chip) => !FREE_CHIPS.includes(chip))) {
    const chip = chipByName.get(name) ?? assert.fail(name);
    const rowsOf = (most: number) => segments.flatMap((s) => modelsOf(s, chip, most).map((model) => ({ s, model })));
    it(`${name}: none`, () => {
      for (const { s, model } of rowsOf(LONG ? 200 : 8)) {
        const found = secondWitness(s, model, { budget: LONG ? 200 : 20 });
        if (!found) continue;
        const changed = chip.columns.flatMap((c, i) => (found[i] === model.honest[i] ? [] : [`${c.name} ${found[i]}`]));
        assert.fail(`row ${model.row}: ${changed.join(', ')}`);
      }
    });
    const parts = partsOf(chip).filter((part) => !NOT_FOUND[name]?.includes(part));
    it(`${name}: one without each of ${parts.length} parts`, () => {
      const rows = rowsOf(40);
      for (const without of parts)
        assert.ok(
          rows.some(({ s, model }) => secondWitness(s, model, { without, budget: 60 })),
          without,
        );
    });
  }
});
