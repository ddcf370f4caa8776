// Leases: who may prove what, until when. For workers in the process and over HTTP.
import { randomBytes } from 'node:crypto';
import { type JobOutcome, type JobQueue, type JobSpec, jobName, type QueueEvent, type SubmitProof } from './job.ts';

export interface Lease {
  readonly job: JobSpec;
  readonly token: string;
  /** Milliseconds until it has to be renewed. */
  readonly leaseMs: number;
}

export interface LeaseOptions {
  readonly leaseMs: number;
  /** However often it is renewed, a lease ends after so many milliseconds. */
  readonly longestMs?: number;
  readonly submit: SubmitProof;
  readonly onEvent: (event: QueueEvent, job: string, worker: string) => void;
  /** A worker asked for a job, and found none or took the last. */
  readonly onWanted?: () => void;
  /** Milliseconds of a clock that is never set. */
  readonly now?: () => number;
}

export interface Leases extends JobQueue {
  /** The first job that no one proves; undefined where there is none, or the worker has to wait. `steps`: the longest
   * segment that the worker can prove. */
  lease(worker: string, steps?: number): Lease | undefined;
  /** What a live lease is for. */
  jobOf(name: string, token: string): JobSpec | undefined;
  renew(name: string, token: string): boolean;
  /** Gives the job back. */
  release(name: string, token: string): boolean;
  /** `late`: no such lease, or the job has its proof. */
  submit(name: string, token: string, proof: Uint8Array): Promise<JobOutcome | 'late'>;
}

interface Entry {
  readonly job: JobSpec;
  token: string | undefined;
  /** Of the lease that expired last: its proof is taken as long as nobody else is at it. */
  expired: string | undefined;
  worker: string;
  issuedMs: number;
  expiresMs: number;
  /** A proof of it is being verified. */
  verifying: boolean;
}

/** A worker whose proof was refused, or that let a lease expire, waits: so long, twice as long each time. */
const STRIKE_MS = 10_000;
const MAX_STRIKE_MS = 3_600_000;
const MAX_WORKERS = 10_000;
const LONGEST_MS = 3_600_000;

export function createLeases(options: LeaseOptions): Leases {
  const {
    leaseMs,
    longestMs = LONGEST_MS,
    submit,
    onEvent,
    onWanted = () => {},
    now = () => performance.now(),
  } = options;
  /** In the order in which they are to be proven. */
  const entries = new Map<string, Entry>();
  const strikes = new Map<string, { count: number; untilMs: number }>();

  const strike = (worker: string): void => {
    const count = (strikes.get(worker)?.count ?? 0) + 1;
    if (strikes.size >= MAX_WORKERS) strikes.clear();
    strikes.set(worker, { count, untilMs: now() + Math.min(STRIKE_MS * 2 ** (count - 1), MAX_STRIKE_MS) });
  };

  /** Whether the entry can be leased; ends a lease that is over. */
  const isFree = (entry: Entry): boolean => {
    if (entry.verifying) return false;
    if (entry.token === undefined) return true;
    if (now() < entry.expiresMs) return false;
    entry.expired = entry.token;
    entry.token = undefined;
    strike(entry.worker);
    onEvent('expired', jobName(entry.job), entry.worker);
    return true;
  };

  /** The entry of a lease that holds. */
  const held = (name: string, token: string): Entry | undefined => {
    const entry = entries.get(name);
    return entry === undefined || entry.token !== token || entry.verifying || isFree(entry) ? undefined : entry;
  };

  return {
    add: (job) => {
      const name = jobName(job);
      if (entries.has(name)) return;
      entries.set(name, {
        ...{ job, token: undefined, expired: undefined, worker: '', issuedMs: 0, expiresMs: 0, verifying: false },
      });
    },
    lease: (worker, steps = Number.POSITIVE_INFINITY) => {
      if ((strikes.get(worker)?.untilMs ?? 0) > now()) return undefined;
      for (const entry of entries.values()) {
        if (entry.job.segmentSteps > steps || !isFree(entry)) continue;
        // It may have been its own lease that is over.
        if ((strikes.get(worker)?.untilMs ?? 0) > now()) return undefined;
        entry.token = randomBytes(16).toString('hex');
        entry.expired = undefined;
        entry.worker = worker;
        entry.issuedMs = now();
        entry.expiresMs = now() + leaseMs;
        onEvent('issued', jobName(entry.job), worker);
        if (![...entries.values()].some(isFree)) onWanted();
        return { job: entry.job, token: entry.token, leaseMs };
      }
      onWanted();
      return undefined;
    },
    jobOf: (name, token) => held(name, token)?.job,
    renew: (name, token) => {
      const entry = held(name, token);
      if (entry === undefined) return false;
      entry.expiresMs = Math.min(now() + leaseMs, entry.issuedMs + longestMs);
      return true;
    },
    release: (name, token) => {
      const entry = held(name, token);
      if (entry === undefined) return false;
      entry.token = undefined;
      return true;
    },
    submit: async (name, token, proof) => {
      const waiting = entries.get(name);
      const entry = held(name, token) ?? (waiting?.expired === token && isFree(waiting) ? waiting : undefined);
      if (entry === undefined) return 'late';
      const { job, worker, issuedMs } = entry;
      entry.verifying = true;
      entry.expired = undefined;
      let outcome: JobOutcome | 'late' = 'refused';
      try {
        outcome = await submit(job, worker, proof, now() - issuedMs);
      } finally {
        entry.verifying = false;
        entry.token = undefined;
      }
      if (outcome === 'refused') strike(worker);
      else {
        entries.delete(name);
        strikes.delete(worker);
      }
      return outcome;
    },
    get waiting() {
      return [...entries.values()].filter(isFree).length;
    },
    get leased() {
      return [...entries.values()].filter(({ token }) => token !== undefined).length;
    },
    close: async () => {},
  };
}
