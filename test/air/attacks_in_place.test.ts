// Attacks on rows in place: the order of accesses, which micro-ops they are of, what they take for operands; and honest runs
// at the edges of the clock check.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillTrace } from '../../prover/cpu/trace.ts';
import { segmentInput } from '../../prover/segment.ts';
import type { TableRule } from '../../src/air/table_choice.ts';
import { MAX_CLK_GAP, OP } from '../../src/core/isa.ts';
import { testing } from '../../src/core/params.ts';
import { Forgery, findings, type Segment, segment } from './harness.ts';

const inPlace: TableRule = (_, rows, eligible) => ({
  own: rows - eligible,
  more: 0,
  inPlace: eligible,
  inPlaceMore: 0,
});
/** One row in each second table. */
const spread: TableRule = (_, rows, eligible) => ({
  own: rows - eligible,
  more: 0,
  inPlace: Math.max(0, eligible - 1),
  inPlaceMore: Math.min(1, eligible),
});
const by = (s: Segment, rule: TableRule): Segment => {
  const input = segmentInput(s.tables, s.run, testing, undefined, rule);
  return { ...s, input, trace: fillTrace(input) };
};
const rowsIn = (s: Segment, chip: string): number => s.input.records.get(chip)?.nRows ?? 0;
const refused = (found: readonly string[], why: RegExp): void => assert.match(found.join('\n'), why);

/** The row of a chip whose micro-op has these registers. */
const rowOf = (s: Segment, chip: string, rd: number, rs1: number): number => {
  const { data, fields } = s.input.records.get(chip) ?? assert.fail(chip);
  const [, , rds, rs1s] = s.tables.program as Uint32Array[];
  const row = Array.from({ length: rowsIn(s, chip) }, (_, i) => data[i * fields] as number).findIndex(
    (idx) => rds?.[idx] === rd && rs1s?.[idx] === rs1,
  );
  assert.ok(row >= 0, `${chip} ${rd} ${rs1}`);
  return row;
};

const [A3, A4, A5] = [13, 14, 15];
const s = by(
  segment(`li a2, 5; li a3, 7; li a5, 100
    add a2, a2, a3; add a2, a2, a3; xor a4, a3, a2; xor a3, a3, a2; add a5, a5, a5
    li s2, 0x20000; sub a3, a3, a2; slli a2, a2, 3; addi a5, a2, 1; addi a5, a5, 1`),
  inPlace,
);

describe('rows in place', () => {
  it('two of them on one register, in the other order: 5 + 7 + 7 the other way round', () => {
    const [first, second] = [0, 1];
    const f = new Forgery(s);
    const clocks = [first, second].map((row) => f.get('add_in_place', row, 'clk')) as [number, number];
    assert.equal(f.get('add_in_place', second, 'rd_prev'), clocks[0] + 2);
    // The second takes what was before the first, and the first what the second left.
    const start = f.get('add_in_place', first, 'rd_prev');
    const values = (row: number) => ({
      a_lo: f.get('add_in_place', row, 'a_lo'),
      c_lo: f.get('add_in_place', row, 'c_lo'),
    });
    const [v1, v2] = [values(first), values(second)];
    f.set('add_in_place', second, { rd_prev: start, ...v1 });
    f.set('add_in_place', first, { rd_prev: clocks[1] + 2, ...v2 });
    refused(f.recount().findings(), /relation range: \(65536, 2147483\d+\)/);
  });

  it('an update left out: the next takes the tuple before it, twice', () => {
    const f = new Forgery(s);
    const [start, a] = [f.get('add_in_place', 0, 'rd_prev'), f.get('add_in_place', 0, 'a_lo')];
    f.set('add_in_place', 1, { rd_prev: start, a_lo: a, c_lo: a + 7 });
    refused(f.recount().findings(), /relation memory/);
  });

  it('a micro-op of two registers: as rd, as rs1', () => {
    const general = by(s, (_, rows) => ({ own: rows, more: 0, inPlace: 0, inPlaceMore: 0 }));
    const from = rowOf(general, 'bitwise', A4, A3);
    const honest = new Forgery(general);
    const to = rowOf(s, 'bitwise_in_place', A3, A3);
    for (const rd of [A4, A3]) {
      // Its row in place, beside the honest ones; the state is then taken twice, so the general row goes.
      const f = new Forgery(s);
      for (const column of ['idx', 'clk', 'operation', 'rs2'])
        f.set('bitwise_in_place', to, { [column]: honest.get('bitwise', from, column) });
      f.set('bitwise_in_place', to, { rd });
      refused(f.recount().findings(), rd === A4 ? /relation (memory|program)/ : /relation program/);
    }
  });

  it('an operation of no table, or of another chip', () => {
    const row = rowOf(s, 'bitwise_in_place', A3, A3);
    for (const operation of [3, OP.SLL - OP.XOR, OP.ADD - OP.XOR])
      refused(new Forgery(s).set('bitwise_in_place', row, { operation }).recount().findings(), /relation bitwise: /);
  });

  it('an operand whose limbs alias: the same sum from limbs that nobody wrote', () => {
    for (const chip of ['add_in_place', 'sub_in_place', 'addi_in_place'] as const) {
      const f = new Forgery(s).add(chip, 0, { a_lo: 65536, a_hi: -1 });
      refused(f.recount().findings(), /relation memory/);
    }
  });

  it('another register: x0, a word of memory far below 2^30', () => {
    const row = rowOf(s, 'addi_in_place', A5, A5);
    for (const rd of [0, 0x8000 - 2 ** 30])
      refused(new Forgery(s).set('addi_in_place', row, { rd }).recount().findings(), /relation program/);
  });

  it('the same micro-op in both forms, and in both tables of one', () => {
    const two = by(s, spread);
    assert.deepEqual(findings(two), []);
    const [from, to] = ['add_in_place', 'add_in_place_more'];
    assert.equal(rowsIn(two, to), 1);
    const f = new Forgery(two);
    for (const [i] of (two.trace.get(from) ?? []).entries()) {
      const [source, target] = [f.trace.get(from)?.[i], f.trace.get(to)?.[i]] as [Uint32Array, Uint32Array];
      target[1] = source[0] as number;
    }
    refused(f.recount().findings(), /relation state/);
  });
});

describe('an honest run', () => {
  it('whose registers rest for as long as the check allows, a little less, a little longer', () => {
    // Last written, read first, read second: x5 to x7, x8 to x10 and so on. Each three rest one micro-op longer.
    const threes = [-2, -1, 0, 1].map((_, i) => [5, 6, 7].map((r) => (i === 2 ? r + 13 : r + 3 * i)));
    const before = threes.map(([p, q, r]) => `add x${p}, x${q}, x31; xor x30, x${q}, x31; xor x30, x31, x${r}`);
    const after = threes.map(
      ([p, q, r]) => `add x${p}, x${p}, x31; xor x${q}, x${q}, x${q}; sub x${r}, x${r}, x31; nop`,
    );
    const turns = (MAX_CLK_GAP / 4 - 14) / 2;
    const run = segment(
      `li s11, ${turns}\n${before.join('\n')}\nl: addi s11, s11, -1; bnez s11, l\n${after.join('\n')}`,
    );
    const refreshed = rowsIn(run, 'refresh');
    const here = by(run, inPlace);
    const [all, eligible] = ['add', 'bitwise', 'sub'].reduce(
      ([m, n], chip) => [m + rowsIn(here, chip), n + rowsIn(here, `${chip}_in_place`)],
      [0, 0],
    );
    assert.ok(refreshed > 12 && eligible > 0 && all > 12, `${refreshed} ${eligible} ${all}`);
    assert.deepEqual(findings(here), []);
  });
});
