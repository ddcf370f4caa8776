// Runs a program and counts what proving it would commit, in the memory of one segment.
import type { Records } from '../../prover/chip_rows.ts';
import type { Outcome, Program } from '../machine/index.ts';
import { type CellCounts, type ChipCells, countCells } from './cells.ts';
import { chipSizes, minChipRows } from './engine.ts';

export interface Measured {
  readonly outcome: Outcome;
  /** Micro-ops. */
  readonly steps: number;
  readonly segments: number;
  readonly cells: CellCounts;
}

/** As large as segments are on an adapter with 8 GiB. */
const SEGMENT_STEPS = 2 ** 20;

/** Throws what the machine throws. A run of several segments of 2^20 micro-ops is counted segment by segment. */
export async function measure(program: Program, input: Uint8Array, maxCycles: number): Promise<Measured> {
  const [{ execute, recordSegment, startRun }, { rowsByText }, sizes, minRows] = await Promise.all([
    import('../machine/index.ts'),
    import('../../prover/chip_rows.ts'),
    chipSizes(),
    minChipRows(),
  ]);
  const count = (records: Records, cycles: number, more = {}): CellCounts => {
    const rows = { program: program.length, ...more, ...rowsByText(records, program.columns) };
    return countCells(sizes, rows, cycles, minRows);
  };
  const run = startRun(program, input, { segmentSteps: SEGMENT_STEPS, maxCycles });
  const cuts: CellCounts[] = [];
  for (let cut = run.next(); cut !== undefined; cut = run.next()) {
    if (cut.index === 0 && cut.exit === null) {
      const whole = execute(program, input, { maxCycles });
      return { outcome: whole, steps: whole.steps, segments: 1, cells: count(whole.records, whole.cycles) };
    }
    const cells = cut.cells.address.length;
    const first = cut.exit === null ? run.firstCells().nRows : 0;
    const more = { boundary: cells, boundary_memory: cells, first, first_chain: first };
    // A segment's cells for one instruction are its cells.
    cuts.push(count(recordSegment(program, input, cut).records, 1, more));
  }
  return { outcome: run.result, steps: run.result.steps, segments: cuts.length, cells: sum(cuts, run.result.cycles) };
}

function sum(cuts: readonly CellCounts[], cycles: number): CellCounts {
  const chips: Record<string, ChipCells> = {};
  for (const cut of cuts) {
    for (const [name, { rows, columns, cells }] of Object.entries(cut.chips)) {
      const before = chips[name] ?? { rows: 0, cells: 0 };
      chips[name] = { rows: before.rows + rows, columns, cells: before.cells + cells };
    }
  }
  return {
    cellsPerInstruction: cuts.reduce((n, { cellsPerInstruction }) => n + cellsPerInstruction, 0) / Math.max(1, cycles),
    committedCells: cuts.reduce((n, { committedCells }) => n + committedCells, 0),
    chips,
  };
}
