// Segments of a cut run recorded in worker threads, each by one thread at a time.

import { WispError } from '../../core/errors.ts';
import type { EngineName } from '../engine.ts';
import type { Program } from '../lower.ts';
import type { SegmentCut, SegmentRecords } from '../segments.ts';
import { moduleOf } from '../translate/translation.ts';
import type { Reply, Request } from './protocol.ts';

export type RecordPoolErrorCode = 'worker_died' | 'record_failed' | 'pool_closed';

export class RecordPoolError extends WispError {
  declare readonly code: RecordPoolErrorCode;

  constructor(code: RecordPoolErrorCode, message: string) {
    super(code, message);
  }
}

/** A thread that runs `thread.ts`. */
export interface RecordThread {
  post(request: Request): void;
  /** Called with each reply, and once with an error if the thread ends by itself. */
  listen(reply: (reply: Reply) => void, death: (reason: string) => void): void;
  /** Whether it keeps the process alive. */
  hold(busy: boolean): void;
  terminate(): Promise<void>;
}

export interface RecordPoolOptions {
  /** Threads; default 1. They start with their first segment. */
  readonly workers?: number;
  readonly engine?: EngineName;
  /** Starts a thread; default: a Node worker thread. A browser gives one that starts a Worker. */
  readonly spawn?: () => Promise<RecordThread>;
}

export interface RecordPool {
  /** Records of a segment; segments wait for a free thread in the order of the calls. Throws `RecordPoolError`. */
  record(cut: SegmentCut): Promise<SegmentRecords>;
  /** Ends all threads; segments under way fail. */
  close(): Promise<void>;
}

interface Job {
  readonly cut: SegmentCut;
  readonly resolve: (records: SegmentRecords) => void;
  readonly reject: (error: RecordPoolError) => void;
  /** Threads that died over it. */
  deaths: number;
}

/** A thread that dies gives its segment to another, once. */
const MAX_DEATHS = 2;

/** Starts a pool of threads that record segments of one run. */
export function recordPool(program: Program, input: Uint8Array, options: RecordPoolOptions = {}): RecordPool {
  const { workers = 1, engine, spawn = spawnNodeThread } = options;
  const waiting: Job[] = [];
  const idle: RecordThread[] = [];
  /** Every thread with the segment it is at. */
  const threads = new Map<RecordThread, Job | undefined>();
  let starting = 0;
  let closed = false;

  const begin = (thread: RecordThread, job: Job): void => {
    threads.set(thread, job);
    thread.hold(true);
    thread.post({ kind: 'segment', cut: job.cut });
  };

  const finish = (thread: RecordThread, reply: Reply): void => {
    const job = threads.get(thread);
    if (!job) return;
    threads.set(thread, undefined);
    thread.hold(false);
    idle.push(thread);
    if (reply.kind === 'records') job.resolve(reply.result);
    else job.reject(new RecordPoolError('record_failed', `segment ${job.cut.index + 1}: ${reply.message}`));
    advance();
  };

  const lose = (job: Job, reason: string): void => {
    if (closed) {
      job.reject(new RecordPoolError('pool_closed', 'the pool was closed'));
    } else if (++job.deaths < MAX_DEATHS) {
      waiting.unshift(job);
    } else {
      const message = `segment ${job.cut.index + 1}: its thread ended, and so did the next (${reason})`;
      job.reject(new RecordPoolError('worker_died', message));
    }
  };

  const bury = (thread: RecordThread, reason: string): void => {
    if (!threads.has(thread)) return;
    const job = threads.get(thread);
    threads.delete(thread);
    const at = idle.indexOf(thread);
    if (at >= 0) idle.splice(at, 1);
    if (job) lose(job, reason);
    advance();
  };

  const start = async (): Promise<void> => {
    starting++;
    try {
      const thread = await spawn();
      if (closed) {
        await thread.terminate();
        return;
      }
      thread.listen(
        (reply) => finish(thread, reply),
        (reason) => bury(thread, reason),
      );
      thread.post({
        kind: 'start',
        program,
        input,
        engine,
        module: engine === 'interpreter' ? undefined : moduleOf(program, 'records'),
      });
      thread.hold(false);
      threads.set(thread, undefined);
      idle.push(thread);
    } catch (e) {
      const job = waiting.shift();
      if (job) lose(job, e instanceof Error ? e.message : String(e));
    } finally {
      starting--;
    }
    advance();
  };

  const advance = (): void => {
    while (waiting.length > 0 && idle.length > 0) begin(idle.pop()!, waiting.shift()!);
    while (!closed && starting < waiting.length && threads.size + starting < workers) void start();
  };

  return {
    record: (cut) =>
      new Promise((resolve, reject) => {
        if (closed) {
          reject(new RecordPoolError('pool_closed', 'the pool was closed'));
          return;
        }
        waiting.push({ cut, resolve, reject, deaths: 0 });
        advance();
      }),
    close: async () => {
      closed = true;
      for (const job of waiting.splice(0)) lose(job, 'closed');
      // Segments fail first: a thread may still answer while it is being ended.
      const ending = [...threads.keys()];
      for (const thread of ending) bury(thread, 'closed');
      await Promise.all(ending.map((thread) => thread.terminate()));
    },
  };
}

/** A worker thread of Node. */
async function spawnNodeThread(): Promise<RecordThread> {
  const { Worker } = await import('node:worker_threads');
  // Threads do not inherit the loader that runs the sources as they are; compiled code needs none.
  const isSource = import.meta.url.endsWith('.ts');
  const program = new URL(isSource ? './thread.ts' : './thread.js', import.meta.url);
  const loader = isSource ? import.meta.resolve('tsx/esm/api') : '';
  const viaLoader = `import(${JSON.stringify(loader)}).then((tsx) => { tsx.register(); return import('${program}'); });`;
  const worker = isSource ? new Worker(viaLoader, { eval: true }) : new Worker(program);
  return {
    post: (request) => worker.postMessage(request),
    listen: (reply, death) => {
      worker.on('message', reply);
      worker.on('messageerror', (e) => death(e.message));
      worker.on('error', (e) => death(e instanceof Error ? e.message : String(e)));
      worker.on('exit', (code) => death(`exit code ${code}`));
    },
    hold: (busy) => {
      if (busy) worker.ref();
      else worker.unref();
    },
    terminate: async () => {
      await worker.terminate();
    },
  };
}
