// Every form of the M31 multiplication, at edge values, against BigInt; and the choice between them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GpuContext } from '../../prover/gpu/device.ts';
import {
  chooseMultiply,
  fastest,
  MULTIPLY_VARIANTS,
  measureMultiply,
  withMultiply,
} from '../../prover/gpu/multiply.ts';
import { readShaders } from '../../prover/gpu/node_shaders.ts';
import { groupsFor, Recording } from '../../prover/gpu/recording.ts';
import { GpuRuntime } from '../../prover/gpu/runtime.ts';
import { GPU_VARIANTS } from '../../prover/gpu/shader_source.ts';
import { P } from '../../src/core/field.ts';
import { randomField } from '../random_words.ts';
import { assertWords, emptyBuffer, testRuntime } from './harness.ts';

const runtime = await testRuntime();
const EDGES = [
  ...[0, 1, 2, 3, 0x7fff, 0x8000, 0x8001, 0xffff, 0x10000, 0x10001, 0x1ffff, 0x20000, 0x7fff0000, 0x7fff8000],
  ...[0x3fffffff, 0x40000000, 0x40000001, 0x55555555, 0x2aaaaaaa, P - 0x10000, P - 0xffff, P - 2, P - 1],
];

const CODE = `// import lib/m31
struct Params { pairs: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> left: array<u32>;
@group(0) @binding(2) var<storage, read> right: array<u32>;
@group(0) @binding(3) var<storage, read_write> result: array<u32>;
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= params.pairs) {
    return;
  }
  let a = left[i];
  let b = right[i];
  result[3u * i] = m31_mul(a, b);
  result[3u * i + 1u] = m31_mul3(vec3u(1u, a, 0u), vec3u(b, b, b)).y;
  result[3u * i + 2u] = m31_mul4(vec4u(a, 0u, 1u, a), vec4u(0u, a, b, b)).w;
}`;

for (const name of MULTIPLY_VARIANTS) {
  test(`multiplication, variant ${name}`, async () => {
    const own = new GpuRuntime(runtime.context, readShaders(), withMultiply(GPU_VARIANTS, name));
    const a = [...EDGES.flatMap((x) => EDGES.map(() => x)), ...randomField(1, 3000)];
    const b = [...EDGES.flatMap(() => EDGES), ...randomField(2, 3000)];
    const recording = new Recording();
    const out = emptyBuffer(own, recording, 3 * a.length);
    recording.dispatch({
      kernel: { id: 'test_multiply', code: CODE },
      params: [a.length],
      bindings: [recording.constant(a), recording.constant(b), out],
      groups: groupsFor(a.length),
    });
    const download = recording.download(out, 0, 3 * a.length);
    const got = (await own.run(recording)).words(download);
    const want = a.flatMap((x, i) => Array<number>(3).fill(Number((BigInt(x) * BigInt(b[i] as number)) % BigInt(P))));
    assertWords(got, want, name);
  });
}

test('the probe measures every variant, and a software adapter needs none', async () => {
  const rates = await measureMultiply(runtime.context, readShaders());
  assert.deepEqual([...rates.keys()], [...MULTIPLY_VARIANTS]);
  for (const [name, rate] of rates) assert.ok(rate > 1e5, `${name}: ${rate}`);
  assert.equal(await chooseMultiply(runtime.context, {}), 's');
});

test('a GPU takes the fastest form, the default where the others are not clearly faster', async () => {
  assert.equal(fastest(new Map([['a', 100] as const, ['f', 102] as const, ['l', 90] as const])), 'a');
  assert.equal(fastest(new Map([['a', 100] as const, ['f', 104] as const, ['l', 200] as const])), 'l');
  // Probed once per adapter; a probe that fails leaves the default.
  const adapter = { ...runtime.context.adapter, name: 'a GPU', isSoftware: false };
  const broken: GpuContext = { ...runtime.context, adapter };
  assert.equal(await chooseMultiply(broken, {}), 'a');
  assert.equal(await chooseMultiply(broken, readShaders()), 'a');
});
