/** The folds of FRI and the last polynomial, common to prover and verifier. */
import { doubleX, storagePoint } from './circle.ts';
import { twiddles } from './fft.ts';
import { inv, Q_ZERO, type Qm31, qAdd, qMul, qMulBase, qSub } from './field.ts';

/**
 * Folds the 2^a consecutive storage values of one coset to one value with alpha, alpha^2, alpha^4, ... Fold i of the
 * whole protocol pairs values whose points differ in the sign of y (i = 0) or of pi^(i-1)(x), unnormalised:
 * (u + v) + alpha (u - v) / t.
 * `logDomain` is the log2 of the size of FRI's first domain, `done` the folds already made, `index` the position of the
 * coset in the domain folded by done + a.
 */
export const foldCoset = (
  values: readonly Qm31[],
  alpha: Qm31,
  logDomain: number,
  done: number,
  index: number,
): Qm31 => {
  let current = values;
  let power = alpha;
  for (let fold = done; current.length > 1; fold++) {
    const half = current.length / 2;
    current = Array.from({ length: half }, (_, j) => {
      const u = current[2 * j] as Qm31;
      const v = current[2 * j + 1] as Qm31;
      const t = foldTwiddle(logDomain, fold, index * half + j);
      return qAdd(qAdd(u, v), qMul(power, qMulBase(qSub(u, v), inv(t))));
    });
    power = qMul(power, power);
  }
  return current[0] as Qm31;
};

/** y or pi^(fold-1)(x) of the pair `h` of the domain after `fold` folds. */
const foldTwiddle = (logDomain: number, fold: number, h: number): number => {
  const [x, y] = storagePoint(h * 2 ** (fold + 1), logDomain);
  if (fold === 0) return y;
  let t = x;
  for (let i = 1; i < fold; i++) t = doubleX(t);
  return t;
};

/** pi^(folds-1)(x) of the point at storage index `q`: where the last polynomial is evaluated after `folds` folds. */
export const lastLayerPoint = (logDomain: number, folds: number, q: number): number => {
  let x = storagePoint(q, logDomain)[0];
  for (let i = 1; i < folds; i++) x = doubleX(x);
  return x;
};

/** The last polynomial at x: coefficient k goes with the product of pi^j(x) over the set bits j of k. */
export const evaluateLastLayer = (coefficients: readonly Qm31[], x: number): Qm31 => {
  let current = coefficients;
  const factors: number[] = [];
  for (let t = x; 2 ** factors.length < coefficients.length; t = doubleX(t)) factors.push(t);
  for (let bit = factors.length - 1; bit >= 0; bit--) {
    const half = 2 ** bit;
    const low = current;
    current = Array.from({ length: half }, (_, i) =>
      qAdd(low[i] ?? Q_ZERO, qMulBase(low[i + half] ?? Q_ZERO, factors[bit] as number)),
    );
  }
  return current[0] ?? Q_ZERO;
};

/** Coefficients of a word on the line after `folds` folds of the circle domain. */
export const interpolateLine = (word: readonly Qm31[], logDomain: number, folds: number): Qm31[] => {
  const { inverseLayers } = twiddles(logDomain);
  const out = [...word];
  for (let layer = 0; 2 ** layer < out.length; layer++) {
    const stride = 2 ** layer;
    const t = inverseLayers[folds + layer] as Uint32Array;
    for (let h = 0, base = 0; base < out.length; h++, base += 2 * stride) {
      for (let i = base; i < base + stride; i++) {
        const [u, v] = [out[i] as Qm31, out[i + stride] as Qm31];
        out[i] = qAdd(u, v);
        out[i + stride] = qMulBase(qSub(u, v), t[h] as number);
      }
    }
  }
  const scale = inv(out.length);
  return out.map((q) => qMulBase(q, scale));
};

/** The tier over another way to fill the trace: tests prove forged ones. */
