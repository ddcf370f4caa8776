// Every generated kernel is valid WGSL, by the device's own front end. Compiling them all to machine code would take the
// software adapter minutes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chipKernels, PROGRAM_KINDS } from '../../prover/gpu/air/chip_kernels.ts';
import { readShaders } from '../../prover/gpu/node_shaders.ts';
import { GPU_VARIANTS, linkShader, SOFTWARE_VARIANTS } from '../../prover/gpu/shader_source.ts';
import { TEXTS } from '../../src/air/inventory.ts';
import { testRuntime } from './harness.ts';
import { wideChip } from './wide_chip.ts';

const runtime = await testRuntime();

test('every generated kernel is valid, and within the limits every adapter has', async () => {
  const sources = readShaders();
  const { device } = runtime.context;
  const ids = new Set<string>();
  for (const chip of [...TEXTS, wideChip]) {
    for (const kind of PROGRAM_KINDS) {
      for (const { id, code = '' } of chipKernels(chip, kind, 'generated')) {
        assert.ok(!ids.has(id), id);
        ids.add(id);
        assert.ok((code.match(/var<storage/g) ?? []).length <= 8, `${id}: storage buffers`);
        for (const variants of [GPU_VARIANTS, SOFTWARE_VARIANTS]) {
          device.pushErrorScope('validation');
          const module = device.createShaderModule({ label: id, code: linkShader(sources, id, variants, code) });
          const { messages } = await module.getCompilationInfo();
          assert.deepEqual(
            messages.map((m) => m.message),
            [],
            id,
          );
          assert.equal(await device.popErrorScope(), null, id);
        }
      }
    }
  }
});
