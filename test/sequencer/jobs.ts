// Batches and proofs for tests of the prover jobs: a "proof" is what it would make public, or names its segment.
import { encodeBundleHeader } from '../../src/core/bundle.ts';
import { presets } from '../../src/core/params.ts';
import { toHex } from '../../src/sequencer/chain/bytes.ts';
import type { BatchRecord, BatchStore, Plan, ProofRecord, SegmentRecord } from '../../src/sequencer/jobs/batches.ts';
import type { JobSpec } from '../../src/sequencer/jobs/job.ts';
import type { LedgerOptions } from '../../src/sequencer/jobs/ledger.ts';

export const journalOf = (index: number): Uint8Array => Uint8Array.of(index, 1, 2, 3);

export const record = (index: number): BatchRecord => ({
  ...{ index, firstBlock: index + 1, lastBlock: index + 1, transactions: 1, inputBytes: 4, witnessMs: 1 },
  ...{ journal: toHex(journalOf(index)), digest: toHex(Uint8Array.of(index)) },
});

export function planOf(index: number, segments: number): Plan {
  if (segments === 0) return { segments: 1, segmentSteps: 0, header: undefined };
  const segment = { root: new Uint32Array(8), logBoundary: 4, logFirst: -1, boundaryRows: 1, exit: null, exitClk: 0 };
  const header = encodeBundleHeader({
    ...{ params: presets.standard, exitCode: 0, journal: journalOf(index), chainEnd: 1, nonce: [index, 0] },
    segments: Array.from({ length: segments }, () => segment),
    proofBytes: Array.from({ length: segments }, () => 0),
  });
  return { segments, segmentSteps: 100, header };
}

export interface MemoryBatches extends BatchStore {
  readonly proofs: Map<number, ProofRecord>;
  readonly segments: Map<string, { proof: Uint8Array; record: SegmentRecord }>;
}

export function memoryBatches(segmentsOf: readonly number[], arePlanned = true): MemoryBatches {
  const proofs = new Map<number, ProofRecord>();
  const bytes = new Map<number, Uint8Array>();
  const segments = new Map<string, { proof: Uint8Array; record: SegmentRecord }>();
  const plans = new Map<number, Plan>();
  if (arePlanned) segmentsOf.forEach((count, index) => void plans.set(index, planOf(index, count)));
  return {
    ...{ count: segmentsOf.length, proofs, segments },
    record: (index) => (index < segmentsOf.length ? record(index) : undefined),
    input: (index) => Uint8Array.of(index, 0, 0, 0),
    proof: (index) => bytes.get(index),
    proofRecord: (index) => proofs.get(index),
    put: () => {},
    putProof: async (index, proof, of) => {
      proofs.set(index, of);
      bytes.set(index, proof);
      for (const key of segments.keys()) if (key.startsWith(`${index}.`)) segments.delete(key);
    },
    plan: (index) => plans.get(index),
    putPlan: async (index, plan) => plans.set(index, plan),
    segment: (index, segment) => segments.get(`${index}.${segment}`)?.proof,
    segmentRecord: (index, segment) => segments.get(`${index}.${segment}`)?.record,
    putSegment: async (index, segment, proof, of) => segments.set(`${index}.${segment}`, { proof, record: of }),
  };
}

/** The nonce of a plan says which batch it is of. */
const batchOf = (plan: Uint8Array): number =>
  new DataView(plan.buffer, plan.byteOffset).getUint32(plan.length - 8, true);

/** A proof that starts with 255 does not verify; one with 254 is of a run that failed. */
export const checks: Pick<LedgerOptions, 'verify' | 'verifySegments'> = {
  verify: async (proof) => {
    if (proof[0] === 255) throw new Error('does not verify');
    return { exitCode: proof[0] === 254 ? 1 : 0, journal: proof };
  },
  verifySegments: {
    segment: async (plan, index, proof) => {
      if (Buffer.compare(proof, Uint8Array.of(7, batchOf(plan), index)) !== 0) throw new Error('does not verify');
      return [index];
    },
    balance: async (_plan, shares) => {
      shares.forEach(([share], i) => {
        if (share !== i) throw new Error('does not balance');
      });
    },
  },
};

export const prove = async ({ batch, segment }: JobSpec): Promise<Uint8Array> =>
  segment === null ? journalOf(batch) : Uint8Array.of(7, batch, segment);
