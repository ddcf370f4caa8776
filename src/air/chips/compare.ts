/**
 * Comparison: `slt`, `sltu`, and the branches.
 *
 * For a < b the difference d = a - b is taken limb by limb; each limb's borrow is a bit by t (t + 2^16) = 0, and the
 * last borrow is the result, linear in the columns. Signed operands first get their top limb shifted by 2^15 mod 2^16:
 * x = hi +- 2^15 with x a checked 16-bit value leaves one choice of sign, since hi is 16 bits too.
 */
import { OP } from '../../core/isa.ts';
import { type Chip, type ChipBuilder, defineChip, type Limbs } from '../chip.ts';
import { add, type Expr, mul, sub, type Term } from '../expr.ts';
import { type W, w } from '../witness.ts';
import { INVERSE_2_16 } from './arithmetic.ts';
import { type Frame, frame } from './frame.ts';

/** 1 where a < b, as a linear expression. `signed` is a bit on rows in use and 0 on padding. */
const lessThan = (b: ChipBuilder, x: Limbs, y: Limbs, signed: Expr, isSigned: W): Expr => {
  const [a, c] = [b.record('a'), b.record('b')];
  const bias = (word: W): W => w.xor(word, w.shl(isSigned, 31));
  const top = (name: string, limbs: Limbs, word: W): Expr => {
    const e = b.column(name, w.shr(bias(word), 16));
    const moved = sub(e, limbs.hi);
    b.zero(`${name} is biased for signed operands`, sub(mul(moved, moved), mul(signed, 2 ** 30)));
    b.range(e);
    return e;
  };
  const topA = top('a_top', x, a);
  const topB = top('b_top', y, c);
  const d = b.limbs('difference', w.sub(bias(a), bias(c)));
  b.range(d.lo);
  b.range(d.hi);
  const low = sub(sub(x.lo, y.lo), d.lo);
  b.zero('low borrow is a bit', mul(low, add(low, 65536)));
  const high = add(sub(sub(topA, topB), d.hi), mul(low, INVERSE_2_16));
  b.zero('high borrow is a bit', mul(high, add(high, 65536)));
  return mul(high, -INVERSE_2_16);
};

/** next = idx + 1, or the target k0 where `taken` (degree at most 2) is 1. */
const branchTo = (b: ChipBuilder, f: Frame, taken: Expr, isTaken: W): void => {
  const fallThrough = add(f.idx, b.enabler());
  const next = b.column('next', w.select(isTaken, f.field('k0'), w.add(b.record('idx'), 1)));
  b.zero(
    'next is the target where taken',
    sub(sub(next, fallThrough), mul(taken, sub(f.fieldColumn('k0'), fallThrough))),
  );
  f.goTo(next);
};

const xor = (a: Term, b: Term): Expr => sub(add(a, b), mul(2, a, b));
const lt = (a: W, b: W, isSigned: W): W => w.lt(w.xor(a, w.shl(isSigned, 31)), w.xor(b, w.shl(isSigned, 31)));

/** 20 columns; fractions 16 in 8 secure columns: 52 cells. */
export const compareChip: Chip = defineChip({
  name: 'compare',
  record: ['idx', 'clk', 'a', 'b', 'old', 'prev1', 'prev2', 'prevd'],
  build: (b) => {
    const f = frame(b);
    const isUnsigned = w.sub(f.field('op'), OP.SLT);
    const unsigned = b.bit('unsigned', isUnsigned);
    const x = f.readRs1('a', b.record('a'));
    const y = f.readRs2('b', b.record('b'));
    const less = lessThan(b, x, y, sub(b.enabler(), unsigned), w.xor(isUnsigned, 1));
    f.writeRd({ lo: less, hi: mul(less, 0) });
    f.lookUp({ op: add(unsigned, OP.SLT) });
    f.goTo();
  },
});

/** 18 columns; fractions 13 in 7 secure columns: 46 cells. */
export const branchLtChip: Chip = defineChip({
  name: 'branch_lt',
  record: ['idx', 'clk', 'a', 'b', 'prev1', 'prev2'],
  build: (b) => {
    const f = frame(b);
    const code = w.sub(f.field('op'), OP.BLT);
    const unsigned = b.bit('unsigned', w.shr(code, 1));
    const negated = b.bit('negated', w.and(code, 1));
    const isSigned = w.xor(w.shr(code, 1), 1);
    const x = f.readRs1('a', b.record('a'));
    const y = f.readRs2('b', b.record('b'));
    const less = lessThan(b, x, y, sub(b.enabler(), unsigned), isSigned);
    branchTo(b, f, xor(less, negated), w.xor(lt(b.record('a'), b.record('b'), isSigned), w.and(code, 1)));
    f.lookUp({ op: add(mul(unsigned, 2), negated, OP.BLT) });
  },
});

/**
 * `beq`, `bne`: equal = 1 forces both limb differences to 0; equal = 0 needs inverses that make their combination 1.
 * 16 columns; fractions 9 in 5 secure columns: 36 cells.
 */
export const branchEqChip: Chip = defineChip({
  name: 'branch_eq',
  record: ['idx', 'clk', 'a', 'b', 'prev1', 'prev2'],
  build: (b) => {
    const f = frame(b);
    const [a, c] = [b.record('a'), b.record('b')];
    const negated = b.bit('negated', w.sub(f.field('op'), OP.BEQ));
    const x = f.readRs1('a', a);
    const y = f.readRs2('b', c);
    const equal = b.column('equal', w.eq(a, c));
    const [lowA, lowB] = [w.and(a, 0xffff), w.and(c, 0xffff)];
    const inverseLow = b.column('inverse_lo', w.finv(w.fsub(lowA, lowB)));
    const highDifference = w.fsub(w.shr(a, 16), w.shr(c, 16));
    const inverseHigh = b.column('inverse_hi', w.select(w.eq(lowA, lowB), w.finv(highDifference), 0));
    const [low, high] = [sub(x.lo, y.lo), sub(x.hi, y.hi)];
    b.zero('equal means equal low limbs', mul(equal, low));
    b.zero('equal means equal high limbs', mul(equal, high));
    b.zero('unequal limbs have inverses', sub(add(mul(low, inverseLow), mul(high, inverseHigh), equal), b.enabler()));
    branchTo(b, f, xor(equal, negated), w.xor(w.eq(a, c), w.sub(f.field('op'), OP.BEQ)));
    f.lookUp({ op: add(negated, OP.BEQ) });
  },
});
