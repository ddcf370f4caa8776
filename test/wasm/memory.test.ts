import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prove } from '../../prover/prove.ts';
import { segmentInput } from '../../prover/segment.ts';
import { createWasmBackend } from '../../prover/wasm/backend.ts';
import { Allocator, LinearMemory } from '../../prover/wasm/memory.ts';
import { planWasmMemory } from '../../prover/wasm/memory_plan.ts';
import { createPool } from '../../prover/wasm/thread_pool.ts';
import { mul } from '../../src/core/field.ts';
import { testing } from '../../src/core/params.ts';
import { ModuleBuilder } from '../../src/core/wasm/index.ts';
import { programTables } from '../../src/machine/tables.ts';
import { assertWords } from '../gpu/harness.ts';
import { runGuest } from '../gpu/segment.ts';
import { randomField, randomWords } from '../random_words.ts';
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

test('where there is little address space the memory takes what there is', (t) => {
  const { Memory } = WebAssembly;
  let most = 2 ** 14;
  t.after(() => {
    WebAssembly.Memory = Memory;
  });
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      if ((descriptor.maximum ?? 0) > most) throw new RangeError('could not allocate memory');
      super(descriptor);
    }
  };
  assert.equal(new LinearMemory(true, 2 ** 32).limits.max, 2 ** 14);
  assert.equal(new LinearMemory(true, 2 ** 20).limits.max, 2 ** 4);
  most = 100;
  assert.throws(() => new LinearMemory(true, 2 ** 32), { code: 'out_of_memory' });
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

test('a thread that dies over a chunk is noticed, and the pool takes nothing more', async (t) => {
  const pool = await createPool({ threads: 2, patienceMs: 200 });
  t.after(() => pool.destroy());
  const module = new ModuleBuilder();
  module.importMemory('env', 'memory', pool.memory.limits);
  // Another thread than the caller, whose scratch memory is the first, never comes back.
  const { index, body } = module.function(['i32', 'i32', 'i32', 'i32']);
  const loop = body.loop();
  body.get(3).get(2).memory('i32.load').op('i32.ne').brIf(loop).end();
  module.export('stuck', 'function', index);
  const kernel = (await pool.register(module.finish(), ['stuck'])).get('stuck') as number;
  const run = (): void => {
    // Until the other thread has taken one.
    for (;;) pool.run([{ kernel, args: [64], units: 2 ** 16, chunk: 1 }]);
  };
  assert.throws(run, { code: 'device', message: /worker thread .* has died/ });
  assert.throws(run, { code: 'device', message: /died before/ });
});
