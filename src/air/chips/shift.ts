/**
 * Logical shifts. Each limb L of rs1 is cut at bit e: L = H 2^e + M with M < 2^e and H < 2^(16-e) by lookup, where
 * e = 16 - r for a left shift by r (mod 16) and e = r for a right one. With E = 2^e and F = 2^(16-e), a left shift is
 * (M0 F, M1 F + H0), a right shift (H0 + M1 F, H1), moved by a whole limb where the amount is 16 or more. As H F' + M
 * stays below 2^16 (E F = 2^16 by the program or the constraint), the cut is unique over the integers, and the result's
 * limbs need no check. The four cases have a selector each, whose sum is the enabler; products of a selector, a half
 * and F are of degree three.
 *
 * Immediate form: 22 columns (E, F and the limb move are constants of the program); fractions: state 2, program 1,
 * registers 4, clock differences 2, halves 4: 13 in 7 secure columns: 50 cells. Register form: 28 columns and 18
 * fractions in 9: 64 cells.
 */

import { inv } from '../../core/field.ts';
import { OP } from '../../core/isa.ts';
import { type Chip, type ChipBuilder, defineChip, type Limbs } from '../chip.ts';
import { add, type Expr, mul, sub } from '../expr.ts';
import { RANGE, SHIFT } from '../relations.ts';
import { type W, w } from '../witness.ts';
import { frame, inBothForms } from './frame.ts';

interface Selectors {
  readonly left0: Expr;
  readonly left1: Expr;
  readonly right0: Expr;
  readonly right1: Expr;
  readonly right: Expr;
  readonly moved: Expr;
}

/** One selector per direction and limb move; their sum becomes the enabler. */
const selectors = (b: ChipBuilder, isRight: W, isMoved: W): Selectors => {
  const is = (right: number, moved: number): W => w.and(w.eq(isRight, right), w.eq(isMoved, moved));
  const left0 = b.bit('left0', is(0, 0));
  const left1 = b.bit('left1', is(0, 1));
  const right0 = b.bit('right0', is(1, 0));
  const right1 = b.bit('right1', is(1, 1));
  b.enableBy(add(left0, left1, right0, right1));
  return { left0, left1, right0, right1, right: add(right0, right1), moved: add(left1, right1) };
};

interface Cut {
  readonly low: Expr;
  readonly high: Expr;
}

const cutLimb = (b: ChipBuilder, name: string, limb: Expr, value: W, e: W, E: Expr, F: Expr): Cut => {
  const high = b.column(`${name}_high`, w.shr(value, e));
  const low = b.column(`${name}_low`, w.and(value, w.sub(w.shl(1, e), 1)));
  b.zero(`${name} is cut`, sub(limb, add(mul(high, E), low)));
  b.take(RANGE, [E, low]);
  b.take(RANGE, [F, high]);
  return { low, high };
};

/** The result's limbs. `e` is the cut's exponent, `amount` the shift as witness values. */
const shifted = (b: ChipBuilder, a: Limbs, s: Selectors, E: Expr, F: Expr, e: W, amount: W, isRight: W): Limbs => {
  const word = b.record('a');
  const c0 = cutLimb(b, 'lower', a.lo, w.and(word, 0xffff), e, E, F);
  const c1 = cutLimb(b, 'upper', a.hi, w.shr(word, 16), e, E, F);
  const result = b.limbs('c', w.select(isRight, w.shr(word, amount), w.shl(word, amount)));
  const low = add(mul(s.left0, c0.low, F), mul(s.right0, add(c0.high, mul(c1.low, F))), mul(s.right1, c1.high));
  const high = add(mul(s.left0, add(mul(c1.low, F), c0.high)), mul(s.left1, c0.low, F), mul(s.right0, c1.high));
  b.zero('lower limb of the result', sub(result.lo, low));
  b.zero('upper limb of the result', sub(result.hi, high));
  return result;
};

/** log2 of a power of two up to 2^16, as a witness value. */
const log2 = (power: W): W => {
  let sum: W = w.constant(0);
  for (let i = 1; i <= 16; i++) sum = w.add(sum, w.mul(i, w.eq(power, 2 ** i)));
  return sum;
};

export const shiftImmChip: Chip = inBothForms({
  name: 'shift_imm',
  record: ['idx', 'clk', 'a', 'old', 'prev1', 'prevd'],
  build: (b, open) => {
    const row = b.record('idx');
    const isRight = w.sub(w.lookup('program', 1, row), OP.SLLI);
    const isMoved = w.lookup('program', 7, row);
    const s = selectors(b, isRight, isMoved);
    const f = open();
    const E = f.fieldColumn('k0');
    const F = f.fieldColumn('k1');
    const a = f.readRs1('a', b.record('a'));
    const e = log2(f.field('k0'));
    const bits = w.select(isRight, e, w.sub(16, e));
    f.writeRd(shifted(b, a, s, E, F, e, w.add(bits, w.shl(isMoved, 4)), isRight));
    f.lookUp({ op: add(mul(s.right, OP.SRLI), mul(add(s.left0, s.left1), OP.SLLI)), k2: s.moved });
    f.goTo();
  },
});

export const shiftRegChip: Chip = defineChip({
  name: 'shift_reg',
  record: ['idx', 'clk', 'a', 'b', 'old', 'prev1', 'prev2', 'prevd'],
  build: (b) => {
    const amount = w.and(b.record('b'), 31);
    const r = w.and(amount, 15);
    const isRight = w.sub(w.lookup('program', 1, b.record('idx')), OP.SLL);
    const s = selectors(b, isRight, w.shr(amount, 4));
    const f = frame(b);
    const a = f.readRs1('a', b.record('a'));
    const shift = f.readRs2('b', b.record('b'));
    const amountColumn = b.column('amount', amount);
    // The rest of the low limb is (lo - amount) / 32 < 2^11, which also makes the amount lo mod 32.
    b.range(mul(sub(shift.lo, amountColumn), inv(32)), 11);
    const power = b.column('power', w.shl(1, r));
    b.take(SHIFT, [amountColumn, power, s.moved]);
    const e = w.select(isRight, r, w.sub(16, r));
    const E = b.column('E', w.shl(1, e));
    const F = b.column('F', w.shl(1, w.sub(16, e)));
    b.zero('E F = 2^16', sub(mul(E, F), mul(b.enabler(), 65536)));
    b.zero('E is the power of a right shift', mul(s.right, sub(E, power)));
    b.zero('F is the power of a left shift', mul(add(s.left0, s.left1), sub(F, power)));
    f.writeRd(shifted(b, a, s, E, F, e, amount, isRight));
    f.lookUp({ op: add(mul(s.right, OP.SRL), mul(add(s.left0, s.left1), OP.SLL)) });
    f.goTo();
  },
});
