// Where processor time goes: by stage of the main thread, and by worker thread. A clock on the wall also counts what other
// processes had of the cores; a thread's own processor time does not. So stages are timed by the wall and scaled to it.
import { readFileSync, readlinkSync } from 'node:fs';
import { performance as eventLoop } from 'node:perf_hooks';
import { BroadcastChannel } from 'node:worker_threads';

/** What the main thread does for blocks; the rest of its time is sockets, answers and collecting garbage. */
export type Stage = 'admit' | 'pool' | 'execute' | 'seal' | 'log' | 'publish' | 'store';
/** Threads that say what they are. */
export type ThreadLabel = 'signatures' | 'witness' | 'plan' | 'verify';

const CHANNEL = 'wisp-threads';

const wallMs = new Map<string, number>();
const stack: Stage[] = [];
let since = 0;

const book = (now: number): void => {
  const current = stack.at(-1);
  if (current !== undefined) wallMs.set(current, (wallMs.get(current) ?? 0) + now - since);
  since = now;
};

/** Work of a stage, without a pause: time of a stage within another counts for the inner one. */
export function stage<T>(name: Stage, work: () => T): T {
  book(performance.now());
  stack.push(name);
  try {
    return work();
  } finally {
    book(performance.now());
    stack.pop();
  }
}

/** Called by a worker thread when it starts. */
export function nameThread(label: ThreadLabel): void {
  const tid = ownThread();
  if (tid === undefined) return;
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage({ label, tid });
  channel.close();
}

/** The thread's number in the system; undefined where the system does not say. */
function ownThread(): number | undefined {
  try {
    const tid = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    return Number.isInteger(tid) ? tid : undefined;
  } catch {
    return undefined;
  }
}

/** Seconds that a thread was on a core; undefined where the thread is gone or the system does not say. */
function threadSeconds(tid: number): number | undefined {
  try {
    const nanoseconds = Number(readFileSync(`/proc/self/task/${tid}/schedstat`, 'utf8').split(' ', 1)[0]);
    return Number.isFinite(nanoseconds) ? nanoseconds / 1e9 : undefined;
  } catch {
    return undefined;
  }
}

export interface CpuMeter {
  /** Seconds of processor time so far, by stage and thread; `process` is the sum. */
  seconds(): Readonly<Record<string, number>>;
  close(): void;
}

interface Thread {
  readonly label: ThreadLabel;
  last: number;
}

/** One a process: it listens for threads that start from now on. */
export function cpuMeter(): CpuMeter {
  const threads = new Map<number, Thread>();
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = (event: unknown): void => {
    const { label, tid } = (event as { data: { label: ThreadLabel; tid: number } }).data;
    threads.set(tid, { label, last: 0 });
  };
  channel.unref();

  const total = new Map<string, number>();
  const add = (name: string, seconds: number): void => void total.set(name, (total.get(name) ?? 0) + seconds);
  const seen = new Map<string, number>();
  /** By how much a growing number has grown since it was last looked at. */
  const grown = (name: string, value: number): number => {
    const by = value - (seen.get(name) ?? 0);
    seen.set(name, value);
    return by;
  };
  const cpuNow = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };

  const update = (): void => {
    const all = grown('process', cpuNow());
    const active = grown('active', eventLoop.eventLoopUtilization().active / 1000);
    const main = grown('main', threadSeconds(process.pid) ?? (seen.get('main') ?? 0) + active);
    const scale = active > 0 ? Math.min(1, main / active) : 1;
    let staged = 0;
    for (const [name, ms] of wallMs) {
      const seconds = (grown(`stage ${name}`, ms) / 1000) * scale;
      add(name, seconds);
      staged += seconds;
    }
    add('rest of the main thread', Math.max(0, main - staged));
    let named = 0;
    for (const [tid, thread] of threads) {
      const now = threadSeconds(tid);
      if (now === undefined) {
        threads.delete(tid);
        continue;
      }
      add(thread.label, now - thread.last);
      named += now - thread.last;
      thread.last = now;
    }
    add('other threads', Math.max(0, all - main - named));
    add('process', all);
  };
  return {
    seconds: () => {
      update();
      return Object.fromEntries(total);
    },
    close: () => channel.close(),
  };
}
