/**
 * `mul`, `mulhu`: the 64-bit product of two words in bytes, and `divu`, `remu` on top of the same columns' sums.
 * S_k, the sum of the byte products of weight 2^8k, is below 2^18, and S_k + 2^8 S_(k+1) below 2^26.1, so that with
 * carries checked to 11 bits every equation holds over the integers. The signed forms are sequences over these.
 */
import { OP } from '../../core/isa.ts';
import { type Chip, type ChipBuilder, defineChip, type Limbs } from '../chip.ts';
import { add, type Expr, mul, sub } from '../expr.ts';
import { type W, w } from '../witness.ts';
import { bytes, frame } from './frame.ts';

type Bytes = readonly [Expr, Expr, Expr, Expr];

const checkedBytes = (b: ChipBuilder, name: string, word: W): Bytes => {
  const v = bytes(b, name, word);
  for (const byte of v) b.range(byte, 8);
  return v;
};

const limbsOf = (v: Bytes): Limbs => ({ lo: add(v[0], mul(v[1], 256)), hi: add(v[2], mul(v[3], 256)) });

/** S_k for k in [0, 6]. */
const productSums = (x: Bytes, y: Bytes): Expr[] =>
  Array.from({ length: 7 }, (_, k) => {
    const terms: Expr[] = [];
    x.forEach((xi, i) => {
      const yj = y[k - i];
      if (yj) terms.push(mul(xi, yj));
    });
    return add(...terms);
  });

/** S_k + 2^8 S_(k+1) of two words, as a witness value below 2^27. */
const pairSum = (x: W, y: W, k: number): W => {
  let sum: W = w.constant(0);
  const byte = (v: W, i: number): W => w.and(w.shr(v, 8 * i), 255);
  for (const [weight, at] of [
    [1, k],
    [256, k + 1],
  ] as const) {
    for (let i = Math.max(0, at - 3); i <= Math.min(3, at); i++) {
      sum = w.add(sum, w.mul(weight, w.mul(byte(x, i), byte(y, at - i))));
    }
  }
  return sum;
};

const CARRY_BITS = 11;

/** 28 columns; fractions 26 in 13 secure columns: 80 cells. */
export const mulChip: Chip = defineChip({
  name: 'mul',
  record: ['idx', 'clk', 'a', 'b', 'old', 'prev1', 'prev2', 'prevd'],
  build: (b) => {
    const f = frame(b);
    const [x, y] = [b.record('a'), b.record('b')];
    const isHigh = w.sub(f.field('op'), OP.MUL);
    const high = b.bit('high', isHigh);
    const xs = checkedBytes(b, 'a', x);
    const ys = checkedBytes(b, 'b', y);
    f.accessRs1(limbsOf(xs));
    f.accessRs2(limbsOf(ys));
    const sums = productSums(xs, ys);
    const lower = b.limbs('product_lower', w.mul(x, y));
    const upper = b.limbs('product_upper', w.mulhi(x, y));
    let carry: Expr = mul(lower.lo, 0);
    let carryValue: W = w.constant(0);
    [lower.lo, lower.hi, upper.lo, upper.hi].forEach((limb, i) => {
      const pair = add(sums[2 * i] as Expr, mul(sums[2 * i + 1] ?? mul(limb, 0), 256), carry);
      const total = w.add(pairSum(x, y, 2 * i), carryValue);
      if (i === 3) {
        // Below 2^16 without a check: the other limbs and carries are exact, and the product is below 2^64.
        b.zero('top limb of the product', sub(pair, limb));
        return;
      }
      b.range(limb);
      carryValue = w.shr(total, 16);
      carry = b.column(`carry${i}`, carryValue);
      b.range(carry, CARRY_BITS);
      b.zero(`limb ${i} of the product`, sub(pair, add(limb, mul(carry, 65536))));
    });
    const result = b.limbs('c', w.select(isHigh, w.mulhi(x, y), w.mul(x, y)));
    b.zero('lower limb of the result', sub(result.lo, add(lower.lo, mul(high, sub(upper.lo, lower.lo)))));
    b.zero('upper limb of the result', sub(result.hi, add(lower.hi, mul(high, sub(upper.hi, lower.hi)))));
    f.writeRd(result);
    f.lookUp({ op: add(high, OP.MUL) });
    f.goTo();
  },
});

/**
 * `divu`, `remu`: a = q d + r with the product below 2^32, and r < d shown as d = r + 1 + e. For d = 0 RISC-V asks for
 * q = 2^32 - 1 and r = a: `zero` is 1 exactly where the bytes of d sum to 0, and then the bytes of q sum to 4 * 255.
 * 34 columns; fractions 25 in 13 secure columns: 86 cells.
 */
export const divChip: Chip = defineChip({
  name: 'div',
  record: ['idx', 'clk', 'a', 'b', 'old', 'prev1', 'prev2', 'prevd'],
  build: (b) => {
    const f = frame(b);
    const [x, y] = [b.record('a'), b.record('b')];
    const quotientWord = w.divu(x, y);
    const remainderWord = w.sub(x, w.mul(quotientWord, y));
    const isRem = w.sub(f.field('op'), OP.DIVU);
    const rem = b.bit('remainder_wanted', isRem);
    const a = f.readRs1('a', x);
    const d = checkedBytes(b, 'd', y);
    f.accessRs2(limbsOf(d));
    const q = checkedBytes(b, 'q', quotientWord);
    const r = b.limbs('r', remainderWord);
    b.range(r.lo);
    b.range(r.hi);
    const byteSum = (v: Bytes): Expr => add(v[0], v[1], v[2], v[3]);
    const isZero = w.eq(y, 0);
    const zero = b.bit('zero', isZero);
    const ySum = w.add(w.add(w.and(y, 255), w.and(w.shr(y, 8), 255)), w.add(w.and(w.shr(y, 16), 255), w.shr(y, 24)));
    const inverse = b.column('inverse', w.finv(ySum));
    const nonZero = sub(b.enabler(), zero);
    b.zero('zero divisor has no bytes', mul(zero, byteSum(d)));
    b.zero('other divisors have an inverse', sub(mul(byteSum(d), inverse), nonZero));
    b.zero('zero divisor gives all ones', mul(zero, sub(byteSum(q), 4 * 255)));

    const sums = productSums(q, d);
    const s = (k: number): Expr => sums[k] as Expr;
    const total = w.add(pairSum(quotientWord, y, 0), w.and(remainderWord, 0xffff));
    const carry = b.column('carry', w.shr(total, 16));
    b.range(carry, CARRY_BITS);
    b.zero('lower limb of q d + r', sub(add(s(0), mul(s(1), 256), r.lo), add(a.lo, mul(carry, 65536))));
    b.zero('upper limb of q d + r', sub(add(s(2), mul(s(3), 256), r.hi, carry), a.hi));
    b.zero('q d is below 2^32', add(s(4), s(5), s(6)));

    const slack = b.limbs('slack', w.select(isZero, 0, w.sub(w.sub(y, remainderWord), 1)));
    b.range(slack.lo);
    b.range(slack.hi);
    const dl = limbsOf(d);
    const low = sub(add(r.lo, slack.lo, 1), dl.lo);
    b.zero('r < d: low carry is a bit', mul(nonZero, low, sub(low, 65536)));
    // 2^16 (r.hi + slack.hi - d.hi) + low = 0: no inverse of 2^16 is needed, and |low| <= 2^17 keeps it exact.
    const high = add(mul(sub(add(r.hi, slack.hi), dl.hi), 32768 * 2), low);
    b.zero('r < d: no carry out', mul(nonZero, high));

    const result = b.limbs('c', w.select(isRem, remainderWord, quotientWord));
    const ql = limbsOf(q);
    b.zero('lower limb of the result', sub(result.lo, add(ql.lo, mul(rem, sub(r.lo, ql.lo)))));
    b.zero('upper limb of the result', sub(result.hi, add(ql.hi, mul(rem, sub(r.hi, ql.hi)))));
    f.writeRd(result);
    f.lookUp({ op: add(rem, OP.DIVU) });
    f.goTo();
  },
});
