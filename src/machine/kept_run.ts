// A cut run whose segments are asked for one by one, mostly in their order: by one who proves some of them, each when it is
// told to. The run waits where it was asked last, and goes on from there.
import type { Program } from './lower.ts';
import type { ChipRecords } from './records.ts';
import { type CutRun, type RunOptions, type SegmentCut, startRun } from './segments.ts';

export interface KeptRunOptions extends RunOptions {
  /** Bytes of segments that are kept, to be asked for again; those behind are run again. */
  readonly keepBytes: number;
}

export interface KeptRun {
  /** Undefined where the run ends before. Throws `MachineError`. */
  cut(index: number): SegmentCut | undefined;
  /** First and last values of all cells of the run, which is run to its end. */
  firstCells(): ChipRecords;
  /** How often the program was started, and segments were run. */
  readonly counts: { readonly starts: number; readonly segments: number };
}

const bytesOf = ({ cells }: SegmentCut): number => 16 * cells.address.length;

export function keepRun(program: Program, input: Uint8Array, { keepBytes, ...options }: KeptRunOptions): KeptRun {
  const kept = new Map<number, SegmentCut>();
  const counts = { starts: 0, segments: 0 };
  let bytes = 0;
  let run: CutRun | undefined;
  /** Segments that the run has behind it. */
  let done = 0;
  let cells: ChipRecords | undefined;

  const keep = (cut: SegmentCut): void => {
    kept.set(cut.index, cut);
    bytes += bytesOf(cut);
    // The first go first: they are proven first.
    for (const [index, old] of kept) {
      if (bytes <= keepBytes) break;
      kept.delete(index);
      bytes -= bytesOf(old);
    }
  };
  const step = (): SegmentCut | undefined => {
    if (run === undefined) {
      run = startRun(program, input, options);
      done = 0;
      counts.starts++;
    }
    let cut: SegmentCut | undefined;
    try {
      cut = run.next();
    } catch (error) {
      run = undefined;
      throw error;
    }
    if (cut === undefined) return undefined;
    done++;
    counts.segments++;
    if (!kept.has(cut.index)) keep(cut);
    return cut;
  };

  return {
    counts,
    cut: (index) => {
      const known = kept.get(index);
      if (known !== undefined) return known;
      if (index < done) run = undefined;
      for (let cut = step(); cut !== undefined; cut = step()) if (cut.index === index) return cut;
      return undefined;
    },
    firstCells: () => {
      if (cells !== undefined) return cells;
      while (step() !== undefined);
      cells = (run as CutRun).firstCells();
      return cells;
    },
  };
}
