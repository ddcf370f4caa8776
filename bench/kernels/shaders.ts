// Kernels of the benchmark's own: they measure the device, or a module of shaders/ alone.
import type { KernelSpec } from '../../prover/gpu/kernel.ts';

const MAIN = `@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_group(group, groups) * 256u + lane;`;

const OUTPUT = `// import lib/bits
struct Params { rounds: u32, seed: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<vec4u>;
`;

/** dst = src, 16 bytes a thread. Parameters: vectors. */
export const COPY: KernelSpec = {
  id: 'bench_copy',
  code: `// import lib/bits
struct Params { vectors: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> dst: array<vec4u>;
${MAIN}
  if (i < params.vectors) {
    dst[i] = src[i];
  }
}
`,
};

/** Fills words with field elements (a hash of their position, canonical). Parameters: words, seed. */
export const FILL: KernelSpec = {
  id: 'bench_fill',
  code: `// import lib/bits
struct Params { words: u32, seed: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dst: array<u32>;
${MAIN}
  if (i < params.words) {
    var x = (i + params.seed) * 0x9e3779b1u;
    x = (x ^ (x >> 16u)) * 0x85ebca6bu;
    x = (x ^ (x >> 13u)) & 0x7fffffffu;
    dst[i] = min(x, 0x7ffffffeu);
  }
}
`,
};

/** Steps of one loop turn; unrolled, so that the loop itself costs little. */
export const STEPS = 16;

const repeated = (times: number, ...lines: readonly string[]): string =>
  Array.from({ length: times }, () => lines.map((line) => `    ${line}`).join('\n')).join('\n');

/**
 * `vectors` of four chains a thread, `step` for each in turn. Many hide latencies, few spare registers: which is faster
 * depends on the device, so both are tried.
 */
const independent = (id: string, vectors: number, step: (x: string) => string): KernelSpec => {
  const names = Array.from({ length: vectors }, (_, i) => `v${i}`);
  const declared = names.map((name, i) => `  var ${name} = k + vec4u(${i}u);`);
  return {
    id: `${id}_${vectors}`,
    code: `${OUTPUT}
${MAIN}
  let k = vec4u(params.seed) + vec4u(i, i + 5u, i + 7u, i + 11u);
${declared.join('\n')}
  for (var r = 0u; r < params.rounds; r++) {
${repeated(STEPS / vectors, ...names.map(step))}
  }
  out[i] = ${names.join(' ^ ')};
}
`,
  };
};

export const MULTIPLY_ADD: readonly KernelSpec[] = [1, 2, 4].map((vectors) =>
  independent('bench_multiply_add', vectors, (x) => `${x} = ${x} * ${x} + k;`),
);
export const SIMPLE: readonly KernelSpec[] = [1, 2, 4].map((vectors) =>
  independent('bench_simple', vectors, (x) => `${x} = (${x} ^ k) + k;`),
);
/** Two simple operations a step. */
export const SIMPLE_PER_STEP = 2;

/** Two field vectors a thread. */
const products = (id: string, imports: string, pair: string, finish = ''): KernelSpec => ({
  id,
  code: `${imports}${OUTPUT}
${MAIN}
  var a = (vec4u(i, i + 1u, i + 2u, i + 3u) ^ vec4u(params.seed)) & vec4u(0x3fffffffu);
  var b = (a + vec4u(params.seed)) & vec4u(0x3fffffffu);
  ${finish}
  for (var r = 0u; r < params.rounds; r++) {
${repeated(STEPS / 2, pair)}
  }
  out[i] = a ^ b;
}
`,
});

/** One lane a thread. */
export const DEPENDENT: KernelSpec = {
  id: 'bench_dependent',
  code: `${OUTPUT}
${MAIN}
  var a = i ^ params.seed;
  for (var r = 0u; r < params.rounds; r++) {
${repeated(STEPS, 'a = a * a + params.seed;')}
  }
  out[i] = vec4u(a);
}
`,
};

/** Products of shaders/lib/m31 with whatever variant the runtime links. */
export const M31_PRODUCT: KernelSpec = products(
  'bench_m31_product',
  '// import lib/m31\n',
  'a = m31_mul4(a, k); b = m31_mul4(b, k);',
  'let k = b;',
);

/** Products by a prepared factor (shaders/lib/m31_factor), as software adapters' FFTs use them. */
export const FACTOR_PRODUCT: KernelSpec = products(
  'bench_factor_product',
  '// import lib/m31_factor\n',
  'a = times4(a, f); b = times4(b, f);',
  'let f = factor4(b);',
);

/** Products of the extension field: one a step and thread. */
export const QM31_PRODUCT: KernelSpec = products(
  'bench_qm31_product',
  '// import lib/qm31\n',
  'a = qm31_mul(a, k); b = qm31_mul(b, k);',
  'let k = b;',
);
