/**
 * The circle FFT (ePrint 2024/278, section 4): values on a canonic coset in storage order <-> coefficients in the
 * basis whose element k is the product over the set bits of k: bit 0 -> y, bit 1 -> x, bit j -> pi^(j-1)(x).
 */
import { doubleXExtension, type ExtensionPoint, halfCosetStorage } from './circle.ts';
import { add, inv, mul, Q_ONE, Q_ZERO, type Qm31, qAdd, qMul, qMulBase, sub } from './field.ts';

interface Twiddles {
  /** layers[i][h] multiplies block h of layer i; layer 0 holds y, layer i >= 1 holds x of the doubled half coset. */
  readonly layers: readonly Uint32Array[];
  readonly inverseLayers: readonly Uint32Array[];
}

const cache = new Map<number, Twiddles>();

/** Inverts every entry with one field inversion (Montgomery's trick). Entries must be non-zero. */
export const batchInverse = (values: Uint32Array): Uint32Array => {
  const out = new Uint32Array(values.length);
  let product = 1;
  for (let i = 0; i < values.length; i++) {
    out[i] = product;
    product = mul(product, values[i] as number);
  }
  let suffix = inv(product);
  for (let i = values.length - 1; i >= 0; i--) {
    out[i] = mul(out[i] as number, suffix);
    suffix = mul(suffix, values[i] as number);
  }
  return out;
};

/** Twiddles of the canonic coset of size 2^logN, logN >= 1. */
export const twiddles = (logN: number): Twiddles => {
  const known = cache.get(logN);
  if (known) return known;
  const { x, y } = halfCosetStorage(logN);
  const layers: Uint32Array[] = [y];
  if (logN >= 2) {
    const first = new Uint32Array(2 ** (logN - 2));
    for (let h = 0; h < first.length; h++) first[h] = x[2 * h] as number;
    layers.push(first);
    // Doubling maps the half coset onto that of the next smaller canonic coset: its later layers are shared.
    layers.push(...twiddles(logN - 1).layers.slice(1));
  }
  const result = { layers, inverseLayers: layers.map(batchInverse) };
  cache.set(logN, result);
  return result;
};

/** Values in storage order (length 2^n, n >= 1) to coefficients. */
export const interpolate = (values: Uint32Array): Uint32Array => {
  const n = values.length;
  const logN = Math.log2(n);
  const out = Uint32Array.from(values);
  const { inverseLayers } = twiddles(logN);
  for (let layer = 0; layer < logN; layer++) {
    const stride = 2 ** layer;
    const t = inverseLayers[layer] as Uint32Array;
    for (let h = 0, base = 0; base < n; h++, base += 2 * stride) {
      const w = t[h] as number;
      for (let i = base; i < base + stride; i++) {
        const u = out[i] as number;
        const v = out[i + stride] as number;
        out[i] = add(u, v);
        out[i + stride] = mul(sub(u, v), w);
      }
    }
  }
  const scale = inv(n);
  for (let i = 0; i < n; i++) out[i] = mul(out[i] as number, scale);
  return out;
};

/** Coefficients, zero-extended to 2^logSize, to values in storage order on the canonic coset of that size. */
export const evaluate = (coefficients: Uint32Array, logSize: number): Uint32Array => {
  const n = 2 ** logSize;
  const out = new Uint32Array(n);
  // The layers above the coefficients' own size only repeat them.
  for (let at = 0; at < n; at += coefficients.length) out.set(coefficients, at);
  const { layers } = twiddles(logSize);
  for (let layer = Math.log2(coefficients.length) - 1; layer >= 0; layer--) {
    const stride = 2 ** layer;
    const t = layers[layer] as Uint32Array;
    for (let h = 0, base = 0; base < n; h++, base += 2 * stride) {
      const w = t[h] as number;
      for (let i = base; i < base + stride; i++) {
        const u = out[i] as number;
        const v = mul(out[i + stride] as number, w);
        out[i] = add(u, v);
        out[i + stride] = sub(u, v);
      }
    }
  }
  return out;
};

/** Low-degree extension of values on the canonic coset 2^n to the one of size 2^(n + logBlowup). */
export const extend = (values: Uint32Array, logBlowup: number): Uint32Array =>
  evaluate(interpolate(values), Math.log2(values.length) + logBlowup);

/** The factors [y, x, pi(x), pi^2(x), ...] of the basis at a point; `logN` of them. */
export const basisFactors = (point: ExtensionPoint, logN: number): Qm31[] => {
  const factors: Qm31[] = [point[1]];
  let x = point[0];
  for (let i = 1; i < logN; i++) {
    factors.push(x);
    x = doubleXExtension(x);
  }
  return factors.slice(0, logN);
};

/** Every basis element at a point: 2^logN extension elements, four words each. */
export const basisAt = (point: ExtensionPoint, logN: number): Uint32Array => {
  const out = new Uint32Array(4 * 2 ** logN);
  out.set(Q_ONE, 0);
  basisFactors(point, logN).forEach((factor, bit) => {
    for (let i = 0; i < 2 ** bit; i++) {
      const low: Qm31 = [out[4 * i], out[4 * i + 1], out[4 * i + 2], out[4 * i + 3]] as unknown as Qm31;
      out.set(qMul(low, factor), 4 * (i + 2 ** bit));
    }
  });
  return out;
};

/** The polynomial with these base coefficients at an extension point. */
export const evaluateAt = (coefficients: Uint32Array, basis: Uint32Array): Qm31 => {
  let sum: Qm31 = Q_ZERO;
  for (let i = 0; i < coefficients.length; i++) {
    const c = coefficients[i] as number;
    if (c === 0) continue;
    const b: Qm31 = [basis[4 * i], basis[4 * i + 1], basis[4 * i + 2], basis[4 * i + 3]] as unknown as Qm31;
    sum = qAdd(sum, qMulBase(b, c));
  }
  return sum;
};
