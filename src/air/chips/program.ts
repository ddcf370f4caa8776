/**
 * The program table, part of the program's verifying key: each micro-op once, looked up by the row that runs it, and
 * each instruction's address, looked up by indirect jumps. Rows that start no instruction carry the odd address 1,
 * which no jump can name.
 */
import { type Chip, defineChip } from '../chip.ts';
import { JUMP, PROGRAM } from '../relations.ts';
import { PROGRAM_COLUMNS } from './frame.ts';

export const programChip: Chip = defineChip({
  name: 'program',
  record: [],
  fixedTree: 'program',
  fixedColumns: PROGRAM_COLUMNS,
  build: (b) => {
    const tuple = PROGRAM_COLUMNS.slice(0, 9).map((name) => b.fixed(name));
    b.emit(PROGRAM, tuple, b.multiplicity('uses'));
    b.emit(JUMP, [b.fixed('addr_lo'), b.fixed('addr_hi'), b.fixed('idx')], b.multiplicity('jumps'));
  },
});
