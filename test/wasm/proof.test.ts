// Whole proofs: the same bytes as the reference tier's.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Backend } from '../../prover/backend.ts';
import { cpuBackend } from '../../prover/cpu/backend.ts';
import { prove } from '../../prover/prove.ts';
import { createWasmBackend, type WasmBackendOptions } from '../../prover/wasm/backend.ts';
import { compact, type ProofParams, standard, testing } from '../../src/core/params.ts';
import { buildProgram, execute, loadElf } from '../../src/machine/index.ts';
import { programTables } from '../../src/machine/tables.ts';
import { verify } from '../../src/verifier/verify.ts';
import { referenceAir } from './reference_air.ts';

const program = buildProgram(loadElf(readFileSync('guests/elf/fibonacci.elf')));
const tables = programTables(program);
const run = execute(program, Uint8Array.of(20, 0, 0, 0));

const proofOf = async (backend: Backend, params: ProofParams): Promise<Uint8Array> =>
  (await prove(tables, run, backend, { params })).proof;

const backendOf = async (options: WasmBackendOptions): Promise<Backend> => {
  const backend = await createWasmBackend(options);
  test.after(() => backend.destroy());
  return backend;
};

const reference = await proofOf(cpuBackend, testing);
assert.equal(verify(reference, tables, { allowTesting: true }).exitCode, 0);

test('fixed kernels, the chips by the reference tier', async () => {
  const backend = await backendOf({ threads: 2, air: referenceAir });
  assert.ok(Buffer.from(await proofOf(backend, testing)).equals(Buffer.from(reference)));
});

for (const options of [{ threads: 1 }, { threads: 2 }, { shared: false }]) {
  test(`the proof has the same bytes as the reference tier's: ${JSON.stringify(options)}`, async () => {
    const backend = await backendOf(options);
    // Twice on one backend: nothing of a proof may leak into the next through reused memory.
    for (let i = 0; i < 2; i++) assert.ok(Buffer.from(await proofOf(backend, testing)).equals(Buffer.from(reference)));
  });
}

test('proofs of several rates verify at 100 provable bits', async () => {
  const backend = await backendOf({ threads: 2 });
  for (const params of [standard, compact, standard]) {
    const verified = verify(await proofOf(backend, params), tables);
    assert.ok(verified.securityBits >= 100);
    assert.deepEqual([...verified.journal], [0x6d, 0x1a, 0, 0]);
  }
});

test('all memory of a proof is given back', async () => {
  const backend = await createWasmBackend({ threads: 1 });
  test.after(() => backend.destroy());
  await proofOf(backend, testing);
  const before = backend.usedBytes;
  await proofOf(backend, testing);
  assert.equal(backend.usedBytes, before);
});

test('proofs that overlap on one backend do not disturb each other', async () => {
  const backend = await backendOf({ threads: 2 });
  const proofs = await Promise.all([testing, compact, testing].map((params) => proofOf(backend, params)));
  for (const i of [0, 2]) assert.ok(Buffer.from(proofs[i] as Uint8Array).equals(Buffer.from(reference)));
  assert.ok(verify(proofs[1] as Uint8Array, tables).securityBits >= 100);
});
