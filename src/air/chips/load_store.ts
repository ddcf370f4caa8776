/**
 * `lw` and `sw`: the address is a multiple of four by construction (offset 0 in `effectiveAddress`), so a misaligned
 * access has no row. Each: 17 or 18 columns, fractions: state 2, program 1, cells 6, clock differences 3, address 2:
 * 14 in 7 secure columns: 45 and 45 cells.
 */
import { OP } from '../../core/isa.ts';
import { type Chip, defineChip } from '../chip.ts';
import { add } from '../expr.ts';
import { w } from '../witness.ts';
import { effectiveAddress } from './address.ts';
import { frame, inBothForms } from './frame.ts';

export const loadWordChip: Chip = inBothForms({
  name: 'load_word',
  record: ['idx', 'clk', 'a', 'mem', 'old', 'prev1', 'prevm', 'prevd'],
  build: (b, open) => {
    const f = open();
    const imm = { lo: f.fieldColumn('k0'), hi: f.fieldColumn('k1') };
    const base = f.readRs1('a', b.record('a'));
    const value = w.add(b.record('a'), w.add(f.field('k0'), w.shl(f.field('k1'), 16)));
    const address = effectiveAddress(b, base, imm, value, 0);
    const word = b.limbs('mem', b.record('mem'));
    b.access('mem', address.word, word, word, b.record('prevm'), add(f.clk, 3));
    f.writeRd(word);
    f.lookUp({ op: OP.LW });
    f.goTo();
  },
});

export const storeWordChip: Chip = defineChip({
  name: 'store_word',
  record: ['idx', 'clk', 'a', 'b', 'mem', 'prev1', 'prev2', 'prevm'],
  build: (b) => {
    const f = frame(b);
    const imm = { lo: f.fieldColumn('k0'), hi: f.fieldColumn('k1') };
    const base = f.readRs1('a', b.record('a'));
    const stored = f.readRs2('b', b.record('b'));
    const value = w.add(b.record('a'), w.add(f.field('k0'), w.shl(f.field('k1'), 16)));
    const address = effectiveAddress(b, base, imm, value, 0);
    b.access('mem', address.word, b.limbs('mem', b.record('mem')), stored, b.record('prevm'), add(f.clk, 3));
    f.lookUp({ op: OP.SW });
    f.goTo();
  },
});
