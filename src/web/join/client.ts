// The join page's prover worker, and the loop that takes a node's jobs to it.
import { proxy, wrap } from 'comlink';
import type { Stage } from '../../../prover/prove.ts';
import type { Assignment, JobInput, JobSource, JobSpec } from '../../sequencer/jobs/job.ts';
import type { JobProverApi, JoinTier } from './api.ts';

export type JoinEvent =
  | {
      readonly kind: 'opened';
      readonly backend: string;
      readonly adapter: string | null;
      readonly segmentSteps: number;
    }
  | { readonly kind: 'idle' }
  | { readonly kind: 'leased'; readonly job: JobSpec }
  | { readonly kind: 'stage'; readonly stage: Stage }
  | {
      readonly kind: 'done';
      readonly job: JobSpec;
      readonly outcome: string;
      readonly ms: number;
      readonly bytes: number;
    }
  | { readonly kind: 'failed'; readonly message: string };

export interface JoinRequest extends JoinTier {
  readonly elf: Uint8Array;
  /** Given the longest segment that this browser proves. */
  source(segmentSteps: number): JobSource;
}

const IDLE_MS = 1000;
const MAX_BACKOFF_MS = 30_000;

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });

/** Proves job after job until `signal` is aborted, which gives the job under way back. Throws where nothing can be proven. */
export async function join(
  request: JoinRequest,
  onEvent: (event: JoinEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'job prover' });
  const stopped = new Promise<never>((_, reject) => {
    worker.onerror = (event) =>
      reject(new Error(`the prover's worker failed: ${event.message || 'it could not be loaded'}`));
    signal.addEventListener('abort', () => reject(new Error('stopped')));
  });
  stopped.catch(() => {});
  const api = wrap<JobProverApi>(worker);
  const { elf, backend, memory } = request;
  try {
    const opened = await Promise.race([api.open({ backend, memory }), stopped]);
    if (!opened.ok) throw new Error(opened.message);
    const { segmentSteps } = opened;
    onEvent({ kind: 'opened', backend: opened.backend, adapter: opened.adapter, segmentSteps });
    const source = request.source(segmentSteps);
    const prove = async (job: JobSpec, { input, plan }: JobInput): Promise<Uint8Array> => {
      const run = {
        elf,
        input,
        plan: plan ?? null,
        segment: job.segment ?? 0,
        segmentSteps: job.segmentSteps,
        backend,
        memory,
      };
      let isOver = false;
      // A stage may be told after the answer, or after the worker was ended: they come by ports of their own.
      const onStage = proxy((stage: Stage) => {
        if (!isOver) onEvent({ kind: 'stage', stage });
      });
      const answer = await Promise.race([api.prove(run, onStage), stopped]).finally(() => {
        isOver = true;
      });
      if (!answer.ok) throw new Error(answer.message);
      return new Uint8Array(await answer.proof.arrayBuffer());
    };
    let backoffMs = IDLE_MS;
    while (!signal.aborted) {
      try {
        const assignment = await source.next();
        if (assignment === undefined) {
          onEvent({ kind: 'idle' });
          await pause(IDLE_MS, signal);
          continue;
        }
        await one(assignment, prove, onEvent);
        backoffMs = IDLE_MS;
      } catch (error) {
        if (signal.aborted) break;
        onEvent({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
        await pause(backoffMs, signal);
        backoffMs = Math.min(2 * backoffMs, MAX_BACKOFF_MS);
      }
    }
  } finally {
    worker.terminate();
  }
}

async function one(
  assignment: Assignment,
  prove: (job: JobSpec, input: JobInput) => Promise<Uint8Array>,
  onEvent: (event: JoinEvent) => void,
): Promise<void> {
  const { job, leaseMs } = assignment;
  const started = performance.now();
  onEvent({ kind: 'leased', job });
  const renewing = setInterval(() => void assignment.renew().catch(() => {}), leaseMs / 3);
  try {
    const proof = await assignment
      .input()
      .then((input) => prove(job, input))
      .catch(async (error: unknown) => {
        await assignment.release().catch(() => {});
        throw error;
      });
    const outcome = await assignment.submit(proof);
    onEvent({ kind: 'done', job, outcome, ms: performance.now() - started, bytes: proof.length });
  } finally {
    clearInterval(renewing);
  }
}
