// The chain: blocks go through the write-ahead log, then are published, then reach the database.
import { join } from 'node:path';
import type { Block, ChainConfig, SealedBlock } from '../chain/block.ts';
import { bytesEqual, fromHex, toBigInt } from '../chain/bytes.ts';
import type { BlockEnv, StateReader, Stf } from '../contract.ts';
import { stage } from '../cpu.ts';
import { SequencerError } from '../errors.ts';
import { type BlockStore, blockStore } from '../storage/blocks.ts';
import { openTables, removeTables, type Tables } from '../storage/database.ts';
import { lockFolder } from '../storage/lock.ts';
import { blockKey, decodeRecord, encodeRecord } from '../storage/record.ts';
import { versionedState } from '../storage/state.ts';
import { openWal } from '../storage/wal.ts';
import { replayBlock } from './execute.ts';
import { genesisBlock, genesisDiff } from './genesis.ts';

export interface Chain {
  readonly config: ChainConfig;
  readonly stf: Stf;
  /** The newest executed block; what comes next builds on it. */
  readonly tip: Block;
  /** The newest block whose record is durable: what clients see. */
  readonly head: Block;
  readonly blocks: BlockStore;
  readonly tables: Tables;
  /** Blocks executed again when the chain was opened, and bytes cut off the log's end. */
  readonly recovered: { readonly replayed: number; readonly tornBytes: number };
  /** Executed blocks that are not in the database yet. */
  readonly lag: number;
  /** The newest block that the database has. */
  readonly stored: bigint;
  readonly databaseFolder: string;
  /** Why no block can be made durable any more. */
  readonly failure: Error | undefined;
  stateAt(number: bigint): StateReader;
  /** The environment of the block after the tip. */
  nextEnv(nowMs: number): BlockEnv;
  /** Takes the block after the tip. Resolves when it is durable and published. */
  commit(sealed: SealedBlock): Promise<void>;
  /** Called with each block as it is published. Returns what ends it. */
  onBlock(listener: (sealed: SealedBlock) => void): () => void;
  /** Called once where a block cannot be made durable: the process has to end. */
  onFatal(listener: (error: Error) => void): void;
  close(): Promise<void>;
}

const HEAD_KEY = new Uint8Array([0x68]);
const ZERO_HASH = new Uint8Array(32);
/** After what is due now. */
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Opens the chain in a folder, and brings the database to where the log is. `walFileBytes`: of a file of the log. */
export async function openChain(folder: string, config: ChainConfig, stf: Stf, walFileBytes?: number): Promise<Chain> {
  const unlock = lockFolder(folder);
  try {
    return await openLocked(folder, config, stf, unlock, walFileBytes);
  } catch (error) {
    unlock();
    throw error;
  }
}

async function openLocked(
  folder: string,
  config: ChainConfig,
  stf: Stf,
  unlock: () => void,
  walFileBytes: number | undefined,
): Promise<Chain> {
  const wal = openWal(join(folder, 'wal'), walFileBytes);
  const genesis = genesisBlock(config);
  if (wal.length === 0) await wal.append(genesis.hash);
  for (const first of wal.records(0)) {
    if (!bytesEqual(first, genesis.hash)) {
      throw new SequencerError('genesis_mismatch', `${folder} holds another chain: its genesis differs`);
    }
    break;
  }
  const databaseFolder = join(folder, 'db');
  let tables = openTables(databaseFolder);
  const storedHead = (): bigint => toBigInt(tables.meta.get(HEAD_KEY) ?? new Uint8Array(0));
  const isStale = (): boolean => {
    if (storedHead() >= BigInt(wal.length)) return true;
    const known = tables.blockHashes.get(genesis.hash);
    return known === undefined && tables.meta.get(HEAD_KEY) !== undefined;
  };
  if (isStale()) {
    // Ahead of the log, or of another one: everything in it can be made again.
    await tables.root.close();
    removeTables(databaseFolder);
    tables = openTables(databaseFolder);
  }

  const isFresh = tables.meta.get(HEAD_KEY) === undefined;
  const stored = storedHead();
  const state = versionedState(tables, stored);
  const blocks = blockStore(tables);
  const listeners = new Set<(sealed: SealedBlock) => void>();
  let fatal: ((error: Error) => void) | undefined;
  let failed: Error | undefined;

  const stateAt = (number: bigint): StateReader => ({
    ...state.at(number),
    blockHash: (n) => (n <= number ? (blocks.block(n)?.hash ?? hashInFlight.get(n) ?? ZERO_HASH) : ZERO_HASH),
  });
  /** Of blocks that are executed and not published. */
  const hashInFlight = new Map<bigint, Uint8Array>();

  let writes: Promise<unknown> = Promise.resolve();
  let storing: Promise<void> = Promise.resolve();
  let lag = 0;
  let newestStored = stored;
  const store = (sealed: SealedBlock): void => {
    const { number } = sealed.block.env;
    // Atomic: the head moves with what it is the head of.
    const written = stage('store', () =>
      tables.root.batch(() => {
        state.store(number, sealed.output.diff);
        blocks.store(sealed);
        tables.meta.put(HEAD_KEY, blockKey(number));
      }),
    );
    writes = Promise.all([writes, written]).then(() => {
      state.stored(number);
      newestStored = number;
      lag--;
    }, databaseFailed);
  };
  const fail = (error: unknown): void => {
    if (failed !== undefined) return;
    failed = error instanceof Error ? error : new Error(String(error));
    fatal?.(failed);
  };

  const databaseFailed = (error: unknown): void => {
    // LMDB has its reason in a promise of its own, which may come later or not at all.
    (error as { commitError?: Promise<unknown> }).commitError?.catch(() => {});
    const why = error instanceof Error ? error.message : String(error);
    fail(new SequencerError('database_failed', `the database cannot be written (is the disk full?): ${why}`));
  };

  if (isFresh) {
    const output = { ...genesis, blockHash: genesis.hash, diff: genesisDiff(config) };
    const sealed: SealedBlock = { block: genesis, receipts: [], output, reason: 'replay' };
    state.add(0n, output.diff);
    blocks.add(sealed);
    lag++;
    store(sealed);
    await writes;
  }
  let tip = blocks.block(stored) ?? genesis;
  let replayed = 0;
  for (const payload of wal.records(Number(stored) + 1)) {
    const record = decodeRecord(payload);
    const { number, parentHash } = record.env;
    if (number !== tip.env.number + 1n || !bytesEqual(parentHash, tip.hash)) {
      throw new SequencerError('replay_mismatch', `record ${number} does not follow block ${tip.env.number}`);
    }
    const sealed = replayBlock(stf, record, stateAt(tip.env.number));
    state.add(number, sealed.output.diff);
    blocks.add(sealed);
    tip = sealed.block;
    lag++;
    store(sealed);
    if (++replayed % 16 === 0) await writes;
  }
  await writes;
  let head = tip;

  return {
    config,
    stf,
    blocks,
    tables,
    databaseFolder,
    get stored() {
      return newestStored;
    },
    recovered: { replayed, tornBytes: wal.tornBytes },
    get tip() {
      return tip;
    },
    get head() {
      return head;
    },
    get lag() {
      return lag;
    },
    get failure() {
      return failed;
    },
    stateAt,
    nextEnv: (nowMs) => {
      const { env, hash } = tip;
      const seconds = BigInt(Math.floor(nowMs / 1000));
      return {
        number: env.number + 1n,
        // A clock that was set back does not take the chain back.
        timestamp: seconds > env.timestamp ? seconds : env.timestamp,
        ...{ gasLimit: config.gasLimit, baseFee: config.baseFee, coinbase: fromHex(config.coinbase) },
        // Nothing random: known before the block, as the documentation says.
        prevRandao: hash,
        ...{ chainId: config.chainId, parentHash: hash },
      };
    },
    commit: async (sealed) => {
      if (failed !== undefined) throw failed;
      const { block, output } = sealed;
      const { number } = block.env;
      state.add(number, output.diff);
      tip = block;
      hashInFlight.set(number, block.hash);
      lag++;
      try {
        const { env, transactions, hash: blockHash } = block;
        await stage('log', () => wal.append(encodeRecord({ env, transactions, blockHash })));
      } catch (error) {
        fail(error);
        throw error;
      }
      stage('publish', () => blocks.add(sealed));
      hashInFlight.delete(number);
      head = block;
      // Who waits for a receipt gets it before the database is written.
      storing = storing
        .then(soon)
        .then(() => store(sealed))
        .catch(databaseFailed);
      stage('publish', () => {
        for (const listener of listeners) listener(sealed);
      });
    },
    onBlock: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    onFatal: (listener) => {
      fatal = listener;
    },
    close: async () => {
      await wal.close();
      await storing;
      await writes;
      await tables.root.close();
      unlock();
    },
  };
}
