// Out-of-domain evaluation, DEEP, FRI folds, composition and sums over heights.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsView, type ExtensionRows, packedColumns, rowsView } from '../../prover/gpu/columns.ts';
import { compositionFinish } from '../../prover/gpu/kernels/composition.ts';
import { deepAccumulate, deepFinish, deepLines, LINE_WORDS } from '../../prover/gpu/kernels/deep.ts';
import { liftAdd } from '../../prover/gpu/kernels/extension.ts';
import { friFold, interpolateLast } from '../../prover/gpu/kernels/fri.ts';
import { basisWords, buildBasis, buildProducts, evaluateAtPoint, productWords } from '../../prover/gpu/kernels/ood.ts';
import { buildTwiddles } from '../../prover/gpu/kernels/twiddles.ts';
import { readShaders } from '../../prover/gpu/node_shaders.ts';
import { Recording } from '../../prover/gpu/recording.ts';
import { GpuRuntime } from '../../prover/gpu/runtime.ts';
import { GPU_VARIANTS, SOFTWARE_VARIANTS } from '../../prover/gpu/shader_source.ts';
import { type ExtensionPoint, extensionPointFromParameter, liftIndex, storagePoint } from '../../src/core/circle.ts';
import { batchLines, deepQuotient } from '../../src/core/deep.ts';
import * as fft from '../../src/core/fft.ts';
import { inv, Q_ZERO, type Qm31, qAdd, qAt, qFromBase, qInv, qMul, qMulBase } from '../../src/core/field.ts';
import { foldCoset, interpolateLine } from '../../src/core/fri.ts';
import { randomField } from '../random_words.ts';
import { assertWords, bufferWith, emptyBuffer, testRuntime, uploadColumns } from './harness.ts';

const runtime = await testRuntime(SOFTWARE_VARIANTS);
const VARIANTS = [
  ['software variants', runtime],
  ['gpu variants', new GpuRuntime(runtime.context, readShaders(), GPU_VARIANTS)],
] as const;
const heap = await buildTwiddles(runtime, 14);
const element = (seed: number): Qm31 => qAt(randomField(seed + 7000, 8), 1);
const point = (seed: number): ExtensionPoint => extensionPointFromParameter(element(seed), qInv);

for (const [label, runtime] of VARIANTS)
  test(`basis and columns at an extension point, ${label}`, async () => {
    const cases = [
      [1, 1],
      [2, 5],
      [4, 3],
      [5, 9],
      [12, 6],
      [13, 5],
      [14, 2],
    ] as const;
    for (const [logN, count] of cases) {
      const p = point(logN);
      const recording = new Recording();
      const columns = Array.from({ length: count }, (_, k) => randomField(logN * 50 + k, 2 ** logN));
      const coefficients = uploadColumns(runtime, recording, columns);
      const basis = emptyBuffer(runtime, recording, basisWords(logN));
      const out = emptyBuffer(runtime, recording, 4 * count + 4);
      const points = bufferWith(runtime, recording, Uint32Array.from(fft.basisFactors(p, logN).flat()));
      const factors = Array.from({ length: logN }, (_, i) => i);
      // The second of two bases in one buffer of products.
      const bases = [[0], factors];
      const products = emptyBuffer(runtime, recording, productWords(bases));
      const [, first] = buildProducts(recording, points, products, bases);
      buildBasis(recording, basis, products, first as number, logN);
      evaluateAtPoint(recording, runtime.pool, basis, coefficients, out, 4);
      const downloads = [
        recording.download(basis, 0, basisWords(logN)),
        recording.download(out, 4, 4 * count),
      ] as const;
      const result = await runtime.run(recording);
      const want = fft.basisAt(p, logN);
      assertWords(result.words(downloads[0]), want, `basis 2^${logN}`);
      columns.forEach((c, k) => {
        assert.deepEqual(qAt(result.words(downloads[1]), k), fft.evaluateAt(c, want), `2^${logN}, column ${k}`);
      });
    }
  });

for (const [label, runtime] of VARIANTS)
  test(`random combinations, lifted over heights, and the quotient, ${label}`, async () => {
    for (const [logN, samples] of [
      [1, 1],
      [2, 2],
      [3, 2],
      [9, 1],
      [10, 2],
    ] as const) {
      const heights = [logN, Math.max(1, logN - 3)];
      const recording = new Recording();
      const data = heights.map((h, i) => Array.from({ length: 5 }, (_, k) => randomField(9 * i + k + logN, 2 ** h)));
      const gammas = randomField(logN + 77, 4 * 20);
      const gammaBuffer = recording.constant(gammas);
      const points = Array.from({ length: samples }, (_, t) => {
        const sums = heights.map((h, i): ExtensionRows => {
          const columns = uploadColumns(runtime, recording, data[i] as Uint32Array[]);
          const rows = { buffer: emptyBuffer(runtime, recording, 4 * 2 ** h), offset: 0, logN: h };
          const lastTwo = { ...columns, offset: 3 * columns.stride, count: 2 };
          deepAccumulate(recording, { ...columns, count: 3 }, gammaBuffer, 10 * t + 5 * i, rows, true);
          deepAccumulate(recording, lastTwo, gammaBuffer, 10 * t + 5 * i + 3, rows, false);
          return rows;
        });
        const [tall, short] = sums as [ExtensionRows, ExtensionRows];
        liftAdd(recording, rowsView(short), rowsView(tall));
        const [x, y] = point(logN * 10 + t);
        return { x, y, a: element(t), b: element(t + 50), sums: tall.buffer };
      });
      const out = { buffer: emptyBuffer(runtime, recording, 4 * 2 ** logN + 8), offset: 8, logN };
      const sums = points.map((s) => s.sums) as [GPUBuffer];
      const lines = recording.constant(
        [...points, ...points].slice(0, 2).flatMap(({ x, y, a, b }) => [x, y, a, b].flat()),
      );
      deepFinish(recording, heap, lines, sums, out);
      const download = recording.download(out.buffer, 8, 4 * 2 ** logN);
      const got = (await runtime.run(recording)).words(download);
      for (let s = 0; s < 2 ** logN; s++) {
        let want = Q_ZERO;
        points.forEach(({ x, y, a, b }, t) => {
          let sum = Q_ZERO;
          heights.forEach((h, i) => {
            data[i]?.forEach((c, k) => {
              sum = qAdd(sum, qMulBase(qAt(gammas, 10 * t + 5 * i + k), c[liftIndex(s, logN - h)] as number));
            });
          });
          want = qAdd(want, deepQuotient([x, y], { a, b }, storagePoint(s, logN), sum));
        });
        assert.deepEqual(qAt(got, s), want, `2^${logN}, row ${s}`);
      }
    }
  });

test('FRI folds', async () => {
  const cases = [
    [1, 1],
    [2, 1],
    [2, 2],
    [3, 1],
    [3, 3],
    [7, 4],
    [9, 2],
    [8, 3],
  ] as const;
  for (const [logN, foldLog] of cases) {
    const words = randomField(logN, 4 * 2 ** logN);
    const alphas = [element(1), element(2)] as const;
    const recording = new Recording();
    const src = { buffer: bufferWith(runtime, recording, words, 4), offset: 4, logN };
    const first = { buffer: emptyBuffer(runtime, recording, words.length), offset: 0, logN: logN - foldLog };
    const squares = (alpha: Qm31): Qm31[] => {
      const list = [alpha];
      while (list.length < 4) list.push(qMul(list.at(-1) as Qm31, list.at(-1) as Qm31));
      return list;
    };
    const elements = recording.constant([Q_ZERO, ...alphas.flatMap(squares)].flat());
    friFold(recording, heap, src, first, { elements, alpha: 1 }, foldLog, true);
    const nextLog = Math.min(first.logN, foldLog);
    const last = { buffer: emptyBuffer(runtime, recording, words.length + 12), offset: 12, logN: first.logN - nextLog };
    if (nextLog > 0) friFold(recording, heap, first, last, { elements, alpha: 5 }, nextLog, false);
    const downloads = [
      recording.download(first.buffer, 0, 4 * 2 ** first.logN),
      recording.download(last.buffer, 12, 4 * 2 ** last.logN),
    ] as const;
    const result = await runtime.run(recording);
    const fold = (values: Qm31[], log: number, alpha: Qm31, done: number): Qm31[] =>
      Array.from({ length: values.length >> log }, (_, i) =>
        foldCoset(values.slice(i << log, (i + 1) << log), alpha, logN, done, i),
      );
    const once = fold(
      Array.from({ length: 2 ** logN }, (_, i) => qAt(words, i)),
      foldLog,
      alphas[0],
      0,
    );
    assertWords(result.words(downloads[0]), once.flat(), `circle fold, 2^${logN} by 2^${foldLog}`);
    if (nextLog === 0) continue;
    const twice = fold(once, nextLog, alphas[1], foldLog);
    assertWords(result.words(downloads[1]), twice.flat(), `line fold, 2^${first.logN} by 2^${nextLog}`);
  }
});

test('the last polynomial of FRI', async () => {
  for (const [logN, folds, lastLog] of [
    [1, 5, 0],
    [3, 2, 2],
    [9, 4, 8],
    [10, 1, 5],
  ] as const) {
    const words = randomField(logN + 60, 4 * 2 ** logN);
    const recording = new Recording();
    const rows = { buffer: bufferWith(runtime, recording, words, 8), offset: 8, logN };
    interpolateLast(recording, heap, rows, 2 ** lastLog, inv(2 ** logN));
    const download = recording.download(rows.buffer, 8, 4 * 2 ** lastLog);
    const got = (await runtime.run(recording)).words(download);
    const word = Array.from({ length: 2 ** logN }, (_, i) => qAt(words, i));
    assertWords(
      got,
      interpolateLine(word, logN + folds, folds)
        .slice(0, 2 ** lastLog)
        .flat(),
      `2^${logN}`,
    );
  }
});

test('lines through the combined samples', async () => {
  const [columns, count, logN] = [300, 313, 5];
  const [samples, gammas] = [randomField(80, 4 * count), randomField(81, 4 * count)];
  const recording = new Recording();
  const both = [point(82), point(83)] as const;
  const coordinates = new Uint32Array(16 * logN);
  both.forEach(([x, y], p) => {
    coordinates.set(x, 8 * logN * p);
    coordinates.set(y, 8 * logN * p + 4 * logN);
  });
  const lines = emptyBuffer(runtime, recording, LINE_WORDS);
  deepLines(
    recording,
    {
      ...{ samples: bufferWith(runtime, recording, samples), columns, count },
      ...{ elements: bufferWith(runtime, recording, gammas, 8), gammas: 2 },
      points: { buffer: bufferWith(runtime, recording, coordinates), logN },
    },
    lines,
  );
  const download = recording.download(lines, 0, LINE_WORDS);
  const got = (await runtime.run(recording)).words(download);
  const all = (words: Uint32Array): Qm31[] => Array.from({ length: count }, (_, i) => qAt(words, i));
  const want = both.flatMap((p, t) => {
    const own = (list: Qm31[]): Qm31[] => (t === 0 ? list.slice(0, columns) : list.slice(columns));
    const { a, b } = batchLines(p, own(all(samples)), own(all(gammas)));
    return [...p, a, b].flat();
  });
  assertWords(got, want);
});

test('composition: sums of heights, divided by the vanishing polynomial', async () => {
  const [logN, blowup] = [9, 1];
  const size = 2 ** (logN + blowup);
  const recording = new Recording();
  const tall = Array.from({ length: 4 }, (_, w) => randomField(w, size));
  const short = randomField(9, 4 * 2 ** 6);
  const inverses = randomField(10, 2 ** blowup);
  const sums = columnsView(uploadColumns(runtime, recording, tall));
  liftAdd(recording, rowsView({ buffer: bufferWith(runtime, recording, short), offset: 0, logN: 6 }), sums);
  const out = packedColumns(emptyBuffer(runtime, recording, 4 * size), 4, logN + blowup);
  compositionFinish(recording, sums, logN, inverses, out);
  const download = recording.download(out.buffer, 0, 4 * size);
  const got = (await runtime.run(recording)).words(download);
  for (let i = 0; i < size; i++) {
    const own = tall.map((c) => c[i] as number) as unknown as Qm31;
    const sum = qAdd(own, qAt(short, liftIndex(i, logN + blowup - 6)));
    const want = qMul(sum, qFromBase(inverses[i >> logN] as number));
    assertWords(
      [0, 1, 2, 3].map((w) => got[w * size + i] as number),
      want,
      `row ${i}`,
    );
  }
});
