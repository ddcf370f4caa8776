// Points, DEEP, folds, lifts and running sums against src/core.
import { test } from 'node:test';
import { openFri } from '../../prover/wasm/fri.ts';
import { buildTwiddles } from '../../prover/wasm/kernels/twiddles.ts';
import { writePreviousRows } from '../../prover/wasm/previous_rows.ts';
import { deepSums, deepWord, evaluateColumns } from '../../prover/wasm/quotients.ts';
import type { Workshop } from '../../prover/wasm/tree.ts';
import {
  cosetToStorage,
  type ExtensionPoint,
  extensionPointDouble,
  extensionPointFromParameter,
  liftIndex,
  storagePoint,
  storageToCoset,
} from '../../src/core/circle.ts';
import { type BatchedLine, deepQuotient } from '../../src/core/deep.ts';
import { basisAt, evaluateAt } from '../../src/core/fft.ts';
import { inv, Q_ZERO, type Qm31, qAdd, qAt, qInv, qMulBase, qSub } from '../../src/core/field.ts';
import { foldCoset, interpolateLine } from '../../src/core/fri.ts';
import { buildMerkle, merkleRoot, openMerkle } from '../../src/core/merkle.ts';
import { assertWords } from '../gpu/harness.ts';
import { randomField } from '../random_words.ts';
import { columnsOf, testRuntime } from './harness.ts';

const randomQ = (seed: number, count: number): Qm31[] => {
  const words = randomField(seed, 4 * count);
  return Array.from({ length: count }, (_, i) => qAt(words, i));
};
const pointOf = (seed: number): ExtensionPoint => extensionPointFromParameter(randomQ(seed, 1)[0] as Qm31, qInv);

for (const threads of [1, 2]) {
  test(`extension arithmetic over columns, threads: ${threads}`, async (t) => {
    const { pool, kernels } = await testRuntime(threads);
    const { memory } = pool;
    const heaps = buildTwiddles(pool, kernels, 12);
    const shop: Workshop = { runtime: pool, kernels, heaps, timed: (_, step) => step(), breathe: async () => {} };

    await t.test('columns at points', () => {
      const shapes = [
        [3, 4],
        [5, 8],
        [2, 9],
        [4, 12],
      ] as const;
      const arrays = shapes.map(([count, logN]) =>
        Array.from({ length: count }, (_, k) => randomField(k + logN, 2 ** logN)),
      );
      const points = [pointOf(1), pointOf(2)];
      const jobs = points.flatMap((point) => arrays.map((a) => ({ point, coefficients: columnsOf(pool, a) })));
      const got = evaluateColumns(shop, jobs, 12);
      const want = points.flatMap((point) =>
        arrays.flatMap((columns) =>
          columns.map((c) => {
            const logN = Math.log2(c.length);
            return evaluateAt(c, basisAt(extensionPointDouble(point, 12 - logN), logN));
          }),
        ),
      );
      assertWords(got.flat(), want.flat(), 'samples');
    });

    await t.test('DEEP sums and quotients', () => {
      const logDomain = 10;
      const heights = [
        [10, 7],
        [9, 3],
        [5, 9],
      ] as const;
      const lists = [heights, [[6, 4]] as const].map((shapes, k) =>
        shapes.map(([logN, count]) => ({
          arrays: Array.from({ length: count }, (_, i) => randomField(i + logN + k, 2 ** logN)),
          gammas: randomQ(logN + k, count),
        })),
      );
      const wantSums = lists.map((jobs) =>
        Array.from({ length: 2 ** logDomain }, (_, row) =>
          jobs.reduce(
            (sum, { arrays, gammas }) =>
              arrays.reduce((s, column, i) => {
                const at = liftIndexAny(row, logDomain - Math.log2(column.length));
                return qAdd(s, qMulBase(gammas[i] as Qm31, column[at] as number));
              }, sum),
            Q_ZERO as Qm31,
          ),
        ),
      );
      const sums = lists.map((jobs) =>
        deepSums(
          shop,
          jobs.map(({ arrays, gammas }) => ({ extended: columnsOf(pool, arrays), gammas })),
          logDomain,
        ),
      );
      sums.forEach((columns, k) => {
        for (let c = 0; c < 4; c++)
          assertWords(
            memory.column(columns, c),
            (wantSums[k] as Qm31[]).map((q) => q[c] as number),
            `sum ${k}, coordinate ${c}`,
          );
      });
      const points = [pointOf(3), pointOf(4)];
      const lines: BatchedLine[] = [5, 6].map((seed) => {
        const [a, b] = randomQ(seed, 2) as [Qm31, Qm31];
        return { a, b };
      });
      const word = deepWord(shop, points, lines, sums);
      const want = Array.from({ length: 2 ** logDomain }, (_, row) =>
        [0, 1].reduce((q, k) => {
          const sum = (wantSums[k] as Qm31[])[row] as Qm31;
          const point = points[k] as ExtensionPoint;
          return qAdd(q, deepQuotient(point, lines[k] as BatchedLine, storagePoint(row, logDomain), sum));
        }, Q_ZERO as Qm31),
      );
      for (let c = 0; c < 4; c++)
        assertWords(
          memory.column(word, c),
          want.map((q) => q[c] as number),
          `word, coordinate ${c}`,
        );
    });

    await t.test('FRI layers', () => {
      const logDomain = 11;
      let word = randomQ(7, 2 ** logDomain);
      const coordinates = [0, 1, 2, 3].map((k) => Uint32Array.from(word, (q) => q[k] as number));
      const fri = openFri(shop, columnsOf(pool, coordinates));
      let folds = 0;
      const positions = [0, 5, 6, 700, 2047];
      const wantOpenings: { values: number[]; siblings: Uint32Array }[] = [];
      let current = positions;
      for (const [layer, foldLog] of [3, 2, 1, 3].entries()) {
        const leaf = 2 ** foldLog;
        const before = word;
        const logN = Math.log2(word.length) - foldLog;
        const columns = Array.from({ length: 4 * leaf }, (_, k) => ({
          logN,
          values: Uint32Array.from({ length: 2 ** logN }, (_, i) => before[i * leaf + (k >> 2)]?.[k & 3] as number),
        }));
        const merkle = buildMerkle(columns);
        assertWords(fri.commit(foldLog), merkleRoot(merkle), `root of layer ${layer}`);
        current = [...new Set(current.map((q) => q >> foldLog))];
        wantOpenings.push({
          values: current.flatMap((q) => before.slice(q * leaf, (q + 1) * leaf).flat()),
          siblings: openMerkle(merkle, current),
        });
        const alpha = randomQ(20 + layer, 1)[0] as Qm31;
        fri.fold(alpha);
        const done = folds;
        word = Array.from({ length: before.length / leaf }, (_, i) =>
          foldCoset(before.slice(i * leaf, (i + 1) * leaf), alpha, logDomain, done, i),
        );
        folds += foldLog;
      }
      assertWords(fri.lastLayer(1).flat(), interpolateLine(word, logDomain, folds).slice(0, 2).flat(), 'last layer');
      fri.open(positions).forEach((opening, i) => {
        assertWords(opening.values, wantOpenings[i]?.values, `values of layer ${i}`);
        assertWords(opening.siblings, wantOpenings[i]?.siblings, `siblings of layer ${i}`);
      });
      fri.release();
    });

    await t.test('running sums', () => {
      for (const logN of [4, 5, 10]) {
        const arrays = [1, 2, 3, 4].map((seed) => randomField(seed + logN, 2 ** logN));
        const columns = columnsOf(pool, arrays);
        const out = memory.alloc(16);
        const args = [columns.address, columns.stride, logN, 2 * inv(2 ** logN), out];
        pool.run([{ kernel: kernels.scan_cyclic, args, units: 1, chunk: 1 }]);
        const row = (r: number): Qm31 => arrays.map((a) => a[r]) as unknown as Qm31;
        const total = Array.from({ length: 2 ** logN }, (_, r) => row(r)).reduce(qAdd);
        assertWords(memory.words(out, 4), total, 'total');
        const share = qMulBase(total, inv(2 ** logN));
        let running: Qm31 = Q_ZERO;
        for (let c = 0; c < 2 ** logN; c++) {
          const r = cosetToStorage(c, logN);
          running = qSub(qAdd(running, row(r)), share);
          assertWords(
            [0, 1, 2, 3].map((k) => memory.column(columns, k)[r] as number),
            running,
            `2^${logN}, row ${r}`,
          );
        }
      }
    });
  });
}

/** Storage index in the column shorter by 2^times; the row itself where it is not shorter. */
function liftIndexAny(row: number, times: number): number {
  return times === 0 ? row : liftIndex(row, times);
}

test('the row before each row', () => {
  for (const [logSize, logBlowup] of [
    [5, 1],
    [6, 2],
    [9, 1],
    [9, 5],
  ] as const) {
    const size = 2 ** logSize;
    const table = new Uint32Array(size);
    writePreviousRows(table, logSize, logBlowup);
    const want = Uint32Array.from(
      { length: size },
      (_, row) => 4 * cosetToStorage((storageToCoset(row, logSize) - 2 ** logBlowup + size) % size, logSize),
    );
    assertWords(table, want, `2^${logSize}, blow-up 2^${logBlowup}`);
  }
});
