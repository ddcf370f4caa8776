// Forgeries of Keccak-f's rounds, each consistent but for one thing.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Forgery, field, findings, rowsOf, type Segment, withRows } from './harness.ts';
import { callsOf, someOperands, twoCalls } from './precompile_runs.ts';

const s = twoCalls('keccak');
const ROUND = 'keccak_round';
const refused = (found: readonly string[], by: RegExp): void => assert.match(found.join('\n'), by);
const flip = (f: Forgery, row: number, cells: readonly string[]): Forgery =>
  cells.reduce((g, name) => g.set(ROUND, row, { [name]: 1 - g.get(ROUND, row, name) }), f);

const withRow = (row: number, edit: (record: number[]) => void): Segment => {
  const rows = rowsOf(s);
  edit((rows[ROUND] as number[][])[row] as number[]);
  return withRows(s, rows);
};

describe('keccak rounds', () => {
  it('operands at the limits', () => {
    for (const word of [0, 0xffffffff, 0xaaaaaaaa])
      assert.deepEqual(
        findings(callsOf('keccak', [someOperands('keccak', 0).map((list) => list.map(() => word))])),
        [],
      );
  });

  it('a round left out, renumbered, or with the constant of another', () => {
    const rows = rowsOf(s);
    const without = (rows[ROUND] as number[][]).toSpliced(9, 1);
    refused(findings(withRows(s, { ...rows, [ROUND]: without })), /relation keccak_round/);
    refused(new Forgery(s).add(ROUND, 9, { round: 1 }).recount().findings(), /relation keccak_constants/);
    refused(flip(new Forgery(s), 4, ['constant7']).recount().findings(), /relation keccak_constants/);
    const past = withRow(23, (r) => r.splice(field(ROUND, 'round'), 1, 0));
    refused(findings(past), /relation keccak_round/);
  });

  it('the state of the other call, or another one', () => {
    const rows = rowsOf(s);
    const list = rows[ROUND] as number[][];
    const clk = field(ROUND, 'clk');
    const [a, b] = [list[4], list[28]] as [number[], number[]];
    [a[clk], b[clk]] = [b[clk] as number, a[clk] as number];
    refused(findings(withRows(s, rows)), /relation keccak_round/);
    refused(findings(withRow(5, (r) => r.splice(field(ROUND, 'w7'), 1, 7))), /relation keccak_round/);
  });

  it('theta: a bit of D and the five bits that it meets', () => {
    const column = [0, 1, 2, 3, 4].map((y) => `a${2 + 5 * y}_17`);
    const forged = flip(new Forgery(s), 3, ['d2_17', ...column]);
    const found = forged.recount().findings();
    refused(found, /theta of column \d, bit \d+ does not hold/);
    assert.ok(!found.some((line) => /is A' xor D does not hold/.test(line)));
  });

  it('theta: other halves', () => {
    for (const by of [3, -3, 1]) {
      const forged = new Forgery(s).add(ROUND, 3, { u1_40: by });
      refused(forged.recount().findings(), /u1_40 is 0, 1 or 2 does not hold|theta of column 1, bit 40 does not hold/);
    }
  });

  it('bits that are none, with the same limbs', () => {
    const forged = new Forgery(s).add(ROUND, 3, { a7_3: 2, a7_4: -1 });
    refused(forged.recount().findings(), /a7_[34] is a bit does not hold/);
    const d = new Forgery(s).add(ROUND, 3, { d3_3: 2 });
    refused(d.recount().findings(), /d3_3 is a bit does not hold/);
  });

  it('chi and iota: other limbs, a bit before the constant', () => {
    refused(new Forgery(s).add(ROUND, 3, { out9_32: 1 }).recount().findings(), /lane 9, bits from 32 go out/);
    const before = new Forgery(s).get(ROUND, 3, 'chi15');
    refused(
      new Forgery(s)
        .set(ROUND, 3, { chi15: 1 - before })
        .recount()
        .findings(),
      /chi15 is chi's bit/,
    );
  });

  it('the call: limbs that alias', () => {
    const aliased = new Forgery(s).add('keccak', 0, { y0_lo: 65536, y0_hi: -1 });
    refused(aliased.recount().findings(), /relation keccak_round/);
  });
});
