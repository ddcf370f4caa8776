// A thread that makes the witnesses of batches, with database and state transition of its own: blocks do not wait.
import { parentPort, workerData } from 'node:worker_threads';
import type { ChainConfig } from '../chain/block.ts';
import { toHex } from '../chain/bytes.ts';
import { nameThread } from '../cpu.ts';
import { genesisDiff } from '../pipeline/genesis.ts';
import { type Batch, buildWitness, IndexedTree, loadStf, NO_DEPOSITS, treeChanges } from '../stf/index.ts';
import { blockStore } from '../storage/blocks.ts';
import { openTables } from '../storage/database.ts';
import { versionedState } from '../storage/state.ts';
import { type BatchRecord, batchStore } from './batches.ts';
import { treeStore } from './tree_store.ts';

export interface WitnessSetup {
  readonly databaseFolder: string;
  readonly chain: ChainConfig;
}

export interface WitnessRequest {
  readonly index: number;
  readonly firstBlock: number;
  readonly lastBlock: number;
}

export type WitnessReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'witness'; readonly record: BatchRecord }
  | { readonly kind: 'failed'; readonly message: string };

nameThread('witness');
const { databaseFolder, chain } = workerData as WitnessSetup;
const tables = openTables(databaseFolder);
const blocks = blockStore(tables);
const batches = batchStore(tables);
const store = treeStore(tables.tree);
/** The state that `tree` has: a batch begins where the one before it ended, and reads much of what that one wrote. */
let state = versionedState(tables, 0n);
let stateOf = 0n;
const stf = await loadStf();
const isFresh = store.count === 0;
const tree = new IndexedTree(store);
if (isFresh) {
  tree.apply(treeChanges(genesisDiff(chain)));
  tables.root.transactionSync(() => store.flush());
}

function blockOf(number: bigint): NonNullable<ReturnType<typeof blocks.block>> {
  const block = blocks.block(number);
  if (block === undefined) throw new Error(`block ${number} is not in the database`);
  return block;
}

function make({ index, firstBlock, lastBlock }: WitnessRequest): BatchRecord {
  const started = performance.now();
  const before = blockOf(BigInt(firstBlock) - 1n);
  const { number, timestamp } = before.env;
  if (stateOf !== number) state = versionedState(tables, number);
  const own = Array.from({ length: lastBlock - firstBlock + 1 }, (_, i) => blockOf(BigInt(firstBlock + i)));
  const batch: Batch = {
    chainId: chain.chainId,
    head: { number, timestamp, hash: before.hash, deposits: NO_DEPOSITS },
    blocks: own.map(({ env, transactions }) => ({
      env,
      transactions: transactions.map(({ raw }) => raw),
      senders: transactions.map(({ sender }) => sender),
    })),
  };
  const reader = { ...state.at(number), blockHash: (n: bigint) => blocks.block(n)?.hash ?? new Uint8Array(32) };
  const { run, input, journal, digest } = buildWitness(stf, batch, reader, tree, (n) => blockOf(n).header);
  const last = own.at(-1) as (typeof own)[0];
  if (toHex(run.head.hash) !== toHex(last.hash)) {
    throw new Error(`the batch ends in block ${toHex(run.head.hash)}, the chain has ${toHex(last.hash)}`);
  }
  const record: BatchRecord = {
    ...{ index, firstBlock, lastBlock, inputBytes: input.length, journal: toHex(journal), digest: toHex(digest) },
    transactions: batch.blocks.reduce((sum, block) => sum + block.transactions.length, 0),
    witnessMs: performance.now() - started,
  };
  tables.root.transactionSync(() => {
    store.flush();
    batches.put(record, input);
  });
  stateOf = BigInt(lastBlock);
  state.add(stateOf, run.diff);
  state.stored(stateOf);
  return record;
}

const reply = (message: WitnessReply): void => parentPort?.postMessage(message);
parentPort?.on('message', (request: WitnessRequest) => {
  try {
    reply({ kind: 'witness', record: make(request) });
  } catch (error) {
    store.rollback();
    reply({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
});
reply({ kind: 'ready' });
