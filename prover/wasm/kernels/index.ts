/** The fixed kernels: one module, built and compiled when a backend is made. */
import { type MemoryLimits, ModuleBuilder } from '../../../src/core/wasm/index.ts';
import type { KernelId, WasmRuntime } from '../runtime.ts';
import { defineHashes } from './blake3.ts';
import { defineDeep } from './deep.ts';
import { defineExtensionKernels } from './extension.ts';
import { defineExtend } from './fft.ts';
import { definePointKernels } from './point.ts';
import { defineTwiddles } from './twiddles.ts';

export const KERNELS = [
  'extend',
  'rotate_points',
  'double_words',
  'hash_nodes',
  'hash_columns',
  'hash_rows',
  'grind',
  'evaluate_at',
  'deep_accumulate',
  'deep_finish',
  'lift_add',
  'scale',
  'fri_fold',
  'scan_cyclic',
] as const;
export type KernelName = (typeof KERNELS)[number];
export type Kernels = Readonly<Record<KernelName, KernelId>>;

export const fixedModule = (limits: MemoryLimits): Uint8Array<ArrayBuffer> => {
  const module = new ModuleBuilder();
  module.importMemory('env', 'memory', limits);
  defineExtend(module);
  defineTwiddles(module);
  defineHashes(module);
  definePointKernels(module);
  defineDeep(module);
  defineExtensionKernels(module);
  return module.finish();
};

export const registerKernels = async (runtime: WasmRuntime): Promise<Kernels> => {
  const ids = await runtime.register(fixedModule(runtime.memory.limits), KERNELS);
  return Object.fromEntries(ids) as Kernels;
};
