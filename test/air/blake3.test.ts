// Forgeries of BLAKE3's rounds, each consistent but for one thing.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Forgery, field, findings, rowsOf, type Segment, withRows } from './harness.ts';
import { callsOf, someOperands, twoCalls } from './precompile_runs.ts';

const s = twoCalls('blake3');
const ROUND = 'blake3_round';
const refused = (found: readonly string[], by: RegExp): void => assert.match(found.join('\n'), by);
const byte = (n: number): number => n & 255;

/** Edits one round's record and lets its row follow from it. */
const withRound = (row: number, edit: (record: number[]) => void): Segment => {
  const rows = rowsOf(s);
  edit((rows[ROUND] as number[][])[row] as number[]);
  return withRows(s, rows);
};

describe('blake3 rounds', () => {
  it('operands of all ones, and of zeros', () => {
    for (const word of [0, 0xffffffff, 0x80808080, 0x01010101])
      assert.deepEqual(
        findings(callsOf('blake3', [someOperands('blake3', 0).map((list) => list.map(() => word))])),
        [],
      );
  });

  it('a round counted twice, or none', () => {
    for (const by of [1, -1]) {
      const at = field(ROUND, 'round');
      refused(findings(withRound(3, (r) => r.splice(at, 1, 3 + by))), /relation blake3_round/);
    }
  });

  it('a chain that ends after six rounds', () => {
    const rows = rowsOf(s);
    rows[ROUND] = (rows[ROUND] as number[][]).toSpliced(6, 1);
    const call = (rows.blake3 as number[][])[0] as number[];
    const last = (rowsOf(s)[ROUND] as number[][])[6] as number[];
    for (let i = 0; i < 16; i++) call[field('blake3', `z${i}`)] = last[field(ROUND, `v${i}`)] as number;
    refused(findings(withRows(s, rows)), /relation blake3_round/);
  });

  it('message words in another order', () => {
    const forged = withRound(2, (r) => {
      const [x, y] = [field(ROUND, 'm4'), field(ROUND, 'm9')];
      [r[x], r[y]] = [r[y] as number, r[x] as number];
    });
    refused(findings(forged), /relation blake3_round/);
  });

  it('the state of the other call', () => {
    const rows = rowsOf(s);
    const list = rows[ROUND] as number[][];
    const clk = field(ROUND, 'clk');
    const [a, b] = [list[4], list[11]] as [number[], number[]];
    [a[clk], b[clk]] = [b[clk] as number, a[clk] as number];
    refused(findings(withRows(s, rows)), /relation blake3_round/);
  });

  it('another initial state: constants of the round zero tuple', () => {
    const forged = withRound(0, (r) => r.splice(field(ROUND, 'v8'), 1, 0x6a09e666));
    refused(findings(forged), /relation blake3_round/);
  });

  it('sums: a carry of three, bytes that are none', () => {
    const low = (name: string): number => new Forgery(s).get(ROUND, 0, name);
    const carried = new Forgery(s).add(ROUND, 0, { g0_a1_1: -3 * 256 });
    refused(carried.recount().findings(), /g0_a1: low carry does not hold/);
    // The same limbs, of bytes outside [0, 256).
    for (const name of ['g0_a1', 'g1_c1', 'g2_a2', 'g7_c2']) {
      const forged = new Forgery(s).add(ROUND, 0, { [`${name}_0`]: 256, [`${name}_1`]: -1 });
      assert.ok(!forged.findings().some((line) => /does not hold/.test(line)));
      refused(
        forged.recount().findings(),
        new RegExp(`relation (bitwise|xor_cut): \\(\\d+, .*${low(`${name}_0`) + 256}`),
      );
    }
  });

  it('state words that come in as bytes are bytes', () => {
    for (const name of ['v4', 'v15']) {
      const forged = new Forgery(s).add(ROUND, 1, { [`${name}_0`]: 256, [`${name}_1`]: -1 });
      const found = forged.recount().findings();
      refused(found, /relation (bitwise|xor_cut)/);
    }
    const out = new Forgery(s).add('blake3', 0, { v3_2: 256, v3_3: -1 });
    refused(out.recount().findings(), /relation bitwise/);
  });

  it('a xor that is another, whole or cut elsewhere', () => {
    const bit = new Forgery(s).set(ROUND, 0, { g0_d1_0: byte(new Forgery(s).get(ROUND, 0, 'g0_d1_0') ^ 1) });
    refused(bit.recount().findings(), /relation bitwise/);
    const cut = new Forgery(s).add(ROUND, 0, { g0_b1_low0: 16, g0_b1_high0: -1 });
    refused(cut.recount().findings(), /relation xor_cut: \(4, /);
    const seven = new Forgery(s).add(ROUND, 0, { g0_b2_low0: 128, g0_b2_high0: -1 });
    refused(seven.recount().findings(), /relation xor_cut: \(7, /);
  });
});
