// Transactions that wait: in nonce order of their senders, best fee first among senders.
import { toHex } from '../chain/bytes.ts';
import { effectiveGasPrice, type Transaction } from '../chain/transaction.ts';
import type { AccountState } from '../contract.ts';
import { SequencerError } from '../errors.ts';
import { heap } from './heap.ts';

export interface PooledTransaction {
  readonly tx: Transaction;
  readonly hash: Uint8Array;
  readonly sender: Uint8Array;
  /** Hash and sender as the keys of maps. */
  readonly hashKey: string;
  readonly senderKey: string;
  /** What the sender pays for a unit of gas; the base fee does not change. */
  readonly price: bigint;
  /** Counts arrivals: among equal fees the first come is the first served. */
  readonly order: number;
}

export interface MempoolLimits {
  readonly transactions: number;
  /** Bytes of raw transactions. */
  readonly bytes: number;
  readonly perSender: number;
  /** How far a nonce may be ahead of its account. */
  readonly nonceGap: bigint;
}

export const DEFAULT_LIMITS: MempoolLimits = {
  transactions: 50_000,
  bytes: 128 * 2 ** 20,
  perSender: 4096,
  nonceGap: 4096n,
};

export interface Mempool {
  readonly size: number;
  readonly bytes: number;
  /** Those that were taken are still known, until they are published or dropped. */
  has(hash: string): boolean;
  get(hash: string): PooledTransaction | undefined;
  /** Takes a transaction whose sender is known. Throws `SequencerError`. */
  add(tx: Transaction, hash: Uint8Array, sender: Uint8Array): PooledTransaction;
  /** The best transaction that can run now; it is out of the pool then, and its sender waits for `done`. */
  take(): PooledTransaction | undefined;
  /** What became of a taken transaction: it is in a block, or it is dropped and its sender's later ones wait. */
  done(taken: PooledTransaction, included: boolean): void;
  /** The block of what was taken is part of the chain's state. */
  settle(): void;
  /** These are in a block that clients see. */
  published(hashKeys: readonly string[]): void;
  /** The nonce after those of the sender that follow each other from its account's on. */
  nextNonce(sender: Uint8Array): bigint;
  contents(): IterableIterator<PooledTransaction>;
  /** Forgets transactions that waited longer than `maxMs` behind a missing nonce. */
  expire(maxMs: number): number;
}

interface Sender {
  /** By nonce. */
  readonly queue: Map<bigint, PooledTransaction>;
  /** The nonce that is to run next, as far as the pool knows. */
  next: bigint;
  /** A transaction is taken and not done. */
  busy: boolean;
  /** The transaction that is in the heap. */
  offered: PooledTransaction | undefined;
  seenMs: number;
}

/** What the pool asks of the chain: the newest state and the base fee. */
export interface PoolChain {
  account(sender: Uint8Array): AccountState | undefined;
  readonly baseFee: bigint;
}

const refuse = (code: ConstructorParameters<typeof SequencerError>[0], message: string): never => {
  throw new SequencerError(code, message);
};

/** Ten per cent on both fees (go-ethereum's rule). */
const isBump = (old: bigint, fresh: bigint): boolean => fresh * 10n >= old * 11n && fresh > old;

/** `onReady` is called when a transaction can run. */
export function mempool(
  chain: PoolChain,
  limits: MempoolLimits = DEFAULT_LIMITS,
  onReady: () => void = () => {},
): Mempool {
  const byHash = new Map<string, PooledTransaction>();
  const senders = new Map<string, Sender>();
  /** Taken, and in no block that clients see. */
  const running = new Map<string, PooledTransaction>();
  /** Next nonces of senders with transactions in the open block, of which the chain's state knows nothing yet. */
  const ran = new Map<string, bigint>();
  const ready = heap<PooledTransaction>((a, b) => (a.price === b.price ? a.order < b.order : a.price > b.price));
  let order = 0;
  let bytes = 0;

  const nonceOf = (address: Uint8Array, key: string): bigint => ran.get(key) ?? chain.account(address)?.nonce ?? 0n;

  const remove = (sender: Sender, pooled: PooledTransaction): void => {
    if (!byHash.delete(pooled.hashKey)) return;
    bytes -= pooled.tx.raw.length;
    sender.queue.delete(pooled.tx.nonce);
    if (sender.offered === pooled) sender.offered = undefined;
  };

  const offer = (sender: Sender): void => {
    const next = sender.queue.get(sender.next);
    if (sender.busy || next === undefined || next === sender.offered) return;
    sender.offered = next;
    ready.push(next);
    onReady();
  };

  const senderOf = (address: Uint8Array, key: string): Sender => {
    const known = senders.get(key);
    if (known !== undefined) return known;
    const fresh: Sender = {
      queue: new Map(),
      next: nonceOf(address, key),
      busy: false,
      offered: undefined,
      seenMs: performance.now(),
    };
    senders.set(key, fresh);
    return fresh;
  };

  const forgetIfIdle = (key: string, sender: Sender): void => {
    if (sender.queue.size === 0 && !sender.busy) senders.delete(key);
  };

  /** Room for `tx`: the pool drops transactions that cannot run yet for one that can. */
  const makeRoom = (tx: Transaction, canRun: boolean): void => {
    const isFull = (): boolean => byHash.size >= limits.transactions || bytes + tx.raw.length > limits.bytes;
    if (!isFull()) return;
    if (canRun) {
      for (const [key, sender] of senders) {
        for (const pooled of [...sender.queue.values()]) {
          if (pooled.tx.nonce > sender.next && !sender.queue.has(pooled.tx.nonce - 1n)) remove(sender, pooled);
          if (!isFull()) return;
        }
        if (sender.queue.size === 0 && !sender.busy) senders.delete(key);
      }
    }
    refuse('pool_full', 'txpool is full');
  };

  const check = (tx: Transaction, sender: Sender, address: Uint8Array): PooledTransaction | undefined => {
    const { nonce } = tx;
    const account = chain.account(address);
    if (nonce < sender.next || (sender.busy && nonce === sender.next)) {
      refuse('nonce_too_low', `nonce too low: next nonce ${sender.next}, tx nonce ${nonce}`);
    }
    if (nonce > sender.next + limits.nonceGap) {
      refuse('nonce_too_high', `nonce too high: next nonce ${sender.next}, tx nonce ${nonce}`);
    }
    const cost = tx.gasLimit * tx.maxFeePerGas + tx.value;
    const balance = account?.balance ?? 0n;
    if (balance < cost) {
      refuse(
        'insufficient_funds',
        `insufficient funds for gas * price + value: balance ${balance}, tx cost ${cost}, overshot ${cost - balance}`,
      );
    }
    const old = sender.queue.get(nonce);
    if (old !== undefined) {
      const bumps =
        isBump(old.tx.maxFeePerGas, tx.maxFeePerGas) && isBump(old.tx.maxPriorityFeePerGas, tx.maxPriorityFeePerGas);
      if (!bumps) refuse('replacement_underpriced', 'replacement transaction underpriced');
    } else if (sender.queue.size >= limits.perSender) {
      refuse('sender_limit', `account limit exceeded: ${limits.perSender} transactions of the sender wait`);
    }
    return old;
  };

  return {
    get size() {
      return byHash.size;
    },
    get bytes() {
      return bytes;
    },
    has: (hash) => byHash.has(hash) || running.has(hash),
    get: (hash) => byHash.get(hash) ?? running.get(hash),
    add: (tx, hash, address) => {
      const [hashKey, senderKey] = [toHex(hash), toHex(address)];
      if (byHash.has(hashKey)) refuse('already_known', 'already known');
      const sender = senderOf(address, senderKey);
      try {
        const old = check(tx, sender, address);
        if (old === undefined) makeRoom(tx, tx.nonce === sender.next);
        else remove(sender, old);
        const price = effectiveGasPrice(tx, chain.baseFee);
        const pooled: PooledTransaction = { tx, hash, sender: address, hashKey, senderKey, price, order: order++ };
        byHash.set(hashKey, pooled);
        bytes += tx.raw.length;
        sender.queue.set(tx.nonce, pooled);
        sender.seenMs = performance.now();
        // Making room may have forgotten a sender without transactions.
        senders.set(senderKey, sender);
        offer(sender);
        return pooled;
      } finally {
        forgetIfIdle(senderKey, sender);
      }
    },
    take: () => {
      for (let best = ready.pop(); best !== undefined; best = ready.pop()) {
        const sender = senders.get(best.senderKey);
        // Replaced or dropped since it was offered.
        if (sender === undefined || sender.offered !== best) continue;
        sender.busy = true;
        remove(sender, best);
        running.set(best.hashKey, best);
        return best;
      }
      return undefined;
    },
    done: (taken, included) => {
      if (!included) running.delete(taken.hashKey);
      const sender = senders.get(taken.senderKey);
      if (sender === undefined) return;
      sender.busy = false;
      if (included) ran.set(taken.senderKey, taken.tx.nonce + 1n);
      sender.next = nonceOf(taken.sender, taken.senderKey);
      // After one that is in the block come higher nonces only: nothing to look through, however many wait.
      if (!included) {
        for (const pooled of [...sender.queue.values()]) if (pooled.tx.nonce < sender.next) remove(sender, pooled);
      }
      offer(sender);
      forgetIfIdle(taken.senderKey, sender);
    },
    settle: () => ran.clear(),
    published: (hashKeys) => {
      for (const key of hashKeys) running.delete(key);
    },
    nextNonce: (address) => {
      const key = toHex(address);
      const sender = senders.get(key);
      let nonce = sender?.next ?? nonceOf(address, key);
      if (sender?.busy === true) nonce++;
      while (sender?.queue.has(nonce)) nonce++;
      return nonce;
    },
    contents: () => byHash.values(),
    expire: (maxMs) => {
      const before = byHash.size;
      const now = performance.now();
      for (const [key, sender] of senders) {
        if (now - sender.seenMs < maxMs || sender.queue.has(sender.next) || sender.busy) continue;
        for (const pooled of [...sender.queue.values()]) remove(sender, pooled);
        senders.delete(key);
      }
      return before - byHash.size;
    },
  };
}
