// A thread that reads: with database and state transition of its own, so that blocks do not wait.
import { parentPort, workerData } from 'node:worker_threads';
import { loadStf } from '../../stf/index.ts';
import { blockStore } from '../../storage/blocks.ts';
import { openTables } from '../../storage/database.ts';
import { versionedState } from '../../storage/state.ts';
import { toErrorObject } from '../errors.ts';
import type { ReaderReply, ReaderRequest, ReaderSetup } from './job.ts';
import type { Reader } from './reader.ts';
import { runJob } from './run.ts';

const { databaseFolder, limits } = workerData as ReaderSetup;
const tables = openTables(databaseFolder);
const blocks = blockStore(tables);
/** No block is the newest of this reader, so that nothing is answered from its cache. */
const state = versionedState(tables, 2n ** 62n);
const reader: Reader = {
  ...{ tables, blocks, limits, stf: await loadStf() },
  stateAt: (number) => ({
    ...state.at(number),
    blockHash: (n) => (n <= number ? blocks.block(n)?.hash : undefined) ?? new Uint8Array(32),
  }),
};

function answer({ id, job }: ReaderRequest): ReaderReply {
  try {
    return { id, ok: true, text: JSON.stringify(runJob(reader, job) ?? null) };
  } catch (error) {
    let unexpected: string | undefined;
    const object = toErrorObject(error, (e) => {
      unexpected = e instanceof Error ? e.stack : String(e);
    });
    return { id, ok: false, error: object, unexpected };
  }
}

parentPort?.on('message', (request: ReaderRequest) => {
  // All of a job is of one moment, and that is not before the job was asked for.
  tables.root.resetReadTxn();
  parentPort?.postMessage(answer(request));
});
parentPort?.postMessage('ready');
