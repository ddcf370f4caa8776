/**
 * M31 and its degree-4 extension.
 *
 * M31 = Z/p with p = 2^31 - 1. CM31 = M31[i]/(i^2 + 1). QM31 = CM31[u]/(u^2 - 2 - i), about 2^124 elements.
 * A base element is a canonical number in [0, p); an extension element is four of them,
 * [a0, a1, a2, a3] = (a0 + a1 i) + (a2 + a3 i) u. All functions take and return canonical values.
 */
export const P = 0x7fffffff;
const P_INVERSE = 1 / P;
/** Keeps the estimated quotient of `mul` at or below the true one: its rounding error is under 2^-20. */
const BIAS = 2 ** -20;

export const add = (a: number, b: number): number => {
  const s = a + b;
  return s >= P ? s - P : s;
};

export const sub = (a: number, b: number): number => (a >= b ? a - b : a - b + P);

export const neg = (a: number): number => (a === 0 ? 0 : P - a);

/**
 * Exact product. The quotient q = floor(ab/p) is found in floating point, at most one too small, and the
 * remainder ab - qp in [0, 2p) exactly by 32-bit wrapping arithmetic.
 */
export const mul = (a: number, b: number): number => {
  const q = Math.floor(a * b * P_INVERSE - BIAS);
  const r = (Math.imul(a, b) - Math.imul(q, P)) >>> 0;
  return r >= P ? r - P : r;
};

export const pow = (base: number, exponent: number): number => {
  let result = 1;
  let square = base;
  for (let e = exponent; e > 0; e = Math.floor(e / 2)) {
    if (e % 2 === 1) result = mul(result, square);
    square = mul(square, square);
  }
  return result;
};

/** Inverse by Fermat; the inverse of 0 is 0. */
export const inv = (a: number): number => pow(a, P - 2);

/** Reduces any integer of magnitude under 2^53. */
export const fromInt = (n: number): number => {
  const r = n % P;
  return r < 0 ? r + P : r === 0 ? 0 : r;
};

export type Qm31 = readonly [number, number, number, number];

export const Q_ZERO: Qm31 = [0, 0, 0, 0];
export const Q_ONE: Qm31 = [1, 0, 0, 0];

export const qFromBase = (a: number): Qm31 => [a, 0, 0, 0];
export const qAdd = (a: Qm31, b: Qm31): Qm31 => [add(a[0], b[0]), add(a[1], b[1]), add(a[2], b[2]), add(a[3], b[3])];
export const qSub = (a: Qm31, b: Qm31): Qm31 => [sub(a[0], b[0]), sub(a[1], b[1]), sub(a[2], b[2]), sub(a[3], b[3])];
export const qNeg = (a: Qm31): Qm31 => [neg(a[0]), neg(a[1]), neg(a[2]), neg(a[3])];
export const qMulBase = (a: Qm31, b: number): Qm31 => [mul(a[0], b), mul(a[1], b), mul(a[2], b), mul(a[3], b)];

/** (x + y u)(z + w u) = xz + (2 + i) yw + (xw + yz) u over CM31. */
export const qMul = (a: Qm31, b: Qm31): Qm31 => {
  const [a0, a1, a2, a3] = a;
  const [b0, b1, b2, b3] = b;
  const xzRe = sub(mul(a0, b0), mul(a1, b1));
  const xzIm = add(mul(a0, b1), mul(a1, b0));
  const ywRe = sub(mul(a2, b2), mul(a3, b3));
  const ywIm = add(mul(a2, b3), mul(a3, b2));
  const crossRe = add(sub(mul(a0, b2), mul(a1, b3)), sub(mul(a2, b0), mul(a3, b1)));
  const crossIm = add(add(mul(a0, b3), mul(a1, b2)), add(mul(a2, b1), mul(a3, b0)));
  return [add(xzRe, sub(add(ywRe, ywRe), ywIm)), add(xzIm, add(add(ywIm, ywIm), ywRe)), crossRe, crossIm];
};

/** The automorphism that fixes CM31: u -> -u. A base-field polynomial satisfies f(conj z) = conj f(z). */
export const qConj = (a: Qm31): Qm31 => [a[0], a[1], neg(a[2]), neg(a[3])];

/** 1/(x + y u) = (x - y u)/(x^2 - (2 + i) y^2), the denominator being in CM31. The inverse of 0 is 0. */
export const qInv = (a: Qm31): Qm31 => {
  const norm = qMul(a, qConj(a));
  const d = inv(add(mul(norm[0], norm[0]), mul(norm[1], norm[1])));
  const normInverse: Qm31 = [mul(norm[0], d), neg(mul(norm[1], d)), 0, 0];
  return qMul(qConj(a), normInverse);
};

export const qEqual = (a: Qm31, b: Qm31): boolean => a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3];

export const qPow = (base: Qm31, exponent: number): Qm31 => {
  let result: Qm31 = Q_ONE;
  let square = base;
  for (let e = exponent; e > 0; e = Math.floor(e / 2)) {
    if (e % 2 === 1) result = qMul(result, square);
    square = qMul(square, square);
  }
  return result;
};

/** Reads four consecutive words of `words` at `4 * index`; out-of-range words read as 0. */
export const qAt = (words: ArrayLike<number>, index: number): Qm31 => [
  words[4 * index] ?? 0,
  words[4 * index + 1] ?? 0,
  words[4 * index + 2] ?? 0,
  words[4 * index + 3] ?? 0,
];

/** Combines the evaluations of the four coordinate polynomials of an extension-valued column. */
export const qFromCoordinates = (v0: Qm31, v1: Qm31, v2: Qm31, v3: Qm31): Qm31 =>
  qAdd(qAdd(v0, qMul(v1, [0, 1, 0, 0])), qAdd(qMul(v2, [0, 0, 1, 0]), qMul(v3, [0, 0, 0, 1])));
