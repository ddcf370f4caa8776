// Batches, their witnesses and their proofs, as a node offers them.
import type { Metrics } from '../metrics.ts';
import type { SequencerNode } from '../pipeline/node.ts';
import type { Logger, ProvingService } from '../service.ts';
import { type BatcherOptions, startBatcher } from './batcher.ts';
import { batchStore } from './batches.ts';
import { createJobs, type VerifyProof } from './leases.ts';
import { jobRoutes } from './routes.ts';
import { localSource, type ProveInput, work } from './worker.ts';

export interface ProvingOptions extends BatcherOptions {
  readonly leaseMs: number;
  readonly verify: VerifyProof;
  /** Proves in this process too. */
  readonly prove?: ProveInput | undefined;
  /** What workers have to bring; empty for nothing. */
  readonly secret: string;
}

/** For tests: what is open is closed, and all has its witness. */
export interface FlushableProving extends ProvingService {
  flush(): Promise<void>;
}

export function startProving(
  node: SequencerNode,
  metrics: Pick<Metrics, 'job'>,
  log: Logger,
  options: ProvingOptions,
): FlushableProving {
  const { chain } = node;
  const batches = batchStore(chain.tables);
  const jobs = createJobs({
    ...{ batches, verify: options.verify, leaseMs: options.leaseMs },
    onOutcome: (outcome, batch, worker, why) => {
      metrics.job(outcome);
      if (outcome === 'refused') log.warn({ batch, worker, why }, 'proof refused');
      else log.info({ batch, worker }, `job ${outcome}`);
    },
  });
  const batcher = startBatcher(
    chain,
    batches,
    options,
    (record) => {
      const { index, firstBlock, lastBlock, transactions, inputBytes, witnessMs } = record;
      const ms = Math.round(witnessMs);
      log.info({ batch: index, firstBlock, lastBlock, transactions, inputBytes, witnessMs: ms }, 'witness made');
      jobs.add(record);
    },
    (message) => log.error({ error: message }, 'witness failed'),
  );
  const abort = new AbortController();
  const { prove } = options;
  if (prove !== undefined) {
    void work(localSource(jobs, batches, 'this node'), prove, () => {}, abort.signal);
  }

  const describe = (index: number): unknown => {
    const record = batches.record(index);
    if (record === undefined) return null;
    const proof = batches.proofRecord(index);
    return { ...record, status: proof === undefined ? 'witnessed' : 'proven', proof: proof ?? null };
  };
  const provenBlock = (): bigint => {
    const count = jobs.provenCount;
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
      batchOfBlock: (number) => {
        // Batches are in the order of their blocks.
        let [low, high] = [0, batches.count];
        while (low < high) {
          const middle = (low + high) >> 1;
          if (BigInt(batches.record(middle)?.lastBlock ?? 0) < number) low = middle + 1;
          else high = middle;
        }
        const record = batches.record(low);
        return record !== undefined && number >= BigInt(record.firstBlock) ? low : undefined;
      },
      proof: (index) => batches.proof(index),
      status: () => ({
        ...{ batches: batches.count, provenBatches: jobs.provenCount, waiting: jobs.waiting, leased: jobs.leased },
        ...{ batchedBlock: Number(batcher.batched), provenBlock: Number(provenBlock()) },
      }),
    },
    routes: jobRoutes(jobs, batches, options.secret),
    flush: batcher.flush,
    stop: async () => {
      abort.abort();
      await batcher.stop();
    },
  };
}
