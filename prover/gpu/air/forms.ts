// Which chips get kernels of their own, and when.
import type { Chip } from '../../../src/air/chip.ts';
import type { KernelSpec } from '../kernel.ts';
import type { GpuRuntime } from '../runtime.ts';
import { constraintKernels, logupKernels } from './circuits.ts';
import { countKernel, type Form, witnessKernel } from './fill.ts';

export const PROGRAM_KINDS = ['witness', 'count', 'logup', 'constraints'] as const;
/** The programs of a chip, in the order in which a proof runs them. */
export type ProgramKind = (typeof PROGRAM_KINDS)[number];

/** Chooses how one of a chip's programs runs, by its rows in this proof. */
export type FormRule = (chip: Chip, rows: number, kind: ProgramKind) => Form;

/**
 * Rows of the trace from which a kernel of its own is worth its compilation. On SwiftShader, one core: compiling takes
 * 0.1 s for a witness or count program and 3 to 8 s for a chip's circuits; a row then costs 0.5 instead of 10 us, and
 * 20 instead of 50 us.
 */
const SOFTWARE_ROWS: Readonly<Record<ProgramKind, number>> = {
  witness: 2 ** 14,
  count: 2 ** 14,
  logup: 2 ** 18,
  constraints: 2 ** 18,
};

/** On GPUs compilation costs only the time of other cores: nothing waits for it. Estimated, not measured. */
const GPU_ROWS = 2 ** 13;
const GPU_COMPILERS = 4;

export const kernelsOf = (chip: Chip, kind: ProgramKind, form: Form): readonly KernelSpec[] => {
  const one = (kernel: KernelSpec | null): KernelSpec[] => (kernel === null ? [] : [kernel]);
  switch (kind) {
    case 'witness':
      return one(witnessKernel(chip, form));
    case 'count':
      return one(countKernel(chip, form));
    case 'logup':
      return logupKernels(chip, form);
    case 'constraints':
      return constraintKernels(chip, form);
  }
};

export interface Forms {
  readonly formOf: FormRule;
  /** Starts compiling what a proof with these heights will want. */
  prepare(chips: readonly { readonly chip: Chip; readonly logN: number }[]): void;
}

/** On a software adapter the rows decide. On a GPU the interpreters run until a chip's own kernels are compiled. */
export const chooseForms = (runtime: GpuRuntime): Forms => {
  if (runtime.context.adapter.isSoftware) {
    return {
      formOf: (_, rows, kind) => (rows >= SOFTWARE_ROWS[kind] ? 'generated' : 'interpreted'),
      prepare: () => {},
    };
  }
  const asked = new Set<string>();
  const waiting: KernelSpec[] = [];
  let compilers = 0;
  const compile = async (): Promise<void> => {
    compilers++;
    for (let spec = waiting.shift(); spec !== undefined; spec = waiting.shift()) {
      // A kernel that a driver refuses is never ready, and its chip stays with the interpreter.
      await runtime.kernels.get(spec).catch(() => undefined);
    }
    compilers--;
  };
  return {
    formOf: (chip, rows, kind) => {
      const isReady = rows >= GPU_ROWS && kernelsOf(chip, kind, 'generated').every((k) => runtime.kernels.isReady(k));
      return isReady ? 'generated' : 'interpreted';
    },
    prepare: (chips) => {
      const tall = chips.filter(({ logN }) => 2 ** logN >= GPU_ROWS).sort((a, b) => b.logN - a.logN);
      for (const kind of PROGRAM_KINDS) {
        for (const spec of tall.flatMap(({ chip }) => kernelsOf(chip, kind, 'generated'))) {
          if (asked.has(spec.id)) continue;
          asked.add(spec.id);
          waiting.push(spec);
        }
      }
      while (compilers < Math.min(GPU_COMPILERS, waiting.length)) void compile();
    },
  };
};
