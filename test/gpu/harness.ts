// One device per test file, and conversions between CPU arrays and GPU columns.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { type Columns, packedColumns } from '../../prover/gpu/columns.ts';
import { type GpuContext, openDevice } from '../../prover/gpu/device.ts';
import { readShaders } from '../../prover/gpu/node_shaders.ts';
import type { Recording } from '../../prover/gpu/recording.ts';
import { GpuRuntime } from '../../prover/gpu/runtime.ts';
import type { ShaderVariants } from '../../prover/gpu/shader_source.ts';
import { randomWords } from '../random_words.ts';

/** WISP_TEST_ADAPTER names another adapter, WISP_TEST_SERVER_PRESET=1 drops Dawn's safety nets. */
export async function testRuntime(variants?: ShaderVariants): Promise<GpuRuntime> {
  const context: GpuContext = await openDevice({
    adapter: process.env.WISP_TEST_ADAPTER ?? 'software',
    serverPreset: process.env.WISP_TEST_SERVER_PRESET === '1',
  });
  after(() => context.destroy());
  return new GpuRuntime(context, readShaders(), variants);
}

/** A pool buffer filled with garbage, then `words` at `offset`. */
export function bufferWith(runtime: GpuRuntime, recording: Recording, words: Uint32Array, offset = 0): GPUBuffer {
  const buffer = emptyBuffer(runtime, recording, offset + words.length);
  recording.upload(buffer, offset, words);
  return buffer;
}

/** Kernels may not rely on zeroed memory, so test buffers start with garbage. */
export function emptyBuffer(runtime: GpuRuntime, recording: Recording, words: number): GPUBuffer {
  const buffer = runtime.pool.acquire(words, 'test');
  recording.upload(buffer, 0, randomWords(words, buffer.size / 4));
  return buffer;
}

/** Uploads columns of one height side by side. */
export function uploadColumns(runtime: GpuRuntime, recording: Recording, columns: readonly Uint32Array[]): Columns {
  const n = columns[0]?.length ?? 1;
  const all = new Uint32Array(n * columns.length);
  columns.forEach((column, k) => {
    all.set(column, k * n);
  });
  return packedColumns(bufferWith(runtime, recording, all), columns.length, Math.log2(n));
}

/** Equality of long arrays, told by the first difference: assert's own diff takes minutes on them. */
export function assertWords(
  got: ArrayLike<number> | undefined,
  want: ArrayLike<number> | undefined,
  what = 'words',
): void {
  assert.ok(got !== undefined && want !== undefined, what);
  assert.equal(got.length, want.length, `${what}: length`);
  for (let i = 0; i < want.length; i++) if (got[i] !== want[i]) assert.equal(got[i], want[i], `${what}: word ${i}`);
}
