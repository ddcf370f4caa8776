/**
 * The two ends of a precompile call. A row of `call1` to `call4` executes the `ecall`: it reads the number and one to
 * four pointers, and hands (number, pointers, clk, word addresses) to the precompile's own chip, which accesses the words
 * behind them. Clocks are those of one path of states, so there is one call a clock.
 *
 * Given a pointer p below 2^30 - 2^14, word p + i may lie above; it is below the registers' space, and has no first
 * tuple, so such a row has none to take. The words behind a3 are accessed at clk, a2 at clk + 1, a1 at clk + 2 and a0 at
 * clk + 3, only the last being written: operands may overlap, and every access sees what memory held before the call.
 *
 * Count: 8, 11, 14 or 17 columns; fractions: state 2, program 1, a7 3, call 1, and 5 a pointer: 12, 17, 22 or 27 in 6, 9,
 * 11 or 14 secure columns: 32, 47, 58 or 73 cells.
 */
import { CHIP_RECORDS } from '../../core/isa.ts';
import { operandSlot, PRECOMPILES, type PrecompileName, pointerSlot } from '../../core/precompiles.ts';
import { type Chip, type ChipBuilder, defineChip, type Limbs } from '../chip.ts';
import { add, type Expr } from '../expr.ts';
import { CALL } from '../relations.ts';
import type { W } from '../witness.ts';
import { A0, A1, A2, A3, call, pointer } from './host.ts';

const POINTERS = [A0, A1, A2, A3];

const callChip = (pointers: 1 | 2 | 3 | 4): Chip =>
  defineChip({
    name: `call${pointers}`,
    record: CHIP_RECORDS[`call${pointers}`],
    build: (b) => {
      let number: Expr | undefined;
      const f = call(b, () => {
        number = b.column('number', b.record('number'));
        return number;
      });
      const words = POINTERS.map((register, k): Expr | number => {
        if (k >= pointers) return 0;
        const { limbs, word } = pointer(b, `pointer${k}`, b.record(`ptr${k}`));
        b.access(`a${k}`, register, limbs, limbs, b.record(`prev1${k}`), add(f.clk, pointerSlot(k)));
        return word;
      });
      b.emit(CALL, [number as Expr, pointers, f.clk, ...words]);
      f.goTo();
    },
  });

export const callChips: readonly Chip[] = [callChip(1), callChip(2), callChip(3), callChip(4)];

/** The row that takes a call: its clock, and the words behind its pointers. */
export interface PrecompileCall {
  readonly clk: Expr;
  /** The word addresses behind the pointers. */
  readonly at: readonly Expr[];
  /** Word i behind pointer k before the call, word i behind a0 after it, and an extra word, as witness values. */
  operand(k: number, i: number): W;
  result(i: number): W;
  extra(i: number): W;
  /** Two columns with the limbs of an operand that stays as it is, and its access. */
  read(k: number, i: number): Limbs;
  /** The same of limbs that the chip made itself. */
  readAs(k: number, i: number, limbs: Limbs): void;
  /** The access to word i behind a0, which becomes `next`; the limbs of both must be bounded. Returns the old limbs. */
  write(i: number, next: Limbs, old?: Limbs): Limbs;
}

export const takeCall = (b: ChipBuilder, name: PrecompileName): PrecompileCall => {
  const { number, words } = PRECOMPILES[name];
  b.enabler();
  const clk = b.column('clk', b.record('clk'));
  const at = words.map((_, k) => b.column(`at${k}`, b.record(`at${k}`)));
  b.take(CALL, [number, words.length, clk, ...POINTERS.map((_, k) => at[k] ?? 0)]);
  const operand = (k: number, i: number): W => b.record(`x${k}_${i}`);
  const access = (k: number, i: number, next?: Limbs, own?: Limbs): Limbs => {
    const old = own ?? b.limbs(`x${k}_${i}`, operand(k, i));
    const previous = b.record(`p${k}_${i}`);
    b.access(`x${k}_${i}`, add(at[k] as Expr, i), old, next ?? old, previous, add(clk, operandSlot(k)));
    return old;
  };
  return {
    clk,
    at,
    operand,
    result: (i) => b.record(`y${i}`),
    extra: (i) => b.record(`z${i}`),
    read: (k, i) => access(k, i),
    readAs: (k, i, limbs) => void access(k, i, undefined, limbs),
    write: (i, next, old) => access(0, i, next, old),
  };
};

export const precompileChip = (name: PrecompileName, build: (b: ChipBuilder, call: PrecompileCall) => void): Chip =>
  defineChip({ name, record: CHIP_RECORDS[name], build: (b) => build(b, takeCall(b, name)) });
