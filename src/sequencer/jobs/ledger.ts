// What is proven and what is not. Every proof is verified before it counts; what a worker says about it does not matter.
import { decodeBundleHeader, encodeBundleHeader } from '../../core/bundle.ts';
import { bytesEqual, concat, fromHex } from '../chain/bytes.ts';
import type { BatchRecord, BatchStore } from './batches.ts';
import { type JobSpec, jobName, type SubmitProof } from './job.ts';

/** Checks the proof of a run that was proven whole: what it makes public. Throws where it does not hold. */
export type VerifyProof = (proof: Uint8Array) => Promise<{ readonly exitCode: number; readonly journal: Uint8Array }>;

/** Checks proofs of segments. All throw where a proof does not hold. */
export interface VerifySegments {
  /** What the segment leaves to be balanced with the others. */
  segment(plan: Uint8Array, index: number, proof: Uint8Array): Promise<readonly number[]>;
  balance(plan: Uint8Array, shares: readonly (readonly number[])[]): Promise<void>;
}

export interface LedgerOptions {
  readonly batches: BatchStore;
  readonly verify: VerifyProof;
  readonly verifySegments?: VerifySegments | undefined;
  /** A proof was accepted, or refused and why. */
  readonly onOutcome: (outcome: 'accepted' | 'refused', job: string, worker: string, why?: string) => void;
  readonly onProven?: (batch: number) => void;
}

export interface Ledger {
  /** The jobs of a batch that have no proof yet. */
  open(record: BatchRecord): JobSpec[];
  readonly submit: SubmitProof;
  /** Batches from the first on that are proven without a gap. */
  readonly provenCount: number;
  /** Segments of batches under way: proven, and all. */
  readonly progress: { readonly proven: number; readonly all: number };
}

interface OpenBatch {
  readonly record: BatchRecord;
  /** Absent where the batch is proven whole. */
  readonly plan: Uint8Array | undefined;
  readonly shares: (readonly number[] | undefined)[];
  provingMs: number;
  readonly workers: Set<string>;
}

const MAX_NAMED_WORKERS = 8;

export function createLedger({ batches, verify, verifySegments, onOutcome, onProven }: LedgerOptions): Ledger {
  const open = new Map<number, OpenBatch>();
  let provenCount = 0;
  const advance = (): void => {
    while (batches.proofRecord(provenCount) !== undefined) provenCount++;
  };
  advance();

  const openBatch = (record: BatchRecord): OpenBatch | undefined => {
    const { index } = record;
    const known = open.get(index);
    if (known !== undefined || batches.proofRecord(index) !== undefined) return known;
    const plan = batches.plan(index);
    const shares = Array.from({ length: plan?.segments ?? 1 }, (_, i) => batches.segmentRecord(index, i)?.share);
    const made: OpenBatch = { record, plan: plan?.header, shares, provingMs: 0, workers: new Set() };
    open.set(index, made);
    return made;
  };

  /** Stores the batch's proof. */
  const finish = async (batch: OpenBatch, proof: Uint8Array): Promise<void> => {
    const { index } = batch.record;
    await batches.putProof(index, proof, {
      bytes: proof.length,
      worker: [...batch.workers].slice(0, MAX_NAMED_WORKERS).join(', '),
      provenAt: Date.now(),
      provingMs: batch.provingMs,
    });
    open.delete(index);
    advance();
    onProven?.(index);
  };

  const whole = async (batch: OpenBatch, proof: Uint8Array): Promise<void> => {
    const { exitCode, journal } = await verify(proof);
    if (exitCode !== 0) throw new Error(`exit code ${exitCode}`);
    if (!bytesEqual(journal, fromHex(batch.record.journal))) throw new Error('a proof of something else');
  };

  const join = async (batch: OpenBatch, plan: Uint8Array): Promise<void> => {
    const { index } = batch.record;
    await verifySegments?.balance(plan, batch.shares as (readonly number[])[]);
    const parts = batch.shares.map((_, i) => batches.segment(index, i) as Uint8Array);
    const header = encodeBundleHeader({ ...decodeBundleHeader(plan), proofBytes: parts.map(({ length }) => length) });
    await finish(batch, concat([header, ...parts]));
  };

  return {
    open: (record) => {
      const batch = openBatch(record);
      if (batch === undefined) return [];
      const { index, inputBytes, digest } = record;
      const { segments = 1, segmentSteps = 0 } = batches.plan(index) ?? {};
      const jobs = batch.shares.map((share, i) => ({
        ...{ batch: index, segment: batch.plan === undefined ? null : i, segments, segmentSteps, inputBytes, digest },
        isOpen: share === undefined,
      }));
      return jobs.filter(({ isOpen }) => isOpen).map(({ isOpen: _, ...job }) => job);
    },
    submit: async ({ batch: index, segment }, worker, proof, provingMs) => {
      const batch = open.get(index);
      const name = jobName({ batch: index, segment });
      if (batch === undefined || batch.shares[segment ?? 0] !== undefined) return 'late';
      const { plan } = batch;
      let share: readonly number[] = [];
      try {
        if ((plan === undefined) !== (segment === null)) throw new Error('no such job');
        if (plan === undefined || segment === null) await whole(batch, proof);
        else share = (await verifySegments?.segment(plan, segment, proof)) ?? [];
      } catch (error) {
        onOutcome('refused', name, worker, error instanceof Error ? error.message : String(error));
        return 'refused';
      }
      // Another's proof may have been accepted meanwhile.
      if (batch.shares[segment ?? 0] !== undefined) return 'late';
      batch.shares[segment ?? 0] = share;
      batch.provingMs += provingMs;
      batch.workers.add(worker);
      if (plan === undefined || segment === null) await finish(batch, proof);
      else {
        await batches.putSegment(index, segment, proof, { share, worker });
        if (batch.shares.every((done) => done !== undefined)) await join(batch, plan);
      }
      onOutcome('accepted', name, worker);
      return 'accepted';
    },
    get provenCount() {
      return provenCount;
    },
    get progress() {
      const shares = [...open.values()].flatMap((batch) => batch.shares);
      return { proven: shares.filter((share) => share !== undefined).length, all: shares.length };
    },
  };
}
