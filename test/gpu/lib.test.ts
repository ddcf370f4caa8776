// The shader library at boundary values, exactly against BigInt arithmetic, in every variant.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupsFor, Recording } from '../../prover/gpu/recording.ts';
import type { GpuRuntime } from '../../prover/gpu/runtime.ts';
import { GPU_VARIANTS, SOFTWARE_VARIANTS } from '../../prover/gpu/shader_source.ts';
import { hashWords, LEAF_KEY } from '../../src/core/hash.ts';
import { randomField, randomWords } from '../random_words.ts';
import { emptyBuffer, testRuntime } from './harness.ts';

const P = 0x7fffffffn;
const mod = (a: bigint): bigint => ((a % P) + P) % P;
type Big4 = readonly [bigint, bigint, bigint, bigint];

const bigInverse = (a: bigint): bigint => {
  let r = 1n;
  for (let e = P - 2n, s = a; e > 0n; e >>= 1n, s = mod(s * s)) if (e & 1n) r = mod(r * s);
  return r;
};

const bigMul = ([a0, a1, a2, a3]: Big4, [b0, b1, b2, b3]: Big4): Big4 => {
  const re = a2 * b2 - a3 * b3;
  const im = a2 * b3 + a3 * b2;
  return [
    mod(a0 * b0 - a1 * b1 + 2n * re - im),
    mod(a0 * b1 + a1 * b0 + 2n * im + re),
    mod(a0 * b2 - a1 * b3 + a2 * b0 - a3 * b1),
    mod(a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0),
  ];
};

/** Runs `body` (a function f(a, b) -> vec4u) on pairs of four-word rows. */
async function apply(runtime: GpuRuntime, name: string, body: string, a: Uint32Array, b: Uint32Array) {
  const recording = new Recording();
  const rows = a.length / 4;
  const out = emptyBuffer(runtime, recording, a.length);
  const code = `
struct Params { rows: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> left: array<vec4u>;
@group(0) @binding(2) var<storage, read> right: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> result: array<vec4u>;
${body}
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < params.rows) {
    result[id.x] = f(left[id.x], right[id.x]);
  }
}`;
  recording.dispatch({
    kernel: { id: `test_${name}`, code: `// import lib/qm31\n// import lib/bits\n// import lib/blake3\n${code}` },
    params: [rows],
    bindings: [recording.constant(a), recording.constant(b), out],
    groups: groupsFor(rows),
  });
  const download = recording.download(out, 0, a.length);
  const words = (await runtime.run(recording)).words(download);
  runtime.pool.release(out);
  return words;
}

const EDGES = [
  0, 1, 2, 3, 0xffff, 0x10000, 0x10001, 0x7fff0000, 0x7fff8000, 0x3fffffff, 0x40000000, 0x7ffffffd, 0x7ffffffe,
];
const left: number[] = [];
const right: number[] = [];
for (const x of EDGES) {
  for (const y of EDGES) {
    left.push(x);
    right.push(y);
  }
}
left.push(...randomField(1, 4095 - left.length), 5);
right.push(...randomField(2, 4095 - right.length), 7);
const A = Uint32Array.from(left);
const B = Uint32Array.from(right);
const big4 = (words: Uint32Array, i: number): Big4 => Array.from(words.subarray(4 * i, 4 * i + 4), BigInt) as never;

for (const [label, variants] of [
  ['gpu variants', GPU_VARIANTS],
  ['software variants', SOFTWARE_VARIANTS],
] as const) {
  test(`field library, ${label}`, async () => {
    const runtime = await testRuntime(variants);
    const elementwise = async (
      name: string,
      body: string,
      expected: (a: bigint, b: bigint) => bigint,
      b: Uint32Array = B,
    ) => {
      const got = await apply(runtime, name, `fn f(a: vec4u, b: vec4u) -> vec4u { ${body} }`, A, b);
      const want = A.map((x, i) => Number(expected(BigInt(x), BigInt(b[i] as number))));
      assert.deepEqual(got, want, name);
    };
    const lanes = (f: string): string =>
      `return vec4u(${['x', 'y', 'z', 'w'].map((l) => f.replaceAll('#', l)).join(', ')});`;
    await elementwise('add', lanes('m31_add(a.#, b.#)'), (a, b) => mod(a + b));
    await elementwise('sub', lanes('m31_sub(a.#, b.#)'), (a, b) => mod(a - b));
    await elementwise('neg', lanes('m31_neg(a.#)'), (a) => mod(-a));
    await elementwise('mul', lanes('m31_mul(a.#, b.#)'), (a, b) => mod(a * b));
    await elementwise('vectors', 'return m31_add4(m31_sub4(a, b), m31_mul4(a, b));', (a, b) => mod(a - b + a * b));
    const three =
      'let v = m31_sub3(m31_mul3(a.xyz, b.xyz), m31_add3(a.xyz, b.xyz)); return vec4u(v, m31_sub(m31_mul(a.w, b.w), m31_add(a.w, b.w)));';
    await elementwise('vec3', three, (a, b) => mod(a * b - a - b));
    await elementwise('inverse', lanes('m31_inverse(a.#)'), (a) => bigInverse(a));
    const any = randomWords(3, A.length);
    any.set([0, 0x7ffffffe, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]);
    await elementwise('reduce', lanes('m31_reduce(b.#)'), (_, b) => mod(b), any);

    const rows = A.length / 4;
    const extension = async (name: string, body: string, expected: (a: Big4, b: Big4) => Big4) => {
      const got = await apply(runtime, name, `fn f(a: vec4u, b: vec4u) -> vec4u { ${body} }`, A, B);
      for (let i = 0; i < rows; i++) {
        assert.deepEqual(big4(got, i), expected(big4(A, i), big4(B, i)), `${name} row ${i}`);
      }
    };
    await extension('qm31_mul', 'return qm31_mul(a, b);', bigMul);
    await extension('qm31_mul_base', 'return qm31_mul_base(a, b.x);', (a, [b]) => bigMul(a, [b, 0n, 0n, 0n]));
    await extension('qm31_mul_cm31', 'return qm31_mul_cm31(a, b.xy);', (a, [b, c]) => bigMul(a, [b, c, 0n, 0n]));
    await extension('qm31_conj', 'return qm31_conj(a);', ([x, y, z, w]) => [x, y, mod(-z), mod(-w)]);
    const got = await apply(
      runtime,
      'qm31_inverse',
      'fn f(a: vec4u, b: vec4u) -> vec4u { return qm31_inverse(a); }',
      A,
      B,
    );
    for (let i = 0; i < rows; i++) {
      const product = bigMul(big4(A, i), big4(got, i));
      const isZero = big4(A, i).every((x) => x === 0n);
      assert.deepEqual(product, isZero ? [0n, 0n, 0n, 0n] : [1n, 0n, 0n, 0n], `qm31_inverse row ${i}`);
    }
  });

  test(`blake3 compression, ${label}`, async () => {
    const runtime = await testRuntime(variants);
    const key = `Digest(vec4u(${[...LEAF_KEY.subarray(0, 4)].map((w) => `${w}u`)}), vec4u(${[...LEAF_KEY.subarray(4)].map((w) => `${w}u`)}))`;
    const body = `fn f(a: vec4u, b: vec4u) -> vec4u {
  let flags = BLAKE3_KEYED_HASH | BLAKE3_CHUNK_START | BLAKE3_CHUNK_END | BLAKE3_ROOT;
  let d = blake3_compress(${key}, Blake3Block(a, b, a ^ b, vec4u(0u)), 48u, flags);
  return d.lo ^ d.hi.wzyx;
}`;
    const a = randomWords(4, 64);
    const b = randomWords(5, 64);
    const got = await apply(runtime, 'blake3', body, a, b);
    for (let i = 0; i < 16; i++) {
      const message = [...a.subarray(4 * i, 4 * i + 4), ...b.subarray(4 * i, 4 * i + 4)];
      for (let k = 0; k < 4; k++) message.push(((message[k] as number) ^ (message[k + 4] as number)) >>> 0);
      const d = hashWords(LEAF_KEY, message);
      const want = [0, 1, 2, 3].map((k) => ((d[k] as number) ^ (d[7 - k] as number)) >>> 0);
      assert.deepEqual([...got.subarray(4 * i, 4 * i + 4)], want);
    }
  });
}
