// Block chips: which straight runs of micro-ops of a program would be rows of their own, and what they would save.
import { blocksOf } from '../../src/machine/blocks.ts';
import { type Cost, cellsOf, rowCost } from './block_cost.ts';
import type { GuestRun } from './guests.ts';
import { cellsOfChip, chipOfMicroOp, type Table, tablesOf } from './sizes.ts';

export interface Chunk {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly cost: Cost;
  /** Cells of the same micro-ops in the chips that there are. */
  readonly plain: number;
}

export interface BlockPlan {
  readonly chunks: readonly Chunk[];
  readonly tables: readonly Table[];
  /** Share of the micro-ops run that blocks prove. */
  readonly covered: number;
}

/** Tables are no shorter: a block with fewer executions is mostly padding. */
export const MIN_COUNT = 16;

/** Basic blocks that are run, split from the left so that no row is wider than so many cells. */
export function chunksOf(run: GuestRun, maxWidth: number): Chunk[] {
  const { program, execution } = run;
  const { starts, ends } = blocksOf(program);
  const chunks: Chunk[] = [];
  for (let start = 0; start < program.length; start = ends[start]!) {
    const count = execution.counts[start]!;
    if (starts[start] === 0 || count < MIN_COUNT) continue;
    for (let from = start; from < ends[start]!; ) {
      let end = from;
      while (end < ends[start]! && chipOfMicroOp(run, end)) end++;
      const to = longest(from, end, (at) => cellsOf(rowCost(program, from, at, 'program')) <= maxWidth);
      let plain = 0;
      for (let i = from; i < to; i++) plain += cellsOfChip(chipOfMicroOp(run, i)!);
      if (to > from) chunks.push({ from, to, count, plain, cost: rowCost(program, from, to, 'program') });
      from = Math.max(to, from + 1);
    }
  }
  return chunks.filter((c) => c.plain > cellsOf(c.cost)).sort((a, b) => saved(b) - saved(a));
}

/** Largest end in (from, end] that passes, by bisection: cells grow with micro-ops, but for what dies inside. */
function longest(from: number, end: number, passes: (at: number) => boolean): number {
  if (end <= from || passes(end)) return end;
  let [low, high] = [from + 1, end];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (passes(middle)) low = middle;
    else high = middle;
  }
  return low;
}

const saved = (c: Chunk): number => c.count * (c.plain - cellsOf(c.cost));

/** The run with its best `k` blocks as rows. */
export function planBlocks(run: GuestRun, chunks: readonly Chunk[], k: number): BlockPlan {
  const best = chunks.slice(0, k);
  const rows: Record<string, number> = { ...run.rows };
  let covered = 0;
  for (const { from, to, count } of best) {
    for (let i = from; i < to; i++) rows[chipOfMicroOp(run, i)!.name]! -= count;
    covered += (to - from) * count;
  }
  const blocks = best.map(({ from, count, cost }) => ({
    name: `block at ${from}`,
    rows: count,
    ...cost,
    given: 0,
    isRecorded: true,
  }));
  return { chunks: best, tables: [...tablesOf(rows), ...blocks], covered: covered / run.execution.steps };
}
