/**
 * The part that every instruction chip shares: a row consumes the state (idx, clk) of one micro-op, looks the micro-op
 * up in the program, accesses its registers (rs1 at clk, rs2 at clk + 1, rd at clk + 2, memory at clk + 3), and
 * produces the state of the next, at clk + 4.
 *
 * In place. Where rd is rs1, a chip's in-place form accesses that register once, at clk + 2: it takes the old value, which
 * is operand and old value of rd in one, and leaves the result. A register number, two limbs, a clock and three fractions
 * less. That is sound for the same reason as any access: the tuples of a cell form one chain in strictly increasing clocks
 * (each access shows its own to be above that of the tuple it takes), so the value taken at clk + 2 is the last one left
 * before. No other micro-op has clocks between clk and clk + 3, since states form one path, and this one can only have
 * read the register meanwhile, as rs2. So it is the value at clk, and rs2 = rs1 = rd is safe too: the read at clk + 1
 * cannot take what is left at clk + 2, hence takes the old value, and rd then takes the tuple that the read left, of the
 * same value. The program lookup names the register as rd and as rs1: a micro-op with two different ones is in no in-place
 * row. One with the same may be in either form, as the prover likes; both prove the same.
 */
import { CLK_STEP, REGISTER_SPACE } from '../../core/isa.ts';
import { type Chip, type ChipBuilder, type ChipSpec, defineChip, type Limbs } from '../chip.ts';
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

/** `isInPlace`: rd is rs1, accessed once; records are those of the general form. */
export const frame = (b: ChipBuilder, isInPlace = false): Frame => {
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
  let operand: Limbs | undefined;
  /** Whether a general row's rs2 read what its rs1 had left: the same register. In place that is rd's to take. */
  let isRead: W = w.constant(0);
  const accessRs1 = (value: Limbs): void => {
    operand = value;
    if (!isInPlace) b.access('rs1', register('rs1'), value, value, b.record('prev1'), clk);
  };
  const accessRs2 = (value: Limbs): void => {
    if (isInPlace) isRead = w.eq(b.record('prev2'), b.record('clk'));
    const previous = isInPlace ? w.select(isRead, b.record('prev1'), b.record('prev2')) : b.record('prev2');
    b.access('rs2', register('rs2'), value, value, previous, add(clk, 1));
  };
  return {
    idx,
    clk,
    field,
    fieldColumn,
    lookUp: (fields) => {
      const of = (name: ProgramField): Term =>
        fields[name] ?? columns.get(isInPlace && name === 'rs1' ? 'rd' : name) ?? 0;
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
      const old = isInPlace ? (operand as Limbs) : b.limbs('old', b.record('old'));
      const previous = isInPlace ? w.select(isRead, b.record('prevd'), b.record('prev1')) : b.record('prevd');
      b.access('rd', register('rd'), old, next, previous, add(clk, 2));
    },
  };
};

/** Four byte columns of a word, lowest first; not range-checked here. */
export const bytes = (b: ChipBuilder, name: string, word: W): readonly [Expr, Expr, Expr, Expr] => {
  const byte = (i: number): Expr => b.column(`${name}_${i}`, w.and(w.shr(word, 8 * i), 255));
  return [byte(0), byte(1), byte(2), byte(3)];
};

/** A chip and its in-place form, of one text: `build` opens its frame with the function it is given. */
export const inBothForms = (
  spec: Pick<ChipSpec, 'name' | 'record'> & { readonly build: (b: ChipBuilder, open: () => Frame) => void },
): Chip => ({
  ...defineChip({ ...spec, build: (b) => spec.build(b, () => frame(b)) }),
  inPlace: defineChip({
    ...{ name: `${spec.name}_in_place`, record: spec.record },
    build: (b) => spec.build(b, () => frame(b, true)),
  }),
});
