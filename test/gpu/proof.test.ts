// Whole proofs on the device: the same bytes as the reference tier's, by interpreted and by generated kernels.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Backend } from '../../prover/backend.ts';
import { cpuBackend } from '../../prover/cpu/backend.ts';
import type { FormRule } from '../../prover/gpu/air/forms.ts';
import { createGpuBackend } from '../../prover/gpu/backend.ts';
import { openDevice } from '../../prover/gpu/device.ts';
import { readShaders } from '../../prover/gpu/node_shaders.ts';
import { prove } from '../../prover/prove.ts';
import type { TableRule } from '../../src/air/table_choice.ts';
import { compact, type ProofParams, testing } from '../../src/core/params.ts';
import { buildProgram, execute, loadElf } from '../../src/machine/index.ts';
import { programTables } from '../../src/machine/tables.ts';
import { verify } from '../../src/verifier/verify.ts';

const program = buildProgram(loadElf(readFileSync('guests/elf/fibonacci.elf')));
const tables = programTables(program);
const run = execute(program, Uint8Array.of(20, 0, 0, 0));
const context = await openDevice({ adapter: process.env.WISP_TEST_ADAPTER ?? 'software' });
test.after(() => context.destroy());

const proofOf = async (backend: Backend, params: ProofParams, rule?: TableRule): Promise<Uint8Array> =>
  (await prove(tables, run, backend, { params, ...(rule ? { tables: rule } : {}) })).proof;
const gpu = (rule?: FormRule): Backend => createGpuBackend(context, readShaders(), rule ? { rule } : {});

const reference = await proofOf(cpuBackend, testing);

test('the proof has the same bytes on both tiers', { timeout: 1_100_000 }, async () => {
  assert.equal(verify(reference, tables, { allowTesting: true }).exitCode, 0);
  const interpreted = gpu(() => 'interpreted');
  // Twice on one device: nothing of a proof may leak into the next through reused buffers.
  for (let i = 0; i < 2; i++)
    assert.ok(Buffer.from(await proofOf(interpreted, testing)).equals(Buffer.from(reference)));
  // Buffers of 7 MiB at most: the columns of a height lie in several.
  const sharded = createGpuBackend(context, readShaders(), { treeBufferBytes: 7 * 2 ** 20 });
  assert.ok(Buffer.from(await proofOf(sharded, testing)).equals(Buffer.from(reference)));
  const generated = gpu((chip) => (['add', 'bitwise', 'shift_imm'].includes(chip.name) ? 'generated' : 'interpreted'));
  assert.ok(Buffer.from(await proofOf(generated, testing)).equals(Buffer.from(reference)));
});

test('rows in place and in second tables give the same bytes on both tiers, by the same kernels', {
  timeout: 1_100_000,
}, async () => {
  const halves: TableRule = (_chip, rows, eligible) => {
    const [own, inPlace] = [Math.ceil((rows - eligible) / 2), Math.ceil(eligible / 2)];
    return { own, more: rows - eligible - own, inPlace, inPlaceMore: eligible - inPlace };
  };
  const backend = gpu((chip) => (/^(add|shift_imm)/.test(chip.name) ? 'generated' : 'interpreted'));
  const [expected, got] = [await proofOf(cpuBackend, testing, halves), await proofOf(backend, testing, halves)];
  assert.ok(Buffer.from(got).equals(Buffer.from(expected)));
  assert.ok(!Buffer.from(got).equals(Buffer.from(reference)));
});

test('the server preset gives the same bytes', { timeout: 1_100_000 }, async () => {
  // No bounds clamps, no validation, nothing zeroed: kernels may rely on none of them.
  const server = await openDevice({ adapter: process.env.WISP_TEST_ADAPTER ?? 'software', serverPreset: true });
  const backend = createGpuBackend(server, readShaders());
  const proofs = [await proofOf(backend, testing), await proofOf(backend, testing)];
  server.destroy();
  assert.ok(proofs.every((proof) => Buffer.from(proof).equals(Buffer.from(reference))));
});

test('a compact proof from the device verifies at 100 provable bits', { timeout: 1_100_000 }, async () => {
  const verified = verify(await proofOf(gpu(), compact), tables);
  assert.ok(verified.securityBits >= 100);
  assert.deepEqual([...verified.journal], [0x6d, 0x1a, 0, 0]);
});
