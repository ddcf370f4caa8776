/**
 * `lbu`, `lhu`, `sb`, `sh`. The word's limb that holds the lane is split into two bytes, b0 and b1, both checked; the
 * offset in the word is 2 upper + odd, and a half-word access has odd = 0. Signed loads are these followed by the sign
 * trick (x ^ s) - s, so no sign is extracted here.
 */
import { OP } from '../../core/isa.ts';
import { type Chip, type ChipBuilder, defineChip, type Limbs } from '../chip.ts';
import { add, type Expr, mul, sub } from '../expr.ts';
import { type W, w } from '../witness.ts';
import { effectiveAddress } from './address.ts';
import { type Frame, frame } from './frame.ts';

interface Lane {
  readonly half: Expr;
  readonly upper: Expr;
  readonly odd: Expr;
  readonly b0: Expr;
  readonly b1: Expr;
  readonly word: Expr;
  readonly address: W;
  /** The limb as a witness value. */
  readonly limb: W;
}

/** Columns of the lane; `half` is 1 for half-word accesses and equals op - `byteOp`. */
const lane = (b: ChipBuilder, f: Frame, base: Limbs, mem: Limbs, byteOp: number): Lane => {
  const imm = { lo: f.fieldColumn('k0'), hi: f.fieldColumn('k1') };
  const address = w.add(b.record('a'), w.add(f.field('k0'), w.shl(f.field('k1'), 16)));
  const half = b.bit('half', w.sub(f.field('op'), byteOp));
  const upper = b.bit('upper', w.and(w.shr(address, 1), 1));
  const odd = b.bit('odd', w.and(address, 1));
  b.zero('half-words are aligned', mul(half, odd));
  const { word } = effectiveAddress(b, base, imm, address, add(mul(upper, 2), odd));
  const limb = w.and(w.shr(b.record('mem'), w.and(w.shl(address, 3), 16)), 0xffff);
  const b0 = b.column('b0', w.and(limb, 255));
  const b1 = b.column('b1', w.shr(limb, 8));
  b.range(b0, 8);
  b.range(b1, 8);
  b.zero('bytes of the limb', sub(add(b0, mul(b1, 256)), add(mem.lo, mul(upper, sub(mem.hi, mem.lo)))));
  return { half, upper, odd, b0, b1, word, address, limb };
};

/** 25 columns; fractions 16 in 8 secure columns: 57 cells. */
export const loadSubChip: Chip = defineChip({
  name: 'load_sub',
  record: ['idx', 'clk', 'a', 'mem', 'old', 'prev1', 'prevm', 'prevd'],
  build: (b) => {
    const f = frame(b);
    const base = f.readRs1('a', b.record('a'));
    const mem = b.limbs('mem', b.record('mem'));
    const l = lane(b, f, base, mem, OP.LBU);
    b.access('mem', l.word, mem, mem, b.record('prevm'), add(f.clk, 3));
    const isHalf = w.sub(f.field('op'), OP.LBU);
    const byte = w.and(w.shr(l.limb, w.shl(w.and(l.address, 1), 3)), 255);
    const result = b.column('result', w.select(isHalf, l.limb, byte));
    const chosen = add(l.b0, mul(l.odd, sub(l.b1, l.b0)));
    const whole = add(l.b0, mul(l.b1, 256));
    b.zero('result is the lane', sub(result, add(chosen, mul(l.half, sub(whole, chosen)))));
    f.writeRd({ lo: result, hi: mul(result, 0) });
    f.lookUp({ op: add(l.half, OP.LBU) });
    f.goTo();
  },
});

/** 31 columns; fractions 18 in 9 secure columns: 67 cells. */
export const storeSubChip: Chip = defineChip({
  name: 'store_sub',
  record: ['idx', 'clk', 'a', 'b', 'mem', 'prev1', 'prev2', 'prevm'],
  build: (b) => {
    const f = frame(b);
    const base = f.readRs1('a', b.record('a'));
    const source = f.readRs2('b', b.record('b'));
    const mem = b.limbs('mem', b.record('mem'));
    const l = lane(b, f, base, mem, OP.SB);
    const low = w.and(b.record('b'), 255);
    const s0 = b.column('s0', low);
    const s1 = b.column('s1', w.and(w.shr(b.record('b'), 8), 255));
    b.range(s0, 8);
    b.range(s1, 8);
    b.zero('bytes of the source', sub(add(s0, mul(s1, 256)), source.lo));
    const isOdd = w.and(l.address, 1);
    const byteValue = w.select(isOdd, w.or(w.and(l.limb, 255), w.shl(low, 8)), w.or(w.and(l.limb, 0xff00), low));
    const newLimb = w.select(w.sub(f.field('op'), OP.SB), w.and(b.record('b'), 0xffff), byteValue);
    const limb = b.column('limb', newLimb);
    const even = add(s0, mul(l.b1, 256));
    const byteLimb = add(even, mul(l.odd, sub(add(l.b0, mul(s0, 256)), even)));
    b.zero('new limb', sub(limb, add(byteLimb, mul(l.half, sub(source.lo, byteLimb)))));
    const shift = w.and(w.shl(l.address, 3), 16);
    const nextWord = w.or(w.and(b.record('mem'), w.shr(0xffff0000, shift)), w.shl(newLimb, shift));
    const next = b.limbs('next', nextWord);
    const change = sub(limb, add(l.b0, mul(l.b1, 256)));
    b.zero('lower limb', sub(sub(next.lo, mem.lo), sub(change, mul(l.upper, change))));
    b.zero('upper limb', sub(sub(next.hi, mem.hi), mul(l.upper, change)));
    b.access('mem', l.word, mem, next, b.record('prevm'), add(f.clk, 3));
    f.lookUp({ op: add(l.half, OP.SB) });
    f.goTo();
  },
});
