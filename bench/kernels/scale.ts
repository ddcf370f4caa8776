// How much work a device is given: enough to fill it, not more than it can hold or than the budget allows.
import type { AdapterDescription } from '../../prover/gpu/device.ts';
import { maxBindingBytes } from '../../prover/gpu/pool.ts';

export interface Scale {
  /** For each kernel. */
  readonly budgetMs: number;
  readonly copyWords: number;
  readonly arithmeticThreads: number;
  readonly arithmeticRounds: number;
  /** Most words of one buffer. */
  readonly bufferWords: number;
  /** Field elements of an FFT or a tree, over all its columns. */
  readonly words: number;
  /** log2 of the transform sizes. */
  readonly fftLogs: readonly number[];
  /** log2 of the rows of trees, scans and chips. */
  readonly rowsLog: number;
  readonly chips: readonly string[];
}

const range = (from: number, to: number, step: number): number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);

/** A small memory chip, one with many range checks, one of many columns. */
const FEW_CHIPS = ['add', 'load_word', 'mul'];

export function chooseScale(adapter: AdapterDescription, quick: boolean): Scale {
  const { isSoftware, limits } = adapter;
  const bufferWords = Math.floor(maxBindingBytes(limits) / 4);
  // Twice as much for an extension, and room for the source.
  const fitting = 2 ** Math.floor(Math.log2(bufferWords / 2));
  if (isSoftware) {
    return {
      bufferWords,
      budgetMs: quick ? 50 : 500,
      copyWords: quick ? 2 ** 20 : 2 ** 24,
      arithmeticThreads: 2 ** 13,
      arithmeticRounds: quick ? 8 : 32,
      words: Math.min(fitting, quick ? 2 ** 17 : 2 ** 21),
      fftLogs: quick ? [12] : range(12, 18, 2),
      rowsLog: quick ? 10 : 14,
      chips: quick ? FEW_CHIPS.slice(0, 1) : FEW_CHIPS,
    };
  }
  return {
    bufferWords,
    budgetMs: quick ? 50 : 500,
    copyWords: Math.min(fitting, quick ? 2 ** 24 : 2 ** 26),
    arithmeticThreads: 2 ** 20,
    arithmeticRounds: quick ? 32 : 128,
    words: Math.min(fitting, quick ? 2 ** 22 : 2 ** 26),
    fftLogs: quick ? [12, 16, 20] : range(10, 24, 2),
    rowsLog: quick ? 16 : 20,
    chips: quick ? FEW_CHIPS.slice(0, 1) : ['add', 'bitwise', 'branch_lt', 'load_word', 'store_sub', 'mul', 'div'],
  };
}
