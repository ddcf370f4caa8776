// LogUp columns and constraint sums on the device, from the circuits of a chip.
import type { Chip } from '../../../src/air/chip.ts';
import { circuitsOf } from '../../../src/air/circuit.ts';
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
import type { CircuitBinding, CircuitChunk } from './circuit_wgsl.ts';
import { groupsOf } from './fill.ts';
import type { ParamPlaces, SlotRange, SlotTable } from './slots.ts';

interface Dispatch {
  readonly params: readonly number[];
  readonly buffers: Readonly<Record<CircuitBinding, Binding>>;
  readonly groups: number;
}

/** The interpreters' list of slots ends in one that is 0. */
const interpret = (
  recording: Recording,
  kernel: string,
  { params, buffers, groups }: Dispatch,
  { code }: CircuitBytecode,
  slots: Binding,
  bound: readonly CircuitBinding[],
): void => {
  const bindings = [recording.constant(code), slots, ...bound.map((name) => buffers[name])];
  recording.dispatch({ kernel: { id: kernel }, params, bindings, groups });
};

const runChunks = (
  recording: Recording,
  kernels: readonly KernelSpec[],
  chunks: readonly CircuitChunk[],
  { params, buffers, groups }: Dispatch,
  slots: readonly Binding[],
  paramsOf: (chunk: number) => readonly number[] = () => params,
): void => {
  chunks.forEach((chunk, i) => {
    const bindings = [slots[i] as Binding, ...chunk.bindings.map((name) => buffers[name])];
    recording.dispatch({ kernel: kernels[i] as KernelSpec, params: paramsOf(i), bindings, groups });
  });
};

/** The slots that each kernel of a chip's LogUp columns takes. */
export const logupSlots = (table: SlotTable, chip: Chip, form: Form, places: ParamPlaces): SlotRange[] => {
  if (chipKernels(chip, 'logup', form).length === 0) return [];
  const circuit = circuitsOf(chip).logup;
  return form === 'interpreted'
    ? [table.add(circuit, logupOf(chip).slots, places)]
    : logupText(chip).map(({ slots }) => table.add(circuit, slots, places));
};

/** The slots that each kernel of a chip's constraints takes. */
export const constraintSlots = (table: SlotTable, chip: Chip, form: Form, places: ParamPlaces): SlotRange[] => {
  if (chipKernels(chip, 'constraints', form).length === 0) return [];
  const circuit = circuitsOf(chip).constraints;
  return form === 'interpreted'
    ? [table.add(circuit, constraintsOf(chip).slots, places)]
    : constraintText(chip).map(({ slots }) => table.add(circuit, slots, places));
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
  /** As `logupSlots` told for this form. */
  readonly slots: readonly Binding[];
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
  const { pairs } = logupOf(chip);
  const dispatch: Dispatch = {
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
    interpret(recording, 'logup_interpret', dispatch, logupCode(chip), input.slots[0] as Binding, bound);
  } else {
    runChunks(recording, kernels, logupText(chip), dispatch, input.slots);
  }
};

export interface ConstraintInput {
  readonly chip: Chip;
  /** The committed evaluations of the chip's trace, preprocessed and LogUp columns. */
  readonly trace: Columns;
  readonly fixed: Columns | undefined;
  readonly secure: Columns | undefined;
  /** As `constraintSlots` told for this form. */
  readonly slots: readonly Binding[];
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
    params: paramsOf(0),
    buffers: {
      ...{ trace: trace.buffer, preprocessed: fixed?.buffer ?? none, secure: secure?.buffer ?? none },
      ...{ sums: sums.buffer, out: none, totals: none },
    },
    groups: groupsOf(2 ** trace.logN),
  };
  if (form === 'interpreted') {
    const bound = ['trace', 'preprocessed', 'secure', 'sums'] as const;
    const [slots] = input.slots;
    interpret(recording, 'constraints_interpret', dispatch, constraintCode(chip), slots as Binding, bound);
  } else {
    runChunks(recording, kernels, constraintText(chip), dispatch, input.slots, paramsOf);
  }
};
