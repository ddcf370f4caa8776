/**
 * `addi rd, rs1, imm`: rd = rs1 + imm mod 2^32, the sign-extended immediate's limbs k0, k1 coming from the program.
 * Count: 15 columns; fractions: state 2, program 1, registers 4, clock differences 2, result 2: 11, in 6 secure
 * columns. Together 39 cells.
 */
import { OP } from '../../core/isa.ts';
import type { Chip } from '../chip.ts';
import { w } from '../witness.ts';
import { addLimbs } from './arithmetic.ts';
import { inBothForms } from './frame.ts';

export const addiChip: Chip = inBothForms({
  name: 'addi',
  record: ['idx', 'clk', 'a', 'old', 'prev1', 'prevd'],
  build: (b, open) => {
    const f = open();
    const imm = { lo: f.fieldColumn('k0'), hi: f.fieldColumn('k1') };
    const rs1 = f.readRs1('a', b.record('a'));
    const result = b.limbs('c', w.add(b.record('a'), w.add(f.field('k0'), w.shl(f.field('k1'), 16))));
    f.writeRd(result);
    addLimbs(b, 'rs1 + imm = rd', rs1, imm, result);
    b.range(result.lo);
    b.range(result.hi);
    f.lookUp({ op: OP.ADDI });
    f.goTo();
  },
});
