// Threads that read, and what waits for them. A job that takes too long ends its thread.
import type { Worker } from 'node:worker_threads';
import { spawnThread } from '../../threads.ts';
import { LIMIT_EXCEEDED, RpcError, SERVER_ERROR } from '../errors.ts';
import { RawJson } from '../raw_json.ts';
import type { CallLimits, Job, ReaderReply, ReaderRequest, ReaderSetup } from './job.ts';

export interface Readers {
  /** Rejects with `RpcError`. */
  run(job: Job, timeoutMs: number): Promise<RawJson>;
  readonly waiting: number;
  close(): Promise<void>;
}

export interface ReaderOptions {
  readonly threads: number;
  readonly databaseFolder: string;
  readonly limits: CallLimits;
  /** The newest block that the database has. */
  readonly stored: () => bigint;
  /** A thread failed, or met what nobody refused. */
  readonly onError: (message: string) => void;
}

/** Jobs that wait; beyond, new ones are refused. */
const MAX_WAITING = 1000;
/** Until the database has a block. */
const POLL_MS = 2;

interface Task {
  readonly job: Job;
  readonly timeoutMs: number;
  readonly resolve: (result: RawJson) => void;
  readonly reject: (error: unknown) => void;
}

interface Running {
  readonly worker: Worker;
  /** Resolves when it takes jobs; what it takes to start is no job's time. */
  readonly ready: Promise<unknown>;
}

interface Slot {
  running: Running | undefined;
  busy: boolean;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export function startReaders(options: ReaderOptions): Readers {
  const { databaseFolder, limits, stored, onError } = options;
  const queue: Task[] = [];
  const slots: Slot[] = Array.from({ length: options.threads }, () => ({ running: undefined, busy: false }));
  let nextId = 0;
  let closing = false;

  /** Starts with the first job, not before. */
  const runningOf = (slot: Slot): Running => {
    if (slot.running !== undefined) return slot.running;
    const setup: ReaderSetup = { databaseFolder, limits };
    const worker = spawnThread('./rpc/calls/thread', setup);
    worker.unref();
    const ready = new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('the thread ended')));
    });
    ready.catch(() => {});
    const running = { worker, ready };
    worker.on('exit', () => {
      if (slot.running === running) slot.running = undefined;
    });
    slot.running = running;
    return running;
  };

  const ask = async (slot: Slot, task: Task): Promise<RawJson> => {
    const { worker, ready } = runningOf(slot);
    try {
      await ready;
    } catch (error) {
      onError(String(error));
      throw new RpcError(SERVER_ERROR, 'execution aborted');
    }
    return askThread(slot, worker, task);
  };

  const askThread = (slot: Slot, thread: Worker, { job, timeoutMs }: Task): Promise<RawJson> =>
    new Promise((resolve, reject) => {
      const id = nextId++;
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        thread.off('message', onMessage);
        thread.off('error', onFailure);
        thread.off('exit', onExit);
        settle();
      };
      const onMessage = (reply: ReaderReply): void => {
        if (reply.id !== id) return;
        if (reply.ok) {
          end(() => resolve(new RawJson(reply.text)));
          return;
        }
        if (reply.unexpected !== undefined) onError(reply.unexpected);
        const { code, message, data } = reply.error;
        end(() => reject(new RpcError(code, message, data)));
      };
      const onFailure = (error: unknown): void => {
        onError(error instanceof Error ? (error.stack ?? error.message) : String(error));
        onExit();
      };
      const onExit = (): void => end(() => reject(new RpcError(SERVER_ERROR, 'execution aborted')));
      const timer = setTimeout(() => {
        slot.running = undefined;
        void thread.terminate();
        end(() => reject(new RpcError(SERVER_ERROR, `execution aborted (timeout = ${timeoutMs / 1000}s)`)));
      }, timeoutMs);
      thread.on('message', onMessage);
      thread.on('error', onFailure);
      thread.on('exit', onExit);
      thread.postMessage({ id, job } satisfies ReaderRequest);
    });

  const serve = async (slot: Slot): Promise<void> => {
    if (slot.busy) return;
    slot.busy = true;
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
      const deadline = performance.now() + task.timeoutMs;
      while (stored() < task.job.block && performance.now() < deadline && !closing) await pause(POLL_MS);
      if (closing) task.reject(new RpcError(SERVER_ERROR, 'the node is stopping'));
      else await ask(slot, task).then(task.resolve, task.reject);
    }
    slot.busy = false;
  };

  return {
    run: (job, timeoutMs) =>
      new Promise((resolve, reject) => {
        if (closing) return reject(new RpcError(SERVER_ERROR, 'the node is stopping'));
        if (queue.length >= MAX_WAITING) return reject(new RpcError(LIMIT_EXCEEDED, 'too many calls wait'));
        queue.push({ job, timeoutMs, resolve, reject });
        const free = slots.find(({ busy }) => !busy);
        if (free !== undefined) void serve(free);
      }),
    get waiting() {
      return queue.length;
    },
    close: async () => {
      closing = true;
      await Promise.all(slots.map(({ running }) => running?.worker.terminate()));
    },
  };
}
