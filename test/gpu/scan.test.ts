import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsView, packedColumns, rowsView } from '../../prover/gpu/columns.ts';
import { scanCyclic } from '../../prover/gpu/kernels/scan.ts';
import { Recording } from '../../prover/gpu/recording.ts';
import { cosetToStorage } from '../../src/core/circle.ts';
import { inv, Q_ZERO, type Qm31, qAdd, qAt, qMulBase, qSub } from '../../src/core/field.ts';
import { randomField } from '../random_words.ts';
import { assertWords, bufferWith, emptyBuffer, testRuntime, uploadColumns } from './harness.ts';

const runtime = await testRuntime();

test('cyclic running sums in coset order', async () => {
  const cases = [
    [0, false],
    [1, true],
    [2, false],
    [5, true],
    [10, true],
    [11, false],
    [13, true],
  ] as const;
  for (const [logN, asColumns] of cases) {
    const n = 2 ** logN;
    const words = randomField(logN + 5, 4 * n);
    const recording = new Recording();
    const values = asColumns
      ? columnsView(
          uploadColumns(
            runtime,
            recording,
            [0, 1, 2, 3].map((w) => words.filter((_, i) => i % 4 === w)),
          ),
        )
      : rowsView({ buffer: bufferWith(runtime, recording, words, 8), offset: 8, logN });
    const out = packedColumns(emptyBuffer(runtime, recording, 4 * n), 4, logN);
    const totals = emptyBuffer(runtime, recording, 12);
    scanCyclic(recording, runtime.pool, values, out, totals, 8);
    const downloads = [recording.download(out.buffer, 0, 4 * n), recording.download(totals, 8, 4)] as const;
    const result = await runtime.run(recording);
    let total: Qm31 = Q_ZERO;
    for (let s = 0; s < n; s++) total = qAdd(total, qAt(words, s));
    assert.deepEqual(qAt(result.words(downloads[1]), 0), total);
    const share = qMulBase(total, inv(n));
    let running: Qm31 = Q_ZERO;
    const got = result.words(downloads[0]);
    for (let c = 0; c < n; c++) {
      const s = cosetToStorage(c, logN);
      running = qSub(qAdd(running, qAt(words, s)), share);
      assertWords(
        [0, 1, 2, 3].map((w) => got[w * n + s] as number),
        running,
        `2^${logN}, coset index ${c}`,
      );
    }
    assert.deepEqual(running, Q_ZERO);
  }
});
