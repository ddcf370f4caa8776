// LogUp columns and constraint sums on the device, from the circuits of a chip.
import type { Chip } from '../../../src/air/chip.ts';
import { type Circuit, circuitsOf } from '../../../src/air/circuit.ts';
import { type ParamInput, paramValues } from '../../../src/air/evaluate.ts';
import { type Qm31, qNeg } from '../../../src/core/field.ts';
import type { Columns, ExtensionView } from '../columns.ts';
import type { KernelSpec } from '../kernel.ts';
import type { Binding, Recording } from '../recording.ts';
import {
  chipKernels,
  constraintCode,
  constraintsOf,
  constraintText,
  type Form,
  logupCode,
  logupOf,
  logupText,
} from './chip_kernels.ts';
import type { CircuitBytecode } from './circuit_bytecode.ts';
import type { Slot } from './circuit_graph.ts';
import type { CircuitBinding, CircuitChunk } from './circuit_wgsl.ts';
import { groupsOf } from './fill.ts';

/** The slots' values, four words each. */
const slotWords = (values: readonly Qm31[], slots: readonly Slot[]): number[] =>
  slots.flatMap(({ param, negative }) => {
    const value = values[param] as Qm31;
    return [...(negative ? qNeg(value) : value)];
  });

interface Dispatch {
  readonly circuit: Circuit;
  readonly input: ParamInput;
  readonly params: readonly number[];
  readonly buffers: Readonly<Record<CircuitBinding, Binding>>;
  readonly groups: number;
}

/** All slots and one that is 0, for the interpreters. */
const interpret = (
  recording: Recording,
  kernel: string,
  { circuit, input, params, buffers, groups }: Dispatch,
  { code }: CircuitBytecode,
  slots: readonly Slot[],
  bound: readonly CircuitBinding[],
): void => {
  const values = recording.constant([...slotWords(paramValues(circuit, input), slots), 0, 0, 0, 0]);
  const bindings = [recording.constant(code), values, ...bound.map((name) => buffers[name])];
  recording.dispatch({ kernel: { id: kernel }, params, bindings, groups });
};

const runChunks = (
  recording: Recording,
  kernels: readonly KernelSpec[],
  chunks: readonly CircuitChunk[],
  { circuit, input, params, buffers, groups }: Dispatch,
  paramsOf: (chunk: number) => readonly number[] = () => params,
): void => {
  const values = paramValues(circuit, input);
  chunks.forEach((chunk, i) => {
    const slots = recording.constant(slotWords(values, chunk.slots));
    const bindings = [slots, ...chunk.bindings.map((name) => buffers[name])];
    recording.dispatch({ kernel: kernels[i] as KernelSpec, params: paramsOf(i), bindings, groups });
  });
};

/** Where the chip's columns lie. */
const places = (trace: Columns, fixed: Columns | undefined): number[] => [
  ...[trace.offset, trace.stride, fixed?.offset ?? 0, fixed?.stride ?? 0],
];

export interface LogupInput {
  readonly chip: Chip;
  /** Trace and preprocessed columns on the trace domain. */
  readonly trace: Columns;
  readonly fixed: Columns | undefined;
  readonly params: ParamInput;
  /** The chip's secure columns, four base columns each. The last one is left for the scan. */
  readonly out: Columns;
  /** Gets each row's total, coordinate by coordinate (`rowStride` 1). In a buffer of its own. */
  readonly totals: ExtensionView;
  readonly form: Form;
}

/** Secure column k of each row is the sum of the row's pairs up to k; the last goes to the totals. */
export const logupSums = (recording: Recording, input: LogupInput): void => {
  const { chip, trace, fixed, out, totals, form } = input;
  const kernels = chipKernels(chip, 'logup', form);
  if (kernels.length === 0) return;
  const rows = 2 ** trace.logN;
  const none = recording.constant([0]);
  const { slots, pairs } = logupOf(chip);
  const dispatch: Dispatch = {
    circuit: circuitsOf(chip).logup,
    input: input.params,
    params: [
      ...[rows, pairs.length, out.offset, out.stride, totals.offset, totals.wordStride, 0, 0],
      ...places(trace, fixed),
    ],
    buffers: {
      ...{ trace: trace.buffer, preprocessed: fixed?.buffer ?? none, out: out.buffer, totals: totals.buffer },
      ...{ secure: none, sums: none },
    },
    groups: groupsOf(rows),
  };
  if (form === 'interpreted') {
    const bound = ['trace', 'preprocessed', 'out', 'totals'] as const;
    interpret(recording, 'logup_interpret', dispatch, logupCode(chip), slots, bound);
  } else {
    runChunks(recording, kernels, logupText(chip), dispatch);
  }
};

export interface ConstraintInput {
  readonly chip: Chip;
  /** The committed evaluations of the chip's trace, preprocessed and LogUp columns. */
  readonly trace: Columns;
  readonly fixed: Columns | undefined;
  readonly secure: Columns | undefined;
  readonly params: ParamInput;
  readonly logBlowup: number;
  /** The sums of this height, coordinate by coordinate (`rowStride` 1). */
  readonly sums: ExtensionView;
  /** Whether the sums' old values do not count. */
  readonly overwrite: boolean;
  readonly form: Form;
}

/** Adds the chip's constraints times their coefficients to the sums. */
export const constraintSums = (recording: Recording, input: ConstraintInput): void => {
  const { chip, trace, fixed, secure, sums, form } = input;
  const kernels = chipKernels(chip, 'constraints', form);
  if (kernels.length === 0) return;
  const none = recording.constant([0]);
  const paramsOf = (chunk: number): number[] => [
    ...[trace.logN, input.logBlowup, secure?.offset ?? 0, secure?.stride ?? 0],
    ...[sums.offset, sums.wordStride, input.overwrite && chunk === 0 ? 1 : 0, 0],
    ...places(trace, fixed),
  ];
  const dispatch: Dispatch = {
    circuit: circuitsOf(chip).constraints,
    input: input.params,
    params: paramsOf(0),
    buffers: {
      ...{ trace: trace.buffer, preprocessed: fixed?.buffer ?? none, secure: secure?.buffer ?? none },
      ...{ sums: sums.buffer, out: none, totals: none },
    },
    groups: groupsOf(2 ** trace.logN),
  };
  if (form === 'interpreted') {
    const bound = ['trace', 'preprocessed', 'secure', 'sums'] as const;
    interpret(recording, 'constraints_interpret', dispatch, constraintCode(chip), constraintsOf(chip).slots, bound);
  } else {
    runChunks(recording, kernels, constraintText(chip), dispatch, paramsOf);
  }
};
