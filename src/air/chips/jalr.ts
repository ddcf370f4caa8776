/**
 * `jalr rd, imm(rs1)`: target = (rs1 + imm) with bit 0 cleared, which must be the address of an instruction of the
 * program; rd gets the link k2, k3. The target's lower limb is 2 half + bit, half < 2^15, so the cleared address is
 * unique. 19 columns; fractions 12 in 6 secure columns: 43 cells.
 */
import { OP } from '../../core/isa.ts';
import { type Chip, defineChip } from '../chip.ts';
import { add, mul } from '../expr.ts';
import { JUMP } from '../relations.ts';
import { w } from '../witness.ts';
import { addLimbs } from './arithmetic.ts';
import { frame } from './frame.ts';

export const jalrChip: Chip = defineChip({
  name: 'jalr',
  record: ['idx', 'clk', 'a', 'old', 'prev1', 'prevd', 'nextidx'],
  build: (b) => {
    const f = frame(b);
    const imm = { lo: f.fieldColumn('k0'), hi: f.fieldColumn('k1') };
    const base = f.readRs1('a', b.record('a'));
    const target = w.add(b.record('a'), w.add(f.field('k0'), w.shl(f.field('k1'), 16)));
    const half = b.column('target_half', w.and(w.shr(target, 1), 0x7fff));
    const bit = b.bit('target_bit', w.and(target, 1));
    const high = b.column('target_hi', w.shr(target, 16));
    addLimbs(b, 'rs1 + imm = target', base, imm, { lo: add(mul(half, 2), bit), hi: high });
    b.range(half, 15);
    b.range(high);
    const next = b.column('next', b.record('nextidx'));
    b.take(JUMP, [mul(half, 2), high, next]);
    f.writeRd({ lo: f.fieldColumn('k2'), hi: f.fieldColumn('k3') });
    f.lookUp({ op: OP.JALR });
    f.goTo(next);
  },
});
