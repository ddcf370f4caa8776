// wisp devices: the plan of each tier for a budget of memory, as `wisp prove` keeps to it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BUDGET_PRESETS } from '../../prover/segment_size.ts';
import { standard } from '../../src/core/params.ts';
import { gpuSegments, wasmSegments } from '../../src/host/segment_choice.ts';
import { runCli } from './harness.ts';

interface Tier {
  readonly threads?: number;
  readonly budgetBytes?: number;
  readonly segmentMicroOps?: number;
  readonly error?: string;
}
interface Devices {
  readonly backend: string;
  readonly why: string;
  readonly wasm: Tier;
  readonly adapters: readonly { readonly isSoftware: boolean; readonly memory: Tier }[];
}

const devices = async (...args: string[]): Promise<Devices> => {
  const run = await runCli('devices', ...args, '--json');
  assert.equal(run.exitCode, 0, run.err);
  return JSON.parse(run.out) as Devices;
};

describe('wisp devices', () => {
  it('says what is taken and why, and plans what prove will do', async () => {
    const { backend, why, wasm, adapters } = await devices();
    assert.match(`${backend}: ${why}`, /^(wasm: there is no GPU|gpu: there is a GPU)/);
    assert.equal(wasm.segmentMicroOps, wasmSegments(undefined, wasm.threads ?? 0, standard).microOps);
    for (const adapter of adapters) assert.ok((adapter.memory.segmentMicroOps ?? 0) >= 2 ** 12);
    const { out } = await runCli('devices');
    assert.match(out, /^\* \S/m);
    assert.match(out, /wasm\n {2}kind {5}WebAssembly SIMD, \d+ threads?\n {2}memory {3}2\.0\d* GiB: segments of/);
  });

  it('keeps to a budget, and says where nothing fits one', async () => {
    const { wasm, adapters } = await devices('--memory', '150M');
    for (const { memory } of adapters) assert.equal(memory.budgetBytes, 150 * 2 ** 20);
    const refused = await devices('--memory', '60M');
    for (const tier of [refused.wasm, ...refused.adapters.map((a) => a.memory)])
      assert.match(tier.error ?? '', /needs \d+ MiB of memory, not 60 MiB/);
    assert.ok(wasm.error !== undefined || wasm.budgetBytes === 150 * 2 ** 20);
    const { exitCode, err } = await runCli('devices', '--memory', 'lots');
    assert.deepEqual([exitCode, /--memory: "lots" is no amount of memory/.test(err)], [2, true]);
  });
});

describe('segments', () => {
  const adapter = {
    ...{ name: 'Example', vendor: 'nvidia', architecture: '', isSoftware: false, isSwiftShader: false, features: [] },
    ...{ subgroupMinSize: 32, subgroupMaxSize: 32 },
    // The least that WebGPU promises.
    limits: { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27 },
  };

  it('fit every budget that has a name, on a GPU and in WebAssembly, and grow with it', () => {
    let [gpu, wasm] = [0, 0];
    for (const [name, bytes] of Object.entries(BUDGET_PRESETS)) {
      const own = gpuSegments(name, adapter, standard);
      assert.ok(own.budgetBytes === bytes && own.typicalBytes <= bytes, name);
      assert.ok(own.microOps >= gpu, name);
      gpu = own.microOps;
      const tier = wasmSegments(name, 4, standard);
      assert.ok(tier.typicalBytes <= Math.min(bytes, 2 ** 32), name);
      assert.ok(tier.microOps >= wasm, name);
      wasm = tier.microOps;
    }
    assert.equal(gpuSegments('auto', adapter, standard).budgetBytes, 2 ** 32);
    assert.equal(wasmSegments('auto', 4, standard).budgetBytes, 2 ** 31);
  });
});
