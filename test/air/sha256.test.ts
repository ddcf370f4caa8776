// Forgeries of SHA-256's rounds, each consistent but for one thing.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { P } from '../../src/core/field.ts';
import { Forgery, field, findings, rowsOf, type Segment, withRows } from './harness.ts';
import { callsOf, someOperands, twoCalls } from './precompile_runs.ts';

const s = twoCalls('sha256');
const ROUNDS = 'sha256_rounds';
const refused = (found: readonly string[], by: RegExp): void => assert.match(found.join('\n'), by);

/** Edits one row's record and lets its row follow from it. */
const withRow = (row: number, edit: (record: number[]) => void): Segment => {
  const rows = rowsOf(s);
  edit((rows[ROUNDS] as number[][])[row] as number[]);
  return withRows(s, rows);
};

describe('sha256 rounds', () => {
  it('operands at the limits', () => {
    for (const word of [0, 0xffffffff, 0xffff, 0xffff0000])
      assert.deepEqual(
        findings(callsOf('sha256', [someOperands('sha256', 0).map((list) => list.map(() => word))])),
        [],
      );
  });

  it('a group left out, or a chain that ends early', () => {
    const rows = rowsOf(s);
    refused(
      findings(withRows(s, { ...rows, [ROUNDS]: (rows[ROUNDS] as number[][]).toSpliced(9, 1) })),
      /sha256_rounds/,
    );
    const renumbered = new Forgery(s).add(ROUNDS, 9, { group: 1 });
    refused(renumbered.recount().findings(), /relation sha256_constants/);
  });

  it('constants of another group', () => {
    for (const name of ['k0_lo', 'k1_hi', 'k3_lo'])
      refused(
        new Forgery(s)
          .add(ROUNDS, 5, { [name]: 1 })
          .recount()
          .findings(),
        /relation sha256_constants/,
      );
  });

  it('message words of another group, of the other call, or computed where the message is due', () => {
    const w0 = field(ROUNDS, 'w0');
    refused(findings(withRow(1, (r) => r.splice(w0, 1, 7))), /relation sha256_message/);
    const computed = new Forgery(s).set(ROUNDS, 2, { message: 0 });
    refused(computed.recount().findings(), /relation sha256_constants/);
  });

  it('chosen words where they are to be computed', () => {
    const w2 = field(ROUNDS, 'w2');
    refused(findings(withRow(8, (r) => r.splice(w2, 1, 7))), /w2: (lower|upper) limb does not hold/);
    const chosen = new Forgery(withRow(8, (r) => r.splice(w2, 1, 7))).set(ROUNDS, 8, { message: 1 });
    refused(chosen.recount().findings(), /relation sha256_constants/);
  });

  it('padding rows that add message words', () => {
    const wide = callsOf(
      'sha256',
      [0, 1, 2].map((i) => someOperands('sha256', i)),
    );
    const used = (rowsOf(wide)[ROUNDS] as number[][]).length;
    const clk = new Forgery(wide).get(ROUNDS, 0, 'clk');
    for (const message of [1, P - 1]) {
      const forged = new Forgery(wide).set(ROUNDS, used, { message, clk });
      refused(forged.recount().findings(), /message words belong to rows in use does not hold/);
    }
  });

  it('carries that are no bits, sums of another word', () => {
    for (const name of ['e0_carry_lo_0', 'a1_carry_hi_1', 'w3_carry_lo_1'])
      refused(
        new Forgery(s)
          .set(ROUNDS, 7, { [name]: 2 })
          .recount()
          .findings(),
        /is a bit does not hold/,
      );
    const sums = withRow(6, (r) => r.splice(field(ROUNDS, 'p3'), 1, 5));
    refused(findings(sums), /relation sha256_rounds/);
  });

  it('bits that are none, with the same limbs', () => {
    for (const name of ['a', 'g', 'e2', 'w1']) {
      const forged = new Forgery(s).add(ROUNDS, 7, { [`${name}_3`]: 2, [`${name}_4`]: -1 });
      refused(forged.recount().findings(), new RegExp(`${name}_[34] is a bit does not hold`));
    }
  });

  it('the call: a sum of limbs that alias, a state that does not come from the rounds', () => {
    const aliased = new Forgery(s).add('sha256', 0, { y0_lo: 65536, y0_hi: -1 });
    refused(aliased.recount().findings(), /relation range: \(65536, /);
    refused(new Forgery(s).add('sha256', 0, { rounds3_lo: 1 }).recount().findings(), /relation sha256_rounds/);
  });
});
