import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prove } from '../../prover/prove.ts';
import { segmentInput } from '../../prover/segment.ts';
import { createWasmBackend } from '../../prover/wasm/backend.ts';
import { Allocator } from '../../prover/wasm/memory.ts';
import { planWasmMemory } from '../../prover/wasm/memory_plan.ts';
import { mul } from '../../src/core/field.ts';
import { testing } from '../../src/core/params.ts';
import { programTables } from '../../src/machine/tables.ts';
import { assertWords, randomField, randomWords } from '../gpu/harness.ts';
import { runGuest } from '../gpu/segment.ts';
import { columnsOf, testRuntime } from './harness.ts';

test('allocations never overlap, and freed memory serves again', () => {
  const memory = new Allocator();
  const live = new Map<number, number>();
  for (const word of randomWords(1, 5000)) {
    if (word % 3 === 0 && live.size > 0) {
      const address = [...live.keys()][word % live.size] as number;
      memory.free(address);
      live.delete(address);
    } else {
      const bytes = (word >>> 8) % 5000;
      const address = memory.alloc(bytes);
      assert.ok(address > 0 && address % 64 === 0 && address + bytes <= memory.extent);
      for (const [other, size] of live) assert.ok(address + bytes <= other || other + size <= address);
      live.set(address, Math.max(1, bytes));
    }
  }
  for (const address of live.keys()) memory.free(address);
  assert.equal(memory.usedBytes, 0);
  const { extent } = memory;
  memory.alloc(extent - 64);
  assert.equal(memory.extent, extent);
  assert.throws(() => memory.free(3));
});

test('the plan is what a proof takes', async () => {
  const { program, run } = runGuest('fibonacci', Uint8Array.of(20, 0, 0, 0));
  const tables = programTables(program);
  const { layout, records } = segmentInput(tables, run, testing);
  const planned = planWasmMemory({
    layout,
    params: testing,
    threads: 2,
    rowsOf: (chip) => records.get(chip)?.nRows ?? 0,
  });
  const backend = await createWasmBackend({ threads: 2 });
  test.after(() => backend.destroy());
  await prove(tables, run, backend, { params: testing });
  const ratio = backend.memoryBytes / planned;
  assert.ok(ratio > 0.97 && ratio < 1.02, `planned ${planned} bytes, took ${backend.memoryBytes}`);
});

test('a job of more chunks than there is room for, in memory that the threads have not seen grow', async () => {
  const { pool, kernels } = await testRuntime(2);
  const logN = 19;
  const values = randomField(5, 2 ** logN);
  const columns = columnsOf(pool, [values, values, values, values]);
  pool.memory.alloc(2 ** 25);
  const args = [columns.address, columns.stride, 2 * 3];
  pool.run([{ kernel: kernels.scale, args, units: 2 ** logN / 4, chunk: 1 }]);
  assertWords(
    pool.memory.column(columns, 3),
    values.map((x) => mul(3, x)),
  );
});
