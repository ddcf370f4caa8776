// The fields against big integers and polynomials, and their laws.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import * as f from '../../src/core/field.ts';

const P = BigInt(f.P);
const EDGES = [0, 1, 2, 3, 65535, 65536, 2 ** 30 - 1, 2 ** 30, f.P - 2, f.P - 1];
const element = fc.oneof(fc.constantFrom(...EDGES), fc.integer({ min: 0, max: f.P - 1 }));
const extension: fc.Arbitrary<f.Qm31> = fc.tuple(element, element, element, element);
const mod = (n: bigint): number => Number(((n % P) + P) % P);
const check = <T>(property: fc.IProperty<T>): void => {
  fc.assert(property, { seed: 31, numRuns: 2000 });
};

describe('M31', () => {
  it('agrees with big integers', () => {
    check(
      fc.property(element, element, (a, b) => {
        const [x, y] = [BigInt(a), BigInt(b)];
        assert.equal(f.add(a, b), mod(x + y));
        assert.equal(f.sub(a, b), mod(x - y));
        assert.equal(f.mul(a, b), mod(x * y));
        assert.equal(f.neg(a), mod(-x));
        assert.equal(f.mul(a, f.inv(a)), a === 0 ? 0 : 1);
      }),
    );
    for (const a of EDGES) for (const b of EDGES) assert.equal(f.mul(a, b), mod(BigInt(a) * BigInt(b)));
  });

  it('powers and integers', () => {
    check(
      fc.property(element, fc.integer({ min: 0, max: 40 }), (a, e) => {
        assert.equal(f.pow(a, e), mod(BigInt(a) ** BigInt(e)));
      }),
    );
    check(fc.property(fc.maxSafeInteger(), (n) => assert.equal(f.fromInt(n), mod(BigInt(n)))));
  });
});

describe('QM31', () => {
  /** Schoolbook product with i^2 = -1 and u^2 = 2 + i. */
  const product = (a: f.Qm31, b: f.Qm31): number[] => {
    const complex = (x: readonly bigint[], y: readonly bigint[]): bigint[] => [
      (x[0] as bigint) * (y[0] as bigint) - (x[1] as bigint) * (y[1] as bigint),
      (x[0] as bigint) * (y[1] as bigint) + (x[1] as bigint) * (y[0] as bigint),
    ];
    const plus = (x: readonly bigint[], y: readonly bigint[]): bigint[] => x.map((v, i) => v + (y[i] as bigint));
    const [a0, a1] = [
      [BigInt(a[0]), BigInt(a[1])],
      [BigInt(a[2]), BigInt(a[3])],
    ] as const;
    const [b0, b1] = [
      [BigInt(b[0]), BigInt(b[1])],
      [BigInt(b[2]), BigInt(b[3])],
    ] as const;
    const low = plus(complex(a0, b0), complex([2n, 1n], complex(a1, b1)));
    const high = plus(complex(a0, b1), complex(a1, b0));
    return [...low, ...high].map(mod);
  };

  it('multiplies as its definition says', () => {
    check(fc.property(extension, extension, (a, b) => assert.deepEqual([...f.qMul(a, b)], product(a, b))));
  });

  it('is a field', () => {
    check(
      fc.property(extension, extension, extension, (a, b, c) => {
        assert.deepEqual(f.qMul(a, b), f.qMul(b, a));
        assert.deepEqual(f.qMul(f.qMul(a, b), c), f.qMul(a, f.qMul(b, c)));
        assert.deepEqual(f.qMul(a, f.qAdd(b, c)), f.qAdd(f.qMul(a, b), f.qMul(a, c)));
        assert.deepEqual(f.qSub(f.qAdd(a, b), b), a);
        assert.deepEqual(f.qAdd(a, f.qNeg(a)), f.Q_ZERO);
        const isZero = f.qEqual(a, f.Q_ZERO);
        assert.deepEqual(f.qMul(a, f.qInv(a)), isZero ? f.Q_ZERO : f.Q_ONE);
      }),
    );
  });

  it('base products, conjugation, powers and coordinates', () => {
    check(
      fc.property(extension, extension, element, (a, b, c) => {
        assert.deepEqual(f.qMulBase(a, c), f.qMul(a, f.qFromBase(c)));
        assert.deepEqual(f.qConj(f.qMul(a, b)), f.qMul(f.qConj(a), f.qConj(b)));
        assert.deepEqual(f.qPow(a, 3), f.qMul(a, f.qMul(a, a)));
        const coordinates = a.map(f.qFromBase) as unknown as [f.Qm31, f.Qm31, f.Qm31, f.Qm31];
        assert.deepEqual(f.qFromCoordinates(...coordinates), a);
      }),
    );
  });

  it('conjugation is a power of Frobenius', () => {
    const frobenius = (a: f.Qm31): f.Qm31 => f.qPow(a, f.P);
    const a: f.Qm31 = [3, 1_000_000_007, 5, 2 ** 30];
    assert.deepEqual(f.qConj(a), frobenius(frobenius(a)));
  });
});
