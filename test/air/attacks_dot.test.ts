// Attacks on dot products that need rows of several chips: terms of two calls mixed, operands written before they are read,
// chains that leave memory, lengths of limbs that no register holds.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { P } from '../../src/core/field.ts';
import { REGISTER_SPACE, SENTINEL_ADDRESS } from '../../src/core/isa.ts';
import { PRECOMPILES } from '../../src/core/precompiles.ts';
import { MachineError } from '../../src/machine/index.ts';
import { Forgery, field, findings, type Rows, rowsOf, segment, withRows } from './harness.ts';
import { someWords, twoCalls } from './precompile_runs.ts';

const refused = (found: readonly string[], why: RegExp): void => assert.match(found.join('\n'), why);

for (const name of ['qm31_dot', 'm31_dot'] as const) {
  const terms = `${name}_terms`;
  const width = name === 'qm31_dot' ? 4 : 1;
  const at = (of: string): number => field(terms, of);
  const call = (a0: number, a1: number, a2: number, bytes: number): string =>
    `la a0, x + ${a0}; la a1, x + ${a1}; la a2, x + ${a2}; li a3, ${bytes}; li a7, ${PRECOMPILES[name].number}; ecall`;
  const data = `x: .word ${someWords(64, 3).join(', ')}`;

  describe(`${name}, attacked`, () => {
    it('terms of two calls exchanged: each, all', () => {
      const s = twoCalls(name);
      const clocks = [...new Set((rowsOf(s)[terms] as number[][]).map((row) => row[at('clk')] as number))];
      assert.equal(clocks.length, 2);
      const [one, two] = clocks as [number, number];
      const exchanged = (pick: (i: number) => boolean): string[] => {
        const rows: Rows = rowsOf(s);
        for (const [i, row] of (rows[terms] as number[][]).entries())
          if (pick(i)) row[at('clk')] = row[at('clk')] === one ? two : one;
        return findings(withRows(s, rows));
      };
      for (const pick of [() => true, (i: number) => i === 0, (i: number) => i % 2 === 1])
        refused(exchanged(pick), new RegExp(`relation ${name}: `));
    });

    it('the result read as an operand of itself', () => {
      const s = segment(call(0, 0, 64, 16), data);
      assert.deepEqual(findings(s), []);
      const f = new Forgery(s);
      const clk = f.get(name, 0, 'clk');
      for (let i = 0; i < width; i++) {
        const before = f.get(terms, 0, `x1_${i}_prev`);
        assert.equal(f.get(name, 0, `x0_${i}_prev`), clk + 2);
        f.set(terms, 0, { [`x1_${i}_prev`]: clk + 3 });
        f.set(name, 0, { [`x0_${i}_prev`]: before });
      }
      refused(f.recount().findings(), /relation range: \(65536, 2147483645\)/);
    });

    it('a chain from the end of memory to the registers', () => {
      const s = segment(call(0, 16, 64, 16), data);
      for (const [column, of] of [
        ['atx', 'at1'],
        ['aty', 'at2'],
      ] as const)
        for (const word of [REGISTER_SPACE, SENTINEL_ADDRESS, P - 1]) {
          const f = new Forgery(s);
          const first = f.get(terms, 0, column);
          const rows = s.input.records.get(terms)?.nRows ?? 0;
          for (let row = 0; row < rows; row++) f.add(terms, row, { [column]: word - first });
          f.add(name, 0, { [of]: word - first }).add('call4', 0, { [`pointer${of[2]}_word_lo`]: word - first });
          refused(f.recount().findings(), /relation range: \(16384, \d+\)/);
        }
    });

    it('a length of limbs that no register holds, of no row at all', () => {
      const s = segment(call(0, 16, 64, 0), data);
      assert.deepEqual(findings(s), []);
      const aliased = new Forgery(s).set('call4', 0, { pointer3_word_lo: 2 ** 14, pointer3_hi: -1 });
      refused(aliased.recount().findings(), /relation (range|memory): /);
      // A chain of length 0 that goes once round by one row of as many words is none: what is left is not 0.
      const rows = rowsOf(segment(call(0, 16, 64, 4 * width), data))[terms] as number[][];
      const row = (rows[0] as number[]).with(at('left'), 0);
      refused(findings(withRows(s, { ...rowsOf(s), [terms]: [row] })), new RegExp(`relation ${name}: `));
    });

    it('hostile lengths stop the machine', () => {
      for (const bytes of [0xffffffff, 0xfffffffc, 0xffff0000, 0x80000000, 2 ** 18 + 16, 2, 3])
        assert.throws(() => segment(call(0, 16, 64, bytes), data), MachineError);
      // Operands that begin in memory and end above it.
      const above = `la a0, x; li a1, 0xfffefff0; li a2, 0xfffefff0; li a3, 32; li a7, ${PRECOMPILES[name].number}; ecall`;
      assert.throws(() => segment(above, data), MachineError);
    });
  });
}
