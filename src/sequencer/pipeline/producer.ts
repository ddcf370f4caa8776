// Makes blocks of what the pool holds. A block's timer starts with its first transaction: no transactions, no blocks.
import type { SealReason } from '../chain/block.ts';
import type { Receipt } from '../contract.ts';
import { stage } from '../cpu.ts';
import type { Mempool, PooledTransaction } from '../mempool/mempool.ts';
import type { Chain } from './chain.ts';
import { type OpenBlock, openBlock } from './execute.ts';

export interface ProducerOptions {
  readonly blockMs: number;
  /** Transactions, and bytes of them, after which a block is closed. */
  readonly maxTransactions: number;
  readonly maxBytes: number;
  /** A transaction was refused by the state transition though the pool had let it in. */
  readonly onDropped?: (taken: PooledTransaction, why: string) => void;
  /** Milliseconds that executing and sealing took. */
  readonly onSealed?: (timing: {
    readonly executeMs: number;
    readonly sealMs: number;
    readonly reason: SealReason;
  }) => void;
  readonly now?: () => number;
}

export const DEFAULT_PRODUCER: ProducerOptions = { blockMs: 250, maxTransactions: 10_000, maxBytes: 8 * 2 ** 20 };

export interface Producer {
  /** A transaction can run. */
  wake(): void;
  /** Seals what is open and ends; resolves when all is durable. */
  stop(): Promise<void>;
  /** Resolves with an error where blocks cannot be made any more. */
  readonly ended: Promise<unknown>;
}

/** Executing goes on for this long before requests are served again. */
const SLICE_MS = 8;
/** Blocks that are executed and not in the database: beyond, execution waits for the disk. */
const MAX_LAG = 8;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function startProducer(chain: Chain, pool: Mempool, options: ProducerOptions = DEFAULT_PRODUCER): Producer {
  const { blockMs, maxTransactions, maxBytes, now = Date.now } = options;
  let stopping = false;
  let waiter: (() => void) | undefined;
  const wake = (): void => {
    waiter?.();
    waiter = undefined;
  };
  /** Until a transaction can run, or for so long. */
  const rest = (ms?: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(wake, ms);
      waiter = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const fullReason = (open: OpenBlock): SealReason | undefined => {
    if (open.count >= maxTransactions) return 'count';
    if (open.bytes >= maxBytes) return 'bytes';
    return open.gasUsed + 21_000n > chain.config.gasLimit ? 'gas' : undefined;
  };

  /** A transaction that does not fit any more waits for the next block. */
  let carried: PooledTransaction | undefined;
  const fits = (open: OpenBlock, { tx }: PooledTransaction): boolean =>
    open.gasUsed + tx.gasLimit <= chain.config.gasLimit;

  const run = (open: OpenBlock, taken: PooledTransaction): Receipt | undefined => {
    const result = stage('execute', () => open.apply(taken.tx.raw, taken.sender));
    const included = !('invalid' in result);
    stage('pool', () => pool.done(taken, included));
    if (included) return result;
    options.onDropped?.(taken, result.invalid);
    return undefined;
  };

  /** Fills a block, starting with `first`, until it is full or its time is over. */
  const fill = async (
    open: OpenBlock,
    first: PooledTransaction,
  ): Promise<{ reason: SealReason; executeMs: number }> => {
    // The wall clock may jump; the block's time may not.
    const deadline = performance.now() + blockMs;
    let slice = performance.now();
    let executeMs = 0;
    const pause = (): void => {
      executeMs += performance.now() - slice;
    };
    for (let taken: PooledTransaction | undefined = first; ; taken = stage('pool', pool.take)) {
      if (taken !== undefined && !fits(open, taken)) {
        carried = taken;
        pause();
        return { reason: 'gas', executeMs };
      }
      if (taken !== undefined) run(open, taken);
      const reason = fullReason(open) ?? (performance.now() >= deadline ? 'time' : stopping ? 'stop' : undefined);
      if (reason !== undefined) {
        pause();
        return { reason, executeMs };
      }
      if (taken === undefined) {
        pause();
        await rest(Math.max(0, deadline - performance.now()));
        slice = performance.now();
      } else if (performance.now() - slice > SLICE_MS) {
        pause();
        await turn();
        slice = performance.now();
      }
    }
  };

  const produce = async (): Promise<void> => {
    let durable: Promise<void> = Promise.resolve();
    for (;;) {
      // What is left in the pool was promised to no one.
      if (stopping) break;
      const first = carried ?? pool.take();
      carried = undefined;
      if (first === undefined) {
        await rest();
        continue;
      }
      const { number } = chain.tip.env;
      const open = openBlock(chain.stf, chain.nextEnv(now()), chain.stateAt(number));
      let sealed: ReturnType<OpenBlock['seal']> | undefined;
      try {
        const { reason, executeMs } = await fill(open, first);
        if (open.count > 0) {
          const started = performance.now();
          sealed = stage('seal', () => open.seal(reason));
          options.onSealed?.({ executeMs, sealMs: performance.now() - started, reason });
        }
      } finally {
        if (sealed === undefined) open.discard();
      }
      if (sealed === undefined) continue;
      await durable;
      durable = chain.commit(sealed);
      durable.catch(() => {});
      pool.settle();
      while (chain.lag > MAX_LAG) {
        await durable;
        if (chain.failure !== undefined) throw chain.failure;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    await durable;
  };

  const ended = produce().then(
    () => undefined,
    (error: unknown) => error,
  );
  return {
    wake,
    ended,
    stop: async () => {
      stopping = true;
      wake();
      const error = await ended;
      if (error !== undefined) throw error;
    },
  };
}
