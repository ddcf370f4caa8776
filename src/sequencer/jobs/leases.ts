// Prover jobs: who may prove what, until when. Every proof is verified before it counts; what a worker says about it
// does not matter.
import { randomBytes } from 'node:crypto';
import { bytesEqual, fromHex } from '../chain/bytes.ts';
import type { BatchRecord, BatchStore } from './batches.ts';

export interface Lease {
  readonly batch: number;
  readonly token: string;
  /** Milliseconds until it has to be renewed. */
  readonly leaseMs: number;
  readonly inputBytes: number;
  readonly digest: string;
}

/** Checks a proof: what it makes public. Throws where it does not hold. */
export type VerifyProof = (proof: Uint8Array) => Promise<{ readonly exitCode: number; readonly journal: Uint8Array }>;

export interface JobOptions {
  readonly batches: BatchStore;
  readonly verify: VerifyProof;
  readonly leaseMs: number;
  readonly onOutcome: (
    outcome: 'issued' | 'accepted' | 'refused' | 'expired',
    batch: number,
    worker: string,
    why?: string,
  ) => void;
  readonly now?: () => number;
}

export interface Jobs {
  /** A witness is there. */
  add(record: BatchRecord): void;
  /** The first batch that no one proves; undefined where there is none, or the worker has to wait. */
  lease(worker: string): Lease | undefined;
  renew(batch: number, token: string): boolean;
  /** Undefined: no such lease, or the batch is proven. */
  submit(batch: number, token: string, proof: Uint8Array): Promise<'accepted' | 'refused' | undefined>;
  readonly waiting: number;
  readonly leased: number;
  /** Batches from the first on that are proven without a gap. */
  readonly provenCount: number;
}

interface Job {
  readonly record: BatchRecord;
  token: string | undefined;
  worker: string;
  issuedMs: number;
  expiresMs: number;
  verifying: boolean;
}

/** A worker whose proofs were refused waits before it gets another job: so long, twice as long each time. */
const STRIKE_MS = 10_000;
const MAX_STRIKE_MS = 3_600_000;
const MAX_WORKERS = 10_000;

export function createJobs({ batches, verify, leaseMs, onOutcome, now = Date.now }: JobOptions): Jobs {
  const jobs = new Map<number, Job>();
  const strikes = new Map<string, { count: number; untilMs: number }>();
  let provenCount = 0;
  const advance = (): void => {
    while (batches.proofRecord(provenCount) !== undefined) provenCount++;
  };
  advance();

  const add = (record: BatchRecord): void => {
    if (batches.proofRecord(record.index) !== undefined || jobs.has(record.index)) return;
    jobs.set(record.index, {
      ...{ record, token: undefined, worker: '', issuedMs: 0, expiresMs: 0, verifying: false },
    });
  };
  for (let index = provenCount; index < batches.count; index++) {
    const record = batches.record(index);
    if (record !== undefined) add(record);
  }

  const isFree = (job: Job): boolean => {
    if (job.verifying) return false;
    if (job.token === undefined) return true;
    if (now() < job.expiresMs) return false;
    onOutcome('expired', job.record.index, job.worker);
    job.token = undefined;
    return true;
  };

  const strike = (worker: string): void => {
    const count = (strikes.get(worker)?.count ?? 0) + 1;
    if (strikes.size >= MAX_WORKERS) strikes.clear();
    strikes.set(worker, { count, untilMs: now() + Math.min(STRIKE_MS * 2 ** (count - 1), MAX_STRIKE_MS) });
  };

  /** Why the proof is none of this batch. */
  const refusal = async ({ record }: Job, proof: Uint8Array): Promise<string | undefined> => {
    try {
      const { exitCode, journal } = await verify(proof);
      if (exitCode !== 0) return `exit code ${exitCode}`;
      return bytesEqual(journal, fromHex(record.journal)) ? undefined : 'a proof of something else';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };

  return {
    add,
    lease: (worker) => {
      if ((strikes.get(worker)?.untilMs ?? 0) > now()) return undefined;
      const job = [...jobs.values()].sort((a, b) => a.record.index - b.record.index).find(isFree);
      if (job === undefined) return undefined;
      const { index, inputBytes, digest } = job.record;
      job.token = randomBytes(16).toString('hex');
      job.worker = worker;
      job.issuedMs = now();
      job.expiresMs = now() + leaseMs;
      onOutcome('issued', index, worker);
      return { batch: index, token: job.token, leaseMs, inputBytes, digest };
    },
    renew: (batch, token) => {
      const job = jobs.get(batch);
      if (job === undefined || job.token !== token) return false;
      job.expiresMs = now() + leaseMs;
      return true;
    },
    submit: async (batch, token, proof) => {
      const job = jobs.get(batch);
      if (job === undefined || job.token !== token || job.verifying) return undefined;
      job.verifying = true;
      const why = await refusal(job, proof);
      job.verifying = false;
      job.token = undefined;
      if (why !== undefined) {
        strike(job.worker);
        onOutcome('refused', batch, job.worker, why);
        return 'refused';
      }
      const { worker, issuedMs } = job;
      await batches.putProof(batch, proof, {
        bytes: proof.length,
        worker,
        provenAt: now(),
        provingMs: now() - issuedMs,
      });
      jobs.delete(batch);
      strikes.delete(worker);
      advance();
      onOutcome('accepted', batch, worker);
      return 'accepted';
    },
    get waiting() {
      return [...jobs.values()].filter(isFree).length;
    },
    get leased() {
      return [...jobs.values()].filter((job) => job.token !== undefined).length;
    },
    get provenCount() {
      return provenCount;
    },
  };
}
