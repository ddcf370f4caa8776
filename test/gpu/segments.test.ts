// Segments on the device: the very bytes of the committed bundle. One with neighbours, and the last one, which carries the
// image and only first tuples.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createGpuBackend } from '../../prover/gpu/backend.ts';
import { openDevice } from '../../prover/gpu/device.ts';
import { readShaders } from '../../prover/gpu/node_shaders.ts';
import { proveSegments, type RunSource } from '../../prover/run.ts';
import { verifyingKey } from '../../src/air/key.ts';
import { testing } from '../../src/core/params.ts';
import { buildProgram, loadElf, recordSegment, type SegmentCut, startRun } from '../../src/machine/index.ts';
import { programTables } from '../../src/machine/tables.ts';
import { bundle, proofs } from '../verifier/bundle_fixture.ts';

const program = buildProgram(loadElf(readFileSync('guests/elf/fibonacci.elf')));
const tables = programTables(program);
const key = verifyingKey(tables, testing.logBlowup);
const input = Uint8Array.of(20, 0, 0, 0);
/** As scripts/proof_fixture.ts has it. */
const segmentSteps = 700;
const source: RunSource<SegmentCut> = {
  start: () => startRun(program, input, { segmentSteps }),
  record: async (cut) => recordSegment(program, input, cut),
};

test('proofs of segments have the bytes of the committed bundle', { timeout: 1_100_000 }, async (t) => {
  const context = await openDevice({ adapter: process.env.WISP_TEST_ADAPTER ?? 'software' });
  t.after(() => context.destroy());
  const backend = createGpuBackend(context, readShaders());
  const proven = [1, bundle.segments.length - 1];
  const seen: number[] = [];
  await proveSegments(source, tables, key, bundle, {
    sessions: 2,
    backend: async () => backend,
    has: (index) => !proven.includes(index),
    save: (index, proof) => {
      seen.push(index);
      assert.ok(Buffer.from(proof).equals(Buffer.from(proofs[index] as Uint8Array)), `segment ${index}`);
    },
  });
  assert.deepEqual(seen.sort(), proven);
});
