// Where batches end: blocks are taken in their order, and a batch is closed when it is full or its time is over.

export interface BatchLimits {
  /** A batch is closed when it has so many. */
  readonly blocks: number;
  readonly transactions: number;
  readonly seconds: number;
  /** A batch has no more gas and no more bytes of transactions than this, unless it is a single block. */
  readonly gas?: number;
  readonly bytes?: number;
}

/**
 * What can surely be proven, whatever the gas is spent on (figures of guests/rollup, docs/node.md):
 * - a run has 65,535 segments at most, 6.8 * 10^10 micro-ops at 2^20 each; a unit of gas costs up to 3,620 of them
 *   (P-256 verifications): 19 million;
 * - the program's heap lies below 0xffff0000, from 1.9 MB on; if nothing is given back, a unit of gas takes up to 12 bytes
 *   (copies of 32 bytes for 3 gas, and stacks of calls): 350 million. The machine that runs it holds half: 178 million.
 */
export const DEFAULT_BATCH_GAS = 18_000_000;
/** Of the heap each byte takes some three; deposits bring bytes without gas. Also what a worker has to fetch. */
export const DEFAULT_BATCH_BYTES: number = 4 * 2 ** 20;

export interface BlockSize {
  readonly number: number;
  readonly transactions: number;
  readonly gas: number;
  readonly bytes: number;
}

export interface BatchCutter {
  take(block: BlockSize): void;
  /** Closes a batch whose time is over. */
  tick(): void;
  /** Closes what is open. */
  close(): void;
}

/** `onClosed`: a batch of these blocks. `now`: milliseconds of a clock that is never set. */
export function batchCutter(
  limits: BatchLimits,
  onClosed: (first: number, last: number) => void,
  now: () => number = () => performance.now(),
): BatchCutter {
  const { gas = DEFAULT_BATCH_GAS, bytes = DEFAULT_BATCH_BYTES } = limits;
  let open: (Omit<BlockSize, 'number'> & { readonly first: number; readonly last: number }) | undefined;
  let sinceMs = 0;
  const close = (): void => {
    if (open === undefined) return;
    const { first, last } = open;
    open = undefined;
    onClosed(first, last);
  };
  return {
    take: (block) => {
      if (open !== undefined && (open.gas + block.gas > gas || open.bytes + block.bytes > bytes)) close();
      if (open === undefined) sinceMs = now();
      open = {
        ...{ first: open?.first ?? block.number, last: block.number },
        transactions: (open?.transactions ?? 0) + block.transactions,
        gas: (open?.gas ?? 0) + block.gas,
        bytes: (open?.bytes ?? 0) + block.bytes,
      };
      const blocks = open.last - open.first + 1;
      const isFull = blocks >= limits.blocks || open.transactions >= limits.transactions;
      if (isFull || open.gas >= gas || open.bytes >= bytes) close();
    },
    tick: () => {
      if (now() - sinceMs >= limits.seconds * 1000) close();
    },
    close,
  };
}
