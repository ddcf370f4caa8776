// Closes batches and has their witnesses made, one after another.
import type { Worker } from 'node:worker_threads';
import type { Chain } from '../pipeline/chain.ts';
import { spawnThread } from '../threads.ts';
import type { BatchRecord, BatchStore } from './batches.ts';
import type { WitnessReply, WitnessRequest, WitnessSetup } from './witness_thread.ts';

export interface BatcherOptions {
  readonly blocks: number;
  readonly transactions: number;
  readonly seconds: number;
}

export interface Batcher {
  /** The last block of the last batch that is closed. */
  readonly batched: bigint;
  readonly count: number;
  /** Closes what is open, and resolves when all has its witness. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

interface Open {
  first: number;
  last: number;
  transactions: number;
  sinceMs: number;
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
  let open: Open | undefined;
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
        while (chain.stored < BigInt(request.lastBlock)) await pause(POLL_MS);
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

  const close = (): void => {
    if (open === undefined) return;
    queue.push({ index: closed++, firstBlock: open.first, lastBlock: open.last });
    open = undefined;
    running = (running ?? Promise.resolve()).then(drain);
  };

  const take = (number: number, transactions: number): void => {
    open ??= { first: number, last: number, transactions: 0, sinceMs: performance.now() };
    open.last = number;
    open.transactions += transactions;
    const blocks = open.last - open.first + 1;
    if (blocks >= options.blocks || open.transactions >= options.transactions) close();
  };

  // What came after the last batch, before the node was started.
  for (let number = batched + 1; number <= Number(chain.head.env.number); number++) {
    take(number, chain.blocks.block(BigInt(number))?.transactions.length ?? 0);
  }
  const off = chain.onBlock(({ block }) => take(Number(block.env.number), block.transactions.length));
  const timer = setInterval(() => {
    if (open !== undefined && performance.now() - open.sinceMs >= options.seconds * 1000) close();
  }, 200);
  timer.unref();

  return {
    get batched() {
      return BigInt(batched);
    },
    get count() {
      return closed - queue.length;
    },
    flush: async () => {
      close();
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
