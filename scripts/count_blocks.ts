// What block chips would gain: runs a guest, makes its hottest basic blocks rows of their own (every register accessed
// once, values flowing inside, constants folded) and counts cells and proof bytes.
//
//   node --import tsx scripts/count_blocks.ts [guest] [most cells of a row] [blocks]
//
// Without arguments: the tables of docs/cells.md. docs/cells.md says what is counted.
import { cellsOf } from './cells/block_cost.ts';
import { opName } from './cells/block_graph.ts';
import { chunksOf, planBlocks } from './cells/chunks.ts';
import { guestRun } from './cells/guests.ts';
import { tablesOf, totals } from './cells/sizes.ts';
import { blockBudgetTable, blockTable, blockWidthTable } from './docs/cell_tables.ts';

const [guest, width = '400', blocks = '16'] = process.argv.slice(2);

if (guest === undefined) {
  console.log([blockTable(), blockWidthTable(), blockBudgetTable()].join('\n\n'));
} else {
  const run = guestRun(guest);
  const plan = planBlocks(run, chunksOf(run, Number(width)), Number(blocks));
  for (const { from, to, count, cost, plain } of plan.chunks) {
    const ops = Array.from({ length: Math.min(8, to - from) }, (_, i) => opName(run.program, from + i)).join(' ');
    console.log(
      `${count} x [${from}, ${to}): ${plain} -> ${cellsOf(cost)} cells; ${ops}${to - from > 8 ? ' ...' : ''}`,
    );
  }
  const [now, then] = [totals(tablesOf(run.rows)), totals(plan.tables)];
  const { cycles } = run.execution;
  console.log(`${(now.used / cycles).toFixed(1)} -> ${(then.used / cycles).toFixed(1)} cells an instruction`);
  console.log(`${(now.committed / cycles).toFixed(1)} -> ${(then.committed / cycles).toFixed(1)} committed`);
  console.log(`${now.bytes.toFixed(0)} -> ${then.bytes.toFixed(0)} bytes of columns in the proof`);
}
