// Every kernel is accepted by naga too, the front end of wgpu, which Firefox has, and translated to what drivers take:
// SPIR-V, HLSL and Metal's language. The device's own front end, in the other tests, is Tint, as in Chromium.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NagaError, nagaVersion, parseWgsl, validate, writeHlsl, writeMsl, writeSpirv } from 'naga-wasm';
import * as benchKernels from '../../bench/kernels/shaders.ts';
import { chipKernels, PROGRAM_KINDS } from '../../prover/gpu/air/chip_kernels.ts';
import type { KernelSpec } from '../../prover/gpu/kernel.ts';
import { MULTIPLY_VARIANTS, withMultiply } from '../../prover/gpu/multiply.ts';
import { readShaders } from '../../prover/gpu/node_shaders.ts';
import { GPU_VARIANTS, linkShader, type ShaderVariants, SOFTWARE_VARIANTS } from '../../prover/gpu/shader_source.ts';
import { TEXTS } from '../../src/air/inventory.ts';
import { wideChip } from './wide_chip.ts';

const sources = readShaders();
const kernelNames = Object.keys(sources).filter((name) => !name.startsWith('lib/'));
const VARIANTS: readonly (readonly [string, ShaderVariants])[] = [
  ...MULTIPLY_VARIANTS.map((name) => [`product ${name}`, withMultiply(GPU_VARIANTS, name)] as const),
  ['software', SOFTWARE_VARIANTS],
];

const OVERRIDE = /^override /gm;

/** What naga says against a kernel; undefined where it has nothing to say. */
function complaint(code: string): string | undefined {
  try {
    let module = parseWgsl(code);
    let info = validate(module);
    if (code.search(OVERRIDE) >= 0) {
      // Translation wants values in place of overrides, which a pipeline gives; any will do.
      module = parseWgsl(code.replaceAll(OVERRIDE, 'const '));
      info = validate(module);
    }
    writeSpirv(module, info);
    writeHlsl(module, info, { shaderModel: '6_0' });
    writeMsl(module, info, { langVersion: [2, 3] });
    info.free();
    module.free();
    return undefined;
  } catch (error) {
    if (error instanceof NagaError) return error.formatted;
    throw error;
  }
}

function check(specs: readonly KernelSpec[], variants: ShaderVariants): void {
  for (const { id, code } of specs) {
    const text = linkShader(sources, id, variants, code);
    // A feature that not every adapter has is asked for by one of these.
    assert.doesNotMatch(text, /^\s*(enable|requires) /m, id);
    const said = complaint(text);
    assert.equal(said, undefined, `${id}: ${said}`);
  }
}

describe(`naga ${nagaVersion}`, () => {
  for (const [name, variants] of VARIANTS)
    it(`takes all of shaders/, ${name}`, () =>
      check(
        kernelNames.map((id) => ({ id })),
        variants,
      ));

  it('takes every generated kernel', () => {
    for (const chip of [...TEXTS, wideChip])
      for (const kind of PROGRAM_KINDS) check(chipKernels(chip, kind, 'generated'), GPU_VARIANTS);
  });

  it('takes the kernels of the benchmark', () => {
    const specs = Object.values(benchKernels).flatMap((value) => (typeof value === 'object' ? value : []));
    assert.ok(specs.length >= 10);
    check(specs, GPU_VARIANTS);
  });

  it('refuses what is no WGSL, or not valid', () => {
    assert.match(complaint('fn f( {') ?? '', /expected/);
    assert.match(complaint('fn f() -> u32 { return 1f; }') ?? '', /return/i);
  });
});
