// Opens a proving tier by name.
import type { Backend } from '../../prover/backend.ts';
import type { ShaderSources } from '../../prover/gpu/shader_source.ts';
import type { ProofParams } from '../core/params.ts';
import { OptionError } from './errors.ts';

export const BACKEND_NAMES = ['auto', 'gpu', 'wasm', 'cpu'] as const;
export type BackendName = (typeof BACKEND_NAMES)[number];

export interface BackendRequest {
  readonly backend: BackendName;
  readonly adapter: string | undefined;
  /** Memory for a proof as on the command line; auto if absent. */
  readonly memory: string | undefined;
  /** Threads of the WebAssembly tier; all cores if absent. */
  readonly threads?: number | undefined;
  /** Turns off Dawn's validation, bounds checks and zero-initialisation: for a machine that runs nothing but proofs. */
  readonly serverPreset?: boolean | undefined;
  /** The texts of shaders/; read from disk if absent, which only Node can. */
  readonly shaders?: ShaderSources | undefined;
}

export interface OpenedBackend {
  readonly backend: Backend;
  /** The adapter's name, or null without one. */
  readonly adapter: string | null;
  /** Proofs that should be under way at one time, so that the device need not wait for the host between them. */
  readonly sessions: number;
  /** Most micro-ops of a segment that the memory allows. Throws `BudgetError` where none fits. */
  segmentSteps(params: ProofParams): number;
  close(): void;
}

/** Micro-ops of a segment of the reference tier: its columns are JavaScript arrays, of some 30 KB a micro-op. */
const CPU_SEGMENT_STEPS = 2 ** 17;
/** Which tier `auto` stands for, and why: a GPU if there is one, else WebAssembly on the processor's cores. */
export async function chooseBackend(
  request: BackendRequest,
): Promise<{ readonly name: BackendName; readonly why: string }> {
  const { backend, adapter } = request;
  if (backend !== 'auto') return { name: backend, why: 'as asked' };
  if (adapter !== undefined) return { name: 'gpu', why: 'an adapter is named' };
  const { findGpu } = await import('../../prover/gpu/device.ts');
  const gpu = await findGpu();
  if (gpu === undefined) return { name: 'wasm', why: 'there is no GPU that WebGPU can use' };
  return { name: 'gpu', why: `there is a GPU: ${gpu}` };
}

/** Refuses options that the tier has no use for. */
const refuse = (option: string, value: unknown, name: BackendName): void => {
  if (value !== undefined) throw new OptionError(`the option ${option} means nothing to the backend ${name}`);
};

export async function openBackend(request: BackendRequest): Promise<OpenedBackend> {
  const { name } = await chooseBackend(request);
  if (name === 'cpu') return openCpu(request);
  return name === 'wasm' ? openWasm(request) : openGpu(request);
}

async function openCpu({ adapter, memory, threads, serverPreset }: BackendRequest): Promise<OpenedBackend> {
  refuse('adapter', adapter, 'cpu');
  refuse('memory', memory, 'cpu');
  refuse('threads', threads, 'cpu');
  refuse('server-preset', serverPreset || undefined, 'cpu');
  const { cpuBackend } = await import('../../prover/cpu/backend.ts');
  return { backend: cpuBackend, adapter: null, sessions: 1, segmentSteps: () => CPU_SEGMENT_STEPS, close: () => {} };
}

async function openWasm({ adapter, memory, threads, serverPreset }: BackendRequest): Promise<OpenedBackend> {
  refuse('adapter', adapter, 'wasm');
  refuse('server-preset', serverPreset || undefined, 'wasm');
  const [{ createWasmBackend }, { wasmSegments }] = await Promise.all([
    import('../../prover/wasm/backend.ts'),
    import('./segment_choice.ts'),
  ]);
  const backend = await createWasmBackend({ threads });
  return {
    backend,
    adapter: null,
    sessions: 1,
    segmentSteps: (params) => wasmSegments(memory, backend.threads, params).microOps,
    close: () => backend.destroy(),
  };
}

async function openGpu({ adapter, memory, threads, shaders, serverPreset }: BackendRequest): Promise<OpenedBackend> {
  refuse('threads', threads, 'gpu');
  const [{ openDevice }, { createGpuBackend }, { gpuBudget, gpuSegments, gpuSessions }] = await Promise.all([
    import('../../prover/gpu/device.ts'),
    import('../../prover/gpu/backend.ts'),
    import('./segment_choice.ts'),
  ]);
  const sources = shaders ?? (await import('../../prover/gpu/node_shaders.ts')).readShaders();
  const context = await openDevice({ adapter: adapter ?? 'auto', serverPreset: serverPreset ?? false });
  const memoryBytes = gpuBudget(memory, context.adapter);
  return {
    backend: createGpuBackend(context, sources, { memoryBytes }),
    adapter: context.adapter.name,
    sessions: gpuSessions(context.adapter),
    segmentSteps: (params) => gpuSegments(memory, context.adapter, params).microOps,
    close: () => context.destroy(),
  };
}
