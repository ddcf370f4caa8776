// Filling the trace on the device: witness columns from records, then the multiplicities of the tables.
import type { Chip } from '../../../src/air/chip.ts';
import { evaluateExpr, visitColumns } from '../../../src/air/expr.ts';
import { CHIPS } from '../../../src/air/inventory.ts';
import { ProverError } from '../../errors.ts';
import type { Columns } from '../columns.ts';
import type { KernelSpec } from '../kernel.ts';
import type { BufferPool } from '../pool.ts';
import type { Binding, Recording } from '../recording.ts';
import { COUNTERS, type CountProgram, countProgram, type WitnessProgram, witnessProgram } from './programs.ts';
import { countBytecode, type WordBytecode, witnessBytecode } from './word_bytecode.ts';
import { type CountBinding, countWgsl, type Generated, type WitnessBinding, witnessWgsl } from './word_wgsl.ts';

/** Whether a chip's programs run as a kernel of their own, or as bytecode in the kernel that all chips share. */
export type Form = 'generated' | 'interpreted';

/** Workgroups of the kernels of this folder: 64 threads, a row each. */
export const groupsOf = (rows: number): number => Math.ceil(rows / 64);

interface ChipKernels {
  readonly witness: WitnessProgram;
  readonly count: CountProgram;
  /** Whether padding rows, zero in every trace column, use no table. */
  readonly paddingIsIdle: boolean;
  witnessCode?: WordBytecode;
  countCode?: WordBytecode;
  witnessText?: Generated<WitnessBinding>;
  countText?: Generated<CountBinding>;
}

const known = new Map<Chip, ChipKernels>();

const kernelsOf = (chip: Chip): ChipKernels => {
  let kernels = known.get(chip);
  if (kernels === undefined) {
    const paddingIsIdle = chip.fractions.every((f) => {
      let fixed = false;
      visitColumns(f.numerator, (c) => {
        fixed ||= c.fixed;
      });
      return !fixed && evaluateExpr(f.numerator, () => 0) === 0;
    });
    kernels = { witness: witnessProgram(chip), count: countProgram(chip), paddingIsIdle };
    known.set(chip, kernels);
  }
  return kernels;
};

const witnessText = (chip: Chip): Generated<WitnessBinding> => {
  const kernels = kernelsOf(chip);
  kernels.witnessText ??= witnessWgsl(kernels.witness);
  return kernels.witnessText;
};

const countText = (chip: Chip): Generated<CountBinding> => {
  const kernels = kernelsOf(chip);
  kernels.countText ??= countWgsl(kernels.count);
  return kernels.countText;
};

/** Null where the chip has no columns to fill. */
export const witnessKernel = (chip: Chip, form: Form): KernelSpec | null => {
  if (kernelsOf(chip).witness.outputs.length === 0) return null;
  if (form === 'interpreted') return { id: 'witness_interpret' };
  return { id: `witness_${chip.name}`, code: witnessText(chip).code };
};

/** Null where the chip uses no table. */
export const countKernel = (chip: Chip, form: Form): KernelSpec | null => {
  if (kernelsOf(chip).count.uses.length === 0) return null;
  if (form === 'interpreted') return { id: 'count_interpret' };
  return { id: `count_${chip.name}`, code: countText(chip).code };
};

const ERRORS = ['lookup', 'value', 'use'] as const;
const errorCode = (chip: Chip, kind: (typeof ERRORS)[number]): number =>
  1 + ERRORS.length * CHIPS.indexOf(chip) + ERRORS.indexOf(kind);

/** Throws what the first word of the counts says went wrong, if anything. */
export const checkStatus = (status: number): void => {
  if (status === 0) return;
  const chip = CHIPS[Math.floor((status - 1) / ERRORS.length)]?.name;
  const kind = ERRORS[(status - 1) % ERRORS.length];
  if (kind === 'value') throw new ProverError('bad_witness', `chip ${chip}: a column holds no field element`);
  const what = kind === 'lookup' ? 'a record looks up' : 'a column uses';
  throw new ProverError('bad_record', `chip ${chip}: ${what} a row outside of its table`);
};

/** Multiplicities under construction: word 0 is the status, then one run of words for each counter. */
export interface Counts {
  readonly buffer: GPUBuffer;
  readonly words: number;
  /** Offset and rows of each of COUNTERS; no rows where the table is not part of the proof. */
  readonly places: readonly { readonly offset: number; readonly rows: number }[];
}

/** Acquires and zeroes the counts. `rowsOf` gives a chip's height in this proof, 0 if it has none. */
export const openCounts = (recording: Recording, pool: BufferPool, rowsOf: (chip: Chip) => number): Counts => {
  let words = 4;
  const places = COUNTERS.map(({ chip }) => {
    const place = { offset: words, rows: rowsOf(chip) };
    words += place.rows;
    return place;
  });
  const buffer = pool.acquire(words, 'multiplicities');
  recording.dispatch({ kernel: { id: 'clear' }, params: [words], bindings: [buffer], groups: Math.ceil(words / 256) });
  return { buffer, words, places };
};

/** Moves the multiplicities to their columns. */
export const placeCounts = (
  recording: Recording,
  counts: Counts,
  traceOf: (chip: Chip) => Columns | undefined,
): void => {
  COUNTERS.forEach(({ chip, column }, i) => {
    const place = counts.places[i];
    const trace = traceOf(chip);
    if (place === undefined || trace === undefined) return;
    recording.copy(counts.buffer, place.offset, trace.buffer, trace.offset + column * trace.stride, place.rows);
  });
};

export interface FillInput {
  readonly chip: Chip;
  readonly records: { readonly buffer: GPUBuffer; readonly offset: number; readonly nRows: number };
  readonly trace: Columns;
  /** Preprocessed columns of any chip. */
  readonly fixedOf: (chip: string) => Columns | undefined;
  readonly counts: Counts;
  readonly form: Form;
}

/** Fills the chip's columns, padding with zero rows. Multiplicity columns are left alone. */
export const fillColumns = (recording: Recording, input: FillInput): void => {
  const { chip, records, trace, counts, form } = input;
  const kernel = witnessKernel(chip, form);
  if (kernel === null) return;
  const kernels = kernelsOf(chip);
  kernels.witnessCode ??= witnessBytecode(kernels.witness);
  const { code, lookupChip } = kernels.witnessCode;
  const table = lookupChip === null ? undefined : input.fixedOf(lookupChip);
  if (lookupChip !== null && table === undefined) throw new Error(`table ${lookupChip} is not part of the proof`);
  const rows = 2 ** trace.logN;
  const params = [
    ...[rows, records.nRows, records.offset, chip.record.length, trace.offset, trace.stride],
    ...(table ? [table.offset, table.stride, 2 ** table.logN] : [0, 0, 0]),
    ...[errorCode(chip, 'lookup'), errorCode(chip, 'value')],
  ];
  const stand = (): Binding => recording.constant([0]);
  const lookups = table?.buffer ?? stand();
  const all = { records: records.buffer, lookups, out: trace.buffer, status: counts.buffer };
  const bindings =
    form === 'interpreted'
      ? [recording.constant(code), all.records, all.lookups, all.out, all.status]
      : witnessText(chip).bindings.map((name) => all[name]);
  recording.dispatch({ kernel, params, bindings, groups: groupsOf(rows) });
};

export interface CountInput {
  readonly chip: Chip;
  /** Rows in use; the others are padding. */
  readonly nRows: number;
  readonly trace: Columns;
  readonly fixed: Columns | undefined;
  readonly counts: Counts;
  readonly form: Form;
}

/** Counts the table rows that the chip's filled columns use. */
export const countUses = (recording: Recording, input: CountInput): void => {
  const { chip, nRows, trace, fixed, counts, form } = input;
  const kernel = countKernel(chip, form);
  if (kernel === null) return;
  const kernels = kernelsOf(chip);
  kernels.countCode ??= countBytecode(kernels.count);
  const rows = kernels.paddingIsIdle ? nRows : 2 ** trace.logN;
  const params = [
    ...[rows, trace.offset, trace.stride],
    ...[fixed?.offset ?? 0, fixed?.stride ?? 0, errorCode(chip, 'use')],
  ];
  const counters = recording.constant(counts.places.flatMap(({ offset, rows: n }) => [offset, n]));
  const preprocessed = fixed?.buffer ?? recording.constant([0, 0, 0, 0]);
  const all = { counters, trace: trace.buffer, preprocessed, counts: counts.buffer };
  const bindings =
    form === 'interpreted'
      ? [recording.constant(kernels.countCode.code), all.counters, all.trace, all.preprocessed, all.counts]
      : countText(chip).bindings.map((name) => all[name]);
  recording.dispatch({ kernel, params, bindings, groups: groupsOf(rows) });
};
