// Forgeries of sums of points, each consistent but for one thing: whatever the prover chooses, the rest follows.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { chipByName } from '../../src/air/inventory.ts';
import { add, inv, P as M, mul, neg, sub } from '../../src/core/field.ts';
import { Forgery, findings, type Segment } from './harness.ts';
import { callsOf } from './precompile_runs.ts';
import { type RowModel, rowModel } from './rows.ts';

const CHIP = 'secp256k1';
const chip = chipByName.get(CHIP) ?? assert.fail();
const P = 2n ** 256n - 2n ** 32n - 977n;
const DIGITS = (128n * (2n ** 256n - 1n)) / 255n;
const mod = (n: bigint): bigint => ((n % P) + P) % P;
const { Fp } = secp256k1.Point;
const words = (n: bigint, count = 8): number[] =>
  Array.from({ length: count }, (_, i) => Number((n >> BigInt(32 * i)) & 0xffffffffn));
const parts = (n: bigint, bits: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => Number((n >> BigInt(bits * i)) & (2n ** BigInt(bits) - 1n)));

type Affine = readonly [x: bigint, y: bigint];
const run = (p: Affine, q: Affine): Segment =>
  callsOf(CHIP, [
    [
      [...words(p[0]), ...words(p[1])],
      [...words(q[0]), ...words(q[1])],
    ],
  ]);

/** The line of this slope through P meets the curve through P and Q again at -(x3, y3); no curve is asked for. */
const onLine = ([x1, y1]: Affine, x2: bigint, slope: bigint): { q: Affine; sum: Affine } => {
  const x3 = mod(slope * slope - x1 - x2);
  return { q: [x2, mod(y1 + slope * (x2 - x1))], sum: [x3, mod(slope * (x1 - x3) - y1)] };
};

interface Claim {
  readonly p: Affine;
  readonly q: Affine;
  readonly sum: Affine;
  /** Slope; twice the slope of a doubling. Any number that digits in [-128, 128) can write. */
  readonly k: bigint;
  readonly double: boolean;
  /** Of the products of bytes, if not y1 or x2. */
  readonly second?: bigint;
}

/** The honest claim, with whatever is not. */
const claim = (p: Affine, q: Affine, not: Partial<Claim> = {}): Claim => {
  const double = not.double ?? p[0] === q[0];
  const k = not.k ?? mod(double ? 3n * p[0] * p[0] * Fp.inv(p[1]) : (q[1] - p[1]) * Fp.inv(mod(q[0] - p[0])));
  const slope = double ? mod(k * Fp.inv(2n)) : mod(k);
  const x3 = mod(slope * slope - p[0] - q[0]);
  const signed = k + DIGITS < 2n ** 256n ? k : k - P;
  return { p, q, double, sum: [x3, mod(slope * (p[0] - x3) - p[1])], ...not, k: signed };
};

const prefixed = (prefix: string, values: readonly number[], suffix = ''): [string, number][] =>
  values.map((v, i) => [`${prefix}${i}${suffix}`, v]);
const limbs = (prefix: string, n: bigint): [string, number][] =>
  parts(n, 32, 8).flatMap((word, i): [string, number][] => [
    [`${prefix}_${i}_lo`, word % 65536],
    [`${prefix}_${i}_hi`, Math.floor(word / 65536)],
  ]);

const models = new Map<Segment, RowModel>();
const modelOf = (s: Segment): RowModel => {
  const model = models.get(s) ?? rowModel(s, chip, 0);
  models.set(s, model);
  return model;
};

/** All cells of the row that the claim gives; carries, inverses and rare cases follow from the constraints, as far as they can. */
const hostile = (s: Segment, { p, q, sum, k, double, second = double ? p[1] : q[0] }: Claim): Forgery => {
  const [[x1, y1], [x2, y2], [x3, y3]] = [p, q, sum];
  const [square, line] = double ? [4n, 2n] : [1n, 1n];
  const multiples = [
    double ? 3n * x1 * x1 - k * y1 : k * (x2 - x1) - (y2 - y1),
    k * k - square * (x1 + x2 + x3),
    k * (x1 - x3) - line * (y1 + y3),
  ];
  const forged = new Forgery(s);
  const cells: [string, number][] = [
    ['double', double ? 1 : 0],
    ...prefixed('px', parts(x1, 8, 32)),
    ...prefixed('second', parts(second, 8, 32)),
    ...prefixed('rx', parts(x3, 8, 32)),
    ...prefixed('k', parts(k + DIGITS, 8, 32)),
    ...limbs('py', y1),
    ...limbs('ry', y3),
    ...limbs('x1', x2 + (y2 << 256n)),
    ...parts(y2, 32, 8).flatMap((word, i): [string, number][] => [
      [`x1_${8 + i}_lo`, word % 65536],
      [`x1_${8 + i}_hi`, Math.floor(word / 65536)],
    ]),
    ...multiples.flatMap((n, i): [string, number][] => {
      const shifted = parts(((n - mod(n)) / P + 2n ** 256n) << 8n, 16, 17);
      return prefixed(`q${i + 1}_`, shifted.with(0, (shifted[0] as number) >> 8));
    }),
    ['apart', 0],
    ['nonzero', 0],
  ];
  for (const [name, n] of Object.entries({ x1, y1, x2, y2, x3, y3 })) {
    const v = parts(n, 16, 16) as [number, number, number, ...number[]];
    const distance = v.slice(3).reduce((d, limb) => d + 0xffff - limb, 0);
    const near = distance === 0;
    const by2 = near && v[2] < 0xfffe;
    const by1 = near && !by2 && v[1] < 0xffff;
    const by0 = near && !by2 && !by1;
    const space = by2 ? 0xfffd - v[2] : by1 ? 0xfffe - v[1] : by0 ? 0xfc2e - v[0] : 0;
    for (const [cell, value] of Object.entries({ inverse: inv(distance), by2, by1, by0, space }))
      cells.push([`${name}_below_${cell}`, Number(value)]);
  }
  forged.set(CHIP, 0, Object.fromEntries(cells));
  const { constraints } = modelOf(s);
  const values = chip.columns.map(({ name }) => forged.get(CHIP, 0, name));
  const solve = (cell: string, constraint: string): void => {
    const c = chip.columns.findIndex(({ name }) => name === cell);
    const { value } = constraints.find(({ name }) => name === constraint) ?? assert.fail(constraint);
    const [at0, at1] = [0, 1].map((x) => value(values.with(c, x))) as [number, number];
    values[c] = mul(neg(at0), inv(sub(at1, at0)));
    forged.set(CHIP, 0, { [cell]: values[c] });
  };
  solve('apart', 'x1 and x2 differ where P is not doubled');
  solve('nonzero', 'y1 is not 0 where P is doubled');
  for (const name of ['slope', 'x3', 'y3'])
    for (let j = 0; j < 31; j++) solve(`${name}_carry${j}`, `${name}, place ${j}`);
  return forged;
};

/** What of the chip's own is refused; memory, which may hold other points, is left out. */
const own = (forged: Forgery): string[] =>
  forged
    .recount()
    .findings()
    .filter((line) => !line.includes('relation memory'))
    .map((line) => line.slice(0, 100));
/** Refused for this alone. */
const refused = (forged: Forgery, by: RegExp): void => {
  const found = own(forged);
  assert.notDeepEqual(found, []);
  for (const line of found) assert.match(line, by);
};
/** Two sides that differ as numbers, the carries being solved for in the field. */
const UNEQUAL = /place 31 does not hold|relation range: \(32768, /;
/** Of the space below p: bits and limbs that no lookup backs. */
const SPACE = /relation range: \(65536, |_below: limb 2 is that of p/;

const G: Affine = [secp256k1.Point.BASE.x, secp256k1.Point.BASE.y];
const G7: Affine = ((q) => [q.x, q.y] as const)(secp256k1.Point.BASE.multiply(7n).toAffine());
const plain = run(G, G7);
const doubling = run(G, G);
const SLOPE = 2n ** 255n - 12345678901234567890n;

describe('sums of points', () => {
  it('the claims of these tests are complete', () => {
    assert.deepEqual(hostile(plain, claim(G, G7)).recount().findings(), []);
    assert.deepEqual(hostile(doubling, claim(G, G)).recount().findings(), []);
  });

  it('coordinates at the limits, and carries', () => {
    const edges = [0n, 1n, P - 1n, P - 2n, P - 2n ** 32n, P - 0xfc2fn, P - 0xfc30n, P - 2n ** 40n, P - 2n ** 48n + 5n];
    const ones = 2n ** 256n - 2n ** 64n;
    for (const [i, x1] of [...edges, ones, ones + 2n ** 33n].entries()) {
      const x2 = edges[(i + 3) % edges.length] as bigint;
      const y1 = edges[(i + 1) % edges.length] as bigint;
      for (const k of [1n, P - 1n, DIGITS, 2n ** 256n - 1n - DIGITS, SLOPE]) {
        const { q } = onLine([x1, y1], x2, mod(k));
        assert.deepEqual(findings(run([x1, y1], q)), [], `${i} ${k}`);
      }
      if (y1 !== 0n) assert.deepEqual(findings(run([x1, y1], [x1, y1])), [], `2 * ${i}`);
    }
  });
});

describe('forged sums of points', () => {
  it('another sum', () => {
    const { sum } = claim(G, G7);
    refused(hostile(plain, claim(G, G7, { sum: [sum[0] + 1n, sum[1]] })), UNEQUAL);
    refused(hostile(plain, claim(G, G7, { sum: [sum[0], mod(-sum[1])] })), UNEQUAL);
  });

  it('a slope of the prover, of points whose x is the same', () => {
    refused(hostile(doubling, claim(G, G, { k: SLOPE, double: false })), /x1 and x2 differ/);
    refused(
      hostile(plain, claim(G, [G[0], mod(-G[1])], { k: SLOPE, double: false })),
      /x1 and x2 differ|slope, place 31|relation range: \(32768, /,
    );
    // A sum at infinity as a doubling of P.
    const found = own(hostile(plain, { ...claim(G, G), q: [G[0], mod(-G[1])] }));
    assert.match(found.join('\n'), /y2 is y1 of a doubling, limb 0/);
  });

  it('x2 = x1 + p: other bytes, the same number', () => {
    const p: Affine = [5n, 8n];
    const q: Affine = [5n + P, 8n];
    refused(hostile(run(p, [6n, 8n]), claim(p, q, { k: SLOPE, double: false })), SPACE);
    refused(hostile(run(p, [6n, 8n]), claim(q, p, { k: SLOPE, double: false })), SPACE);
  });

  it('a doubling of a point whose y is 0, or p', () => {
    const s = run([0n, 9n], [0n, 9n]);
    assert.deepEqual(own(hostile(s, claim([0n, 9n], [0n, 9n]))), []);
    refused(hostile(s, claim([0n, 0n], [0n, 0n], { k: SLOPE, double: true })), /y1 is not 0/);
    refused(hostile(s, claim([0n, P], [0n, P], { k: SLOPE, double: true })), SPACE);
  });

  it('a doubling by other products, or of other points', () => {
    const others = hostile(doubling, claim(G, G, { second: 3n, k: mod(3n * G[0] * G[0] * Fp.inv(3n)) }));
    assert.match(own(others).join('\n'), /y1 is the second factor of a doubling, limb 0/);
    assert.match(own(hostile(plain, { ...claim(G, G), q: G7 })).join('\n'), /x2, limb 0/);
    const halfway = hostile(plain, claim(G, G7)).set(CHIP, 0, { double: inv(2) });
    assert.match(own(halfway).join('\n'), /double is a bit/);
    const padding = new Forgery(plain);
    const unused = (plain.trace.get(CHIP)?.[0]?.length ?? 0) - 1;
    assert.ok(unused > 0);
    assert.match(own(padding.set(CHIP, unused, { double: 1 })).join('\n'), /doubles only where there is a call/);
  });

  it('results that are not below p', () => {
    // x3 = 5 and y3 = 6: also p + 5 and p + 6.
    const [x1, slope] = [7n, SLOPE];
    const x2 = mod(slope * slope - x1 - 5n);
    const y1 = mod(slope * (x1 - 5n) - 6n);
    const { q, sum } = onLine([x1, y1], x2, slope);
    assert.deepEqual(sum, [5n, 6n]);
    const s = run([x1, y1], q);
    refused(hostile(s, claim([x1, y1], q, { sum: [P + 5n, 6n] })), SPACE);
    refused(hostile(s, claim([x1, y1], q, { sum: [5n, P + 6n] })), SPACE);
    for (const over of [0n, 1n, 2n ** 32n + 976n]) {
      const y = mod(slope * (x1 - 5n) - over);
      const line = onLine([x1, y], x2, slope);
      assert.deepEqual(line.sum, [5n, over]);
      const forged = hostile(run([x1, y], line.q), claim([x1, y], line.q, { sum: [5n, P + over] }));
      refused(forged, SPACE);
      for (const bits of [{ by2: 1 }, { by1: 1 }, { by0: 1 }, { by2: 1, by1: 1, by0: P % 2n === 1n ? 1 : 0 }, {}]) {
        const cells = { by2: 0, by1: 0, by0: 0, ...bits };
        const other = new Forgery(s, forged.trace);
        for (const [cell, value] of Object.entries(cells)) other.set(CHIP, 0, { [`y3_below_${cell}`]: value });
        assert.match(own(other).join('\n'), /y3_below|relation range: \(65536, /);
      }
    }
  });

  it('digits, bytes, limbs and quotients out of range: the same numbers', () => {
    for (const [name, range] of [
      ['k', 256],
      ['px', 256],
      ['second', 256],
      ['rx', 256],
    ] as const) {
      const forged = hostile(plain, claim(G, G7)).add(CHIP, 0, { [`${name}4`]: 256, [`${name}5`]: -1 });
      assert.match(own(forged).join('\n'), new RegExp(`relation range: \\(${range}, `));
    }
    const y = hostile(plain, claim(G, G7)).add(CHIP, 0, { ry_2_lo: 65536, ry_2_hi: -1 });
    assert.match(own(y).join('\n'), /relation range: \(65536, /);
    const q = hostile(plain, claim(G, G7)).add(CHIP, 0, { q1_3: 65536, q1_4: -1 });
    assert.match(own(q).join('\n'), /relation range: \(65536, /);
    const top = hostile(plain, claim(G, G7)).add(CHIP, 0, { q2_16: 2048 });
    assert.match(own(top).join('\n'), /relation range: \(2048, /);
    const low = hostile(plain, claim(G, G7)).add(CHIP, 0, { q3_0: 256, q3_1: -1 });
    assert.match(own(low).join('\n'), /relation range: \(256, /);
  });

  it('carries that are right mod 2^31 - 1 only', () => {
    // 2^16 * 2^15 = 1: a place that is off by one is mended by a carry that is 2^15 off.
    for (const name of ['slope', 'x3', 'y3']) {
      const forged = hostile(plain, claim(G, G7)).add(CHIP, 0, { [`${name}_carry9`]: 2 ** 15 });
      const at = forged.get(CHIP, 0, `${name}_carry9`);
      assert.ok(at >= 2 ** 15 && at < M);
      assert.match(own(forged).join('\n'), /relation range: \(32768, /);
    }
    // Every place of a quotient that is one too large, solved in the field: some carry leaves its range.
    const forged = hostile(plain, claim(G, G7));
    const before = forged.get(CHIP, 0, 'q1_1');
    forged.set(CHIP, 0, { q1_1: add(before, 1) });
    assert.match(own(forged).join('\n'), /slope, place 1/);
  });
});
