/** Fills the trace from records and counts the multiplicities of the tables. */
import type { Chip } from '../../src/air/chip.ts';
import type { ChipTrace } from '../../src/air/debug.ts';
import type { Expr } from '../../src/air/expr.ts';
import { evaluateExpr } from '../../src/air/expr.ts';
import type { W } from '../../src/air/witness.ts';
import { evaluateWitness } from '../../src/air/witness.ts';
import { P } from '../../src/core/field.ts';
import type { SegmentInput } from '../backend.ts';
import { ProverError } from '../errors.ts';

/** Trace columns by chip name, each of the chip's height. */
export type Trace = Map<string, Uint32Array[]>;

const fillChip = (chip: Chip, logN: number, input: SegmentInput): Uint32Array[] => {
  const columns = chip.columns.map(() => new Uint32Array(2 ** logN));
  const rows = input.records.get(chip.name);
  if (!rows) return columns;
  const lookup = (name: string, column: number, row: number): number => {
    const value = input.fixed.get(name)?.[column]?.[row];
    if (value === undefined)
      throw new ProverError('bad_record', `chip ${chip.name}: row ${row} is outside table ${name}`);
    return value;
  };
  for (let row = 0; row < rows.nRows; row++) {
    const memo = new Map<W, number>();
    const record = (field: number): number => rows.data[row * rows.fields + field] as number;
    chip.columns.forEach(({ name, witness }, i) => {
      if (witness === null) return;
      const value = evaluateWitness(witness, { row, record, lookup, argument: () => 0 }, memo);
      if (value >= P)
        throw new ProverError('bad_witness', `chip ${chip.name}, row ${row}: column ${name} is not a field element`);
      (columns[i] as Uint32Array)[row] = value;
    });
  }
  return columns;
};

/** Adds the uses that `chip` makes of counted relations. */
const countUses = (
  chip: Chip,
  logN: number,
  trace: Trace,
  input: SegmentInput,
  multiplicities: (chip: string, column: string) => Uint32Array,
): void => {
  const counted = chip.fractions.filter((f) => f.relation.counted && f.sign === -1);
  if (counted.length === 0) return;
  const own = trace.get(chip.name) as Uint32Array[];
  const fixed = input.fixed.get(chip.table) ?? [];
  for (let row = 0; row < 2 ** logN; row++) {
    const memo = new Map<Expr, number>();
    const value = (e: Expr): number =>
      evaluateExpr(e, (isFixed, i) => ((isFixed ? fixed : own)[i] as Uint32Array)[row] as number, memo);
    for (const { relation, numerator, tuple } of counted) {
      if (value(numerator) === 0) continue;
      const args = tuple.map(value);
      const of = (e: W): number =>
        evaluateWitness(e, { row, record: () => 0, lookup: () => 0, argument: (i) => args[i] as number });
      for (const rule of relation.counted ?? []) {
        if (rule.when && of(rule.when) === 0) continue;
        const column = multiplicities(rule.chip, rule.column);
        const at = of(rule.row);
        // A tuple outside its table is left uncounted; the proof it leads to does not verify.
        if (at < column.length) column[at] = (column[at] as number) + 1;
      }
    }
  }
};

/** Sets the multiplicities of all tables from the rows that look values up. */
export const countMultiplicities = (trace: Trace, input: SegmentInput): void => {
  for (const { chip } of input.layout.active) {
    chip.columns.forEach(({ witness }, i) => {
      if (witness === null) trace.get(chip.name)?.[i]?.fill(0);
    });
  }
  const multiplicities = (name: string, column: string): Uint32Array => {
    const active = input.layout.active.find((a) => a.chip.name === name);
    const index = active?.chip.columns.findIndex((c) => c.name === column) ?? -1;
    return trace.get(name)?.[index] as Uint32Array;
  };
  for (const { chip, logN } of input.layout.active) countUses(chip, logN, trace, input, multiplicities);
};

export const fillTrace = (input: SegmentInput): Trace => {
  const trace: Trace = new Map();
  for (const { chip, logN } of input.layout.active) trace.set(chip.name, fillChip(chip, logN, input));
  countMultiplicities(trace, input);
  return trace;
};

/** The trace in the form that the checks of `src/air/debug.ts` take. */
export const chipTraces = (trace: Trace, input: SegmentInput): ChipTrace[] =>
  input.layout.active.map(({ chip }) => ({
    chip,
    columns: trace.get(chip.name) ?? [],
    fixed: input.fixed.get(chip.table) ?? [],
  }));
