// Works on prover jobs, wherever they come from.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Assignment, type JobInput, type JobSource, type JobSpec, jobName, type ProveJob } from './job.ts';

export type WorkEvent =
  | { readonly kind: 'leased'; readonly job: JobSpec; readonly name: string }
  | {
      readonly kind: 'done';
      readonly job: JobSpec;
      readonly name: string;
      readonly outcome: string;
      readonly ms: number;
      readonly bytes: number;
    }
  | { readonly kind: 'failed'; readonly message: string };

const IDLE_MS = 500;
const MAX_BACKOFF_MS = 30_000;

/** Works until `signal` is aborted; the job under way is left to another then. */
export async function work(
  source: JobSource,
  prove: ProveJob,
  onEvent: (event: WorkEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  let backoffMs = IDLE_MS;
  const pause = (ms: number): Promise<unknown> => sleep(ms, undefined, { signal }).catch(() => {});
  const inputs = lastInput();
  while (!signal.aborted) {
    try {
      const assignment = await source.next();
      if (assignment === undefined) {
        await pause(IDLE_MS);
        continue;
      }
      await one(assignment, inputs, prove, onEvent);
      backoffMs = IDLE_MS;
    } catch (error) {
      if (signal.aborted) break;
      onEvent({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
      await pause(backoffMs);
      backoffMs = Math.min(2 * backoffMs, MAX_BACKOFF_MS);
    }
  }
  await source.close();
}

type Inputs = (assignment: Assignment) => Promise<JobInput>;

/** Segments of one batch mostly follow each other: its input is fetched once. */
function lastInput(): Inputs {
  let last: { readonly key: string; readonly input: JobInput } | undefined;
  return async ({ job, input }) => {
    const key = `${job.batch} ${job.digest} ${job.segment === null}`;
    if (last?.key !== key) last = { key, input: await input() };
    return last.input;
  };
}

async function one(
  assignment: Assignment,
  inputs: Inputs,
  prove: ProveJob,
  onEvent: (event: WorkEvent) => void,
): Promise<void> {
  const { job, leaseMs } = assignment;
  const name = jobName(job);
  const started = performance.now();
  onEvent({ kind: 'leased', job, name });
  const renewing = setInterval(() => void assignment.renew().catch(() => {}), leaseMs / 3);
  try {
    const proof = await inputs(assignment)
      .then((input) => prove(job, input))
      .catch(async (error: unknown) => {
        await assignment.release().catch(() => {});
        throw error;
      });
    const outcome = await assignment.submit(proof);
    onEvent({ kind: 'done', job, name, outcome, ms: performance.now() - started, bytes: proof.length });
  } finally {
    clearInterval(renewing);
  }
}
