// Hashes, Merkle openings, DEEP quotients, FRI folds.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { blake3 } from '@noble/hashes/blake3.js';
import { doubleX, type ExtensionPoint, extensionPointFromParameter, storagePoint } from '../../src/core/circle.ts';
import { buildColumnTree } from '../../src/core/commitment.ts';
import { batchLines, deepQuotient } from '../../src/core/deep.ts';
import { basisAt, evaluate, evaluateAt, interpolate } from '../../src/core/fft.ts';
import { inv, mul, P, Q_ZERO, type Qm31, qAdd, qInv, qMul, qMulBase, sub } from '../../src/core/field.ts';
import { evaluateLastLayer, foldCoset, lastLayerPoint } from '../../src/core/fri.ts';
import { bytesToWords, hashWords, wordsToBytes } from '../../src/core/hash.ts';
import {
  buildMerkle,
  merkleRoot,
  openMerkle,
  shiftedPositions,
  siblingPlan,
  verifyMerkle,
} from '../../src/core/merkle.ts';
import { random } from '../air/harness.ts';

const next = random(9);
const word = (): number => next(2 ** 32) >>> 0;
const column = (logN: number): Uint32Array => Uint32Array.from({ length: 2 ** logN }, () => next(P));
const secure = (): Qm31 => [next(P), next(P), next(P), next(P)];
const point = (): ExtensionPoint => extensionPointFromParameter(secure(), qInv);

describe('hashWords', () => {
  it('is keyed BLAKE3 up to a chunk', () => {
    for (const length of [0, 1, 2, 15, 16, 17, 31, 32, 33, 100, 255, 256]) {
      const key = Uint32Array.from({ length: 8 }, word);
      const words = Uint32Array.from({ length }, word);
      const expected = blake3(wordsToBytes(words), { key: wordsToBytes(key) });
      assert.deepEqual(hashWords(key, words), bytesToWords(expected), `${length} words`);
    }
  });

  it('goes on beyond a chunk, and depends on every word and on the length', () => {
    const key = Uint32Array.from({ length: 8 }, word);
    const words = Uint32Array.from({ length: 700 }, word);
    const seen = new Set([hashWords(key, words).join()]);
    for (const at of [0, 255, 256, 511, 512, 699])
      seen.add(
        hashWords(
          key,
          words.map((w, i) => (i === at ? w ^ 1 : w)),
        ).join(),
      );
    for (const length of [256, 257, 512, 699]) seen.add(hashWords(key, words.slice(0, length)).join());
    seen.add(hashWords(key, [...words, 0]).join());
    seen.add(
      hashWords(
        key.map((k) => k ^ 1),
        words,
      ).join(),
    );
    assert.equal(seen.size, 13);
  });
});

describe('Merkle trees', () => {
  const columns = [5, 3, 5, 0, 3].map((logN) => ({ logN, values: column(logN) }));
  const tree = buildMerkle(columns);
  const rows = (logN: number, q: number): number[] =>
    columns.filter((c) => c.logN === logN).map((c) => c.values[q] as number);

  it('every set of positions opens, with no more siblings than needed', () => {
    for (let i = 0; i < 60; i++) {
      const positions = [...new Set(Array.from({ length: 1 + next(12) }, () => next(32)))].sort((a, b) => a - b);
      const siblings = openMerkle(tree, positions);
      assert.ok(verifyMerkle(merkleRoot(tree), 5, positions, siblings, rows));
      assert.equal(siblings.length, 8 * siblingPlan(positions, 5).length);
    }
    const all = Array.from({ length: 32 }, (_, i) => i);
    assert.equal(openMerkle(tree, all).length, 0);
    assert.ok(verifyMerkle(merkleRoot(tree), 5, all, new Uint32Array(0), rows));
  });

  it('a change of any row, sibling, position, order or length does not', () => {
    const positions = [3, 4, 17];
    const siblings = openMerkle(tree, positions);
    const root = merkleRoot(tree);
    for (const changed of [5, 3, 0]) {
      const other = (logN: number, q: number): number[] =>
        logN === changed ? rows(logN, q).map((v) => v ^ 1) : rows(logN, q);
      assert.ok(!verifyMerkle(root, 5, positions, siblings, other), `row at height ${changed}`);
    }
    for (let i = 0; i < siblings.length; i++)
      assert.ok(
        !verifyMerkle(
          root,
          5,
          positions,
          siblings.map((w, k) => (k === i ? w ^ 1 : w)),
          rows,
        ),
      );
    assert.ok(!verifyMerkle(root, 5, [3, 5, 17], siblings, rows));
    assert.ok(!verifyMerkle(root, 5, [], siblings, rows));
    assert.ok(!verifyMerkle(root, 5, positions, siblings.slice(8), rows));
    assert.ok(!verifyMerkle(root, 5, positions, Uint32Array.from([...siblings, ...siblings.slice(0, 8)]), rows));
    assert.ok(
      !verifyMerkle(
        root.map((w) => w ^ 1),
        5,
        positions,
        siblings,
        rows,
      ),
    );
    assert.ok(!verifyMerkle(root, 4, [1, 2, 8], siblings, rows), 'a path of another height');
    const swapped = (logN: number, q: number): number[] => rows(logN, q).toReversed();
    assert.ok(!verifyMerkle(root, 5, positions, siblings, swapped));
  });

  it('a column tree opens lifted rows on the query’s own path', () => {
    const values = [column(4), column(2)] as const;
    const built = buildColumnTree(values);
    const opened = (logN: number, q: number): number[] => {
      const own = values[logN === 4 ? 0 : 1] as Uint32Array;
      // Storage index of commit index q.
      return logN === 4 || logN === 2 ? [own[((q << 1) & (own.length - 1)) | (q >> (logN - 1))] as number] : [];
    };
    for (let q = 0; q < 16; q++) assert.ok(verifyMerkle(merkleRoot(built), 4, [q], openMerkle(built, [q]), opened));
    assert.deepEqual(shiftedPositions([0, 1, 2, 7, 8], 2), [0, 1, 2]);
  });
});

describe('DEEP quotients', () => {
  const [logN, b] = [5, 1];
  const coefficients = [column(logN), column(logN), column(logN)];
  const values = coefficients.map((k) => evaluate(k, logN + b));
  const gammas = coefficients.map(secure);
  const z = point();
  const samples = coefficients.map((k) => evaluateAt(k, basisAt(z, logN)));

  /** Coefficients beyond the degree bound of the quotient by the line through z. */
  const excess = (claimed: readonly Qm31[]): number => {
    const line = batchLines(z, claimed, gammas);
    const word = Array.from({ length: 2 ** (logN + b) }, (_, s) => {
      const sum = values.reduce<Qm31>((q, v, k) => qAdd(q, qMulBase(gammas[k] as Qm31, v[s] as number)), Q_ZERO);
      return deepQuotient(z, line, storagePoint(s, logN + b), sum);
    });
    return [0, 1, 2, 3].reduce((n, k) => {
      const high = interpolate(Uint32Array.from(word, (q) => q[k] as number)).slice(2 ** logN);
      return n + high.filter((v) => v !== 0).length;
    }, 0);
  };

  it('of true samples are of low degree, of any other are not', () => {
    assert.equal(excess(samples), 0);
    samples.forEach((_, i) => {
      const wrong = samples.map((q, k) => (k === i ? qAdd(q, [0, 0, 1, 0]) : q));
      assert.ok(excess(wrong) > 2 ** logN);
    });
  });
});

describe('FRI', () => {
  /** Folds a word down to 2^logLast values in steps. */
  const folded = (
    word: readonly Qm31[],
    logDomain: number,
    steps: readonly number[],
    alphas: readonly Qm31[],
  ): Qm31[] => {
    let current = [...word];
    let done = 0;
    steps.forEach((log, i) => {
      const leaf = 2 ** log;
      current = Array.from({ length: current.length / leaf }, (_, q) =>
        foldCoset(current.slice(q * leaf, (q + 1) * leaf), alphas[i] as Qm31, logDomain, done, q),
      );
      done += log;
    });
    return current;
  };
  const wordOf = (coefficients: readonly Uint32Array[], logDomain: number): Qm31[] => {
    const parts = coefficients.map((k) => evaluate(k, logDomain));
    return Array.from({ length: 2 ** logDomain }, (_, s) => parts.map((p) => p[s] as number) as unknown as Qm31);
  };

  it('a low-degree word folds to a constant, a random one does not', () => {
    for (const steps of [[1, 1, 1, 1, 1], [2, 3], [4, 1], [5]]) {
      const alphas = steps.map(secure);
      const low = folded(
        wordOf(
          Array.from({ length: 4 }, () => column(5)),
          6,
        ),
        6,
        steps,
        alphas,
      );
      assert.equal(low.length, 2);
      assert.deepEqual(low[0], low[1]);
      const high = folded(
        wordOf(
          Array.from({ length: 4 }, () => column(6)),
          6,
        ),
        6,
        steps,
        alphas,
      );
      assert.notDeepEqual(high[0], high[1]);
    }
  });

  it('a fold by 2^a is a folds by 2 with alpha, alpha^2, alpha^4', () => {
    const alpha = secure();
    const square = (q: Qm31): Qm31 => qMul(q, q);
    const word = wordOf(
      Array.from({ length: 4 }, () => column(6)),
      6,
    );
    const once = folded(word, 6, [3], [alpha]);
    const thrice = folded(word, 6, [1, 1, 1], [alpha, square(alpha), square(square(alpha))]);
    assert.deepEqual(once, thrice);
  });

  it('the last polynomial is the product of doubled x over the bits of its index', () => {
    for (const q of [0, 3, 7]) {
      const x = lastLayerPoint(6, 3, q * 8);
      const factors = [x, doubleX(x)] as const;
      for (let k = 0; k < 4; k++) {
        const unit = [0, 1, 2, 3].map((i): Qm31 => (i === k ? [0, 0, 5, 0] : Q_ZERO));
        const expected = factors.reduce((t, f, bit) => ((k >> bit) & 1 ? mul(t, f) : t), 5);
        assert.deepEqual(evaluateLastLayer(unit, x), [0, 0, expected, 0]);
      }
    }
    assert.equal(new Set([0, 1, 2, 3, 4, 5, 6, 7].map((q) => lastLayerPoint(6, 3, q * 8))).size, 8);
  });

  it('a word of 2^5 coefficients folded by 8 is a last polynomial of four', () => {
    const word = wordOf(
      Array.from({ length: 4 }, () => column(5)),
      6,
    );
    const left = folded(word, 6, [3], [secure()]);
    const xs = left.map((_, q) => lastLayerPoint(6, 3, q * 8));
    // Interpolates through four of the eight values, and meets the other four.
    const at = (x: number): Qm31 =>
      [0, 1, 2, 3].reduce<Qm31>((sum, i) => {
        const others = [0, 1, 2, 3].filter((j) => j !== i);
        const weight = others.reduce(
          (w, j) => mul(w, mul(sub(x, xs[j] as number), inv(sub(xs[i] as number, xs[j] as number)))),
          1,
        );
        return qAdd(sum, qMulBase(left[i] as Qm31, weight));
      }, Q_ZERO);
    for (let q = 4; q < 8; q++) assert.deepEqual(at(xs[q] as number), left[q]);
  });
});
