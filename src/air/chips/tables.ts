/** The preprocessed tables that every program shares: ranges, byte operations, shift amounts. */
import { type Chip, defineChip } from '../chip.ts';
import { add, mul, sub } from '../expr.ts';
import { BITWISE, RANGE, RANGE_16, SHIFT, XOR_CUT } from '../relations.ts';

const rows = (logN: number, value: (row: number) => number): Uint32Array =>
  Uint32Array.from({ length: 2 ** logN }, (_, row) => value(row));

/** Row 2^e - 1 + v is (2^e, v) for e < 16; the last row repeats the first. */
const narrowKey = (row: number): number => (row === 65535 ? 1 : 2 ** Math.floor(Math.log2(row + 1)));

/** Both range tables side by side, 2^16 rows: (2^16, v) for 16-bit v, and (2^e, v) for v < 2^e, e < 16. */
export const rangeChip: Chip = defineChip({
  name: 'range',
  record: [],
  fixedTree: 'tables',
  fixedColumns: ['value', 'key', 'narrow'],
  tableLog: 16,
  tableValues: () => [
    rows(16, (r) => r),
    rows(16, narrowKey),
    rows(16, (r) => (r === 65535 ? 0 : r + 1 - narrowKey(r))),
  ],
  build: (b) => {
    b.emit(RANGE, [RANGE_16, b.fixed('value')], b.multiplicity('uses16'));
    b.emit(RANGE, [b.fixed('key'), b.fixed('narrow')], b.multiplicity('uses_narrow'));
  },
});

/**
 * All pairs of bytes with their conjunction; a or b = a + b - (a and b), a xor b = a + b - 2 (a and b). Rotations of a
 * xor by 4 or 7 bits need it cut there: its high parts are given too.
 */
export const bitwiseTableChip: Chip = defineChip({
  name: 'bitwise_table',
  record: [],
  fixedTree: 'tables',
  fixedColumns: ['a', 'b', 'and', 'xor_high4', 'xor_high1'],
  tableLog: 16,
  tableValues: () => [
    rows(16, (r) => r >> 8),
    rows(16, (r) => r & 255),
    rows(16, (r) => (r >> 8) & r & 255),
    rows(16, (r) => ((r >> 8) ^ (r & 255)) >> 4),
    rows(16, (r) => ((r >> 8) ^ (r & 255)) >> 7),
  ],
  build: (b) => {
    const [x, y, and] = [b.fixed('a'), b.fixed('b'), b.fixed('and')];
    const xor = sub(add(x, y), mul(and, 2));
    b.emit(BITWISE, [0, x, y, xor], b.multiplicity('uses_xor'));
    b.emit(BITWISE, [1, x, y, sub(add(x, y), and)], b.multiplicity('uses_or'));
    b.emit(BITWISE, [2, x, y, and], b.multiplicity('uses_and'));
  },
});

/** The same pairs with their xor cut in two, for rotations. Only proofs that use it have it. */
export const xorCutTableChip: Chip = defineChip({
  name: 'xor_cut_table',
  record: [],
  reads: bitwiseTableChip,
  build: (b) => {
    const [x, y] = [b.fixed('a'), b.fixed('b')];
    const xor = sub(add(x, y), mul(b.fixed('and'), 2));
    const [high4, high1] = [b.fixed('xor_high4'), b.fixed('xor_high1')];
    b.emit(XOR_CUT, [4, x, y, sub(xor, mul(high4, 16)), high4], b.multiplicity('uses_cut4'));
    b.emit(XOR_CUT, [7, x, y, sub(xor, mul(high1, 128)), high1], b.multiplicity('uses_cut7'));
  },
});

/** Shift amounts s in [0, 31]: (s, 2^(s mod 16), s >> 4). */
export const shiftTableChip: Chip = defineChip({
  name: 'shift_table',
  record: [],
  fixedTree: 'tables',
  fixedColumns: ['amount', 'power', 'word'],
  tableLog: 5,
  tableValues: () => [rows(5, (r) => r), rows(5, (r) => 2 ** (r % 16)), rows(5, (r) => r >> 4)],
  build: (b) => {
    b.emit(SHIFT, [b.fixed('amount'), b.fixed('power'), b.fixed('word')], b.multiplicity('uses'));
  },
});
