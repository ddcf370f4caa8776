// The tier that this worker holds: opened once, it serves proof after proof, and is opened anew where it is lost.
import { listAdapters } from '../../../prover/gpu/device.ts';
import { availableThreads, canShareMemory } from '../../../prover/wasm/workers.ts';
import { presets } from '../../core/params.ts';
import { type BackendRequest, chooseBackend, type OpenedBackend } from '../../host/backends.ts';
import { type OpenDevice, openDevice } from '../../host/device.ts';
import type { Device } from '../../host/proving.ts';
import { gpuSegments, wasmSegments } from '../../host/segment_choice.ts';
import { bundledShaders } from '../shaders.ts';
import type { Hardware, PlanReport, TierOptions } from './api.ts';

const requestOf = ({ backend, memory }: TierOptions): BackendRequest => ({
  ...{ backend, memory, adapter: undefined },
  shaders: bundledShaders(),
});

const wasmThreads = (): number => (canShareMemory() ? availableThreads() : 1);

export async function hardware(): Promise<Hardware> {
  const [adapter = null] = await listAdapters();
  return {
    hasWebGpu: 'gpu' in navigator,
    adapter,
    auto: adapter !== null && !adapter.isSoftware ? 'gpu' : 'wasm',
    threads: wasmThreads(),
    isolated: globalThis.crossOriginIsolated === true,
    sharesMemory: canShareMemory(),
  };
}

/** Throws `BudgetError` where no segment fits, `DeviceError` where there is no adapter. */
export async function planTier(tier: TierOptions): Promise<PlanReport> {
  const { name } = await chooseBackend(requestOf(tier));
  const params = presets[tier.security];
  const [adapter] = name === 'gpu' ? await listAdapters() : [];
  const choice = adapter ? gpuSegments(tier.memory, adapter, params) : wasmSegments(tier.memory, wasmThreads(), params);
  const { microOps, budgetBytes, typicalBytes, worstBytes = null, plan } = choice;
  const { residentBytes, stages, largestBuffer } = plan;
  return {
    ...{ ok: true, backend: adapter ? 'gpu' : 'wasm', microOps, budgetBytes, typicalBytes, worstBytes },
    ...{ residentBytes, stages, largestBuffer },
    bindingBytes: adapter?.limits.maxStorageBufferBindingSize ?? null,
  };
}

let kept: { readonly key: string; readonly device: OpenDevice } | undefined;

/** The tier of these options; another one that was open is closed. */
export async function useTier(tier: TierOptions): Promise<Device> {
  const { backend, memory } = tier;
  const key = `${backend} ${memory}`;
  if (kept?.key !== key) {
    closeTier();
    kept = { key, device: await openDevice(requestOf(tier)) };
  }
  return kept.device;
}

export function closeTier(): void {
  kept?.device.close();
  kept = undefined;
}

interface MemoryUse {
  readonly usedBytes: number;
  readonly allocatedBytes: number;
}

/** Of the GPU's buffers, or the linear memory; null for a tier that does not count. */
export function memoryOf({ backend }: OpenedBackend): MemoryUse | null {
  const { memory, usedBytes, memoryBytes } = backend as Partial<MemoryUse> & {
    readonly memory?: MemoryUse;
    readonly memoryBytes?: number;
  };
  if (memory) return { usedBytes: memory.usedBytes, allocatedBytes: memory.allocatedBytes };
  return usedBytes === undefined || memoryBytes === undefined ? null : { usedBytes, allocatedBytes: memoryBytes };
}
