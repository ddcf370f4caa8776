// LMDB: a cache of what the write-ahead log says, in a folder that can be deleted at any time.
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Database, RootDatabase } from 'lmdb';

/** A table whose keys and values are bytes. */
export type Table = Database<Uint8Array, Uint8Array>;

export interface Tables {
  readonly root: RootDatabase<Uint8Array, Uint8Array>;
  readonly meta: Table;
  /** Versioned accounts and slots (state.ts). */
  readonly state: Table;
  /** Code by its hash. */
  readonly code: Table;
  /** Blocks and their receipts by number (blocks.ts). */
  readonly blocks: Table;
  readonly receipts: Table;
  /** Number by block hash; number and index by transaction hash. */
  readonly blockHashes: Table;
  readonly transactions: Table;
  /** Empty values under address or topic, and number (logs.ts). */
  readonly logs: Table;
  /** Batches, witnesses and proofs. */
  readonly batches: Table;
  /** The state's tree (jobs/tree_store.ts). */
  readonly tree: Table;
}

/** Address space; pages are allocated as they are used. */
const MAP_BYTES = 2 ** 40;

export function openTables(folder: string): Tables {
  // Loaded here, so that commands without a node run where the addon is missing.
  const { open } = createRequire(import.meta.url)('lmdb') as typeof import('lmdb');
  const root = open<Uint8Array, Uint8Array>({
    path: folder,
    encoding: 'binary',
    keyEncoding: 'binary',
    maxDbs: 16,
    mapSize: MAP_BYTES,
  });
  /** Of the last write: many writes have one promise, that of their transaction. */
  let written: Promise<boolean> | undefined;
  const table = (name: string): Table => {
    const opened = root.openDB({ name, encoding: 'binary', keyEncoding: 'binary' }) as Table;
    const put = opened.put.bind(opened) as (key: Uint8Array, value: Uint8Array) => Promise<boolean>;
    // Whoever writes looks at the transaction that a write is in; that the write fails too is no news.
    opened.put = (key: Uint8Array, value: Uint8Array): Promise<boolean> => {
      const promise = put(key, value);
      if (promise !== written) promise.catch(() => {});
      written = promise;
      return promise;
    };
    return opened;
  };
  return {
    ...{ root, meta: table('meta'), state: table('state'), code: table('code'), blocks: table('blocks') },
    ...{ receipts: table('receipts'), blockHashes: table('block_hashes'), transactions: table('transactions') },
    ...{ logs: table('logs'), batches: table('batches'), tree: table('tree') },
  };
}

export const removeTables = (folder: string): void => rmSync(folder, { recursive: true, force: true });
