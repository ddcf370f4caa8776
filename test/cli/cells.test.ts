import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countCells } from '../../src/cli/cells.ts';

describe('cell counts', () => {
  it('count used rows per instruction, and everything padded', () => {
    const chip = {
      columns: 10,
      logupWords: 8,
      fixedColumns: 0,
      isRecorded: true,
      hasSecond: true,
      tableRows: undefined,
    };
    const table = { columns: 1, logupWords: 4, fixedColumns: 3, isRecorded: false, hasSecond: false, tableRows: 64 };
    const sizes = [
      { name: 'add', ...chip },
      { name: 'halt', ...chip },
      { name: 'unused', ...chip },
      { name: 'range', ...table },
    ];
    const counts = countCells(sizes, { add: 33, halt: 1, unused: 0 }, 34, 16);
    assert.equal(counts.cellsPerInstruction, 18);
    // 64 and 16 rows of 18 columns, the table's 64 of 8, and 8 composition words of the tallest, 64.
    assert.equal(counts.committedCells, 64 * 18 + 16 * 18 + 64 * 8 + 8 * 64);
    assert.deepEqual(counts.chips.range, { rows: 64, columns: 5, cells: 320 });
    // 2^15 + 2^14 rows instead of 2^16, where the chip may have a second table.
    const rows = 2 ** 15 + 9000;
    const committed = (hasSecond: boolean): number =>
      countCells([{ name: 'add', ...chip, hasSecond }], { add: rows }, 1, 16).committedCells;
    assert.equal(committed(true), (2 ** 15 + 2 ** 14) * 18 + 8 * 2 ** 15);
    assert.equal(committed(false), 2 ** 16 * 18 + 8 * 2 ** 16);
  });
});
