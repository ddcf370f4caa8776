// What the page and its prover worker say to each other: plain data, and Blobs, which cross without being copied.
import type { AdapterDescription } from '../../../prover/gpu/adapter_info.ts';
import type { ProveEvent } from '../../host/proving.ts';

export type BackendChoice = 'auto' | 'gpu' | 'wasm';
export type SecurityName = 'standard' | 'compact';

/** What proves. */
export interface TierOptions {
  readonly backend: BackendChoice;
  /** As on the command line: `auto`, `1G`, ... */
  readonly memory: string;
  readonly security: SecurityName;
  /** Most micro-ops of a segment; what the memory allows if absent. */
  readonly segmentSteps?: number | undefined;
}

export interface ProveRequest extends TierOptions {
  readonly elf: Uint8Array;
  readonly input: Uint8Array;
}

/** `at` is milliseconds since 1970, the same for all threads. */
export type ProverNews =
  | { readonly kind: 'stage'; readonly at: number; readonly event: ProveEvent }
  | {
      readonly kind: 'opened';
      readonly at: number;
      readonly backend: string;
      readonly adapter: string | null;
      readonly threads: number | null;
      readonly segmentSteps: number;
    }
  | { readonly kind: 'memory'; readonly at: number; readonly usedBytes: number; readonly allocatedBytes: number }
  | { readonly kind: 'notice'; readonly at: number; readonly text: string };

/** Provable bits of a term: of all segments, the weakest. */
export interface TermRow {
  readonly name: string;
  readonly bits: number;
  readonly grindBits: number;
  readonly source: string;
}

export interface Failure {
  readonly ok: false;
  readonly code: string;
  readonly message: string;
}

export interface ProveReport {
  readonly ok: true;
  readonly proof: Blob;
  readonly exitCode: number;
  readonly journal: Uint8Array;
  readonly cycles: number;
  readonly segments: number;
  readonly securityBits: number;
  readonly terms: readonly TermRow[];
  /** From the request to the checked proof, without the check. */
  readonly proveMs: number;
  readonly verifyMs: number;
  readonly backend: string;
  readonly adapter: string | null;
  readonly gpuBytes: number;
}

export interface VerifyRequest {
  readonly elf: Uint8Array;
  readonly proof: Blob;
  readonly minSecurityBits: number;
}

export interface VerifyReport {
  readonly ok: true;
  readonly exitCode: number;
  readonly journal: Uint8Array;
  readonly securityBits: number;
  readonly segments: number;
  readonly parameters: string;
  readonly terms: readonly TermRow[];
  readonly verifyMs: number;
}

export interface Hardware {
  /** The browser knows WebGPU at all. */
  readonly hasWebGpu: boolean;
  readonly adapter: AdapterDescription | null;
  /** What `auto` takes. */
  readonly auto: 'gpu' | 'wasm';
  /** Of the WebAssembly tier here. */
  readonly threads: number;
  readonly isolated: boolean;
  /** Threads can share memory: isolated pages of most browsers. */
  readonly sharesMemory: boolean;
}

/** The memory plan of a tier. */
export interface PlanReport {
  readonly ok: true;
  readonly backend: 'gpu' | 'wasm';
  readonly microOps: number;
  /** The most that the adapter binds at once; null without one. */
  readonly bindingBytes: number | null;
  readonly budgetBytes: number;
  readonly typicalBytes: number;
  readonly worstBytes: number | null;
  readonly residentBytes: number;
  readonly stages: Readonly<Record<string, number>>;
  readonly largestBuffer: { readonly label: string; readonly bytes: number };
}

/** Sizes of a run, for benchmarks. */
export interface RunSize {
  readonly cycles: number;
  readonly cellsPerCycle: number;
  readonly committedCells: number;
}

export interface ProverApi {
  hardware(): Promise<Hardware>;
  plan(tier: TierOptions): Promise<PlanReport | Failure>;
  /** Answers when its last news has been heard. */
  prove(request: ProveRequest, onNews: (news: ProverNews) => unknown): Promise<ProveReport | Failure>;
  verify(request: VerifyRequest): Promise<VerifyReport | Failure>;
  size(elf: Uint8Array, input: Uint8Array): Promise<RunSize>;
}
