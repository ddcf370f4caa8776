// Batches, their witnesses and their proofs, as a node offers them.
import type { Metrics } from '../metrics.ts';
import type { SequencerNode } from '../pipeline/node.ts';
import type { Route } from '../rpc/server.ts';
import type { Logger, ProvingService } from '../service.ts';
import { type BatcherOptions, startBatcher } from './batcher.ts';
import { type BatchRecord, type BatchStore, batchStore } from './batches.ts';
import type { JobQueue, JobSource, ProveJob, QueueEvent, SubmitProof } from './job.ts';
import { createLeases } from './leases.ts';
import { createLedger, type VerifyProof, type VerifySegments } from './ledger.ts';
import { createPlanner, type PlanRun } from './planner.ts';
import { jobRoutes } from './routes.ts';
import { localSource } from './sources.ts';
import { type WorkEvent, work } from './worker.ts';

export interface LocalProver {
  readonly prove: ProveJob;
  /** Micro-ops of the longest segment that it can prove. */
  readonly segmentSteps: number;
}

/** How jobs come to workers. */
export interface OpenQueue {
  readonly queue: JobQueue;
  /** Of a worker in this process. */
  source(worker: string, segmentSteps: number): JobSource;
  readonly routes: readonly Route[];
}

export interface QueueContext {
  readonly batches: BatchStore;
  readonly leaseMs: number;
  readonly submit: SubmitProof;
  readonly onEvent: (event: QueueEvent, job: string, worker: string) => void;
  /** Workers will have nothing to do. */
  readonly onWanted: () => void;
}

export interface ProvingOptions extends BatcherOptions {
  readonly leaseMs: number;
  readonly verify: VerifyProof;
  /** With both, batches are proven segment by segment; without, whole. */
  readonly plan?: PlanRun | undefined;
  readonly verifySegments?: VerifySegments | undefined;
  /** Micro-ops of a segment at most. */
  readonly segmentSteps?: number;
  /** Proves in this process too. */
  readonly prover?: LocalProver | undefined;
  /** What workers have to bring; empty for nothing. */
  readonly secret: string;
  /** Leases over HTTP if absent. */
  readonly queue?: ((context: QueueContext) => Promise<OpenQueue>) | undefined;
}

/** For tests: what is open is closed, and all has its witness and its plan. */
export interface FlushableProving extends ProvingService {
  flush(): Promise<void>;
}

export const DEFAULT_SEGMENT_STEPS: number = 2 ** 20;

const httpQueue =
  (secret: string) =>
  async (context: QueueContext): Promise<OpenQueue> => {
    const leases = createLeases(context);
    return {
      queue: leases,
      source: (worker, steps) => localSource(leases, context.batches, worker, steps),
      routes: jobRoutes(leases, context.batches, secret),
    };
  };

export async function startProving(
  node: SequencerNode,
  metrics: Pick<Metrics, 'job'>,
  log: Logger,
  options: ProvingOptions,
): Promise<FlushableProving> {
  const { chain } = node;
  const { leaseMs, verify, verifySegments, prover } = options;
  const batches = batchStore(chain.tables);
  const ledger = createLedger({
    ...{ batches, verify, verifySegments },
    onOutcome: (outcome, job, worker, why) => {
      metrics.job(outcome);
      if (outcome === 'refused') log.warn({ job, worker, why }, 'proof refused');
      else log.info({ job, worker }, 'proof accepted');
    },
    onProven: (batch) => log.info({ batch, proven: ledger.provenCount }, 'batch proven'),
  });
  let planNext = (): void => {};
  const { queue, source, routes } = await (options.queue ?? httpQueue(options.secret))({
    ...{ batches, leaseMs, submit: ledger.submit, onWanted: () => planNext() },
    onEvent: (event, job, worker) => {
      metrics.job(event);
      log.info({ job, worker }, `job ${event}`);
    },
  });
  const planner = createPlanner({
    ...{ batches, plan: options.plan, segmentSteps: options.segmentSteps ?? DEFAULT_SEGMENT_STEPS },
    onPlanned: (record, { segments }, ms) => {
      log.info({ batch: record.index, segments, planMs: Math.round(ms) }, 'proof planned');
      for (const job of ledger.open(record)) queue.add(job);
    },
    onError: (batch, error) => log.error({ batch, error }, 'plan failed'),
  });
  planNext = planner.next;
  for (let index = ledger.provenCount; index < batches.count; index++) {
    const record = batches.record(index);
    if (record !== undefined && batches.proofRecord(index) === undefined) planner.add(record);
  }
  const batcher = startBatcher(
    ...([chain, batches, options] as const),
    (record: BatchRecord) => {
      const { index, firstBlock, lastBlock, transactions, inputBytes, witnessMs } = record;
      const ms = Math.round(witnessMs);
      log.info({ batch: index, firstBlock, lastBlock, transactions, inputBytes, witnessMs: ms }, 'witness made');
      planner.add(record);
    },
    (message) => log.error({ error: message }, 'witness failed'),
  );
  const abort = new AbortController();
  const onWork = (event: WorkEvent): void => {
    if (event.kind === 'failed') log.warn({ error: event.message }, 'proving in this process failed');
  };
  if (prover !== undefined) {
    void work(source('this node', prover.segmentSteps), prover.prove, onWork, abort.signal);
  }

  const describe = (index: number): unknown => {
    const record = batches.record(index);
    if (record === undefined) return null;
    const proof = batches.proofRecord(index);
    const plan = batches.plan(index);
    const segments = plan?.segments ?? null;
    const proven = Array.from({ length: segments ?? 0 }, (_, i) => batches.segmentRecord(index, i)).filter(Boolean);
    return {
      ...record,
      status: proof !== undefined ? 'proven' : plan !== undefined ? 'planned' : 'witnessed',
      ...{ segments, provenSegments: proof === undefined ? proven.length : segments, proof: proof ?? null },
    };
  };
  const provenBlock = (): bigint => {
    const count = ledger.provenCount;
    return count === 0 ? 0n : BigInt(batches.record(count - 1)?.lastBlock ?? 0);
  };
  return {
    proofs: {
      get batched() {
        return batcher.batched;
      },
      get proven() {
        return provenBlock();
      },
      batch: (index) => describe(index === 'latest' ? batches.count - 1 : index),
      batchOfBlock: (number) => batchOfBlock(batches, number),
      proof: (index) => batches.proof(index),
      status: () => ({
        ...{ batches: batches.count, provenBatches: ledger.provenCount, waiting: queue.waiting, leased: queue.leased },
        ...{ batchedBlock: Number(batcher.batched), provenBlock: Number(provenBlock()) },
        ...{ segments: ledger.progress, planning: planner.waiting, provesHere: prover !== undefined },
      }),
    },
    routes,
    flush: async () => {
      await batcher.flush();
      await planner.idle();
    },
    stop: async () => {
      abort.abort();
      planner.stop();
      await queue.close();
      await batcher.stop();
    },
  };
}

/** Batches are in the order of their blocks. */
function batchOfBlock(batches: BatchStore, number: bigint): number | undefined {
  let [low, high] = [0, batches.count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (BigInt(batches.record(middle)?.lastBlock ?? 0) < number) low = middle + 1;
    else high = middle;
  }
  const record = batches.record(low);
  return record !== undefined && number >= BigInt(record.firstBlock) ? low : undefined;
}
