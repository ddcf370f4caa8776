// A sequencing node without its network: chain, pool, producer and signature threads put together.
import type { ChainConfig, SealedBlock } from '../chain/block.ts';
import { toHex } from '../chain/bytes.ts';
import { decodeTransaction } from '../chain/transaction.ts';
import type { AccountState, Stf } from '../contract.ts';
import { stage } from '../cpu.ts';
import { SequencerError } from '../errors.ts';
import { checkAdmission } from '../mempool/admission.ts';
import {
  DEFAULT_LIMITS,
  type Mempool,
  type MempoolLimits,
  mempool,
  type PooledTransaction,
} from '../mempool/mempool.ts';
import { type SignaturePool, signaturePool } from '../signatures/pool.ts';
import { type Chain, openChain } from './chain.ts';
import { DEFAULT_PRODUCER, type Producer, type ProducerOptions, startProducer } from './producer.ts';

export interface NodeOptions {
  readonly folder: string;
  readonly chain: ChainConfig;
  readonly stf: Stf;
  readonly producer?: Partial<ProducerOptions>;
  readonly limits?: Partial<MempoolLimits>;
  readonly signatureThreads: number;
  /** False of a node that follows another: its blocks come from there, its transactions go there. */
  readonly produces: boolean;
  /** Of a file of the write-ahead log. */
  readonly walFileBytes?: number;
}

/** Where a transaction of this node ended. */
export interface Inclusion {
  readonly sealed: SealedBlock;
  readonly index: number;
}

export interface SequencerNode {
  readonly chain: Chain;
  readonly pool: Mempool;
  readonly signatures: SignaturePool;
  /** Takes a raw transaction into the pool; its hash. Throws `SequencerError`. */
  submit(raw: Uint8Array): Promise<Uint8Array>;
  /** Resolves when the transaction is in a durable block, or with undefined after `timeoutMs` or when the node stops. */
  included(hash: Uint8Array, timeoutMs: number): Promise<Inclusion | undefined>;
  onPending(listener: (pooled: PooledTransaction) => void): () => void;
  /** Resolves with an error where the node cannot go on. */
  readonly ended: Promise<unknown>;
  stop(): Promise<void>;
}

/** Transactions whose signatures wait; beyond, new ones are refused at once. */
const MAX_WAITING_SIGNATURES = 20_000;
/** How long a transaction may wait behind a missing nonce, and how often that is looked at. */
const LIFETIME_MS = 3 * 3600 * 1000;
const EXPIRY_MS = 60_000;

export async function openNode(options: NodeOptions): Promise<SequencerNode> {
  const { folder, stf, produces } = options;
  const chain = await openChain(folder, options.chain, stf, options.walFileBytes);
  const { baseFee } = options.chain;
  // Asked for twice a transaction: a reader a block.
  let newest = { tip: chain.tip, state: chain.stateAt(chain.tip.env.number) };
  const account = (address: Uint8Array): AccountState | undefined => {
    const { tip } = chain;
    if (newest.tip !== tip) newest = { tip, state: chain.stateAt(tip.env.number) };
    return newest.state.account(address);
  };
  let producer: Producer | undefined;
  const pool = mempool({ account, baseFee }, { ...DEFAULT_LIMITS, ...options.limits }, () => producer?.wake());
  const signatures = signaturePool(options.signatureThreads);
  const pending = new Set<(pooled: PooledTransaction) => void>();
  const waiters = new Map<string, ((inclusion: Inclusion) => void)[]>();
  /** Those who wait in vain. */
  const givingUp = new Set<() => void>();
  let stopping = false;
  /** No block is made any more. */
  let isOver = false;

  chain.onBlock((sealed) => {
    const keys = sealed.block.transactions.map(({ hash }) => toHex(hash));
    pool.published(keys);
    if (waiters.size === 0) return;
    keys.forEach((key, index) => {
      const waiting = waiters.get(key);
      if (waiting === undefined) return;
      waiters.delete(key);
      for (const resolve of waiting) resolve({ sealed, index });
    });
  });
  if (produces) producer = startProducer(chain, pool, { ...DEFAULT_PRODUCER, ...options.producer });
  const expiry = setInterval(() => pool.expire(LIFETIME_MS), EXPIRY_MS);
  expiry.unref();
  const fatal = new Promise<unknown>((resolve) => chain.onFatal(resolve));

  return {
    chain,
    pool,
    signatures,
    submit: async (raw) => {
      if (stopping) throw new SequencerError('stopping', 'the node is stopping');
      const tx = decodeTransaction(raw);
      checkAdmission(tx, options.chain);
      if (signatures.waiting >= MAX_WAITING_SIGNATURES) throw new SequencerError('pool_full', 'txpool is full');
      const { hash, sender } = await signatures.recover(raw);
      stage('pool', () => {
        const pooled = pool.add(tx, hash, sender);
        for (const listener of pending) listener(pooled);
      });
      return hash;
    },
    included: (hash, timeoutMs) =>
      new Promise((resolve) => {
        const key = toHex(hash);
        const giveUp = (): void => {
          clearTimeout(timer);
          givingUp.delete(giveUp);
          const left = (waiters.get(key) ?? []).filter((waiter) => waiter !== done);
          if (left.length === 0) waiters.delete(key);
          else waiters.set(key, left);
          resolve(undefined);
        };
        const timer = setTimeout(giveUp, isOver ? 0 : timeoutMs);
        givingUp.add(giveUp);
        const done = (inclusion: Inclusion): void => {
          clearTimeout(timer);
          givingUp.delete(giveUp);
          resolve(inclusion);
        };
        waiters.set(key, [...(waiters.get(key) ?? []), done]);
      }),
    onPending: (listener) => {
      pending.add(listener);
      return () => void pending.delete(listener);
    },
    ended: Promise.race([fatal, ...(producer === undefined ? [] : [producer.ended])]),
    stop: async () => {
      stopping = true;
      clearInterval(expiry);
      try {
        await producer?.stop();
      } finally {
        isOver = true;
        // Their requests are answered before the connections close.
        for (const giveUp of [...givingUp]) giveUp();
        await signatures.close();
        await chain.close();
      }
    },
  };
}
