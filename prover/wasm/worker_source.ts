/**
 * The program of a worker thread, as text: it has no imports and needs no file, so it runs from TypeScript sources, from
 * dist/ and from a bundle alike, in Node (`eval`) and in browsers (a Blob URL).
 */

/** Words of the control block. */
export const CONTROL = {
  /** Counted up when there is something to do; the workers sleep on it. */
  generation: 0,
  /** Next chunk to take; at least `chunks` where none is left. */
  next: 1,
  chunks: 2,
  /** Chunks done; the caller sleeps on it. */
  finished: 3,
  /** Messages sent to each worker. */
  messages: 4,
  /** Chunks that trapped. */
  failed: 5,
  /** Address of the chunk table: kernel, begin, end, args. */
  table: 6,
} as const;
export const CONTROL_WORDS = 16;
export const CHUNK_WORDS = 4;
/** `next` while the table is rewritten. */
export const NONE_LEFT = 0x40000000;

/** Looks at the control block before sleeping, some 20 us: stages follow one another quickly. */
export const SPINS = 2000;

/**
 * Milliseconds that a browser's worker sleeps before it goes back to its events, if it can be woken from there. Asleep it
 * hears of nothing: Chromium ends such a worker by force, 2 s after it was told to end.
 */
const ASLEEP_MS = 50;

const { generation, next, chunks, finished, messages, failed, table } = CONTROL;

/** Messages: { memory, control, scratch } first, then { module, names, first }; each is answered by 'ready'. */
export const WORKER_SOURCE: string = `'use strict';
const nodePort = typeof process === 'object' && process.versions && process.versions.node
  ? require('node:worker_threads').parentPort : undefined;
const send = (m) => nodePort ? nodePort.postMessage(m) : self.postMessage(m);
const hasEvents = !nodePort && typeof Atomics.waitAsync === 'function';
let memory, control, scratch, handled = 0, turn = 0;
const kernels = [];
const work = () => {
  for (;;) {
    const i = Atomics.add(control, ${next}, 1);
    if (i >= Atomics.load(control, ${chunks})) return;
    try {
      const at = (Atomics.load(control, ${table}) >>> 0) + ${4 * CHUNK_WORDS} * i;
      // Another thread may have grown the memory: growing by nothing brings the view up to date.
      if (memory.buffer.byteLength < at + ${4 * CHUNK_WORDS}) memory.grow(0);
      const t = new Int32Array(memory.buffer, at, ${CHUNK_WORDS});
      kernels[t[0]](t[1], t[2], t[3], scratch);
    } catch (error) {
      Atomics.add(control, ${failed}, 1);
      send({ error: String(error && error.stack || error) });
    }
    if (Atomics.add(control, ${finished}, 1) + 1 === Atomics.load(control, ${chunks}))
      Atomics.notify(control, ${finished});
  }
};
// The last one to begin serves: a message may come before the wake-up that was waited for.
const serve = () => {
  const own = ++turn;
  while (Atomics.load(control, ${messages}) === handled) {
    const seen = Atomics.load(control, ${generation});
    work();
    let spins = ${SPINS};
    while (spins > 0 && Atomics.load(control, ${generation}) === seen) spins--;
    if (spins > 0 || Atomics.load(control, ${messages}) !== handled) continue;
    if (!hasEvents) Atomics.wait(control, ${generation}, seen);
    else if (Atomics.wait(control, ${generation}, seen, ${ASLEEP_MS}) === 'timed-out') {
      const woken = Atomics.waitAsync(control, ${generation}, seen);
      if (!woken.async) continue;
      woken.value.then(() => { if (own === turn) serve(); });
      return;
    }
  }
};
const receive = (m) => {
  if (m.memory) {
    memory = m.memory;
    control = new Int32Array(memory.buffer, m.control, ${CONTROL_WORDS});
    scratch = m.scratch;
  } else {
    const instance = new WebAssembly.Instance(m.module, { env: { memory } });
    m.names.forEach((name, i) => { kernels[m.first + i] = instance.exports[name]; });
  }
  handled++;
  send('ready');
  serve();
};
if (nodePort) nodePort.on('message', receive);
else self.onmessage = (event) => receive(event.data);
`;
