// The predictions against gpu-independent expectations: what a cell costs, and that nothing is forgotten.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { constraintWork, logupWork } from '../../bench/model/chips.ts';
import { PRODUCT, plus, rooflineOf, times } from '../../bench/model/costs.ts';
import { stageWork } from '../../bench/model/stages.ts';
import { evaluation, interpolation, treeHashes } from '../../bench/model/transforms.ts';
import type { DeviceLimits, Work } from '../../bench/schema.ts';
import { CHIPS } from '../../src/air/inventory.ts';
import { buildLayout } from '../../src/air/layout.ts';
import { standard } from '../../src/core/params.ts';
import { sample } from './sample.ts';

const instructions = ({ multiplies, others }: Work): number => multiplies + others;

describe('cost model', () => {
  it('adds and scales', () => {
    assert.deepEqual(plus(times(2, PRODUCT), PRODUCT), times(3, PRODUCT));
  });

  it('takes the tighter of two limits', () => {
    const limits = { ...(sample.limits as DeviceLimits), copyBytesPerSecond: 1e9 };
    const work = { multiplies: 0, others: 2e10, bytes: 1e6 };
    assert.deepEqual(rooflineOf(work, 4, limits), { work, limitMs: 1, bound: 'integer', fraction: 0.25 });
    assert.equal(rooflineOf({ ...work, bytes: 1e8 }, 200, limits).bound, 'memory');
  });

  it('predicts some 650 instructions of FFTs and 120 of hashing for a cell at blow-up 2', () => {
    const log = 20;
    const fft = plus(interpolation(log, 'tiles'), evaluation(log, log + 1, 'tiles'));
    const perCell = instructions(fft) / 2 ** log;
    assert.ok(perCell > 600 && perCell < 700, `${perCell}`);
    const columns = 256;
    const hashes = instructions(treeHashes(new Map([[log + 1, columns]]))) / (columns * 2 ** log);
    assert.ok(hashes > 115 && hashes < 140, `${hashes}`);
  });

  it('knows every chip', () => {
    for (const chip of CHIPS) {
      const work = instructions(plus(constraintWork(chip), logupWork(chip)));
      assert.equal(work > 0, chip.constraints.length > 0 || chip.logupColumns > 0, chip.name);
    }
  });

  it('has work for every stage of a proof', () => {
    const logRows = CHIPS.map((chip) =>
      chip.fixedTree === 'tables' ? (chip.tableLog ?? 4) : ['program', 'image', 'add'].includes(chip.name) ? 16 : -1,
    );
    for (const [stage, work] of stageWork(buildLayout(logRows), standard, 'tiles'))
      assert.ok(instructions(work) > 0 && Number.isFinite(work.bytes), stage);
  });
});
