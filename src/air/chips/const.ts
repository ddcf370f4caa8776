/**
 * `lui`, `auipc`, `li`, `jal`, `j`, `nop`: rd = k1 k0 and on to micro-op k2, all three constants of the program table.
 * Count: 10 columns; fractions: state 2, program 1, register 2, clock difference 1: 6, in 3 secure columns. Together 22
 * cells.
 */
import { OP } from '../../core/isa.ts';
import { type Chip, defineChip } from '../chip.ts';
import { frame } from './frame.ts';

export const constChip: Chip = defineChip({
  name: 'const',
  record: ['idx', 'clk', 'old', 'prevd'],
  build: (b) => {
    const f = frame(b);
    f.writeRd({ lo: f.fieldColumn('k0'), hi: f.fieldColumn('k1') });
    f.goTo(f.fieldColumn('k2'));
    f.lookUp({ op: OP.CONST });
  },
});
