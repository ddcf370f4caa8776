// The transcript's kernels against src/core: random sequences of messages and draws, work, the out-of-domain point.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawPoints, pointElement, pointWords } from '../../prover/gpu/kernels/ood.ts';
import {
  absorb,
  CHANNEL_WORDS,
  drawElements,
  drawIndices,
  drawWords,
  grind,
  NO_NONCE,
  powers,
} from '../../prover/gpu/kernels/transcript.ts';
import { type Download, Recording } from '../../prover/gpu/recording.ts';
import { Channel, grindHash } from '../../src/core/channel.ts';
import { extensionPointDouble, extensionPointFromParameter, previousPoint } from '../../src/core/circle.ts';
import { type Qm31, qAt, qInv, qMul, qPow } from '../../src/core/field.ts';
import { DRAW_KEY, GRIND_KEY, hashWords } from '../../src/core/hash.ts';
import { randomField, randomWords } from '../random_words.ts';
import { assertWords, bufferWith, emptyBuffer, testRuntime } from './harness.ts';

const runtime = await testRuntime();

/** A channel on the device in a state that a first message left. */
const begun = (recording: Recording, seed: number) => {
  const channel = new Channel();
  channel.mix(1, randomWords(seed, 5));
  const buffer = bufferWith(runtime, recording, Uint32Array.of(...channel.state, 0));
  return { channel, buffer };
};

test('random sequences of messages and draws', async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const recording = new Recording();
    const { channel, buffer } = begun(recording, seed);
    const source = randomWords(seed + 100, 3000);
    const [first, second] = [bufferWith(runtime, recording, source, 3), bufferWith(runtime, recording, source, 11)];
    const out = emptyBuffer(runtime, recording, 4 * 700);
    const expected: { download: Download; want: readonly number[]; what: string }[] = [];
    const choices = randomWords(seed + 200, 40);
    for (let step = 0; step < 10; step++) {
      const [kind = 0, size = 0, more = 0, label = 0] = choices.subarray(4 * step);
      const what = `sequence ${seed}, step ${step}`;
      if (kind % 4 < 2) {
        // One part or two, none of them empty in the protocol; sizes around the ends of blocks and of a tile.
        const words = [0, 1, 6, 8, 22, 100, 1014, 1030, 2000][size % 9] as number;
        const rest = kind % 4 === 0 ? 0 : more % 50;
        channel.mix(label % 16, [...source.subarray(0, words), ...source.subarray(7, 7 + rest)]);
        const parts = [
          { buffer: first, offset: 3, words },
          { buffer: second, offset: 11 + 7, words: rest },
        ] as const;
        if (rest === 0) absorb(recording, buffer, label % 16, parts[0]);
        else absorb(recording, buffer, label % 16, ...parts);
        const download = recording.download(buffer, 0, 8);
        expected.push({ download, want: [...channel.state], what });
      } else if (kind % 4 === 2) {
        const count = [1, 2, 3, 64, 600][size % 5] as number;
        drawElements(recording, buffer, out, 5, count);
        expected.push({
          download: recording.download(out, 20, 4 * count),
          want: channel.drawExtension(count).flat(),
          what,
        });
      } else {
        const [count, log] = [1 + (size % 200), more % 27];
        drawIndices(recording, buffer, out, count, log);
        expected.push({ download: recording.download(out, 0, count), want: channel.drawIndices(count, log), what });
      }
    }
    const { words } = await runtime.run(recording);
    for (const { download, want, what } of expected) assertWords(words(download), want, what);
  }
});

test('rejected words are skipped, and the rest of the last block is dropped', async () => {
  // A narrow mask in place of 31 bits: every 16th word is rejected.
  for (const [seed, count] of [
    [1, 4],
    [2, 8],
    [3, 500],
    [4, 3000],
  ] as const) {
    const recording = new Recording();
    const { channel, buffer } = begun(recording, seed);
    const out = emptyBuffer(runtime, recording, count + 4);
    drawWords(recording, buffer, { buffer: out, offset: 4, words: count }, 15, 15);
    drawWords(recording, buffer, { buffer: out, offset: 0, words: 4 }, 15, 15);
    const downloads = [recording.download(out, 4, count), recording.download(out, 0, 4)] as const;
    const counter = recording.download(buffer, 8, 1);
    const { words } = await runtime.run(recording);
    let next = 0;
    for (const [i, length] of [count, 4].entries()) {
      const want: number[] = [];
      while (want.length < length) {
        for (const word of hashWords(DRAW_KEY, [...channel.state, next++]))
          if ((word & 15) !== 15 && want.length < length) want.push(word & 15);
      }
      assertWords(words(downloads[i] as Download), want, `draw ${i}`);
    }
    assert.deepEqual([...words(counter)], [next]);
  }
});

const smallestNonce = (channel: Channel, bits: number): number => {
  let nonce = 0;
  while (grindHash(channel.state, [nonce, 0], bits) !== 0) nonce++;
  return nonce;
};

test('the smallest nonce is found', async () => {
  for (const [seed, bits, least] of [
    [1, 1, 0],
    [2, 5, 0],
    [3, 10, 0],
    [4, 13, 0],
    // One of the few states where four times the expected tries find none.
    [27, 8, 4 * 2 ** 8],
  ] as const) {
    const recording = new Recording();
    const { channel, buffer } = begun(recording, seed);
    const nonces = bufferWith(runtime, recording, Uint32Array.of(7, NO_NONCE, 0));
    grind(recording, buffer, nonces, 1, bits);
    const download = recording.download(nonces, 0, 3);
    const { words } = await runtime.run(recording);
    const want = smallestNonce(channel, bits);
    assert.ok(want >= least, 'a state that needs the spare tries');
    assert.deepEqual([...words(download)], [7, want, 0]);
  }
});

test('the smallest nonce is found by few threads that try many', async () => {
  const recording = new Recording();
  const { channel, buffer } = begun(recording, 5);
  const nonces = bufferWith(runtime, recording, Uint32Array.of(NO_NONCE));
  const bits = 10;
  recording.dispatch({
    kernel: { id: 'grind' },
    params: [...GRIND_KEY, 0, 2 ** 14, 2 ** bits - 1, 0],
    bindings: [buffer, nonces],
    groups: 1,
  });
  const download = recording.download(nonces, 0, 1);
  const { words } = await runtime.run(recording);
  const want = smallestNonce(channel, bits);
  assert.ok(want >= 256, 'a state whose nonce is not among the first of each thread');
  assert.deepEqual([...words(download)], [want]);
});

test('the out-of-domain point, the one before it, and their doublings', async () => {
  for (const [seed, logN] of [
    [1, 4],
    [2, 22],
  ] as const) {
    const recording = new Recording();
    const { channel, buffer } = begun(recording, seed);
    const points = { buffer: emptyBuffer(runtime, recording, pointWords(logN)), logN };
    drawPoints(recording, buffer, points);
    const downloads = [
      recording.download(points.buffer, 0, pointWords(logN)),
      recording.download(buffer, 0, CHANNEL_WORDS),
    ];
    const { words } = await runtime.run(recording);
    const here = extensionPointFromParameter(channel.drawExtension(1)[0] as Qm31, qInv);
    for (const [p, start] of [here, previousPoint(here, logN)].entries()) {
      for (let times = 0; times < logN; times++) {
        const want = extensionPointDouble(start, times);
        for (const coordinate of [0, 1] as const) {
          const got = qAt(words(downloads[0] as Download), pointElement(logN, p, coordinate, times));
          assert.deepEqual(got, want[coordinate], `point ${p}, ${times} times, coordinate ${coordinate}`);
        }
      }
    }
    assert.deepEqual([...words(downloads[1] as Download)], [...channel.state, 1]);
  }
});

test('powers and squares of a challenge', async () => {
  const recording = new Recording();
  const elements = bufferWith(runtime, recording, randomField(9, 40));
  const [a, b] = [qAt(randomField(9, 40), 1), qAt(randomField(9, 40), 6)];
  powers(recording, elements, 1, 1, 4, 'powers');
  powers(recording, elements, 6, 6, 4, 'squares');
  const download = recording.download(elements, 0, 40);
  const got = (await runtime.run(recording)).words(download);
  for (let i = 0; i < 4; i++) assert.deepEqual(qAt(got, 1 + i), qPow(a, i));
  let square = b;
  for (let i = 0; i < 4; i++, square = qMul(square, square)) assert.deepEqual(qAt(got, 6 + i), square);
});
