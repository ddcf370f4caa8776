// How long segments are on a tier, and the memory that is planned for them.
import type { AdapterDescription } from '../../prover/gpu/adapter_info.ts';
import type { MemoryPlan } from '../../prover/memory_plan.ts';
import { chooseSegment, parseBudget, type SegmentChoice } from '../../prover/segment_size.ts';
import { planWasmMemory } from '../../prover/wasm/memory_plan.ts';
import type { ProofParams } from '../core/params.ts';

export interface TierChoice extends SegmentChoice {
  /** What the plan has to keep to. */
  readonly budgetBytes: number;
}

/** Linear memory that `auto` lets the WebAssembly tier take; 4 GiB is the most that there can be. */
const WASM_BUDGET = 2 ** 31;
const WASM_MOST = 2 ** 32;

const NO_ADAPTER = { vendor: '', architecture: '', isSoftware: true } as const;

/** A plan that knows only of the peak. */
const wholePlan = (bytes: number): MemoryPlan => ({
  peakBytes: bytes,
  residentBytes: 0,
  stages: { open: bytes, trace: bytes, logup: bytes, composition: bytes, samples: bytes, fri: bytes, queries: bytes },
  largestBuffer: { label: 'linear memory', bytes },
});

/** `memory` as on the command line. Throws `BudgetError` where no segment fits, or for what is no amount of memory. */
export function wasmSegments(memory: string | undefined, threads: number, params: ProofParams): TierChoice {
  const asked = memory === undefined || memory === 'auto' ? WASM_BUDGET : parseBudget(memory, NO_ADAPTER);
  const budgetBytes = Math.min(asked, WASM_MOST);
  const choice = chooseSegment({
    budgetBytes,
    limits: {},
    params,
    planOf: (layout) => wholePlan(planWasmMemory({ layout, params, threads })),
  });
  return { ...choice, budgetBytes };
}

/** Proofs that should be under way at one time, so that the device need not wait for the host between them. */
export const gpuSessions = ({ isSoftware }: Pick<AdapterDescription, 'isSoftware'>): number =>
  // A software adapter has no use for the host's idle cores: they are its own.
  isSoftware ? 1 : 2;

export const gpuBudget = (memory: string | undefined, adapter: AdapterDescription): number =>
  parseBudget(memory ?? 'auto', adapter);

/** Throws as `wasmSegments` does. */
export function gpuSegments(memory: string | undefined, adapter: AdapterDescription, params: ProofParams): TierChoice {
  const budgetBytes = gpuBudget(memory, adapter);
  const { limits } = adapter;
  return { ...chooseSegment({ budgetBytes, limits, params, sessions: gpuSessions(adapter) }), budgetBytes };
}
