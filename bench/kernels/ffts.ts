// Circle FFTs by size: both directions, in the form that the adapter runs, and on GPUs the other form once for comparison.
import { packedColumns } from '../../prover/gpu/columns.ts';
import { evaluate, interpolate } from '../../prover/gpu/kernels/fft.ts';
import type { TwiddleHeap } from '../../prover/gpu/kernels/twiddles.ts';
import { times } from '../model/costs.ts';
import { butterflies, evaluation, interpolation } from '../model/transforms.ts';
import type { Bench, Case } from './suite.ts';

const LOG_BLOWUP = 1;

export function fftCases({ runtime, heap, scale }: Bench): Case[] {
  const cases: Case[] = [];
  const add = (logN: number, used: TwiddleHeap, note: string): void => {
    const logDomain = logN + LOG_BLOWUP;
    const count = Math.max(1, Math.floor(scale.words / 2 ** logDomain));
    const words = count * 2 ** logN;
    const size = `2^${logN} x ${count}${note}`;
    cases.push({
      ...{ group: 'fft', name: 'interpolate', size, unit: 'butterflies' },
      units: count * butterflies(logN, logN),
      work: times(count, interpolation(logN, used.fft)),
      buffers: [words],
      record: (recording, [buffer]) => {
        const columns = packedColumns(buffer as GPUBuffer, count, logN);
        interpolate(recording, used, columns, columns);
      },
    });
    cases.push({
      ...{ group: 'fft', name: 'extend to twice the size', size, unit: 'butterflies' },
      units: count * butterflies(logN, logDomain),
      work: times(count, evaluation(logN, logDomain, used.fft)),
      buffers: [words, 2 * words],
      record: (recording, [from, to]) => {
        const src = packedColumns(from as GPUBuffer, count, logN);
        evaluate(recording, used, src, packedColumns(to as GPUBuffer, count, logDomain));
      },
    });
  };
  for (const logN of scale.fftLogs) add(logN, heap, '');
  if (!runtime.context.adapter.isSoftware) {
    const other = heap.fft === 'tiles' ? 'registers' : 'tiles';
    const middle = scale.fftLogs[Math.floor(scale.fftLogs.length / 2)] ?? 16;
    add(middle, { ...heap, fft: other }, `, ${other}`);
  }
  return cases;
}
