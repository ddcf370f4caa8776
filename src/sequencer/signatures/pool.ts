// Recovers senders in worker threads. Transactions that arrive within a moment travel together.
import type { Worker } from 'node:worker_threads';
import { concat } from '../chain/bytes.ts';
import { SequencerError } from '../errors.ts';
import { spawnThread } from '../threads.ts';
import { ANSWER_BYTES, type RecoverReply, type RecoverRequest } from './protocol.ts';

export interface Recovered {
  readonly hash: Uint8Array;
  readonly sender: Uint8Array;
}

export interface SignaturePool {
  /** Of a transaction that decodes. Throws `SequencerError` where the signature is nobody's. */
  recover(raw: Uint8Array): Promise<Recovered>;
  /** Transactions waiting for an answer. */
  readonly waiting: number;
  close(): Promise<void>;
}

interface Job {
  readonly raw: Uint8Array;
  readonly resolve: (recovered: Recovered) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly batches: Map<number, readonly Job[]>;
}

/** Passing a message costs more than recovering a sender: transactions are gathered for so long. */
const GATHER_MS = 5;
/** Some 10 ms of work: a thread's answers come back at that rate. */
const MAX_BATCH = 96;

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

export function signaturePool(size: number): SignaturePool {
  let queue: Job[] = [];
  let waiting = 0;
  let nextId = 0;
  let scheduled = false;
  let closed = false;

  const settle = (thread: Thread, { id, answers }: RecoverReply): void => {
    const jobs = thread.batches.get(id) ?? [];
    thread.batches.delete(id);
    waiting -= jobs.length;
    jobs.forEach(({ resolve, reject }, i) => {
      const hash = answers.subarray(ANSWER_BYTES * i, ANSWER_BYTES * i + 32);
      const sender = answers.subarray(ANSWER_BYTES * i + 32, ANSWER_BYTES * (i + 1));
      if (isZero(sender)) reject(new SequencerError('invalid_sender', 'invalid sender'));
      else resolve({ hash, sender });
    });
    flush();
  };

  const start = (): Thread => {
    const thread: Thread = {
      worker: spawnThread('./signatures/thread'),
      batches: new Map(),
    };
    thread.worker.unref();
    thread.worker.on('message', (reply: RecoverReply) => settle(thread, reply));
    // A thread that dies fails what it had, and another takes its place.
    thread.worker.on('exit', () => {
      for (const jobs of thread.batches.values()) {
        waiting -= jobs.length;
        for (const { reject } of jobs) reject(new SequencerError('stopping', 'signature thread ended'));
      }
      thread.batches.clear();
      if (!closed) threads[threads.indexOf(thread)] = start();
    });
    thread.worker.on('error', () => {});
    return thread;
  };
  const threads: Thread[] = [];
  for (let i = 0; i < size; i++) threads.push(start());

  /** At most two batches a thread, so that what arrives meanwhile makes the next ones full. */
  const flush = (): void => {
    scheduled = false;
    while (queue.length > 0) {
      const thread = threads.reduce((a, b) => (b.batches.size < a.batches.size ? b : a));
      if (thread.batches.size >= 2) return;
      const jobs = queue.slice(0, MAX_BATCH);
      queue = queue.slice(MAX_BATCH);
      const id = nextId++;
      thread.batches.set(id, jobs);
      const bytes = concat(jobs.map(({ raw }) => raw));
      const request: RecoverRequest = { id, bytes, lengths: jobs.map(({ raw }) => raw.length) };
      thread.worker.postMessage(request, [bytes.buffer as ArrayBuffer]);
    }
  };

  return {
    get waiting() {
      return waiting;
    },
    recover: (raw) =>
      new Promise((resolve, reject) => {
        if (closed) {
          reject(new SequencerError('stopping', 'the node is stopping'));
          return;
        }
        queue.push({ raw, resolve, reject });
        waiting++;
        if (scheduled) return;
        scheduled = true;
        setTimeout(flush, GATHER_MS);
      }),
    close: async () => {
      closed = true;
      // Those that no thread has yet; the others fail as their thread ends.
      for (const { reject } of queue.splice(0)) {
        waiting--;
        reject(new SequencerError('stopping', 'the node is stopping'));
      }
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}
