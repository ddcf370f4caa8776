import { test } from 'node:test';
import { buildTwiddles } from '../../prover/wasm/kernels/twiddles.ts';
import { extendCall } from '../../prover/wasm/transforms.ts';
import { evaluate, interpolate, twiddles } from '../../src/core/fft.ts';
import { assertWords } from '../gpu/harness.ts';
import { randomField } from '../random_words.ts';
import { columnsOf, emptyColumns, testRuntime } from './harness.ts';

for (const threads of [1, 2]) {
  test(`columns are interpolated and extended, threads: ${threads}`, async () => {
    const { pool, kernels } = await testRuntime(threads);
    const heaps = buildTwiddles(pool, kernels, 16);
    for (const logN of [4, 5, 9, 16]) {
      const { layers, inverseLayers } = twiddles(logN);
      const doubled = (t: Uint32Array | undefined): Uint32Array => (t as Uint32Array).map((x) => 2 * x);
      const half = 2 ** (logN - 1);
      assertWords(pool.memory.words(heaps.circle + 4 * half, half), doubled(layers[0]), 'circle');
      assertWords(pool.memory.words(heaps.inverseCircle + 4 * half, half), doubled(inverseLayers[0]), 'inverse circle');
      assertWords(pool.memory.words(heaps.line + 2 * half, half / 2), doubled(layers[1]), 'line');
      assertWords(pool.memory.words(heaps.inverseLine + 2 * half, half / 2), doubled(inverseLayers[1]), 'inverse line');
    }
    for (const [logN, blowup] of [
      [4, 1],
      [5, 1],
      [6, 2],
      [7, 3],
      [11, 1],
      [12, 2],
      [13, 1],
      [14, 2],
      [15, 1],
    ] as const) {
      const values = [1, 2, 3].map((seed) => randomField(seed + logN, 2 ** logN));
      const source = columnsOf(pool, values);
      const coefficients = emptyColumns(pool, 3, logN);
      const extended = emptyColumns(pool, 3, logN + blowup);
      pool.run([extendCall(kernels, heaps, source, coefficients, extended)]);
      values.forEach((column, k) => {
        const want = interpolate(column);
        assertWords(pool.memory.column(source, k), column, `2^${logN}: values`);
        assertWords(pool.memory.column(coefficients, k), want, `2^${logN}: coefficients`);
        assertWords(pool.memory.column(extended, k), evaluate(want, logN + blowup), `2^${logN}: extension`);
      });
      pool.run([extendCall(kernels, heaps, source, source, undefined)]);
      assertWords(pool.memory.column(source, 2), interpolate(values[2] as Uint32Array), 'in place');
      for (const { address } of [source, coefficients, extended]) pool.memory.free(address);
    }
  });
}
