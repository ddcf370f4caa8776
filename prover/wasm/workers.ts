/** Worker threads in Node and in browsers, behind one small interface. */
import { WORKER_SOURCE } from './worker_source.ts';

export interface WorkerThread {
  post(message: unknown): void;
  /** Resolves with the worker's next message. */
  answer(): Promise<unknown>;
  terminate(): void;
}

type Deliver = (message: unknown) => void;

/** Queues messages that come before they are asked for. */
const inbox = (): { deliver: Deliver; fail: (error: unknown) => void; answer: () => Promise<unknown> } => {
  const waiting: { resolve: Deliver; reject: (error: unknown) => void }[] = [];
  const early: unknown[] = [];
  let failure: { readonly error: unknown } | undefined;
  return {
    deliver: (message) => {
      const first = waiting.shift();
      if (first) first.resolve(message);
      else early.push(message);
    },
    fail: (error) => {
      failure ??= { error };
      for (const { reject } of waiting.splice(0)) reject(error);
    },
    answer: () =>
      early.length > 0
        ? Promise.resolve(early.shift())
        : failure
          ? Promise.reject(failure.error)
          : new Promise((resolve, reject) => void waiting.push({ resolve, reject })),
  };
};

/** `node:worker_threads` without an import statement, which a bundler for browsers would trip over. */
const nodeThreads = (): typeof import('node:worker_threads') | undefined =>
  typeof process === 'object' && typeof process.getBuiltinModule === 'function'
    ? process.getBuiltinModule('node:worker_threads')
    : undefined;

export const startWorker = (): WorkerThread => {
  const { deliver, fail, answer } = inbox();
  const threads = nodeThreads();
  if (threads) {
    // No loaders of the main thread's command line: the source is plain JavaScript.
    const worker = new threads.Worker(WORKER_SOURCE, { eval: true, execArgv: [], env: {} });
    worker.unref();
    worker.on('message', deliver);
    worker.on('error', fail);
    worker.on('exit', (code) => fail(new Error(`the thread ended with code ${code}`)));
    return {
      post: (message) => worker.postMessage(message),
      answer: () => {
        // An unreferenced worker does not keep the process waiting for its answer.
        worker.ref();
        return answer().finally(() => worker.unref());
      },
      terminate: () => void worker.terminate(),
    };
  }
  const url = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: 'text/javascript' }));
  const worker = new Worker(url);
  worker.onmessage = (event) => deliver(event.data);
  worker.onerror = (event) => fail(new Error(event.message));
  return {
    post: (message) => worker.postMessage(message),
    answer,
    terminate: () => {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
};

/** Whether memory can be shared with workers here: always in Node, in browsers only on cross-origin isolated pages. */
export const canShareMemory = (): boolean =>
  nodeThreads() !== undefined || (typeof SharedArrayBuffer === 'function' && globalThis.crossOriginIsolated === true);

/**
 * Resolves after the events that wait. In browsers by a message to oneself: timers are clamped to 4 ms there when they
 * follow one another, and to a second or more in hidden tabs.
 */
export const nextTask = (): Promise<void> =>
  new Promise((resolve) => {
    if (nodeThreads()) {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });

/** More threads than any machine that this is for; each takes memory of its own. */
export const MAX_THREADS = 256;

export const availableThreads = (): number => {
  const os = typeof process === 'object' ? process.getBuiltinModule?.('node:os') : undefined;
  return os?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
};
