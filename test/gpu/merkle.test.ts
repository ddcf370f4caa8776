import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gather, gatherPaths } from '../../prover/gpu/kernels/gather.ts';
import { commitColumns, commitRows, merkleWords, nodeOffset } from '../../prover/gpu/kernels/merkle.ts';
import { QueryAnswers } from '../../prover/gpu/queries.ts';
import { Recording } from '../../prover/gpu/recording.ts';
import { fromCommitIndex, liftIndex, toCommitIndex } from '../../src/core/circle.ts';
import { buildColumnTree } from '../../src/core/commitment.ts';
import * as cpu from '../../src/core/merkle.ts';
import { randomField, randomWords } from '../random_words.ts';
import { assertWords, bufferWith, emptyBuffer, testRuntime, uploadColumns } from './harness.ts';

const runtime = await testRuntime();

/** Column counts of each buffer by height, in order. */
const TREES: readonly (readonly (readonly [logN: number, count: number])[])[] = [
  [[1, 3]],
  [[3, 16]],
  [
    [5, 17],
    [3, 2],
  ],
  [
    [9, 4],
    [10, 31],
    [4, 1],
    [9, 40],
  ],
  [
    [10, 5],
    [10, 6],
    [10, 7],
    [10, 8],
    [10, 200],
    [10, 30],
    [8, 3],
    [1, 2],
  ],
  [
    [6, 1100],
    [2, 33],
    [5, 16],
    [5, 1],
    [5, 20],
  ],
];

test('trees over columns of mixed heights and many buffers', async () => {
  for (const [t, groups] of TREES.entries()) {
    const data = groups.map(([logN, count], g) =>
      Array.from({ length: count }, (_, k) => randomField(1000 * t + 100 * g + k, 2 ** logN)),
    );
    const recording = new Recording();
    const columns = data.map((group) => uploadColumns(runtime, recording, group));
    const logN = Math.max(...groups.map(([log]) => log));
    const nodes = emptyBuffer(runtime, recording, merkleWords(logN));
    const tree = commitColumns(recording, runtime.pool, nodes, columns);
    assert.equal(tree.logN, logN);
    const download = recording.download(nodes, 0, merkleWords(logN));
    const got = (await runtime.run(recording)).words(download);
    const want = buildColumnTree(data.flat());
    want.layers.forEach((layer, log) => {
      const begin = nodeOffset(log, 0);
      assertWords(got.subarray(begin, begin + layer.length), layer, `tree ${t}, layer ${log}`);
    });
    for (const { buffer } of columns) runtime.pool.release(buffer);
    runtime.pool.release(nodes);
  }
});

test('trees over groups of extension rows', async () => {
  for (const [logN, leafLog, offset] of [
    [3, 1, 0],
    [6, 3, 8],
    [5, 4, 4],
    [11, 2, 0],
    [4, 4, 0],
  ] as const) {
    const words = randomField(logN, 4 * 2 ** logN);
    const recording = new Recording();
    const rows = { buffer: bufferWith(runtime, recording, words, offset), offset, logN };
    const nodes = emptyBuffer(runtime, recording, merkleWords(logN - leafLog));
    commitRows(recording, runtime.pool, nodes, rows, leafLog);
    const download = recording.download(nodes, 8, 8);
    const got = (await runtime.run(recording)).words(download);
    const leafWords = 4 * 2 ** leafLog;
    const leaves = words.length / leafWords;
    const columns = Array.from({ length: leafWords }, (_, k) => ({
      logN: logN - leafLog,
      values: Uint32Array.from({ length: leaves }, (_, i) => words[i * leafWords + k] as number),
    }));
    assertWords(got, cpu.merkleRoot(cpu.buildMerkle(columns)));
  }
});

test('gather reads rows over several buffers: columns, chunks, none', async () => {
  const recording = new Recording();
  const data = [randomField(1, 5000), randomField(2, 1000)];
  const [columns, chunks] = data.map((words) => bufferWith(runtime, recording, words)) as [GPUBuffer, GPUBuffer];
  const sources = [
    { buffer: columns, offset: 8, rowStep: 1, columnStep: 300, width: 16 },
    { buffer: chunks, offset: 0, rowStep: 3, columnStep: 1, width: 3 },
  ];
  const rows = [0, 17, 17, 299, ...Array.from({ length: 120 }, (_, i) => (i * 7) % 300)];
  const at = (positions: readonly number[], shift: number, lift: boolean) => ({
    ...{ words: recording.constant(positions.length === 0 ? [0] : positions), count: positions.length, shift, lift },
  });
  const download = gather(recording, runtime.pool, sources, at(rows, 0, false));
  const shifted = gather(recording, runtime.pool, sources, at([5, 64, 799], 2, false));
  const lifted = gather(recording, runtime.pool, sources, at([5, 64, 799], 2, true));
  const nothing = gather(recording, runtime.pool, sources, at([], 0, false));
  const result = await runtime.run(recording);
  const want = (indices: readonly number[]): number[] =>
    indices.flatMap((row) =>
      sources.flatMap(({ offset, rowStep, columnStep, width }, s) =>
        Array.from({ length: width }, (_, k) => data[s]?.[offset + row * rowStep + k * columnStep] ?? -1),
      ),
    );
  assertWords(result.words(download), want(rows));
  assertWords(result.words(shifted), want([1, 16, 199]));
  assertWords(result.words(lifted), want([5, 64, 799].map((q) => liftIndex(q, 2))));
  assert.equal(result.words(nothing).length, 0);
});

test('openings of positions drawn with repetition, in commit and in storage order', async () => {
  const [logN, shift] = [6, 2];
  const logDomain = logN + shift;
  const columns = [randomField(3, 2 ** logN), randomField(4, 2 ** logN)];
  const drawn = Array.from(randomWords(5, 20), (w) => w % 2 ** logDomain);
  drawn.push(drawn[3] as number, drawn[0] as number);
  const recording = new Recording();
  const uploaded = uploadColumns(runtime, recording, columns);
  const nodes = emptyBuffer(runtime, recording, merkleWords(logN));
  const tree = commitColumns(recording, runtime.pool, nodes, [uploaded]);
  const { buffer, offset, stride, count } = uploaded;
  const queries = { words: recording.constant(drawn), count: drawn.length };
  const sources = [{ buffer, offset, rowStep: 1, columnStep: stride, width: count }];
  const rows = gather(recording, runtime.pool, sources, { ...queries, shift, lift: true });
  const [inCommitOrder, inStorageOrder] = [true, false].map((commitOrder) =>
    gatherPaths(recording, runtime.pool, tree, queries, { logDomain, shift, commitOrder }),
  );
  const { words } = await runtime.run(recording);
  const want = buildColumnTree(columns);
  const commits = drawn.map((q) => toCommitIndex(q, logDomain));
  const openedAt = (positions: readonly number[]): number[] =>
    cpu.shiftedPositions(
      [...new Set(positions)].sort((a, b) => a - b),
      shift,
    );
  assertWords(
    new QueryAnswers(commits).rows(words(rows), 2, shift),
    openedAt(commits).flatMap((t) => columns.map((c) => c[fromCommitIndex(t, logN)] as number)),
  );
  for (const [paths, positions] of [
    [inCommitOrder, commits],
    [inStorageOrder, drawn],
  ] as const) {
    assert.ok(paths);
    const siblings = new QueryAnswers(positions).siblings(words(paths), logN, shift);
    assertWords(siblings, cpu.openMerkle(want, openedAt(positions)));
  }
});
