/**
 * DEEP quotients over the circle (ePrint 2024/278, section 3.3 and stwo's form of it): a base-field polynomial f with
 * f(z) = v takes the conjugate value at conj z, so f minus the line a y + b through both is divisible by the line
 * through z and conj z. Batched: (sum gamma f - (A y + B)) / L.
 */
import type { ExtensionPoint, Point } from './circle.ts';
import { add, inv, mul, neg, Q_ZERO, type Qm31, qAdd, qConj, qInv, qMul, qMulBase, qSub, sub } from './field.ts';

/** A and B of the batched line: sums of gamma a and gamma b over the samples at one point. */
export interface BatchedLine {
  readonly a: Qm31;
  readonly b: Qm31;
}

export const batchLines = (point: ExtensionPoint, samples: readonly Qm31[], gammas: readonly Qm31[]): BatchedLine => {
  const y = point[1];
  const inverse = qInv(qSub(qConj(y), y));
  let a = Q_ZERO;
  let b = Q_ZERO;
  samples.forEach((v, k) => {
    const gamma = gammas[k] as Qm31;
    const slope = qMul(qSub(qConj(v), v), inverse);
    a = qAdd(a, qMul(gamma, slope));
    b = qAdd(b, qMul(gamma, qSub(v, qMul(slope, y))));
  });
  return { a, b };
};

/** The line through z and conj z at a base point: (p.x - Re x) Im y - (p.y - Re y) Im x, in CM31 = [re, im]. */
const lineAt = (point: ExtensionPoint, p: Point): readonly [number, number] => {
  const [x, y] = point;
  const dx: readonly [number, number] = [sub(p[0], x[0]), neg(x[1])];
  const dy: readonly [number, number] = [sub(p[1], y[0]), neg(y[1])];
  const product = (c: readonly [number, number], re: number, im: number): readonly [number, number] => [
    sub(mul(c[0], re), mul(c[1], im)),
    add(mul(c[0], im), mul(c[1], re)),
  ];
  const left = product(dx, y[2], y[3]);
  const right = product(dy, x[2], x[3]);
  return [sub(left[0], right[0]), sub(left[1], right[1])];
};

/** (sum - (A p.y + B)) / L(p). The line meets the circle in z and conj z only, so L is not 0
 * at a base point: `drawOodsPoints` excludes the points where the line degenerates. */
export const deepQuotient = (point: ExtensionPoint, line: BatchedLine, p: Point, sum: Qm31): Qm31 => {
  const [re, im] = lineAt(point, p);
  const d = inv(add(mul(re, re), mul(im, im)));
  const inverse: Qm31 = [mul(re, d), neg(mul(im, d)), 0, 0];
  return qMul(qSub(sum, qAdd(qMulBase(line.a, p[1]), line.b)), inverse);
};

/** Sum over all values, taken list after list, of weight times value; four words a weight. */
export const weightedSum = (weights: Uint32Array, lists: readonly Uint32Array[]): Qm31 => {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let at = 0;
  for (const values of lists) {
    for (const v of values) {
      s0 = add(s0, mul(weights[at++] as number, v));
      s1 = add(s1, mul(weights[at++] as number, v));
      s2 = add(s2, mul(weights[at++] as number, v));
      s3 = add(s3, mul(weights[at++] as number, v));
    }
  }
  return [s0, s1, s2, s3];
};
