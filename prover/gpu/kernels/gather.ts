// Collects scattered words for query answers.
import type { Buffers } from '../pool.ts';
import { type Download, groupsFor, type Recording } from '../recording.ts';

export interface GatherRequest {
  readonly buffer: GPUBuffer;
  /** Word offsets to read, in the order of the answer. */
  readonly offsets: ArrayLike<number>;
}

/** The words of all requests, one request after the other. */
export function gather(recording: Recording, pool: Buffers, requests: readonly GatherRequest[]): Download {
  const total = requests.reduce((sum, { offsets }) => sum + offsets.length, 0);
  const out = pool.acquire(Math.max(1, total), 'gathered words');
  const all = new Uint32Array(total);
  let at = 0;
  for (const { offsets } of requests) {
    all.set(offsets, at);
    at += offsets.length;
  }
  const table = pool.acquire(Math.max(1, total), 'gather offsets');
  recording.upload(table, 0, all);
  at = 0;
  for (const { buffer, offsets } of requests) {
    recording.dispatch({
      kernel: { id: 'gather' },
      params: [offsets.length, at, at],
      bindings: [table, buffer, out],
      groups: groupsFor(offsets.length),
    });
    at += offsets.length;
  }
  const download = recording.download(out, 0, total);
  pool.release(table);
  pool.release(out);
  return download;
}
