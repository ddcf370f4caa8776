// What the framework refuses to define, and what the checks report.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ChipBuilder, ChipError, defineChip } from '../../src/air/chip.ts';
import { checkRelations, checkRows, describeFailure } from '../../src/air/debug.ts';
import { add, mul, sub } from '../../src/air/expr.ts';
import { CHIPS } from '../../src/air/inventory.ts';
import { buildLayout, checkLogRows, MAX_LOG_ROWS } from '../../src/air/layout.ts';
import { CHAIN, MEMORY, STATE } from '../../src/air/relations.ts';
import { P } from '../../src/core/field.ts';

const define = (build: (b: ChipBuilder) => void): unknown => defineChip({ name: 'test', record: ['x'], build });
const refuses = (build: (b: ChipBuilder) => void, message: RegExp): void =>
  assert.throws(
    () => define(build),
    (error) => error instanceof ChipError && message.test(error.message),
  );

describe('a chip cannot be defined', () => {
  it('with a column that no constraint or relation touches', () => {
    refuses((b) => void b.column('lost', b.record('x')), /no constraint or relation touches column lost/);
    refuses((b) => {
      b.limbs('value', b.record('x'));
      b.zero('nothing', mul(b.column('other', 0), 0));
    }, /touches column/);
  });

  it('with too high a degree', () => {
    refuses((b) => b.zero('quartic', mul(...Array(4).fill(b.column('x', 0)))), /degree 4 > 3/);
    const square = (b: ChipBuilder) => mul(b.column('x', 0), b.column('y', 0));
    refuses((b) => b.emit(CHAIN, [square(b)]), /degree 2 > 1/);
    refuses((b) => b.emit(CHAIN, [0], square(b)), /numerator .* degree 2 > 1/);
  });

  it('with a constraint that padding rows break', () => {
    refuses((b) => b.zero('one', sub(b.column('x', 0), 1)), /does not hold on padding rows/);
  });

  it('with a tuple of another width, two columns of one name, or unknown fields', () => {
    refuses((b) => b.emit(STATE, [b.column('x', 0)]), /takes 2 values, got 1/);
    refuses((b) => b.emit(STATE, [b.column('x', 0), b.column('x', 1)]), /two columns are called x/);
    refuses((b) => void b.record('y'), /no field y/);
    refuses((b) => void b.fixed('y'), /no given column y/);
  });

  it('and every chip of the inventory can, with names of its own', () => {
    assert.equal(new Set(CHIPS.map((c) => c.name)).size, CHIPS.length);
    for (const { logupColumns, fractions } of CHIPS) assert.equal(logupColumns, Math.ceil(fractions.length / 2));
  });
});

describe('the checks report', () => {
  const chip = defineChip({
    name: 'pairs',
    record: ['x'],
    build: (b) => {
      const x = b.column('x', b.record('x'));
      const y = b.column('y', 0);
      b.zero('y is twice x', sub(y, add(x, x)));
      b.emit(MEMORY, [x, y, 0, 0]);
    },
  });
  const trace = (x: number[], y: number[], enabler: number[]) => [
    { chip, columns: [x, y, enabler].map((c) => Uint32Array.from(c)), fixed: [] },
  ];

  it('chip, row, constraint and values', () => {
    const found = checkRows(trace([1, 2, 3, 0], [2, 4, 7, 0], [1, 1, 1, 0]));
    assert.equal(found.length, 1);
    const values = 'x 3, y 7, enabler 1';
    assert.equal(found.map(describeFailure)[0], `chip pairs, row 2: y is twice x does not hold (${values})`);
    assert.match(
      checkRows(trace([P], [0], [0]))
        .map(describeFailure)
        .join(),
      /x is a field element/,
    );
    assert.equal(checkRows(trace([1, 1], [1, 1], [1, 1]), 1).length, 1);
  });

  it('tuples out of balance, with who adds to them', () => {
    const traces = trace([1, 1, 2], [2, 2, 4], [1, 1, 1]);
    const take = (n: number) => ({ relation: MEMORY, multiplicity: -1, tuple: [n, 2 * n, 0, 0] });
    assert.deepEqual(checkRelations(traces, [take(1), take(1), take(2)]), []);
    const found = checkRelations(traces, [take(1), take(3)]);
    assert.deepEqual(found.map(describeFailure), [
      'relation memory: (3, 6, 0, 0) sums to -1 (public row 0 -1)',
      'relation memory: (1, 2, 0, 0) sums to 1 (public row 0 -1, pairs row 0 +1, pairs row 1 +1)',
      'relation memory: (2, 4, 0, 0) sums to 1 (pairs row 2 +1)',
    ]);
  });
});

describe('heights', () => {
  const least = CHIPS.map((c) =>
    c.tableValues
      ? Math.log2(c.tableValues()[0]?.length ?? 0)
      : ['program', 'image_table', 'image'].includes(c.name)
        ? 4
        : -1,
  );
  const at = (name: string): number => CHIPS.findIndex((c) => c.name === name);
  const isOfSegments = (i: number): boolean => CHIPS[i]?.fixedTree === 'boundary' || CHIPS[i]?.name === 'image_once';

  it('are bounded, and so is the number of uses: no multiplicity reaches p', () => {
    assert.equal(checkLogRows(least), undefined);
    for (const bad of [3, MAX_LOG_ROWS + 1, 31, -2, 4.5, Number.NaN])
      assert.match(checkLogRows(least.with(at('add'), bad)) ?? '', /out of bounds/);
    assert.match(checkLogRows(least.with(0, -1)) ?? '', /missing/);
    assert.match(
      checkLogRows(
        least.map((n, i) => (n < 0 && !isOfSegments(i) && CHIPS[i]?.fixedTree === null ? MAX_LOG_ROWS : n)),
      ) ?? '',
      /too many rows/,
    );
    assert.match(checkLogRows(least.slice(1)) ?? '', /heights/);
  });

  it('are those of the kind of proof: whole, a segment, the last one', () => {
    const segment = least.with(at('image'), -1);
    const last = segment.with(at('image_once'), 4);
    assert.equal(checkLogRows(segment, 'segment'), undefined);
    assert.equal(checkLogRows(last, 'last'), undefined);
    // The image starts cells once: in a whole run, or in the last segment of a cut one.
    for (const [heights, role] of [
      [segment, 'whole'],
      [last, 'whole'],
      [least, 'segment'],
      [last, 'segment'],
      [least, 'last'],
      [segment, 'last'],
      [segment.with(at('zero_init'), 4), 'segment'],
      [last.with(at('zero_init'), 4), 'last'],
    ] as const)
      assert.notEqual(checkLogRows(heights, role), undefined, role);
    // A table of cells comes with the chip that ties it to the segment.
    for (const [table, reader] of [
      ['boundary', 'boundary_memory'],
      ['first', 'first_chain'],
    ] as const) {
      const both = segment.with(at(table), 6).with(at(reader), 6);
      assert.equal(checkLogRows(both, 'segment'), undefined);
      assert.match(checkLogRows(both.with(at(reader), -1), 'segment') ?? '', /not that of/);
      assert.match(checkLogRows(both.with(at(reader), 5), 'segment') ?? '', /not that of/);
      assert.match(checkLogRows(both.with(at(table), -1), 'segment') ?? '', /not that of/);
      assert.match(checkLogRows(least.with(at(table), 6).with(at(reader), 6)) ?? '', /kind of proof/);
    }
    assert.match(checkLogRows(last.with(at('image_once'), 5), 'last') ?? '', /not that of/);
  });

  it('give a layout in which every column has one place', () => {
    const layout = buildLayout(CHIPS.map(() => 5));
    const widths = CHIPS.filter((c) => c.logupColumns > 0).map((c) => c.columns.length);
    assert.deepEqual(
      layout.active.map((a) => a.traceOffset),
      widths.map((_, i) => widths.slice(0, i).reduce((x, y) => x + y, 0)),
    );
    assert.equal(
      layout.nColumns,
      Object.values(layout.trees).reduce((n, t) => n + t.length, 0),
    );
    assert.equal(layout.shape.nSamples, layout.nColumns + layout.shifted.length);
  });
});
