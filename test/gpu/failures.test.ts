// Memory that runs out, devices that vanish, proofs that overlap: typed errors, nothing kept, and the same bytes after.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Backend } from '../../prover/backend.ts';
import { createGpuBackend } from '../../prover/gpu/backend.ts';
import { DeviceError, type GpuContext, openDevice } from '../../prover/gpu/device.ts';
import { readShaders } from '../../prover/gpu/node_shaders.ts';
import { planMemory } from '../../prover/memory_plan.ts';
import { prove, type Stage } from '../../prover/prove.ts';
import { segmentInput } from '../../prover/segment.ts';
import { testing } from '../../src/core/params.ts';
import { buildProgram, type Execution, execute, loadElf, type Program } from '../../src/machine/index.ts';
import { programTables } from '../../src/machine/tables.ts';
import { verify } from '../../src/verifier/verify.ts';

const adapter = process.env.WISP_TEST_ADAPTER ?? 'software';
const load = (name: string): Program => buildProgram(loadElf(readFileSync(`guests/elf/${name}.elf`)));
const fibonacci = load('fibonacci');
const tables = programTables(fibonacci);
const run = execute(fibonacci, Uint8Array.of(20, 0, 0, 0));
const params = testing;

const proofOf = async (backend: Backend, of = tables, execution: Execution = run): Promise<Buffer> =>
  Buffer.from((await prove(of, execution, backend, { params })).proof);
const plan = (limits: Readonly<Record<string, number>>) => {
  const { layout, records } = segmentInput(tables, run, params);
  return planMemory({ layout, params, limits, rowsOf: (chip) => records.get(chip)?.nRows ?? 0 });
};

/** A context whose allocations fail from the n-th on, counted from `fail(n)`, until `fail(Infinity)`. */
const failing = (context: GpuContext): { context: GpuContext; fail: (n: number) => void } => {
  let left = Number.POSITIVE_INFINITY;
  const scoped: GpuContext['scoped'] = async (where, calls) => {
    const fails = where.startsWith('allocating') && --left < 0;
    const result = await context.scoped(where, calls);
    if (fails) throw new DeviceError('out_of_memory', where);
    return result;
  };
  return {
    context: { ...context, scoped },
    fail: (n) => {
      left = n;
    },
  };
};

test('an allocation that fails, anywhere: out_of_memory, all released, and the next proof is whole', async (t) => {
  const real = await openDevice({ adapter });
  t.after(() => real.destroy());
  const { context, fail } = failing(real);
  const backend = createGpuBackend(context, readShaders());
  const residents = plan(real.adapter.limits).residentBytes;
  let failures = 0;
  let proof: Buffer | undefined;
  // What one attempt has allocated serves the next, so each gets further.
  for (let attempt = 0; proof === undefined && attempt < 20; attempt++) {
    fail(attempt < 2 ? attempt : 15);
    try {
      proof = await proofOf(backend);
    } catch (error) {
      failures++;
      assert.ok(error instanceof DeviceError && error.code === 'out_of_memory', String(error));
      assert.ok(backend.memory.usedBytes <= residents, `${backend.memory.usedBytes} in use after attempt ${attempt}`);
    }
  }
  fail(Number.POSITIVE_INFINITY);
  assert.ok(proof && failures >= 4, `${failures} failures`);
  assert.equal(verify(proof, tables, { allowTesting: true }).exitCode, 0);
  assert.equal(backend.memory.usedBytes, residents);
  assert.ok((await proofOf(backend)).equals(proof));
});

test('a device lost in the middle: device_lost, and a fresh device gives the same bytes, within the plan', async (t) => {
  const context = await openDevice({ adapter });
  t.after(() => context.destroy());
  const memoryBytes = plan(context.adapter.limits).peakBytes;
  const backend = createGpuBackend(context, readShaders(), { memoryBytes });
  const reference = await proofOf(backend);
  assert.ok(backend.peakGpuBytes <= memoryBytes && backend.peakGpuBytes > 0.95 * memoryBytes);
  const small = createGpuBackend(context, readShaders(), { memoryBytes: memoryBytes - 1 });
  await assert.rejects(proofOf(small), { code: 'out_of_memory', message: /^the proof needs \d+ bytes of the \d+/ });
  assert.equal(small.memory.allocatedBytes, 0);
  const onStage = (stage: Stage): void => {
    if (stage === 'composition') context.device.destroy(); // as a driver reset would, behind the context's back
  };
  await assert.rejects(prove(tables, run, backend, { params, onStage }), { code: 'device_lost' });
  await assert.rejects(proofOf(backend), { code: 'device_lost' });
  const fresh = await openDevice({ adapter });
  t.after(() => fresh.destroy());
  assert.ok((await proofOf(createGpuBackend(fresh, readShaders(), { memoryBytes }))).equals(reference));
});

test('proofs of two programs that overlap on one device are those made one by one', async (t) => {
  const context = await openDevice({ adapter });
  t.after(() => context.destroy());
  const backend = createGpuBackend(context, readShaders());
  const sort = load('sort');
  const sortTables = programTables(sort);
  const sortRun = execute(
    sort,
    Uint8Array.from({ length: 64 }, (_, i) => (i * 77) & 255),
  );
  const single = [await proofOf(backend), await proofOf(backend, sortTables, sortRun)];
  // A small one and, while its twiddles and trees are in use, a larger one that replaces them.
  const fresh = createGpuBackend(context, readShaders());
  const growing = await Promise.all([proofOf(fresh), proofOf(fresh, sortTables, sortRun)]);
  assert.ok(growing.every((proof, i) => proof.equals(single[i] as Buffer)));
});

test('a device that draws other challenges than the transcript: refused, at the first of them', async (t) => {
  const context = await openDevice({ adapter });
  t.after(() => context.destroy());
  const backend = createGpuBackend(context, readShaders());
  const stages: Stage[] = [];
  const elsewhere: Backend = {
    ...backend,
    open: (input, start) => backend.open(input, { ...start, state: start.state.map((word) => word ^ 1) }),
  };
  await assert.rejects(prove(tables, run, elsewhere, { params, onStage: (stage) => stages.push(stage) }), {
    code: 'device',
    message: /drew other LogUp challenges/,
  });
  assert.deepEqual(stages, ['trace', 'logup']);
  // What was under way is of no consequence to the next proof.
  assert.equal(verify(await proofOf(backend), tables, { allowTesting: true }).exitCode, 0);
});
