// Runs in segments: honest ones have no findings, and each constraint and relation of the tables between the segments is
// the one thing that refuses some forgery. Every forgery is otherwise as consistent as its prover can make it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CHIPS } from '../../src/air/inventory.ts';
import { buildLayout, checkLogRows, type Role } from '../../src/air/layout.ts';
import { SENTINEL_ADDRESS } from '../../src/core/isa.ts';
import type { SegmentCut } from '../../src/machine/index.ts';
import { choose, findings, firstRows, RunForgery, withCell, withFirstRows } from './run_harness.ts';
import { CELLS, segmentedRun } from './run_program.ts';

const run = segmentedRun();
const { WRITTEN, IMAGE_READ, IMAGE_IDLE, ZERO, ZERO_READ, RA } = CELLS;
/** Index of the segment that halts, the first with first tuples. */
const HALTS = 2;
const forge = (): RunForgery => new RunForgery(run);
/** Every finding is of one of these kinds, and every kind is found. */
const only = (found: readonly string[], ...kinds: readonly RegExp[]): void => {
  for (const kind of kinds)
    assert.ok(
      found.some((f) => kind.test(f)),
      `${kind} among:\n${found.join('\n')}`,
    );
  for (const f of found)
    assert.ok(
      kinds.some((kind) => kind.test(f)),
      `unexpected: ${f}`,
    );
};
const CELL = /^run: relation cell/;
const CHAIN = /^run: relation chain/;
const IMAGE = /^run: relation image/;
const memoryOf = (segment: number): RegExp => new RegExp(`^segment ${segment}: relation memory`);
const rangeOf = (segment: number): RegExp => new RegExp(`^segment ${segment}: relation range`);
/** Segment and row of a first tuple. */
const firstAt = (f: RunForgery, address: number): [index: number, row: number] => {
  for (let index = HALTS; index < run.segments.length; index++) {
    const addresses = f.segment(index).input.fixed.get('first')?.[3] as Uint32Array;
    const row = addresses.indexOf(address);
    if (row >= 0) return [index, row];
  }
  throw new Error(`no first tuple of ${address}`);
};
const FIRST = { image: 0, chained: 1, address: 2, initial: 3, lastnext: 4, final: 5, finalseg: 6 } as const;

describe('honest runs', () => {
  it('have no findings, however they are cut', () => {
    assert.deepEqual(findings(run), []);
    for (const [segmentSteps, maxFirstLog] of [
      [7, 10],
      [16, 4],
    ] as const) {
      const other = segmentedRun({ segmentSteps, maxFirstLog });
      assert.deepEqual(findings(other), []);
    }
  });

  it('are of the shape that these tests assume', () => {
    assert.deepEqual(
      run.segments.map(({ ends, role }) => [ends.entry !== null, ends.exit !== null, role]),
      [
        [true, true, 'segment'],
        [true, true, 'segment'],
        [true, false, 'segment'],
        [false, false, 'segment'],
        [false, false, 'last'],
      ],
    );
    assert.deepEqual(forge().findings(), []);
  });
});

describe('the public ends', () => {
  it('entry, exit, clock', () => {
    const [first, second] = run.segments.map((s) => s.ends) as [(typeof run.segments)[0]['ends'], { exit: number }];
    for (const change of [
      { entry: second.exit },
      { exit: second.exit },
      { exitClk: first.exitClk + 4 },
      { exitClk: first.exitClk - 4 },
      { exitClk: 4 },
      { exitClk: 0 },
    ])
      only(forge().ends(0, change).findings(), /^segment 1: relation state/);
  });

  it('a halt in the middle, a segment that does not halt, code that runs after the halt', () => {
    only(forge().ends(0, { exit: null, exitClk: 0 }).findings(), /^segment 1: relation (state|output)/);
    only(forge().ends(HALTS, { exit: 7, exitClk: 8 }).findings(), /^segment 3: relation (state|output)/);
    only(forge().ends(HALTS, { entry: null }).findings(), /^segment 3: relation (state|output)/);
    // A segment without execution, among those that run.
    only(forge().ends(3, { entry: 7 }).findings(), /^segment 4: relation (state|output)/);
  });

  it('exit code and digest', () => {
    only(forge().findings({ values: { ...run.values, exitCode: 1 } }), /^segment 3: relation output/);
    only(forge().findings({ values: { ...run.values, digest: new Uint32Array(8) } }), /^segment 3: relation output/);
  });

  it('the number of a segment', () => {
    for (let i = 0; i < HALTS + 1; i++)
      only(
        forge()
          .ends(i, { number: i + 2 })
          .findings(),
        new RegExp(`^segment ${i + 2}: relation segment`),
      );
  });

  it('the number of cells', () => {
    const { boundaryRows } = run.segments[0]?.ends ?? { boundaryRows: 0 };
    for (const by of [-1, 1])
      only(
        forge()
          .ends(0, { boundaryRows: boundaryRows + by })
          .findings(),
        /^segment 1: relation segment/,
      );
  });

  it('the end of the chain', () => {
    for (const chainEnd of [0, run.chainEnd - 1, run.chainEnd + 1, SENTINEL_ADDRESS])
      only(forge().findings({ chainEnd }), CHAIN);
  });
});

describe('memory between segments', () => {
  const [one, two, three] = run.cuts as [SegmentCut, SegmentCut, SegmentCut];
  /** First cells with the last value and segment of one of them changed. */
  const lastOf = (address: number, change: Partial<Record<keyof typeof FIRST, number>>) =>
    withFirstRows(
      run.firstCells,
      firstRows(run.firstCells).map((row) => {
        if (row[FIRST.address] !== address) return row;
        const changed = row.slice();
        for (const [name, value] of Object.entries(change)) changed[FIRST[name as keyof typeof FIRST]] = value;
        return changed;
      }),
    );

  it('a value that was never written', () => {
    const cuts = [one, two, withCell(three, ZERO_READ, { valueIn: 7, valueOut: 7 })];
    only(findings(choose(run, { cuts, firstCells: lastOf(ZERO_READ, { final: 7 }) })), CELL);
    const image = [one, two, withCell(three, IMAGE_READ, { valueIn: 7, valueOut: 7 })];
    only(findings(choose(run, { cuts: image, firstCells: lastOf(IMAGE_READ, { final: 7 }) })), CELL);
  });

  it('a stale value', () => {
    const [was] = [one.cells.valueOut[one.cells.address.indexOf(ZERO)] as number];
    for (const [segmentIn, valueIn] of [
      [1, was],
      [2, was],
      [0, 0],
    ] as const) {
      const cuts = [one, two, withCell(three, ZERO, { valueIn, segmentIn, valueOut: valueIn })];
      only(findings(choose(run, { cuts, firstCells: lastOf(ZERO, { final: valueIn }) })), CELL);
    }
  });

  it('a value of the future', () => {
    // The second segment reads what the third leaves; the paths meet, but lead back.
    const now = three.cells.valueOut[three.cells.address.indexOf(WRITTEN)] as number;
    const f = forge();
    const at = f.rowOf(1, 'boundary', WRITTEN);
    f.set(1, 'boundary', at, { in_segment: 3, in_lo: now & 0xffff, in_hi: now >>> 16 });
    only(f.findings(), CELL, memoryOf(2), rangeOf(2));
  });

  it('a last value, or its segment', () => {
    only(findings(choose(run, { firstCells: lastOf(ZERO, { final: 1 }) })), CELL);
    only(findings(choose(run, { firstCells: lastOf(ZERO, { finalseg: 2 }) })), CELL);
    only(findings(choose(run, { firstCells: lastOf(IMAGE_IDLE, { final: 1 }) })), CELL);
  });

  it('a cell that no first table lists', () => {
    const rows = firstRows(run.firstCells);
    const at = rows.findIndex((r) => r[FIRST.address] === ZERO_READ);
    // Its link of the chain goes as well: the next row starts where it started.
    const next = rows[at + 1];
    const rest = rows.map((r, i) => (i === at + 1 ? r.with(FIRST.lastnext, rows[at]?.[FIRST.lastnext] as number) : r));
    rest.splice(at, 1);
    assert.equal(next, undefined, 'the last word, so that the chain just ends earlier');
    only(findings(choose(run, { firstCells: withFirstRows(run.firstCells, rest) })), CELL);
    const register = rows.filter((r) => r[FIRST.address] !== RA);
    only(findings(choose(run, { firstCells: withFirstRows(run.firstCells, register) })), CELL, IMAGE);
  });

  it('an image word claimed as zero, and read so', () => {
    const cuts = [one, two, withCell(three, IMAGE_READ, { valueIn: 0, valueOut: 0 })];
    const firstCells = lastOf(IMAGE_READ, { image: 0, initial: 0, final: 0 });
    only(findings(choose(run, { cuts, firstCells })), IMAGE);
    // Nobody read it: the image must be taken all the same.
    only(findings(choose(run, { firstCells: lastOf(IMAGE_IDLE, { image: 0, initial: 0, final: 0 }) })), IMAGE);
  });

  it('an image word with another value', () => {
    const cuts = [one, two, withCell(three, IMAGE_READ, { valueIn: 7, valueOut: 7 })];
    only(findings(choose(run, { cuts, firstCells: lastOf(IMAGE_READ, { initial: 7, final: 7 }) })), IMAGE);
  });

  it('a first tuple claimed twice', () => {
    const rows = firstRows(run.firstCells);
    const twice = (address: number, change: readonly (readonly [number, number])[] = []): string[] => {
      const row = rows.find((r) => r[FIRST.address] === address) as number[];
      const copy = change.reduce((r, [k, v]) => r.with(k, v), row);
      // Untouched, so that the copy's own cell is balanced.
      const idle = copy.with(FIRST.final, copy[FIRST.initial] as number).with(FIRST.finalseg, 0);
      const firstCells = withFirstRows(run.firstCells, [...rows, idle]);
      return findings({ ...choose(run, { firstCells }), chainEnd: run.chainEnd });
    };
    // A register, of which the image has one.
    only(twice(RA), IMAGE);
    // A zero word: the chain passes it once...
    only(twice(ZERO), CHAIN);
    // ... cannot turn round on the spot (a link from its own end, which balances), ...
    const index = run.segments.length;
    only(twice(ZERO, [[FIRST.lastnext, ZERO + 1]]), rangeOf(index));
    // ... nor can it be a second time a word that is a word of the image.
    only(twice(IMAGE_READ, [[FIRST.image, 0]]), CHAIN, /first, row \d+: (lo|hi) of a zero word/);
    const zeroed = [
      [FIRST.image, 0],
      [FIRST.initial, 0],
    ] as const;
    only(twice(IMAGE_READ, zeroed), CHAIN);
    // Not chained, it is no first tuple at all.
    only(twice(ZERO, [[FIRST.chained, 0]]), /first, row \d+: zero words chain/);
  });

  it('a cell listed twice in a segment', () => {
    for (const address of [WRITTEN, ZERO, RA]) {
      const f = forge();
      const [from, to] = [f.rowOf(1, 'boundary', address), f.freeRow(1, 'boundary')];
      for (const name of f.segment(1).input.fixed.get('boundary')?.keys() ?? []) {
        const column = f.segment(1).input.fixed.get('boundary')?.[name] as Uint32Array;
        column[to] = column[from] as number;
      }
      // A cell that rests: what comes in goes out, at clock 0.
      const [lo, hi] = [f.get(1, 'boundary', from, 'in_lo'), f.get(1, 'boundary', from, 'in_hi')];
      f.set(1, 'boundary', to, { out_lo: lo, out_hi: hi }).set(1, 'boundary_memory', to, { final_clk: 0 });
      f.ends(1, { boundaryRows: f.segment(1).ends.boundaryRows + 1 });
      only(f.findings(), CELL);
    }
  });

  it('a cell out of nowhere: a circle of one segment, or of two', () => {
    const phantom = (f: RunForgery, index: number, from: number): number => {
      const row = f.freeRow(index, 'boundary');
      const value = { in_lo: 7, in_hi: 9, out_lo: 7, out_hi: 9 };
      f.set(index, 'boundary', row, { enabler: 1, address: 0x15000, ...value, in_segment: from, segment: index + 1 });
      f.ends(index, { boundaryRows: f.segment(index).ends.boundaryRows + 1 });
      return row;
    };
    const one = forge();
    phantom(one, 1, 2);
    only(one.findings(), rangeOf(2));
    const two = forge();
    phantom(two, 1, 3);
    phantom(two, 2, 2);
    only(two.findings(), rangeOf(2));
    // The other segment's number on a row, so that the difference is in range.
    const lying = forge();
    lying.set(1, 'boundary', phantom(lying, 1, 3), { segment: 4 });
    lying.set(2, 'boundary', phantom(lying, 2, 4), { segment: 3 });
    only(lying.findings(), rangeOf(3), /^segment 2: relation segment/);
  });

  it('segments in another order', () => {
    // The rows of the first two name each other's number, and the cells follow.
    const f = forge();
    const renamed = (n: number): number => (n === 1 ? 2 : n === 2 ? 1 : n);
    for (const i of [0, 1, 2])
      for (let row = 0; row < f.segment(i).ends.boundaryRows; row++) {
        const segment = renamed(i + 1);
        f.set(i, 'boundary', row, { segment, in_segment: renamed(f.get(i, 'boundary', row, 'in_segment')) });
      }
    for (let i = HALTS; i < run.segments.length; i++) {
      const column = f.segment(i).input.fixed.get('first')?.[9] as Uint32Array;
      column.set(column.map(renamed));
    }
    only(f.findings(), /^segment [12]: relation segment/, rangeOf(2));
  });

  it('tuples inside the segment: first value, last value, last clock', () => {
    for (const [name, kinds] of [
      ['in_lo', [CELL, memoryOf(2)]],
      ['in_hi', [CELL, memoryOf(2)]],
      ['out_lo', [CELL, memoryOf(2)]],
      ['out_hi', [CELL, memoryOf(2)]],
      ['address', [CELL, memoryOf(2)]],
    ] as const) {
      const f = forge();
      only(f.add(1, 'boundary', f.rowOf(1, 'boundary', WRITTEN), { [name]: 1 }).findings(), ...kinds);
    }
    const f = forge();
    only(f.add(1, 'boundary_memory', f.rowOf(1, 'boundary', WRITTEN), { final_clk: 1 }).findings(), memoryOf(2));
    // A value passed on that the segment did not leave, and the next did not get.
    const passed = forge();
    passed.add(0, 'boundary', passed.rowOf(0, 'boundary', WRITTEN), { out_lo: 1 });
    passed.add(1, 'boundary', passed.rowOf(1, 'boundary', WRITTEN), { in_lo: 1 });
    only(passed.findings(), memoryOf(1), memoryOf(2));
  });
});

describe('row constraints', () => {
  it('bits', () => {
    for (const [index, chip, column, name] of [
      [0, 'boundary', 'enabler', 'enabler is a bit'],
      [HALTS, 'first', 'from_image', 'from_image is a bit'],
      [HALTS, 'first', 'zero', 'zero is a bit'],
      [HALTS, 'first', 'chained', 'chained is a bit'],
      [HALTS, 'first', 'from_image', 'from_image or zero is a bit'],
    ] as const)
      for (const value of [2, -1, 2 ** 30]) {
        const found = forge()
          .set(index, chip, 0, { [column]: value })
          .findings();
        assert.ok(
          found.some((f) => f.includes(`chip ${chip}, row 0: ${name} does not hold`)),
          `${column} ${value}`,
        );
        assert.ok(found.some((f) => f.startsWith('run: relation')));
      }
  });

  it('a row that is both image and zero: two first tuples of one cell', () => {
    const f = forge();
    const [index, row] = firstAt(f, ZERO_READ);
    const found = f.set(index, 'first', row, { from_image: 1 }).findings();
    only(found, /from_image or zero is a bit/, /only rows in use chain/, CELL, IMAGE);
  });

  it('only rows in use chain', () => {
    // A link without a cell, at the end: with it the chain may end anywhere.
    const f = forge();
    const last = run.segments.length - 1;
    const row = f.freeRow(last, 'first');
    f.set(last, 'first', row, { chained: 1, address: run.chainEnd + 5, token: run.chainEnd }).chainRow(last, row);
    only(f.findings({ chainEnd: run.chainEnd + 6 }), /first, row \d+: only rows in use chain/);
  });

  it('zero words are zero, in both limbs', () => {
    for (const limb of ['lo', 'hi'] as const) {
      const f = forge();
      const [index, row] = firstAt(f, ZERO_READ);
      f.set(index, 'first', row, { [limb]: 1, [`final_${limb}`]: 1 });
      const at = f.rowOf(HALTS, 'boundary', ZERO_READ);
      f.set(HALTS, 'boundary', at, { [`in_${limb}`]: 1, [`out_${limb}`]: 1 });
      only(f.findings(), new RegExp(`first, row \\d+: ${limb} of a zero word`), memoryOf(3));
    }
  });

  it('zero words chain: a register as zero, beside the image’s', () => {
    const f = forge();
    const last = run.segments.length - 1;
    f.set(last, 'first', f.freeRow(last, 'first'), { zero: 1, address: 2 ** 30 + 5 });
    only(f.findings(), /first, row \d+: zero words chain/);
  });
});

describe('the chain of first tuples', () => {
  const last = run.segments.length - 1;
  /** One more zero word at the end, untouched. */
  const extended = (address: number, token: number): RunForgery => {
    const f = forge();
    const row = f.freeRow(last, 'first');
    return f.set(last, 'first', row, { zero: 1, chained: 1, address, token }).chainRow(last, row);
  };

  it('may list more words than are touched, upwards', () => {
    assert.deepEqual(extended(run.chainEnd, run.chainEnd).findings({ chainEnd: run.chainEnd + 1 }), []);
    const far = SENTINEL_ADDRESS - 1;
    assert.deepEqual(extended(far, run.chainEnd).findings({ chainEnd: far + 1 }), []);
  });

  it('not downwards, not to a register', () => {
    for (const address of [ZERO, IMAGE_IDLE, 0])
      only(extended(address, run.chainEnd).findings({ chainEnd: address + 1 }), rangeOf(last + 1));
    const register = 2 ** 30 + 5;
    only(extended(register, run.chainEnd).findings({ chainEnd: register + 1 }), rangeOf(last + 1));
  });

  it('no limbs show a negative difference', () => {
    const P = 2 ** 31 - 1;
    for (const difference of [1, 2, 65535, 65536, 2 ** 20 + 3, 2 ** 30 - 1, 2 ** 30])
      for (let high = 0; high < 2 ** 14; high++) {
        const low = (((P - difference - high * 65535) % P) + P) % P;
        assert.ok(low >= 2 ** 16, `${difference} ${high}`);
      }
  });

  it('addresses have limbs, tokens are taken, gaps are what they are', () => {
    const [index, row] = firstAt(forge(), IMAGE_READ);
    const here = new RegExp(`^segment ${index + 1}: chip first_chain, row ${row}: address of its limbs`);
    for (const column of ['address_lo', 'address_hi'])
      only(
        forge()
          .add(index, 'first_chain', row, { [column]: 1 })
          .findings(),
        here,
      );
    only(
      forge()
        .add(index, 'first_chain', row, { address_lo: 2 ** 14, address_hi: -1 })
        .findings(),
      rangeOf(index + 1),
    );
    only(
      forge()
        .add(index, 'first_chain', row, { address_lo: -(2 ** 14), address_hi: 1 })
        .findings(),
      rangeOf(index + 1),
    );
    only(forge().add(index, 'first_chain', row, { gap_hi: 1 }).findings(), rangeOf(index + 1));
    only(forge().add(index, 'first', row, { token: -1 }).chainRow(index, row).findings(), CHAIN);
    only(forge().set(index, 'first', row, { token: 0 }).chainRow(index, row).findings(), CHAIN);
  });

  it('the image is offered once, by the last segment alone', () => {
    const heights = (i: number): number[] => [...(run.segments[i]?.input.layout.logRows ?? [])];
    const at = CHIPS.findIndex((c) => c.name === 'image_once');
    const image = heights(last)[at] as number;
    const check = (i: number, role: Role, logN: number): string | undefined =>
      checkLogRows(heights(i).with(at, logN), role);
    assert.equal(check(last, 'last', image), undefined);
    assert.match(check(last, 'last', -1) ?? '', /image_once is missing/);
    assert.match(check(last, 'last', image + 1) ?? '', /not that of image_table/);
    for (const i of [0, HALTS, 3]) assert.match(check(i, 'segment', image) ?? '', /not of this kind/);
  });
});

describe('the shape of a segment', () => {
  it('tables of the run’s relations have nothing that is not fixed before their challenges', () => {
    for (const chip of CHIPS.filter((c) => c.scope === 'run')) {
      assert.equal(chip.columns.length, 0, chip.name);
      assert.ok(['boundary', 'program'].includes(chip.fixedTree ?? ''), chip.name);
    }
    // And no relation is balanced by both kinds of challenges in a segment.
    const tagsOf = (scope: string): Set<string> =>
      new Set(
        CHIPS.filter((c) => c.scope === scope && !['image', 'zero_init'].includes(c.name)).flatMap((c) =>
          c.fractions.map((f) => f.relation.name),
        ),
      );
    const own = tagsOf('segment');
    assert.deepEqual(
      [...tagsOf('run')].filter((name) => own.has(name)),
      [],
    );
    assert.deepEqual([...tagsOf('run')].sort(), ['cell', 'chain', 'image']);
  });

  it('chips of whole runs have no place in a segment, those of segments none in a whole run', () => {
    const logRows = run.segments.map((s) => [...s.input.layout.logRows]);
    const at = (name: string): number => CHIPS.findIndex((c) => c.name === name);
    for (const [i, role] of [
      [0, 'segment'],
      [run.segments.length - 1, 'last'],
    ] as const) {
      const heights = logRows[i] as number[];
      assert.equal(checkLogRows(heights, role), undefined);
      assert.notEqual(checkLogRows(heights, 'whole'), undefined);
      const image = heights[at('image_table')] as number;
      assert.match(checkLogRows(heights.with(at('image'), image), role) ?? '', /chip image is not of this kind/);
      assert.match(checkLogRows(heights.with(at('zero_init'), 4), role) ?? '', /chip zero_init is not of this kind/);
    }
    for (const name of ['boundary_memory', 'first_chain'])
      for (const logN of [-1, 4, 12])
        assert.match(
          checkLogRows((logRows[HALTS] as number[]).with(at(name), logN), 'segment') ?? '',
          /is not that of/,
          `${name} ${logN}`,
        );
  });

  it('an image that is taller than all tables of a segment still fits its domain', () => {
    const heights = (run.segments[0]?.input.layout.logRows ?? []).with(
      CHIPS.findIndex((c) => c.name === 'image_table'),
      18,
    );
    assert.equal(checkLogRows(heights, 'segment'), undefined);
    const layout = buildLayout(heights);
    for (const columns of Object.values(layout.trees)) for (const logN of columns) assert.ok(logN <= layout.maxLogN);
    assert.equal(layout.shape.maxLogN, 18);
  });
});
