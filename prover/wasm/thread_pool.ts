/** The runtime of `runtime.ts`: kernels over chunks, the calling thread being one of the threads. */
import { ProverError } from '../errors.ts';
import { LinearMemory } from './memory.ts';
import { type KernelCall, type KernelId, SCRATCH_BYTES, type WasmRuntime } from './runtime.ts';
import { CHUNK_WORDS, CONTROL, CONTROL_WORDS, NONE_LEFT, SPINS } from './worker_source.ts';
import { availableThreads, canShareMemory, startWorker, type WorkerThread } from './workers.ts';

type Kernel = (begin: number, end: number, args: number, scratch: number) => void;

export interface PoolOptions {
  /** The caller's included; all cores unless given. 1 where memory cannot be shared. */
  readonly threads?: number | undefined;
  /** False for unshared memory and thus one thread; shared wherever it can be unless given. */
  readonly shared?: boolean | undefined;
  /** Bound of the linear memory; 4 GiB unless given. */
  readonly maxBytes?: number | undefined;
  /** A worker that has had one chunk for so long has died; a minute unless given: chunks take milliseconds. */
  readonly patienceMs?: number | undefined;
}

const PATIENCE_MS = 60_000;
/** Of one sleep of the caller, while workers finish. */
const WAIT_MS = 2;

/** Words for the arguments and chunks of one `run`; longer lists get memory of their own. */
export const AREA_WORDS: number = 2 ** 18;

export interface ThreadPool extends WasmRuntime {
  destroy(): void;
}

export const createPool = async (options: PoolOptions = {}): Promise<ThreadPool> => {
  const shared = options.shared !== false && canShareMemory();
  const threads = shared ? Math.max(1, options.threads ?? availableThreads()) : 1;
  const memory = new LinearMemory(shared, options.maxBytes ?? 2 ** 32);
  const scratch = memory.alloc(threads * SCRATCH_BYTES);
  const controlAddress = memory.alloc(4 * CONTROL_WORDS);
  const area = memory.alloc(4 * AREA_WORDS);
  const control = new Int32Array(memory.memory.buffer, controlAddress, CONTROL_WORDS);
  const kernels: Kernel[] = [];
  const workers: WorkerThread[] = [];

  /** Sends a message to all workers, which leave their loop to read it, and waits for their answers. */
  const broadcast = async (messageOf: (worker: number) => unknown): Promise<void> => {
    workers.forEach((worker, i) => {
      worker.post(messageOf(i));
    });
    if (workers.length === 0) return;
    Atomics.add(control, CONTROL.messages, 1);
    Atomics.add(control, CONTROL.generation, 1);
    Atomics.notify(control, CONTROL.generation);
    for (const worker of workers) {
      const answer = await worker.answer().catch((error: unknown) => {
        throw new ProverError('device', `a worker thread of the WebAssembly tier ended: ${String(error)}`);
      });
      if (answer !== 'ready') throw new ProverError('device', `a worker failed: ${JSON.stringify(answer)}`);
    }
  };

  for (let i = 1; i < threads; i++) workers.push(startWorker());
  await broadcast((i) => ({
    memory: memory.memory,
    control: controlAddress,
    scratch: scratch + (i + 1) * SCRATCH_BYTES,
  }));

  /** Takes chunks until none is left. Returns what the first one that failed threw. */
  const work = (table: Int32Array): unknown => {
    let failure: unknown;
    for (;;) {
      const i = Atomics.add(control, CONTROL.next, 1);
      if (CHUNK_WORDS * i >= table.length) return failure;
      const [kernel, begin, end, args] = table.subarray(CHUNK_WORDS * i, CHUNK_WORDS * (i + 1));
      try {
        (kernels[kernel as number] as Kernel)(begin as number, end as number, args as number, scratch);
      } catch (error) {
        failure ??= error;
      }
      Atomics.add(control, CONTROL.finished, 1);
    }
  };

  let died = false;
  const patience = (options.patienceMs ?? PATIENCE_MS) / WAIT_MS;

  /**
   * Waits for the chunks that workers still have: at most one each, so not for long. Sleeps are counted, not time, since a
   * machine may have been asleep as a whole. The caller hears of a worker's death by an event, and has no events here.
   */
  const waitForWorkers = (chunks: number): void => {
    let [last, waits] = [-1, 0];
    for (let spins = 0; ; spins++) {
      const done = Atomics.load(control, CONTROL.finished);
      if (done >= chunks) return;
      if (done !== last) [last, waits] = [done, 0];
      if (spins < SPINS) continue;
      if (waits++ > patience) {
        died = true;
        throw new ProverError('device', 'a worker thread of the WebAssembly tier has died');
      }
      try {
        Atomics.wait(control, CONTROL.finished, done, WAIT_MS);
      } catch {
        [spins, waits] = [0, 0]; // A page's main thread may not sleep.
      }
    }
  };

  /** Without workers there is no table; unshared memory moves when it grows, so nothing is kept between runs. */
  const runAlone = (calls: readonly KernelCall[]): void => {
    for (const { kernel, args, units, chunk } of calls) {
      const own = args.length > AREA_WORDS ? memory.alloc(4 * args.length) : undefined;
      memory.words(own ?? area, args.length).set(args);
      for (let begin = 0; begin < units; begin += chunk) {
        (kernels[kernel] as Kernel)(begin, Math.min(units, begin + chunk), own ?? area, scratch);
      }
      if (own !== undefined) memory.free(own);
    }
  };

  const run = (calls: readonly KernelCall[]): void => {
    if (workers.length === 0) {
      runAlone(calls);
      return;
    }
    if (died) throw new ProverError('device', 'a worker thread of the WebAssembly tier died before');
    const active = calls.filter((c) => c.units > 0);
    const chunks = active.reduce((n, c) => n + Math.ceil(c.units / c.chunk), 0);
    if (chunks === 0) return;
    const words = active.reduce((n, c) => n + 4 + c.args.length, 0) + CHUNK_WORDS * chunks;
    const own = words > AREA_WORDS ? memory.alloc(4 * words) : undefined;
    const table = own ?? area;
    const view = new Int32Array(memory.memory.buffer, table, words);
    let argument = CHUNK_WORDS * chunks;
    let at = 0;
    for (const { kernel, args, units, chunk } of active) {
      view.set(args as ArrayLike<number>, argument);
      for (let begin = 0; begin < units; begin += chunk) {
        view[at++] = kernel;
        view[at++] = begin;
        view[at++] = Math.min(units, begin + chunk);
        view[at++] = table + 4 * argument;
      }
      argument += Math.ceil(args.length / 4) * 4; // 16-byte aligned
    }
    try {
      Atomics.store(control, CONTROL.finished, 0);
      Atomics.store(control, CONTROL.failed, 0);
      Atomics.store(control, CONTROL.table, table);
      Atomics.store(control, CONTROL.chunks, chunks);
      Atomics.store(control, CONTROL.next, 0);
      if (chunks > 1) {
        Atomics.add(control, CONTROL.generation, 1);
        Atomics.notify(control, CONTROL.generation);
      }
      const failure = work(view.subarray(0, CHUNK_WORDS * chunks));
      // Even then: the workers' chunks write to memory that the caller is about to free.
      waitForWorkers(chunks);
      if (failure !== undefined) throw failure;
      if (Atomics.load(control, CONTROL.failed) > 0) throw new ProverError('device', 'a kernel failed on a worker');
    } finally {
      Atomics.store(control, CONTROL.next, NONE_LEFT);
      if (own !== undefined) memory.free(own);
    }
  };

  const register = async (
    bytes: Uint8Array<ArrayBuffer>,
    names: readonly string[],
  ): Promise<ReadonlyMap<string, KernelId>> => {
    const module = await WebAssembly.compile(bytes);
    const instance = await WebAssembly.instantiate(module, { env: { memory: memory.memory } });
    const first = kernels.length;
    for (const name of names) kernels.push(instance.exports[name] as Kernel);
    await broadcast(() => ({ module, names, first }));
    return new Map(names.map((name, i) => [name, first + i]));
  };

  return {
    memory,
    threads,
    register,
    run,
    destroy: () => {
      for (const worker of workers) worker.terminate();
    },
  };
};
