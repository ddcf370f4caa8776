/** Effective addresses: rs1 + imm, split into a word address below 2^30 and the rest. */
import type { ChipBuilder, Limbs } from '../chip.ts';
import { add, type Expr, mul, type Term } from '../expr.ts';
import { type W, w } from '../witness.ts';
import { addLimbs } from './arithmetic.ts';

export interface Address {
  /** Word address as a linear expression, in [0, 2^30). */
  readonly word: Expr;
  /** The byte address as a witness value. */
  readonly value: W;
}

/**
 * Proves byte address = base + imm mod 2^32 = 4 (low + 2^14 high) + offset with low < 2^14, high < 2^16 by lookup.
 * `offset` must be shown to be in [0, 4) by the caller. Two columns, two lookups.
 */
export const effectiveAddress = (b: ChipBuilder, base: Limbs, imm: Limbs, value: W, offset: Term): Address => {
  const low = b.column('word_lo', w.and(w.shr(value, 2), 0x3fff));
  const high = b.column('address_hi', w.shr(value, 16));
  addLimbs(b, 'rs1 + imm = address', base, imm, { lo: add(mul(low, 4), offset), hi: high });
  b.range(low, 14);
  b.range(high);
  return { word: add(low, mul(high, 2 ** 14)), value };
};
