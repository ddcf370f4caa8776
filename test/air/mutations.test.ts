// Every cell of every chip, changed alone, is refused, or has no effect on anything but itself.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chipByName } from '../../src/air/inventory.ts';
import { P } from '../../src/core/field.ts';
import { columnIndex, Forgery, RECORDED_CHIPS, random } from './harness.ts';
import { everyChip } from './programs.ts';
import { failures, type RowModel, rowModel } from './rows.ts';
import { partsOf, singleCells } from './single_cells.ts';

/**
 * Cells that may hold more than one value, in some rows: inverses of zero, the slack of a division by zero, and the
 * chain of rows that do not chain; the sentinel is no cell. Nothing else in a row depends on them.
 */
const FREE = [
  'branch_eq.inverse_lo',
  'branch_eq.inverse_hi',
  'div.inverse',
  'div.slack_lo',
  'div.slack_hi',
  'image.final_lo',
  'image.final_hi',
  'image.final_clk',
  'image.token',
  'image.gap_hi',
];
const s = everyChip();
const CHIPS = RECORDED_CHIPS.map((name) => chipByName.get(name) ?? assert.fail(name));
const modelsOf = (name: string): RowModel[] => {
  const chip = chipByName.get(name) ?? assert.fail(name);
  return Array.from({ length: s.input.records.get(name)?.nRows ?? 0 }, (_, row) => rowModel(s, chip, row));
};

describe('single cells', () => {
  it('the honest rows have no failure', () => {
    for (const chip of CHIPS)
      for (const model of modelsOf(chip.name)) assert.deepEqual(failures(s, model, model.honest), []);
  });

  const free = new Set<string>();
  for (const chip of CHIPS) {
    it(`${chip.name}: no other value, each constraint and each fraction reacts`, () => {
      const { reacted, free: found } = singleCells(s, chip, modelsOf(chip.name));
      for (const cell of found) free.add(cell);
      assert.deepEqual(
        partsOf(chip).filter((part) => !reacted.has(part)),
        [],
      );
    });
  }

  it('the cells that have more than one value are the known ones', () => {
    assert.deepEqual([...free].sort(), [...FREE].sort());
  });

  it('the checks of the whole trace refuse the same', () => {
    const next = random(2);
    for (const chip of CHIPS) {
      const model = modelsOf(chip.name)[0] as RowModel;
      const c = next(chip.columns.length);
      const name = chip.columns[c]?.name as string;
      if (FREE.includes(`${chip.name}.${name}`)) continue;
      const found = new Forgery(s)
        .add(chip.name, 0, { [name]: 1 + next(P - 1) })
        .recount()
        .findings();
      assert.notDeepEqual(found, [], `${chip.name}.${name} ${model.honest[c]}`);
    }
  });

  it('a value of p or more in a cell', () => {
    const forged = new Forgery(s);
    (forged.trace.get('add')?.[0] as Uint32Array)[0] = P + 1;
    assert.match(forged.findings().join(), /is a field element/);
  });

  it('rows that are in use without rows: enablers of padding', () => {
    for (const chip of CHIPS) {
      const rows = s.trace.get(chip.name)?.[0]?.length ?? 0;
      const used = s.input.records.get(chip.name)?.nRows ?? 0;
      const enabler = chip.columns.find(({ name }) => ['enabler', 'left0'].includes(name))?.name;
      if (enabler === undefined || used === rows) continue;
      assert.notDeepEqual(
        new Forgery(s)
          .set(chip.name, used, { [enabler]: 1 })
          .recount()
          .findings(),
        [],
        chip.name,
      );
      assert.notDeepEqual(
        new Forgery(s)
          .set(chip.name, 0, { [enabler]: 0 })
          .recount()
          .findings(),
        [],
        chip.name,
      );
      assert.notDeepEqual(
        new Forgery(s)
          .set(chip.name, 0, { [enabler]: 2 })
          .recount()
          .findings(),
        [],
        chip.name,
      );
    }
  });
});

describe('multiplicities', () => {
  for (const [chip, column] of [
    ['range', 'uses16'],
    ['range', 'uses_narrow'],
    ['bitwise_table', 'uses_xor'],
    ['bitwise_table', 'uses_or'],
    ['bitwise_table', 'uses_and'],
    ['shift_table', 'uses'],
    ['program', 'uses'],
    ['program', 'jumps'],
  ] as const) {
    it(`${chip}.${column}: one more, one less, p - 1 and a use moved to another row`, () => {
      const rows = s.trace.get(chip)?.[0]?.length ?? 0;
      const used = s.trace.get(chip)?.[columnIndex(chip, column)]?.findIndex((uses) => uses > 0);
      assert.ok(used !== undefined);
      for (const by of [1, -1, P - 2])
        assert.notDeepEqual(new Forgery(s).add(chip, used, { [column]: by }).findings(), []);
      const moved = new Forgery(s).add(chip, used, { [column]: -1 }).add(chip, (used + 1) % rows, { [column]: 1 });
      assert.notDeepEqual(moved.findings(), []);
    });
  }
});
