// Whole proofs: the same bytes as the reference tier's.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Backend } from '../../prover/backend.ts';
import { cpuBackend } from '../../prover/cpu/backend.ts';
import { prove } from '../../prover/prove.ts';
import { createWasmBackend, type WasmBackendOptions } from '../../prover/wasm/backend.ts';
import { type ProofParams, testing } from '../../src/core/params.ts';
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
