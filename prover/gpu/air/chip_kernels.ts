// The kernels of each chip's four programs, in both forms, made when first asked for.
import type { Chip } from '../../../src/air/chip.ts';
import { circuitsOf } from '../../../src/air/circuit.ts';
import { onceByText, originalOf } from '../../../src/air/second_tables.ts';
import type { KernelSpec } from '../kernel.ts';
import { type CircuitBytecode, constraintBytecode, logupBytecode } from './circuit_bytecode.ts';
import { type ConstraintGraph, type LogupGraph, lowerConstraints, lowerLogup } from './circuit_graph.ts';
import { type CircuitChunk, constraintChunks, logupChunks } from './circuit_wgsl.ts';
import { type CountProgram, countProgram, type WitnessProgram, witnessProgram } from './programs.ts';
import { NotInterpretable } from './schedule.ts';
import { countBytecode, type WordBytecode, witnessBytecode } from './word_bytecode.ts';
import { type CountBinding, countWgsl, type Generated, type WitnessBinding, witnessWgsl } from './word_wgsl.ts';

/** Whether a chip's program runs as kernels of its own, or as bytecode in the kernel that all chips share. */
export type Form = 'generated' | 'interpreted';

export const PROGRAM_KINDS = ['witness', 'count', 'logup', 'constraints'] as const;
/** The programs of a chip, in the order in which a proof runs them. */
export type ProgramKind = (typeof PROGRAM_KINDS)[number];

export const witnessOf: (chip: Chip) => WitnessProgram = onceByText(witnessProgram);
export const countOf: (chip: Chip) => CountProgram = onceByText(countProgram);
export const logupOf: (chip: Chip) => LogupGraph = onceByText((chip) => lowerLogup(circuitsOf(chip).logup));
export const constraintsOf: (chip: Chip) => ConstraintGraph = onceByText((c) =>
  lowerConstraints(circuitsOf(c).constraints),
);

/** Bytecode; throws `NotInterpretable`. */
export const witnessCode: (chip: Chip) => WordBytecode = onceByText((chip) => witnessBytecode(witnessOf(chip)));
export const countCode: (chip: Chip) => WordBytecode = onceByText((chip) => countBytecode(countOf(chip)));
export const logupCode: (chip: Chip) => CircuitBytecode = onceByText((chip) => logupBytecode(logupOf(chip)));
export const constraintCode: (chip: Chip) => CircuitBytecode = onceByText((chip) =>
  constraintBytecode(constraintsOf(chip)),
);

/** Generated text. */
export const witnessText: (chip: Chip) => Generated<WitnessBinding> = onceByText((chip) =>
  witnessWgsl(witnessOf(chip)),
);
export const countText: (chip: Chip) => Generated<CountBinding> = onceByText((chip) => countWgsl(countOf(chip)));
export const logupText: (chip: Chip) => readonly CircuitChunk[] = onceByText((chip) => logupChunks(logupOf(chip)));
export const constraintText: (chip: Chip) => readonly CircuitChunk[] = onceByText((c) =>
  constraintChunks(constraintsOf(c)),
);

const INTERPRETERS: Readonly<Record<ProgramKind, string>> = {
  ...{ witness: 'witness_interpret', count: 'count_interpret' },
  ...{ logup: 'logup_interpret', constraints: 'constraints_interpret' },
};

const isEmpty = (chip: Chip, kind: ProgramKind): boolean => {
  switch (kind) {
    case 'witness':
      return witnessOf(chip).outputs.length === 0;
    case 'count':
      return countOf(chip).uses.length === 0;
    default:
      return chip.logupColumns === 0 && (kind === 'logup' || chip.constraints.length === 0);
  }
};

/** The kernels of one of a chip's programs, to be run in order; none where the chip has nothing to do there. */
export const chipKernels = (chip: Chip, kind: ProgramKind, form: Form): readonly KernelSpec[] => {
  if (isEmpty(chip, kind)) return [];
  if (form === 'interpreted') return [{ id: INTERPRETERS[kind] }];
  const id = `${kind}_${originalOf(chip).name}`;
  switch (kind) {
    case 'witness':
      return [{ id, code: witnessText(chip).code }];
    case 'count':
      return [{ id, code: countText(chip).code }];
    case 'logup':
      return logupText(chip).map(({ code }, i) => ({ id: `${id}_${i}`, code }));
    case 'constraints':
      return constraintText(chip).map(({ code }, i) => ({ id: `${id}_${i}`, code }));
  }
};

const CODES: Readonly<Record<ProgramKind, (chip: Chip) => unknown>> = {
  ...{ witness: witnessCode, count: countCode, logup: logupCode, constraints: constraintCode },
};

/** Whether the program fits the interpreter. */
export const isInterpretable = (chip: Chip, kind: ProgramKind): boolean => {
  try {
    CODES[kind](chip);
    return true;
  } catch (error) {
    if (error instanceof NotInterpretable) return false;
    throw error;
  }
};
