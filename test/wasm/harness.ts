// Pools by number of threads, and conversions between arrays and columns in linear memory.
import { after } from 'node:test';
import { type Kernels, registerKernels } from '../../prover/wasm/kernels/index.ts';
import type { Columns } from '../../prover/wasm/memory.ts';
import { createPool, type ThreadPool } from '../../prover/wasm/thread_pool.ts';

export interface TestRuntime {
  readonly pool: ThreadPool;
  readonly kernels: Kernels;
}

export async function testRuntime(threads: number): Promise<TestRuntime> {
  const pool = await createPool({ threads });
  after(() => pool.destroy());
  return { pool, kernels: await registerKernels(pool) };
}

/** Columns with the given values, at addresses that hold garbage around them. */
export function columnsOf(pool: ThreadPool, values: readonly Uint32Array[]): Columns {
  const columns = emptyColumns(pool, values.length, Math.log2(values[0]?.length ?? 1));
  values.forEach((column, k) => {
    pool.memory.column(columns, k).set(column);
  });
  return columns;
}

/** Kernels may not rely on zeroed memory. */
export function emptyColumns(pool: ThreadPool, count: number, logN: number): Columns {
  const columns = pool.memory.allocColumns(count, logN);
  pool.memory.words(columns.address, (columns.count * columns.stride) / 4).fill(0xdeadbeef);
  return columns;
}
