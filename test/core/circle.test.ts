// The circle group, the orders of its cosets, the FFT against naive evaluation, and lifting.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as c from '../../src/core/circle.ts';
import { basisAt, basisFactors, batchInverse, evaluate, evaluateAt, extend, interpolate } from '../../src/core/fft.ts';
import { add, inv, mul, P, Q_ONE, type Qm31, qAdd, qFromBase, qInv, qMul } from '../../src/core/field.ts';
import { random } from '../air/harness.ts';

const next = random(5);
const column = (logN: number): Uint32Array => Uint32Array.from({ length: 2 ** logN }, () => next(P));
const onCircle = ([x, y]: c.Point): boolean => add(mul(x, x), mul(y, y)) === 1;
const point = (): c.ExtensionPoint => c.extensionPointFromParameter([next(P), next(P), next(P), next(P)], qInv);

/** Value of coefficients at a base point, term by term. */
const naive = (coefficients: Uint32Array, [x, y]: c.Point): number => {
  let sum = 0;
  coefficients.forEach((k, index) => {
    let term = k;
    if (index & 1) term = mul(term, y);
    let t = x;
    for (let bit = 1; index >> bit > 0; bit++) {
      if ((index >> bit) & 1) term = mul(term, t);
      t = c.doubleX(t);
    }
    sum = add(sum, term);
  });
  return sum;
};

describe('the group', () => {
  it('has order 2^31', () => {
    let p = c.GENERATOR;
    assert.ok(onCircle(p));
    for (let i = 0; i < 30; i++) p = c.pointAdd(p, p);
    assert.deepEqual(p, [P - 1, 0]);
    assert.deepEqual(c.pointAdd(p, p), [1, 0]);
    for (const log of [0, 1, 2, 5, 31]) {
      let q = c.subgroupGenerator(log);
      for (let i = 0; i < log - 1; i++) q = c.pointAdd(q, q);
      assert.deepEqual(q, log === 0 ? [1, 0] : log === 1 ? [P - 1, 0] : [P - 1, 0]);
    }
  });

  it('multiples, doubling, conjugates', () => {
    assert.deepEqual(c.pointAt(0), [1, 0]);
    for (let i = 0; i < 50; i++) {
      const [a, b] = [next(2 ** 30), next(2 ** 30)];
      assert.deepEqual(c.pointAdd(c.pointAt(a), c.pointAt(b)), c.pointAt(a + b));
      assert.equal(c.doubleX(c.pointAt(a)[0]), c.pointAt(2 * a)[0]);
      assert.deepEqual(c.pointAdd(c.pointAt(a), c.conjugate(c.pointAt(a))), [1, 0]);
    }
  });

  it('extension points are on the circle; one row before is a step back', () => {
    for (let i = 0; i < 20; i++) {
      const p = point();
      assert.deepEqual(qAdd(qMul(p[0], p[0]), qMul(p[1], p[1])), Q_ONE);
      assert.deepEqual(
        c.extensionPointDouble(p, 2),
        c.extensionPointAdd(c.extensionPointAdd(p, p), c.extensionPointAdd(p, p)),
      );
      assert.deepEqual(c.doubleXExtension(p[0]), c.extensionPointDouble(p)[0]);
      const [x, y] = c.subgroupGenerator(7);
      assert.deepEqual(c.extensionPointAdd(c.previousPoint(p, 7), [qFromBase(x), qFromBase(y)]), p);
    }
  });
});

describe('orders of a coset', () => {
  it('are bijections, of the points they say', () => {
    for (const logN of [1, 2, 3, 6]) {
      const n = 2 ** logN;
      const seen = new Set<number>();
      for (let i = 0; i < n; i++) {
        const s = c.cosetToStorage(i, logN);
        seen.add(s);
        assert.equal(c.storageToCoset(s, logN), i);
        assert.equal(c.naturalToCoset(c.cosetToNatural(i, logN), logN), i);
        assert.equal(c.fromCommitIndex(c.toCommitIndex(i, logN), logN), i);
        const expected = c.pointAt((2 * i + 1) * 2 ** (30 - logN));
        assert.deepEqual(c.storagePoint(s, logN), expected);
        assert.equal(c.cosetVanishing(expected[0], logN), 0);
        assert.deepEqual(c.storagePoint(s ^ 1, logN), c.conjugate(expected));
      }
      assert.equal(seen.size, n);
      assert.notEqual(c.cosetVanishing(c.pointAt(2 ** (29 - logN))[0], logN), 0);
    }
  });

  it('the half coset in storage order', () => {
    const { x, y } = c.halfCosetStorage(5);
    for (let h = 0; h < 16; h++) assert.deepEqual([x[h], y[h]], c.storagePoint(2 * h, 5));
  });

  it('doubling maps storage index to liftIndex, and commit index to itself shifted', () => {
    for (let times = 1; times < 5; times++) {
      for (let s = 0; s < 128; s++) {
        let p = c.storagePoint(s, 7);
        for (let i = 0; i < times; i++) p = c.pointAdd(p, p);
        const lifted = c.liftIndex(s, times);
        assert.deepEqual(c.storagePoint(lifted, 7 - times), p);
        assert.equal(c.toCommitIndex(lifted, 7 - times), c.toCommitIndex(s, 7) >> times);
      }
    }
  });
});

describe('FFT', () => {
  it('evaluates the polynomial, at every point and rate', () => {
    for (const logN of [1, 2, 3, 5]) {
      for (const blowup of [0, 1, 2]) {
        const coefficients = column(logN);
        const values = evaluate(coefficients, logN + blowup);
        values.forEach((v, s) => {
          assert.equal(v, naive(coefficients, c.storagePoint(s, logN + blowup)), `${logN} ${blowup} ${s}`);
        });
      }
    }
  });

  it('interpolates what it evaluates', () => {
    for (let logN = 1; logN <= 10; logN++) {
      const values = column(logN);
      assert.deepEqual(evaluate(interpolate(values), logN), values);
      assert.deepEqual(interpolate(extend(values, 1)).slice(0, values.length), interpolate(values));
      assert.ok(
        interpolate(extend(values, 1))
          .slice(values.length)
          .every((k) => k === 0),
      );
    }
  });

  it('basis and evaluation at extension points', () => {
    const coefficients = column(5);
    const p = point();
    const factors = basisFactors(p, 5);
    const expected = [...coefficients].reduce<Qm31>(
      (sum, k, i) => {
        const term = factors.reduce<Qm31>((t, f, bit) => ((i >> bit) & 1 ? qMul(t, f) : t), qFromBase(k));
        return qAdd(sum, term);
      },
      [0, 0, 0, 0],
    );
    assert.deepEqual(evaluateAt(coefficients, basisAt(p, 5)), expected);
    const base = c.storagePoint(3, 6);
    const asExtension: c.ExtensionPoint = [qFromBase(base[0]), qFromBase(base[1])];
    assert.deepEqual(evaluateAt(coefficients, basisAt(asExtension, 5)), qFromBase(naive(coefficients, base)));
  });

  it('a lifted column is the short polynomial at the doubled point', () => {
    const [short, times] = [column(3), 2];
    const values = extend(short, 1);
    const lifted = Uint32Array.from({ length: 64 }, (_, s) => values[c.liftIndex(s, times)] as number);
    // Constant on fibres, and of the taller column's degree.
    assert.ok(
      interpolate(lifted)
        .slice(32)
        .every((k) => k === 0),
    );
    const p = point();
    const direct = evaluateAt(interpolate(short), basisAt(c.extensionPointDouble(p, times), 3));
    assert.deepEqual(evaluateAt(interpolate(lifted), basisAt(p, 6)), direct);
    assert.deepEqual(
      c.cosetVanishingExtension(p[0], 5),
      c.cosetVanishingExtension(c.extensionPointDouble(p, times)[0], 3),
    );
  });

  it('inverses in a batch', () => {
    const values = column(6).map((v) => v || 1);
    assert.deepEqual(batchInverse(values), values.map(inv));
  });
});
