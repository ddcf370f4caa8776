// A runtime for a test file, and columns in its memory.
import { after } from 'node:test';
import { type Columns, columnAddress } from '../../../prover/wasm/memory.ts';
import type { WasmRuntime } from '../../../prover/wasm/runtime.ts';
import { createPool, type ThreadPool } from '../../../prover/wasm/thread_pool.ts';
import { P } from '../../../src/core/field.ts';
import { randomWords } from '../../random_words.ts';

export async function testPool(threads: number): Promise<ThreadPool> {
  const pool = await createPool({ threads, maxBytes: 2 ** 30 });
  after(() => pool.destroy());
  return pool;
}

/** The runtime with chunks of at most `vectors` vectors, so that few rows make several. */
export const inChunks = (runtime: WasmRuntime, vectors: number): WasmRuntime => ({
  ...runtime,
  run: (calls) => runtime.run(calls.map((call) => ({ ...call, chunk: Math.min(call.chunk, vectors) }))),
});

/** Field elements at the limits of canonical and of centred representation. */
const EDGES = [0, 1, P - 1, P - 2, 2 ** 30 - 2, 2 ** 30 - 1, 2 ** 30, 2 ** 30 + 1] as const;
export const edgeField = (seed: number, count: number): Uint32Array =>
  randomWords(seed, count).map((w) => EDGES[(w >>> 9) & 7] as number);

/** Columns of garbage: kernels may not count on zeroed memory. Between them lies GUARD. */
export function garbageColumns({ memory }: WasmRuntime, count: number, logN: number): Columns {
  const columns = memory.allocColumns(count, logN);
  memory.words(columns.address, (count * columns.stride) / 4).fill(GUARD);
  for (let k = 0; k < count; k++) memory.column(columns, k).set(randomWords(k + 1, 2 ** logN));
  return columns;
}
export const GUARD = 0xabcdef01;

/** Whether what lies between the columns is untouched. */
export function isGuarded({ memory }: WasmRuntime, columns: Columns): boolean {
  const gap = columns.stride / 4 - 2 ** columns.logN;
  return Array.from({ length: columns.count }, (_, k) =>
    memory.words(columnAddress(columns, k) + 4 * 2 ** columns.logN, gap).every((w) => w === GUARD),
  ).every(Boolean);
}

export function putColumns(runtime: WasmRuntime, values: readonly Uint32Array[]): Columns | undefined {
  const [first] = values;
  if (first === undefined) return undefined;
  const columns = garbageColumns(runtime, values.length, Math.log2(first.length));
  values.forEach((words, k) => {
    runtime.memory.column(columns, k).set(words);
  });
  return columns;
}
