// Which chips get kernels of their own, and when.
import type { Chip } from '../../../src/air/chip.ts';
import type { KernelSpec } from '../kernel.ts';
import type { GpuRuntime } from '../runtime.ts';
import { chipKernels, type Form, isInterpretable, PROGRAM_KINDS, type ProgramKind } from './chip_kernels.ts';

/** Chooses how one of a chip's programs runs, by its rows in this proof. */
export type FormRule = (chip: Chip, rows: number, kind: ProgramKind) => Form;

/**
 * Rows of the trace from which a kernel of its own is worth its compilation. On SwiftShader, on a core: compiling takes
 * 0.1 s for a witness or count program, and a row then costs 0.5 instead of 10 us; it takes 2 to 3 s for a chip's LogUp
 * columns, 1 to 2 s for its constraints, and a row then costs 6 to 8 instead of 15 us, and 14 instead of 36.
 */
const SOFTWARE_ROWS: Readonly<Record<ProgramKind, number>> = {
  witness: 2 ** 14,
  count: 2 ** 14,
  logup: 2 ** 18,
  constraints: 2 ** 17,
};

/** On GPUs compilation costs only the time of other cores: nothing waits for it. Estimated, not measured. */
const GPU_ROWS = 2 ** 13;
const GPU_COMPILERS = 4;

export interface Forms {
  readonly formOf: FormRule;
  /** Starts compiling what a proof with these heights will want. */
  prepare(chips: readonly { readonly chip: Chip; readonly logN: number }[]): void;
}

/** A program too large for the interpreter must wait for its own kernels. */
const ifInterpretable =
  (rule: FormRule): FormRule =>
  (chip, rows, kind) =>
    isInterpretable(chip, kind) ? rule(chip, rows, kind) : 'generated';

/** On a software adapter the rows decide. On a GPU the interpreters run until a chip's own kernels are compiled. */
export const chooseForms = (runtime: GpuRuntime): Forms => {
  if (runtime.context.adapter.isSoftware) {
    return {
      formOf: ifInterpretable((_, rows, kind) => (rows >= SOFTWARE_ROWS[kind] ? 'generated' : 'interpreted')),
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
    formOf: ifInterpretable((chip, rows, kind) => {
      const isReady = rows >= GPU_ROWS && chipKernels(chip, kind, 'generated').every((k) => runtime.kernels.isReady(k));
      return isReady ? 'generated' : 'interpreted';
    }),
    prepare: (chips) => {
      const tall = chips.filter(({ logN }) => 2 ** logN >= GPU_ROWS).sort((a, b) => b.logN - a.logN);
      for (const kind of PROGRAM_KINDS) {
        for (const spec of tall.flatMap(({ chip }) => chipKernels(chip, kind, 'generated'))) {
          if (asked.has(spec.id)) continue;
          asked.add(spec.id);
          waiting.push(spec);
        }
      }
      while (compilers < Math.min(GPU_COMPILERS, waiting.length)) void compile();
    },
  };
};
