/**
 * `xor`, `or`, `and` with a register or an immediate, byte by byte through the bitwise table.
 *
 * The table proves a_i, b_i, c_i bytes with c_i = a_i op b_i; the operands' limbs are a_0 + 2^8 a_1 and so on, so they
 * need no columns and the result no range check. Register form: 24 columns; fractions: state 2, program 1, registers
 * 6, clock differences 3, bytes 4: 16, in 8 secure columns: 56 cells. Immediate form: 21 columns and 13 fractions in
 * 7: 49 cells; the immediate's bytes k0..k3 come from the program.
 */
import { OP } from '../../core/isa.ts';
import type { Chip, ChipBuilder, Limbs } from '../chip.ts';
import { add, type Expr, mul } from '../expr.ts';
import { BITWISE } from '../relations.ts';
import { type W, w } from '../witness.ts';
import { bytes, inBothForms } from './frame.ts';

const limbsOf = (v: readonly [Expr, Expr, Expr, Expr]): Limbs => ({
  lo: add(v[0], mul(v[1], 256)),
  hi: add(v[2], mul(v[3], 256)),
});

/** a op b, op being 0 xor, 1 or, 2 and. */
const apply = (op: W, a: W, b: W): W =>
  w.select(w.eq(op, 0), w.xor(a, b), w.select(w.eq(op, 1), w.or(a, b), w.and(a, b)));

const lookUpBytes = (b: ChipBuilder, op: Expr, x: readonly Expr[], y: readonly Expr[], z: readonly Expr[]): void => {
  for (let i = 0; i < 4; i++) b.take(BITWISE, [op, x[i] as Expr, y[i] as Expr, z[i] as Expr]);
};

export const bitwiseChip: Chip = inBothForms({
  name: 'bitwise',
  record: ['idx', 'clk', 'a', 'b', 'old', 'prev1', 'prev2', 'prevd'],
  build: (b, open) => {
    const f = open();
    const opValue = w.sub(f.field('op'), OP.XOR);
    const op = b.column('operation', opValue);
    const x = bytes(b, 'a', b.record('a'));
    const y = bytes(b, 'b', b.record('b'));
    const z = bytes(b, 'c', apply(opValue, b.record('a'), b.record('b')));
    f.accessRs1(limbsOf(x));
    f.accessRs2(limbsOf(y));
    f.writeRd(limbsOf(z));
    lookUpBytes(b, op, x, y, z);
    f.lookUp({ op: add(op, OP.XOR) });
    f.goTo();
  },
});

export const bitwiseImmChip: Chip = inBothForms({
  name: 'bitwise_imm',
  record: ['idx', 'clk', 'a', 'old', 'prev1', 'prevd'],
  build: (b, open) => {
    const f = open();
    const opValue = w.sub(f.field('op'), OP.XORI);
    const op = b.column('operation', opValue);
    const x = bytes(b, 'a', b.record('a'));
    const y = [f.fieldColumn('k0'), f.fieldColumn('k1'), f.fieldColumn('k2'), f.fieldColumn('k3')];
    const imm = w.add(
      w.add(f.field('k0'), w.shl(f.field('k1'), 8)),
      w.add(w.shl(f.field('k2'), 16), w.shl(f.field('k3'), 24)),
    );
    const z = bytes(b, 'c', apply(opValue, b.record('a'), imm));
    f.accessRs1(limbsOf(x));
    f.writeRd(limbsOf(z));
    lookUpBytes(b, op, x, y, z);
    f.lookUp({ op: add(op, OP.XORI) });
    f.goTo();
  },
});
