// What the join page and its prover worker say to each other: plain data, and Blobs.
import type { Stage } from '../../../prover/prove.ts';
import type { BackendChoice, Failure } from '../worker/api.ts';

export interface JoinTier {
  readonly backend: BackendChoice;
  /** As on the command line: `auto`, `1G`, ... */
  readonly memory: string;
}

export interface OpenReport {
  readonly ok: true;
  readonly backend: string;
  readonly adapter: string | null;
  /** Micro-ops of the longest segment that fits. */
  readonly segmentSteps: number;
}

export interface JobRequest extends JoinTier {
  readonly elf: Uint8Array;
  readonly input: Uint8Array;
  /** The header of the run in segments; null where it is proven whole. */
  readonly plan: Uint8Array | null;
  readonly segment: number;
  readonly segmentSteps: number;
}

export interface JobReport {
  readonly ok: true;
  readonly proof: Blob;
}

export interface JobProverApi {
  open(tier: JoinTier): Promise<OpenReport | Failure>;
  prove(request: JobRequest, onStage: (stage: Stage) => void): Promise<JobReport | Failure>;
}
