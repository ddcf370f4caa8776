// FRI folding, unnormalised: f'(h) = (f(2h) + f(2h+1)) + alpha (f(2h) - f(2h+1)) / t, and the last polynomial.
import type { ExtensionRows } from '../columns.ts';
import { type Binding, groupsFor, type Recording } from '../recording.ts';
import { smallY, type TwiddleHeap } from './twiddles.ts';

/** Where a folding challenge is: alpha, alpha^2, alpha^4, alpha^8 from element `alpha` on. */
export interface FoldChallenge {
  readonly elements: Binding;
  readonly alpha: number;
}

/**
 * Folds `foldLog` (1 to 4) times, with alpha, alpha^2, alpha^4 ... `circle`: src is on a circle domain, and the first of
 * the folds is the circle fold; else src is on a line.
 */
export function friFold(
  recording: Recording,
  heap: TwiddleHeap,
  src: ExtensionRows,
  dst: ExtensionRows,
  { elements, alpha }: FoldChallenge,
  foldLog: number,
  circle: boolean,
): void {
  if (src.logN - foldLog !== dst.logN || foldLog < 1 || foldLog > 4) throw new Error('friFold: wrong sizes');
  if (src.logN > heap.logN) throw new Error('friFold: size outside the twiddle heap');
  recording.dispatch({
    kernel: { id: 'fri_fold', constants: { FOLD_LOG: foldLog } },
    params: [alpha, src.logN, circle ? 1 : 0, smallY(src.logN, true), src.offset / 4, dst.offset / 4],
    bindings: [elements, heap.inverse, src.buffer, dst.buffer],
    groups: groupsFor(2 ** dst.logN),
  });
}

/** Interpolates a word on a line in place; the first `keep` coefficients are multiplied by `scale`. */
export function interpolateLast(
  recording: Recording,
  heap: TwiddleHeap,
  { buffer, offset, logN }: ExtensionRows,
  keep: number,
  scale: number,
): void {
  const params = [logN, offset / 4, keep, scale];
  recording.dispatch({ kernel: { id: 'line_interpolate' }, params, bindings: [heap.inverse, buffer], groups: 1 });
}
