/**
 * The circle x^2 + y^2 = 1 over M31 and QM31, canonic cosets and their orders.
 * Source: Haböck, Levit, Papini, "Circle STARKs", ePrint 2024/278.
 *
 * A canonic coset of size N = 2^n holds the odd multiples of a point of order 2^(n+1). Three orders of its points:
 * coset order c (the odd multiple 2c + 1), natural domain order j (the half coset 4j + 1, then its conjugates), and
 * storage order s, the bit-reversal of j, in which every column is kept. Bit 0 of s tells a point from its conjugate;
 * doubling a point k times drops the k bits above it (`liftIndex`). Merkle trees use commit order, s rotated right by one
 * bit, in which doubling drops the lowest bits, so that the rows of lifted columns lie on one path.
 */
import { add, mul, neg, Q_ONE, type Qm31, qAdd, qMul, qSub, sub } from './field.ts';

export type Point = readonly [x: number, y: number];
export type ExtensionPoint = readonly [x: Qm31, y: Qm31];

/** Generator of the whole group, of order 2^31. */
export const GENERATOR: Point = [2, 1268011823];
export const LOG_GROUP_ORDER = 31;

export const pointAdd = (a: Point, b: Point): Point => [
  sub(mul(a[0], b[0]), mul(a[1], b[1])),
  add(mul(a[0], b[1]), mul(a[1], b[0])),
];

export const extensionPointAdd = (a: ExtensionPoint, b: ExtensionPoint): ExtensionPoint => [
  qSub(qMul(a[0], b[0]), qMul(a[1], b[1])),
  qAdd(qMul(a[0], b[1]), qMul(a[1], b[0])),
];

/** The generator doubled 0..30 times. */
const DOUBLINGS: readonly Point[] = (() => {
  const list: Point[] = [GENERATOR];
  while (list.length < LOG_GROUP_ORDER) {
    const last = list.at(-1) as Point;
    list.push(pointAdd(last, last));
  }
  return list;
})();

/** The multiple `k` of the generator, k in [0, 2^31). */
export const pointAt = (k: number): Point => {
  let x = 1;
  let y = 0;
  for (let i = 0; i < LOG_GROUP_ORDER; i++) {
    if (((k >>> i) & 1) === 0) continue;
    const [px, py] = DOUBLINGS[i] as Point;
    const nextX = sub(mul(x, px), mul(y, py));
    y = add(mul(x, py), mul(y, px));
    x = nextX;
  }
  return [x, y];
};

/** A generator of the subgroup of order 2^log, log in [0, 31]. */
export const subgroupGenerator = (log: number): Point => pointAt(log === 0 ? 0 : 2 ** (LOG_GROUP_ORDER - log));

/** x of the doubled point. */
export const doubleX = (x: number): number => sub(mul(2, mul(x, x)), 1);
export const doubleXExtension = (x: Qm31): Qm31 => qSub(qMul(qAdd(x, x), x), Q_ONE);

export const extensionPointDouble = (p: ExtensionPoint, times = 1): ExtensionPoint => {
  let q = p;
  for (let i = 0; i < times; i++) q = extensionPointAdd(q, q);
  return q;
};

/** The rational parametrisation of the circle: t -> ((1 - t^2)/(1 + t^2), 2t/(1 + t^2)); t^2 = -1 has no image. */
export const extensionPointFromParameter = (t: Qm31, inverse: (a: Qm31) => Qm31): ExtensionPoint => {
  const square = qMul(t, t);
  const d = inverse(qAdd(Q_ONE, square));
  return [qMul(qSub(Q_ONE, square), d), qMul(qAdd(t, t), d)];
};

/** Reverses the lowest `bits` bits of `index`. */
export const bitReverse = (index: number, bits: number): number => {
  let r = 0;
  for (let i = 0; i < bits; i++) r = (r << 1) | ((index >>> i) & 1);
  return r >>> 0;
};

/** Natural domain index of coset index c in a canonic coset of size 2^logN. */
export const cosetToNatural = (c: number, logN: number): number => {
  const n = 2 ** logN;
  return c % 2 === 0 ? c / 2 : n / 2 + (n - 1 - c) / 2;
};

export const naturalToCoset = (j: number, logN: number): number => {
  const n = 2 ** logN;
  return j < n / 2 ? 2 * j : n - 1 - 2 * (j - n / 2);
};

export const cosetToStorage = (c: number, logN: number): number => bitReverse(cosetToNatural(c, logN), logN);
export const storageToCoset = (s: number, logN: number): number => naturalToCoset(bitReverse(s, logN), logN);

/** Storage index of the point doubled `times` times, in the canonic coset smaller by 2^times. */
export const liftIndex = (s: number, times: number): number => ((s >>> (times + 1)) << 1) | (s & 1);

/** Commit index of a storage index in a domain of 2^logN points, and back. */
export const toCommitIndex = (s: number, logN: number): number => ((s & 1) * 2 ** (logN - 1)) | (s >>> 1);
export const fromCommitIndex = (t: number, logN: number): number => ((t << 1) & (2 ** logN - 1)) | (t >>> (logN - 1));

/** The point at a storage index of the canonic coset of size 2^logN. */
export const storagePoint = (s: number, logN: number): Point =>
  pointAt(((2 * storageToCoset(s, logN) + 1) * 2 ** (LOG_GROUP_ORDER - logN - 1)) % 2 ** LOG_GROUP_ORDER);

/**
 * The half coset of the canonic coset of size 2^logN in storage order: 2^(logN-1) points, entry h being the point at
 * storage index 2h (its conjugate is at 2h + 1). Returned as separate x and y arrays.
 */
export const halfCosetStorage = (logN: number): { x: Uint32Array; y: Uint32Array } => {
  const size = 2 ** (logN - 1);
  const x = new Uint32Array(size);
  const y = new Uint32Array(size);
  const step = subgroupGenerator(logN - 1);
  let point = subgroupGenerator(logN + 1);
  for (let j = 0; j < size; j++) {
    const h = bitReverse(j, logN - 1);
    x[h] = point[0];
    y[h] = point[1];
    point = pointAdd(point, step);
  }
  return { x, y };
};

/** Vanishing polynomial of the canonic coset of size 2^logN at a point with this x: pi^(logN-1)(x). */
export const cosetVanishing = (x: number, logN: number): number => {
  let v = x;
  for (let i = 1; i < logN; i++) v = doubleX(v);
  return v;
};

export const cosetVanishingExtension = (x: Qm31, logN: number): Qm31 => {
  let v = x;
  for (let i = 1; i < logN; i++) v = doubleXExtension(v);
  return v;
};

export const conjugate = (p: Point): Point => [p[0], neg(p[1])];

/** The point one row before `point` in coset order of the canonic coset of size 2^logN: its step subtracted. */
export const previousPoint = (point: ExtensionPoint, logN: number): ExtensionPoint => {
  const [x, y] = conjugate(subgroupGenerator(logN));
  return extensionPointAdd(point, [
    [x, 0, 0, 0],
    [y, 0, 0, 0],
  ]);
};

/** Whether both coordinates lie outside CM31, as the lines of DEEP quotients need. */
export const isProperExtension = ([x, y]: ExtensionPoint): boolean => [x, y].every((c) => c[2] !== 0 || c[3] !== 0);
