/**
 * The part that every instruction chip shares: a row consumes the state (idx, clk) of one micro-op, looks the micro-op
 * up in the program, accesses its registers (rs1 at clk, rs2 at clk + 1, rd at clk + 2, memory at clk + 3), and
 * produces the state of the next, at clk + 4.
 */
import { CLK_STEP, REGISTER_SPACE } from '../../core/isa.ts';
import type { ChipBuilder, Limbs } from '../chip.ts';
import { add, type Expr, type Term } from '../expr.ts';
import { PROGRAM, STATE } from '../relations.ts';
import { type W, w } from '../witness.ts';

/** Preprocessed columns of the program table, in order. */
export const PROGRAM_COLUMNS: readonly string[] = [
  'idx',
  'op',
  'rd',
  'rs1',
  'rs2',
  'k0',
  'k1',
  'k2',
  'k3',
  'addr_lo',
  'addr_hi',
];

export type ProgramField = 'op' | 'rd' | 'rs1' | 'rs2' | 'k0' | 'k1' | 'k2' | 'k3';

export interface Frame {
  readonly idx: Expr;
  readonly clk: Expr;
  /** A program-table field of this row's micro-op, as a witness value and as a column. */
  field(name: ProgramField): W;
  fieldColumn(name: ProgramField): Expr;
  /** Looks the micro-op up; fields not given are 0. */
  lookUp(fields: Partial<Record<ProgramField, Term>>): void;
  /** Produces the next state; `next` is idx + 1 unless given. */
  goTo(next?: Term): void;
  readRs1(name: string, value: W): Limbs;
  readRs2(name: string, value: W): Limbs;
  /** Register accesses with limbs the chip made itself. */
  accessRs1(value: Limbs): void;
  accessRs2(value: Limbs): void;
  writeRd(next: Limbs): void;
}

export const frame = (b: ChipBuilder): Frame => {
  b.enabler();
  const idx = b.column('idx', b.record('idx'));
  const clk = b.column('clk', b.record('clk'));
  b.take(STATE, [idx, clk]);
  const field = (name: ProgramField): W => w.lookup('program', PROGRAM_COLUMNS.indexOf(name), b.record('idx'));
  const columns = new Map<ProgramField, Expr>();
  const fieldColumn = (name: ProgramField): Expr => {
    const known = columns.get(name);
    if (known) return known;
    const made = b.column(name, field(name));
    columns.set(name, made);
    return made;
  };
  const register = (name: 'rs1' | 'rs2' | 'rd'): Expr => add(fieldColumn(name), REGISTER_SPACE);
  const accessRs1 = (value: Limbs): void => b.access('rs1', register('rs1'), value, value, b.record('prev1'), clk);
  const accessRs2 = (value: Limbs): void =>
    b.access('rs2', register('rs2'), value, value, b.record('prev2'), add(clk, 1));
  return {
    idx,
    clk,
    field,
    fieldColumn,
    lookUp: (fields) => {
      const of = (name: ProgramField): Term => fields[name] ?? columns.get(name) ?? 0;
      b.take(PROGRAM, [idx, of('op'), of('rd'), of('rs1'), of('rs2'), of('k0'), of('k1'), of('k2'), of('k3')]);
    },
    goTo: (next) => b.emit(STATE, [next ?? add(idx, 1), add(clk, CLK_STEP)]),
    accessRs1,
    accessRs2,
    readRs1: (name, value) => {
      const limbs = b.limbs(name, value);
      accessRs1(limbs);
      return limbs;
    },
    readRs2: (name, value) => {
      const limbs = b.limbs(name, value);
      accessRs2(limbs);
      return limbs;
    },
    writeRd: (next) => {
      const old = b.limbs('old', b.record('old'));
      b.access('rd', register('rd'), old, next, b.record('prevd'), add(clk, 2));
    },
  };
};

/** Four byte columns of a word, lowest first; not range-checked here. */
export const bytes = (b: ChipBuilder, name: string, word: W): readonly [Expr, Expr, Expr, Expr] => {
  const byte = (i: number): Expr => b.column(`${name}_${i}`, w.and(w.shr(word, 8 * i), 255));
  return [byte(0), byte(1), byte(2), byte(3)];
};
