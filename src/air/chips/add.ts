/**
 * `add rd, rs1, rs2` and `sub rd, rs1, rs2`, a chip each.
 *
 * Given the operands' limbs, in [0, 2^16) since every stored value was checked when written, a row proves
 * rd = rs1 + rs2 (or rs1 = rd + rs2 for `sub`) mod 2^32, the result's limbs being range-checked.
 * Count: 18 columns; fractions: state 2, program 1, registers 6, clock differences 3, result 2: 14, in 7 secure
 * columns of 4. Together 46 cells.
 */
import { OP } from '../../core/isa.ts';
import type { Chip } from '../chip.ts';
import { w } from '../witness.ts';
import { addLimbs } from './arithmetic.ts';
import { inBothForms } from './frame.ts';

const RECORD = ['idx', 'clk', 'a', 'b', 'old', 'prev1', 'prev2', 'prevd'] as const;

const define = (name: 'add' | 'sub'): Chip =>
  inBothForms({
    name,
    record: RECORD,
    build: (b, open) => {
      const f = open();
      const [x, y] = [b.record('a'), b.record('b')];
      const rs1 = f.readRs1('a', x);
      const rs2 = f.readRs2('b', y);
      const result = b.limbs('c', name === 'add' ? w.add(x, y) : w.sub(x, y));
      f.writeRd(result);
      if (name === 'add') addLimbs(b, 'rs1 + rs2 = rd', rs1, rs2, result);
      else addLimbs(b, 'rd + rs2 = rs1', result, rs2, rs1);
      b.range(result.lo);
      b.range(result.hi);
      f.lookUp({ op: name === 'add' ? OP.ADD : OP.SUB });
      f.goTo();
    },
  });

export const addChip: Chip = define('add');
export const subChip: Chip = define('sub');
