// Closes batches and has their witnesses made, one after another.
import type { Worker } from 'node:worker_threads';
import type { Block } from '../chain/block.ts';
import type { Chain } from '../pipeline/chain.ts';
import { spawnThread } from '../threads.ts';
import type { BatchRecord, BatchStore } from './batches.ts';
import { type BatchLimits, batchCutter } from './cutter.ts';
import type { WitnessReply, WitnessRequest, WitnessSetup } from './witness_thread.ts';

export type BatcherOptions = BatchLimits;

export interface Batcher {
  /** The last block of the last batch that is closed. */
  readonly batched: bigint;
  readonly count: number;
  /** Closes what is open, and resolves when all has its witness. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/** The thread is asked again after a failure. */
const RETRY_MS = 5000;
/** Until the database has a block. */
const POLL_MS = 20;

export function startBatcher(
  chain: Chain,
  batches: BatchStore,
  options: BatcherOptions,
  onBatch: (record: BatchRecord) => void,
  onError: (message: string) => void,
): Batcher {
  let closed = batches.count;
  let batched = closed === 0 ? 0 : (batches.record(closed - 1)?.lastBlock ?? 0);
  let stopping = false;
  const queue: WitnessRequest[] = [];
  let running: Promise<void> | undefined;
  let thread: Worker | undefined;

  /** Starts with the first batch, not before. */
  const threadOf = (): Worker => {
    if (thread !== undefined) return thread;
    const setup: WitnessSetup = { databaseFolder: chain.databaseFolder, chain: chain.config };
    const started = spawnThread('./jobs/witness_thread', setup);
    started.unref();
    started.on('exit', () => {
      if (thread === started) thread = undefined;
    });
    started.setMaxListeners(0);
    thread = started;
    return started;
  };

  const ask = (request: WitnessRequest): Promise<BatchRecord> =>
    new Promise((resolve, reject) => {
      const worker = threadOf();
      const end = (run: () => void): void => {
        worker.off('message', onMessage);
        worker.off('error', onError);
        worker.off('exit', onExit);
        run();
      };
      const onMessage = (message: WitnessReply): void => {
        if (message.kind === 'witness') end(() => resolve(message.record));
        if (message.kind === 'failed') end(() => reject(new Error(message.message)));
      };
      const onError = (error: unknown): void => end(() => reject(error));
      const onExit = (): void => end(() => reject(new Error('the witness thread ended')));
      worker.on('message', onMessage);
      worker.on('error', onError);
      worker.on('exit', onExit);
      worker.postMessage(request);
    });

  const drain = async (): Promise<void> => {
    for (let request = queue[0]; request !== undefined && !stopping; request = queue[0]) {
      try {
        while (chain.stored < BigInt(request.lastBlock) && !stopping) await pause(POLL_MS);
        // The thread is ended, or about to be, and the database may have failed: it will not have the block.
        if (stopping) return;
        const record = await ask(request);
        queue.shift();
        batched = record.lastBlock;
        onBatch(record);
      } catch (error) {
        if (stopping) return;
        onError(error instanceof Error ? error.message : String(error));
        await pause(RETRY_MS);
      }
    }
  };

  const cutter = batchCutter(options, (firstBlock, lastBlock) => {
    queue.push({ index: closed++, firstBlock, lastBlock });
    running = (running ?? Promise.resolve()).then(drain);
  });
  const take = ({ env, gasUsed, transactions }: Block): void =>
    cutter.take({
      ...{ number: Number(env.number), transactions: transactions.length, gas: Number(gasUsed) },
      bytes: transactions.reduce((sum, { raw }) => sum + raw.length, 0),
    });

  // What came after the last batch, before the node was started.
  for (let number = BigInt(batched) + 1n; number <= chain.head.env.number; number++) {
    const block = chain.blocks.block(number);
    if (block === undefined) throw new Error(`block ${number} is not there`);
    take(block);
  }
  const off = chain.onBlock(({ block }) => take(block));
  const timer = setInterval(cutter.tick, 200);
  timer.unref();

  return {
    get batched() {
      return BigInt(batched);
    },
    get count() {
      return closed - queue.length;
    },
    flush: async () => {
      cutter.close();
      await running;
    },
    stop: async () => {
      stopping = true;
      off();
      clearInterval(timer);
      await thread?.terminate();
      await running;
    },
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
