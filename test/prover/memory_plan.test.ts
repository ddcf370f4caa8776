// The plan against what a session acquires, on layouts from a few rows to the largest.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planMemory } from '../../prover/memory_plan.ts';
import { compact, type ProofParams, standard, testing } from '../../src/core/params.ts';
import { dryRun, layoutOf } from '../gpu/dry_run.ts';

const GIB = 2 ** 30;
const WIDE = { maxBufferSize: 4 * GIB - 4, maxStorageBufferBindingSize: 4 * GIB - 4 };
const GUARANTEED = { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27 };

const BASE = { program: 12, image_table: 11, image: 11, halt: 4, write: 4, zero_init: 6, refresh: 5 };
const SEGMENT = { program: 13, image_table: 13, boundary: 12, boundary_memory: 12, refresh: 6, input_length: 4 };
const LAYOUTS: readonly [string, Record<string, number>, ProofParams, typeof WIDE][] = [
  ['a few rows', { ...BASE, add: 4, addi: 4 }, testing, WIDE],
  ['sha256', { ...BASE, add: 14, bitwise: 15, shift_imm: 15, addi: 9, load_word: 12, store_word: 10 }, standard, WIDE],
  ['odd heights', { ...BASE, add: 17, bitwise: 18, mul: 10, div: 11, compare: 7, load_sub: 15 }, compact, WIDE],
  ['2^20 rows', { ...SEGMENT, add: 18, bitwise: 20, shift_imm: 19, branch_eq: 16, load_word: 18 }, standard, WIDE],
  ['2^22 rows', { ...SEGMENT, add: 22, bitwise: 22, addi: 21, load_word: 20 }, standard, WIDE],
  ['guaranteed limits', { ...SEGMENT, add: 17, bitwise: 18, shift_imm: 18, mul: 17, addi: 18 }, standard, GUARANTEED],
];

for (const [name, heights, params, limits] of LAYOUTS) {
  test(`plan: ${name}`, async () => {
    const layout = layoutOf(heights);
    const plan = planMemory({ layout, params, limits });
    const { pool, prove } = dryRun(layout, params, limits);
    pool.limitBytes = plan.peakBytes;
    await prove();
    const { peakAllocatedBytes, peakBytes } = pool.stats;
    // Never more than planned, and what is in use at one time is not much less.
    assert.ok(peakAllocatedBytes <= plan.peakBytes, `${peakAllocatedBytes} > ${plan.peakBytes}`);
    assert.ok(peakAllocatedBytes >= 0.97 * plan.peakBytes, `${peakAllocatedBytes} of ${plan.peakBytes}`);
    assert.ok(peakBytes >= 0.9 * plan.peakBytes, `${peakBytes} of ${plan.peakBytes}`);
    assert.equal(plan.peakBytes, Math.max(...Object.values(plan.stages)));
    assert.ok(plan.largestBuffer.bytes <= limits.maxStorageBufferBindingSize);
  });
}

test('records that fill little of their tables take less', () => {
  const layout = layoutOf({ ...BASE, halt: 4, add: 20 });
  const bytes = (rows: number): number =>
    planMemory({ layout, params: standard, limits: WIDE, rowsOf: () => rows }).stages.trace;
  assert.ok(bytes(2 ** 19) < bytes(2 ** 20));
});

test('what no buffer of the device can hold is refused by name', () => {
  const plan = (heights: Record<string, number>): unknown =>
    planMemory({ layout: layoutOf({ ...BASE, ...heights }), params: standard, limits: GUARANTEED });
  const refusal = (message: RegExp) => ({ code: 'out_of_memory', message });
  assert.throws(() => plan({ mul: 19 }), refusal(/^(trace|logup): \d+ columns of 2\^19 rows take \d+ bytes/));
  assert.throws(() => plan({ write: 22 }), refusal(/Merkle tree needs 536870912 bytes, more than the 134217728/));
});
