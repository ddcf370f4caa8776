// FRI folding, unnormalised: f'(h) = (f(2h) + f(2h+1)) + alpha (f(2h) - f(2h+1)) / t.
import { type Qm31, qMul } from '../../../src/core/field.ts';
import type { ExtensionRows } from '../columns.ts';
import { groupsFor, type Recording } from '../recording.ts';
import { smallY, type TwiddleHeap } from './twiddles.ts';

/**
 * Folds `foldLog` (1 to 4) times, with alpha, alpha^2, alpha^4 ... `circle`: src is on a circle domain, and the first of
 * the folds is the circle fold; else src is on a line.
 */
export function friFold(
  recording: Recording,
  heap: TwiddleHeap,
  src: ExtensionRows,
  dst: ExtensionRows,
  alpha: Qm31,
  foldLog: number,
  circle: boolean,
): void {
  if (src.logN - foldLog !== dst.logN || foldLog < 1 || foldLog > 4) throw new Error('friFold: wrong sizes');
  if (src.logN > heap.logN) throw new Error('friFold: size outside the twiddle heap');
  const alphas: Qm31[] = [alpha];
  for (let i = 1; i < 4; i++) alphas.push(qMul(alphas[i - 1] as Qm31, alphas[i - 1] as Qm31));
  recording.dispatch({
    kernel: { id: 'fri_fold', constants: { FOLD_LOG: foldLog } },
    params: [...alphas.flat(), src.logN, circle ? 1 : 0, smallY(src.logN, true), src.offset / 4, dst.offset / 4],
    bindings: [heap.inverse, src.buffer, dst.buffer],
    groups: groupsFor(2 ** dst.logN),
  });
}
