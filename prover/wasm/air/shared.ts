/** The routines of a module with chips, and how generated code calls the dots. */
import type { ModuleBuilder } from '../../../src/core/wasm/index.ts';
import type { Routine } from '../emit/emitter.ts';
import { type Word, w } from '../emit/values.ts';
import { cutTerms, isShort } from './forms.ts';
import { fractionsRoutine, invertRoutine, normsRoutine } from './logup_routines.ts';
import { DOT_START, DOT_TERM, defineRoutines, type Routines } from './routines.ts';
import type { ScopedEmitter } from './scoped.ts';

export interface Shared extends Routines {
  readonly norms: Routine;
  readonly fractions: Routine;
  readonly invert: Routine;
}

export const defineShared = (module: ModuleBuilder): Shared => ({
  ...defineRoutines(module),
  norms: normsRoutine(module),
  fractions: fractionsRoutine(module),
  invert: invertRoutine(module),
});

/** dst = a dot over `count` slots, its data at `data`; or only its runs from the first to below the last given. */
export const writeDotCalls = (
  s: ScopedEmitter,
  shared: Shared,
  block: readonly [Word, Word, Word | number],
  dst: number,
  data: Word,
  count: number,
  from: number = 0,
  to: number = Number.POSITIVE_INFINITY,
): void => {
  let offset = 0;
  cutTerms(count).forEach((run, i) => {
    const bytes = DOT_START + run * DOT_TERM;
    const first = isShort(count) ? shared.dotShort : shared.dot;
    const routine = i > 0 ? shared.dotMore : first;
    if (i >= from && i < to) s.call(routine, ...block, dst, w.add(data, offset), w.add(data, offset + bytes));
    offset += bytes;
  });
};
