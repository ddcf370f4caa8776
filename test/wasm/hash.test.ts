import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grind } from '../../prover/wasm/grind.ts';
import { commitColumns, commitRows, merkleBytes, openSiblings, rootOf } from '../../prover/wasm/merkle.ts';
import { grindHash } from '../../src/core/channel.ts';
import { buildColumnTree } from '../../src/core/commitment.ts';
import { buildMerkle, merkleRoot, openMerkle } from '../../src/core/merkle.ts';
import { assertWords } from '../gpu/harness.ts';
import { randomField, randomWords } from '../random_words.ts';
import { columnsOf, testRuntime } from './harness.ts';

for (const threads of [1, 2]) {
  test(`hashes, threads: ${threads}`, async (t) => {
    const { pool, kernels } = await testRuntime(threads);

    await t.test('trees of columns of mixed heights', () => {
      for (const shape of [
        [[1, 5]],
        [[16, 6]],
        [
          [17, 9],
          [3, 6],
        ],
        [
          [40, 5],
          [2, 11],
          [31, 10],
          [16, 7],
        ],
      ] as [number, number][][]) {
        const columns = shape.flatMap(([count, logN]) =>
          Array.from({ length: count }, (_, k) => randomField(k + logN, 2 ** logN)),
        );
        const groups = shape.map(([count, logN]) =>
          columnsOf(pool, columns.filter((c) => c.length === 2 ** logN).slice(0, count)),
        );
        const want = buildColumnTree(columns);
        const nodes = pool.memory.alloc(merkleBytes(Math.max(...groups.map((g) => g.logN))));
        const tree = commitColumns(pool, kernels, groups, nodes);
        assertWords(rootOf(pool.memory, tree), merkleRoot(want), `root of ${JSON.stringify(shape)}`);
        const positions = [0, 3, 4, 17, 2 ** tree.logN - 1];
        assertWords(openSiblings(pool.memory, tree, positions), openMerkle(want, positions), 'siblings');
      }
    });

    await t.test('trees of rows', () => {
      for (const [logN, foldLog] of [
        [9, 1],
        [8, 2],
        [11, 3],
        [7, 4],
        [2, 1],
      ] as const) {
        const coordinates = [1, 2, 3, 4].map((seed) => randomField(seed + logN, 2 ** logN));
        const columns = Array.from({ length: 4 * 2 ** foldLog }, (_, k) => ({
          logN: logN - foldLog,
          values: Uint32Array.from(
            { length: 2 ** (logN - foldLog) },
            (_, i) => coordinates[k & 3]?.[i * 2 ** foldLog + (k >> 2)] as number,
          ),
        }));
        const want = buildMerkle(columns);
        const tree = commitRows(pool, kernels, columnsOf(pool, coordinates), foldLog);
        assertWords(rootOf(pool.memory, tree), merkleRoot(want), `2^${logN} by 2^${foldLog}`);
      }
    });

    await t.test('proof of work', () => {
      for (const bits of [1, 5, 12]) {
        const state = randomWords(bits, 8);
        const [low, high] = grind(pool, kernels, state, bits);
        let want = 0;
        while (grindHash(state, [want, 0], bits) !== 0) want++;
        assert.deepEqual([low, high], [want, 0]);
      }
    });
  });
}
