// What must hold between the segments of a cut run and the whole run.

import assert from 'node:assert/strict';
import {
  CHIPS,
  type CutRun,
  type Execution,
  FIRST_CELL_FIELDS,
  imageTable,
  type Program,
  type SegmentCut,
  type SegmentRecords,
} from '../../src/machine/index.ts';

const REG = 2 ** 30;
/** Chips whose rows do not depend on where a run is cut, but for their clocks. */
const STEP_CHIPS = CHIPS.filter((chip) => !['read_word', 'image', 'zero_init', 'refresh'].includes(chip));

/** All segments of a run. */
export function segmentsOf(run: CutRun): SegmentCut[] {
  const cuts: SegmentCut[] = [];
  for (let cut = run.next(); cut !== undefined; cut = run.next()) cuts.push(cut);
  return cuts;
}

/** Checks that cells pass from segment to segment, and that first and last values close every cell's path. */
export function checkCells(program: Program, run: CutRun, cuts: readonly SegmentCut[]): void {
  const cells = new Map<number, { value: number; segment: number }>();
  const image = imageTable(program);
  const initial = new Map<number, number>();
  for (let i = 0; i < image.nRows - 1; i++) initial.set(image.addr[i]!, image.lo[i]! + 65536 * image.hi[i]!);
  for (const [index, { cells: c, ...cut }] of cuts.entries()) {
    assert.equal(cut.index, index);
    assert.equal(cut.exit, cuts[index + 1]?.entry ?? null);
    assert.equal(cut.exitClk, 4 + 4 * (cut.steps - (cut.exit === null ? 1 : 0)));
    for (let i = 0; i < c.address.length; i++) {
      const address = c.address[i]!;
      if (i > 0) assert.ok(address > c.address[i - 1]!);
      const before = cells.get(address) ?? { value: initial.get(address) ?? 0, segment: 0 };
      assert.deepEqual({ value: c.valueIn[i], segment: c.segmentIn[i] }, before, `cell ${address} of ${index}`);
      assert.ok(before.segment <= index);
      cells.set(address, { value: c.valueOut[i]!, segment: index + 1 });
    }
    assert.deepEqual(
      [...c.address.slice(-40)],
      Array.from({ length: 40 }, (_, r) => REG + r),
    );
  }
  assert.equal(
    run.result.steps,
    cuts.reduce((sum, cut) => sum + cut.steps, 0),
  );
  const { fields, nRows, data } = run.firstCells();
  assert.equal(fields, FIRST_CELL_FIELDS);
  let last = 0;
  for (let i = 0; i < nRows; i++) {
    const [fromImage, chained, address, first, lastNext, final, finalSegment] = data.subarray(7 * i, 7 * i + 7);
    assert.equal(fromImage === 1, initial.has(address!));
    assert.equal(first, initial.get(address!) ?? 0);
    assert.equal(chained, address! < REG ? 1 : 0);
    assert.equal(lastNext, chained === 1 ? last : 0);
    if (chained === 1) {
      assert.ok(address! >= last);
      last = address! + 1;
    }
    assert.deepEqual(
      { value: final, segment: finalSegment },
      cells.get(address!) ?? { value: first, segment: 0 },
      `${address}`,
    );
    initial.delete(address!);
    cells.delete(address!);
  }
  assert.equal(initial.size + cells.size, 0);
}

const fieldsOf = (record: Execution['records'][keyof Execution['records']], row: number): Record<string, number> =>
  Object.fromEntries(record.fields.map((f, j) => [f, record.data[row * record.fields.length + j]!]));

/**
 * Checks that the segments' rows are those of the whole run: the same values in the same order, with clocks moved by the
 * steps of earlier segments; and a previous clock is the whole run's, or 0 for the first access in the segment.
 */
export function checkConcatenation(
  whole: Execution,
  cuts: readonly SegmentCut[],
  parts: readonly SegmentRecords[],
): void {
  for (const chip of STEP_CHIPS) {
    let at = 0;
    let shift = 0;
    for (const [i, cut] of cuts.entries()) {
      const part = parts[i]!.records[chip];
      for (let row = 0; row < part.nRows; row++, at++) {
        const own = fieldsOf(part, row);
        const expected = fieldsOf(whole.records[chip], at);
        for (const [name, value] of Object.entries(own)) {
          const isPrevious = /^(prev|p\d)/.test(name);
          // Refreshed clocks depend on the clock alone.
          if (name === 'clk') assert.equal(value + shift, expected[name], `${chip} ${at}`);
          else if (!isPrevious) assert.equal(value, expected[name], `${chip} ${at} ${name}`);
          else if (value !== 0) assert.equal(value + shift, expected[name], `${chip} ${at} ${name}`);
          else assert.ok(expected[name]! <= shift + 3, `${chip} ${at} ${name}`);
        }
      }
      shift += 4 * cut.steps;
    }
    assert.equal(at, whole.records[chip].nRows, chip);
  }
}
