import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  autoBudget,
  BUDGET_PRESETS,
  chooseSegment,
  parseBudget,
  planSegment,
  reserveBytes,
} from '../../prover/segment_size.ts';
import { compact, standard } from '../../src/core/params.ts';

const GIB = 2 ** 30;
const LIMITS = { maxBufferSize: 2 * GIB - 4, maxStorageBufferBindingSize: 2 * GIB - 4 };
const GUARANTEED = { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27 };
const GPU = { vendor: 'nvidia', architecture: 'ada', isSoftware: false };

test('budgets: presets, units, auto', () => {
  assert.equal(parseBudget('8G', GPU), 8 * GIB);
  assert.equal(parseBudget('1.5GiB', GPU), 1.5 * GIB);
  assert.equal(parseBudget('300M', GPU), 300 * 2 ** 20);
  assert.equal(parseBudget('1048576', GPU), 2 ** 20);
  assert.equal(parseBudget('auto', GPU), 4 * GIB);
  assert.equal(autoBudget({ ...GPU, vendor: 'intel' }), 2 * GIB);
  assert.equal(autoBudget({ ...GPU, isSoftware: true }), GIB);
  for (const bad of ['', 'much', '-1', '0', '1T', '99999999999999999999']) {
    assert.throws(() => parseBudget(bad, GPU), { code: 'bad_budget' }, bad);
  }
});

test('the largest segment that fits, for every preset and both limits', () => {
  for (const limits of [LIMITS, GUARANTEED]) {
    for (const params of [standard, compact]) {
      let last = 0;
      for (const budgetBytes of Object.values(BUDGET_PRESETS)) {
        const request = { budgetBytes, limits, params };
        const choice = chooseSegment(request);
        assert.ok(choice.typicalBytes + reserveBytes(budgetBytes) <= budgetBytes);
        assert.ok(choice.plan.largestBuffer.bytes <= limits.maxStorageBufferBindingSize);
        assert.ok(choice.microOps >= Math.max(last, 2 ** 18), `${choice.microOps} in ${budgetBytes}`);
        last = choice.microOps;
      }
    }
  }
});

test('the worst case takes more than any mix, and two sessions more than one', () => {
  for (let log = 12; log <= 20; log++) {
    const request = { budgetBytes: GIB, limits: LIMITS, params: standard };
    const one = planSegment(2 ** log, request);
    const two = planSegment(2 ** log, { ...request, sessions: 2 });
    assert.ok(one && two && one.worstBytes);
    assert.ok(one.worstBytes > one.typicalBytes);
    assert.ok(two.typicalBytes > one.typicalBytes && two.typicalBytes < 2 * one.typicalBytes);
  }
});

test('a budget below the smallest segment is refused with what it would take', () => {
  const request = { limits: LIMITS, params: standard };
  assert.throws(() => chooseSegment({ ...request, budgetBytes: 64 * 2 ** 20 }), {
    code: 'budget_too_small',
    message: /2\^12 micro-ops and the shared tables of 2\^16 rows\) needs \d+ MiB of memory, not 64 MiB/,
  });
  const needed = /needs (\d+) MiB/.exec(messageOf(() => chooseSegment({ ...request, budgetBytes: 1 })))?.[1];
  assert.equal(chooseSegment({ ...request, budgetBytes: Number(needed) * 2 ** 20 }).microOps >= 2 ** 12, true);
  const tiny = { maxBufferSize: 2 ** 22, maxStorageBufferBindingSize: 2 ** 22 };
  assert.throws(() => chooseSegment({ ...request, limits: tiny, budgetBytes: GIB }), {
    code: 'budget_too_small',
    message: /buffers are too small/,
  });
});

const messageOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return String(error);
  }
  return '';
};
