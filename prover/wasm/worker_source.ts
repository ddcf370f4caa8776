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
// Rejected: in a browser, to go back to events after 50 ms of sleep (`Atomics.waitAsync`). The threads of a cancelled proof
// then end after 0.1 s, not after the 2 s that Chromium gives a sleeper; but proofs took 386 to 709 ms (median 547), not 399
// to 549 (447): fibonacci 100000, ten each in turns, headless Chromium 147 on two cores.

const { generation, next, chunks, finished, messages, failed, table } = CONTROL;

/** Messages: { memory, control, scratch } first, then { module, names, first }; each is answered by 'ready'. */
export const WORKER_SOURCE: string = `'use strict';
const nodePort = typeof process === 'object' && process.versions && process.versions.node
  ? require('node:worker_threads').parentPort : undefined;
const send = (m) => nodePort ? nodePort.postMessage(m) : self.postMessage(m);
let memory, control, scratch, handled = 0;
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
const serve = () => {
  while (Atomics.load(control, ${messages}) === handled) {
    const seen = Atomics.load(control, ${generation});
    work();
    let spins = ${SPINS};
    while (spins > 0 && Atomics.load(control, ${generation}) === seen) spins--;
    if (spins === 0 && Atomics.load(control, ${messages}) === handled) Atomics.wait(control, ${generation}, seen);
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
