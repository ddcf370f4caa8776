/** Carries without carry columns: 2^16 divides a limb difference that is 0 or 2^16. */
import { inv } from '../../core/field.ts';
import type { ChipBuilder, Limbs } from '../chip.ts';
import { add, type Expr, mul, sub } from '../expr.ts';

export const INVERSE_2_16: number = inv(65536);

/**
 * Shows x + y = z mod 2^32 for limbs in [0, 2^16). With t = x.lo + y.lo - z.lo, t (t - 2^16) = 0 says that the carry
 * is a bit; t / 2^16 enters the upper limb linearly. |t| < 2^17 < p, so the field equations hold over the integers.
 * Returns the carry out of the upper limb.
 */
export const addLimbs = (b: ChipBuilder, name: string, x: Limbs, y: Limbs, z: Limbs): Expr => {
  const low = sub(add(x.lo, y.lo), z.lo);
  b.zero(`${name}: low carry is a bit`, mul(low, sub(low, 65536)));
  const high = sub(add(x.hi, y.hi, mul(low, INVERSE_2_16)), z.hi);
  b.zero(`${name}: high carry is a bit`, mul(high, sub(high, 65536)));
  return mul(high, INVERSE_2_16);
};

/**
 * Shows x + y + z = sum mod 2^32 for limbs in [0, 2^16), as above, the carries being 0, 1 or 2: |t| < 2^18, of degree three.
 */
export const addThreeLimbs = (b: ChipBuilder, name: string, x: Limbs, y: Limbs, z: Limbs, sum: Limbs): void => {
  const carries = (t: Expr): Expr => mul(t, sub(t, 65536), sub(t, 2 * 65536));
  const low = sub(add(x.lo, y.lo, z.lo), sum.lo);
  b.zero(`${name}: low carry`, carries(low));
  b.zero(`${name}: high carry`, carries(sub(add(x.hi, y.hi, z.hi, mul(low, INVERSE_2_16)), sum.hi)));
};
