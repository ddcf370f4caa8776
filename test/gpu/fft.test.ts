import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packedColumns } from '../../prover/gpu/columns.ts';
import { evaluate, interpolate, planPasses } from '../../prover/gpu/kernels/fft.ts';
import { planPasses16 } from '../../prover/gpu/kernels/fft16.ts';
import { buildTwiddles, type FftKind } from '../../prover/gpu/kernels/twiddles.ts';
import { Recording } from '../../prover/gpu/recording.ts';
import * as cpu from '../../src/core/fft.ts';
import { randomField } from '../random_words.ts';
import { assertWords, emptyBuffer, testRuntime, uploadColumns } from './harness.ts';

const runtime = await testRuntime();
const heap = await buildTwiddles(runtime, 17, 'tiles');
const heaps = [heap, { ...heap, fft: 'registers' }] satisfies readonly { readonly fft: FftKind }[];

test('twiddle heap', async () => {
  const recording = new Recording();
  const forward = recording.download(heap.forward, 0, 2 ** 16);
  const inverse = recording.download(heap.inverse, 0, 2 ** 16);
  const result = await runtime.run(recording);
  for (let m = 2; m <= 17; m++) {
    const { layers, inverseLayers } = cpu.twiddles(m);
    const [begin, end] = [2 ** (m - 2), 2 ** (m - 1)];
    assertWords(result.words(forward).subarray(begin, end), layers[1], `level ${m}`);
    assertWords(result.words(inverse).subarray(begin, end), inverseLayers[1], `inverse level ${m}`);
  }
});

test('passes cover every layer once', () => {
  for (let n = 1; n <= 24; n++) {
    const layers = planPasses(n, n).flatMap((p) => Array.from({ length: p.layers }, (_, i) => p.firstLayer + i));
    assert.deepEqual(
      layers,
      Array.from({ length: n }, (_, i) => i),
    );
  }
  for (let n = 4; n <= 24; n++) {
    const layers = planPasses16(n).flatMap((p) => Array.from({ length: p.active }, (_, i) => p.g + 4 - p.active + i));
    assert.deepEqual(
      layers,
      Array.from({ length: n }, (_, i) => i),
    );
  }
});

const SIZES: readonly (readonly [logN: number, blowup: number, columns: number])[] = [
  [1, 1, 3],
  [2, 0, 1],
  [2, 1, 5],
  [3, 2, 2],
  [4, 0, 2],
  [4, 1, 1],
  [5, 1, 130],
  [7, 1, 33],
  [8, 3, 3],
  [9, 1, 2],
  [10, 1, 3],
  [11, 1, 3],
  [12, 0, 2],
  [12, 1, 2],
  [13, 0, 2],
  [13, 1, 3],
  [14, 1, 2],
  [15, 1, 1],
  [16, 1, 1],
];

for (const heap of heaps)
  test(`interpolation and extension match the CPU (${heap.fft})`, async () => {
    for (const [logN, blowup, count] of SIZES) {
      const n = 2 ** logN;
      const columns = Array.from({ length: count }, (_, k) => randomField(100 * logN + k, n));
      const recording = new Recording();
      const values = uploadColumns(runtime, recording, columns);
      const coefficients = packedColumns(emptyBuffer(runtime, recording, count * n), count, logN);
      const extended = packedColumns(emptyBuffer(runtime, recording, count * (n << blowup)), count, logN + blowup);
      interpolate(recording, heap, values, coefficients);
      evaluate(recording, heap, coefficients, extended);
      interpolate(recording, heap, values, values);
      const downloads = [
        recording.download(coefficients.buffer, 0, count * n),
        recording.download(extended.buffer, 0, count * (n << blowup)),
        recording.download(values.buffer, 0, count * n),
      ] as const;
      const result = await runtime.run(recording);
      const [got, gotExtended, inPlace] = downloads.map((d) => result.words(d));
      const want = columns.map(cpu.interpolate);
      const wantExtended = want.map((c) => cpu.evaluate(c, logN + blowup));
      for (let k = 0; k < count; k++) {
        const what = `2^${logN}, blow-up 2^${blowup}, column ${k}`;
        assertWords(got?.subarray(k * n, (k + 1) * n), want[k], `coefficients, ${what}`);
        const size = n << blowup;
        assertWords(gotExtended?.subarray(k * size, (k + 1) * size), wantExtended[k], `extension, ${what}`);
      }
      assertWords(inPlace, got, `in place, 2^${logN}`);
      for (const { buffer } of [values, coefficients, extended]) runtime.pool.release(buffer);
    }
  });

for (const heap of heaps)
  test(`columns at an offset with a wide stride (${heap.fft})`, async () => {
    const recording = new Recording();
    const n = 2 ** 6;
    const all = randomField(9, 1000);
    const src = {
      buffer: uploadColumns(runtime, recording, [all.slice(0, 512), all.slice(488)]).buffer,
      offset: 37,
      stride: 100,
      count: 4,
      logN: 6,
    };
    const dst = { buffer: emptyBuffer(runtime, recording, 2000), offset: 11, stride: 201, count: 4, logN: 7 };
    evaluate(recording, heap, src, dst);
    const download = recording.download(dst.buffer, 0, 2000);
    const source = recording.download(src.buffer, 0, 1024);
    const result = await runtime.run(recording);
    for (let k = 0; k < 4; k++) {
      const coefficients = result.words(source).slice(37 + 100 * k, 37 + 100 * k + n);
      const got = result.words(download).subarray(11 + 201 * k, 11 + 201 * k + 2 * n);
      assertWords(got, cpu.evaluate(coefficients, 7));
    }
  });
