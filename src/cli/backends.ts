// Opens a proving tier by name, and again where its device was lost.
import type { Backend } from '../../prover/backend.ts';
import type { ProofParams } from '../core/params.ts';
import { UsageError } from './errors.ts';

export type BackendName = 'auto' | 'gpu' | 'cpu';

export interface BackendRequest {
  readonly backend: BackendName;
  readonly adapter: string | undefined;
  /** GPU memory as on the command line; auto if absent. */
  readonly memory: string | undefined;
}

export interface OpenedBackend {
  readonly backend: Backend;
  /** The adapter's name, or null without one. */
  readonly adapter: string | null;
  /** Most micro-ops of a segment that the memory allows. Throws `BudgetError` where none fits. */
  segmentSteps(params: ProofParams): number;
  close(): void;
}

/** Micro-ops of a segment of the reference tier: its columns are JavaScript arrays, of some 30 KB a micro-op. */
const CPU_SEGMENT_STEPS = 2 ** 17;

/** `auto` and `gpu` take a real GPU if there is one, else the software adapter that comes with the package. */
export async function openBackend(request: BackendRequest): Promise<OpenedBackend> {
  const { backend: name, adapter, memory } = request;
  if (name === 'cpu') {
    if (adapter !== undefined) throw new UsageError('--adapter names a GPU adapter; --backend cpu has none');
    if (memory !== undefined) throw new UsageError('--memory is GPU memory; --backend cpu has none');
    const { cpuBackend } = await import('../../prover/cpu/backend.ts');
    return { backend: cpuBackend, adapter: null, segmentSteps: () => CPU_SEGMENT_STEPS, close: () => {} };
  }
  const [{ openDevice }, { createGpuBackend }, { readShaders }, { chooseSegment, parseBudget }] = await Promise.all([
    import('../../prover/gpu/device.ts'),
    import('../../prover/gpu/backend.ts'),
    import('../../prover/gpu/node_shaders.ts'),
    import('../../prover/segment_size.ts'),
  ]);
  const context = await openDevice({ adapter: adapter ?? 'auto' });
  const budgetBytes = parseBudget(memory ?? 'auto', context.adapter);
  return {
    backend: createGpuBackend(context, readShaders()),
    adapter: context.adapter.name,
    segmentSteps: (params) => chooseSegment({ budgetBytes, limits: context.adapter.limits, params }).microOps,
    close: () => context.destroy(),
  };
}
