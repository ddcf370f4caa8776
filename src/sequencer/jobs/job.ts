// A job is one proof: of a batch that is proven whole, or of one segment of its run.

/** What became of a proof. */
export type JobOutcome = 'accepted' | 'refused';

/** What a worker is told of a job. */
export interface JobSpec {
  readonly batch: number;
  /** From 0; null where the batch is proven whole. */
  readonly segment: number | null;
  /** Segments of the batch; 1 where it is proven whole. */
  readonly segments: number;
  /** Micro-ops of a segment at most, as the plan was made; 0 where the batch is proven whole. */
  readonly segmentSteps: number;
  readonly inputBytes: number;
  /** What the run makes public, hashed. */
  readonly digest: string;
}

/** A job as text, in paths and keys: `7` or `7.0`. */
export const jobName = ({ batch, segment }: Pick<JobSpec, 'batch' | 'segment'>): string =>
  segment === null ? String(batch) : `${batch}.${segment}`;

/** What there is to prove from. */
export interface JobInput {
  /** The program's input. */
  readonly input: Uint8Array;
  /** The header of the run in segments; absent where the batch is proven whole. */
  readonly plan: Uint8Array | undefined;
}

/** Proves a job: the proof's bytes. */
export type ProveJob = (job: JobSpec, input: JobInput) => Promise<Uint8Array>;

/** A job that a worker has. */
export interface Assignment {
  readonly job: JobSpec;
  /** Milliseconds within which the worker has to give a sign of life. */
  readonly leaseMs: number;
  input(): Promise<JobInput>;
  renew(): Promise<boolean>;
  /** Gives the job back unproven. */
  release(): Promise<void>;
  /** `late`: someone else's proof was first, or the lease is gone. `sent`: the answer is not waited for. */
  submit(proof: Uint8Array): Promise<JobOutcome | 'late' | 'sent'>;
}

/** Where a worker's jobs come from. */
export interface JobSource {
  /** The next job, or undefined where there is none now. */
  next(): Promise<Assignment | undefined>;
  close(): Promise<void>;
}

/** Where proofs go when they come: `late` where the job has a proof already. */
export type SubmitProof = (
  job: Pick<JobSpec, 'batch' | 'segment'>,
  worker: string,
  proof: Uint8Array,
  provingMs: number,
) => Promise<JobOutcome | 'late'>;

export type QueueEvent = 'issued' | 'expired' | JobOutcome;

/** How a node gives its jobs to workers and takes their proofs. */
export interface JobQueue {
  /** Offers a job to workers until a proof of it is accepted. */
  add(job: JobSpec): void;
  readonly waiting: number;
  readonly leased: number;
  close(): Promise<void>;
}
