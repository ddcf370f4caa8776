// Forgeries of dot products, each consistent but for one thing.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { P } from '../../src/core/field.ts';
import { PRECOMPILES, type PrecompileName } from '../../src/core/precompiles.ts';
import { Forgery, field, findings, type Rows, rowsOf, type Segment, segment, withRows } from './harness.ts';
import { callsOf, type Operands, someWords, twoCalls } from './precompile_runs.ts';

const refused = (found: readonly string[], by: RegExp): void => assert.match(found.join('\n'), by);

const WIDTH = { qm31_dot: 4, m31_dot: 1 } as const;
type Dot = keyof typeof WIDTH;
const NAMES = Object.keys(WIDTH) as Dot[];

const operands = (name: Dot, n: number, seed = 0): Operands => [
  someWords(4, seed),
  someWords(WIDTH[name] * n, seed + 1),
  someWords(4 * n, seed + 2),
];

/** Edits the records; the result words go to memory too. */
const edited = (s: Segment, name: PrecompileName, edit: (rows: Rows, call: number[]) => void): Segment => {
  const rows = rowsOf(s);
  const call = (rows[name] as number[][])[0] as number[];
  edit(rows, call);
  const image = s.tables.image[0]?.indexOf(call[field(name, 'at0')] as number) ?? -1;
  for (let i = 0; i < 4; i++) {
    ((rows.image as number[][])[image + i] as number[])[field('image', 'finalvalue')] = call[
      field(name, `y${i}`)
    ] as number;
  }
  return withRows(s, rows);
};

for (const name of NAMES) {
  const terms = `${name}_terms`;
  const at = (of: string): number => field(terms, of);

  describe(name, () => {
    it('any length, any words', () => {
      const odd = [0, P, 0xffffffff, P - 1, P + 1, 0xfffffffe, 1, 0x80000000];
      for (const n of [0, 1, 2, 3, 4, 5, 9]) assert.deepEqual(findings(callsOf(name, [operands(name, n, n)])), []);
      const words = (count: number): number[] => Array.from({ length: count }, (_, i) => odd[i % 8] as number);
      assert.deepEqual(findings(callsOf(name, [[words(4), words(8), words((4 / WIDTH[name]) * 8)]])), []);
    });

    it('operands that overlap', () => {
      const data = `x: .word ${someWords(40, 9).join(', ')}`;
      for (const [a0, a1, a2] of [
        [0, 0, 0],
        [4, 0, 0],
        [8, 4, 0],
        [0, 4, 8],
      ]) {
        const body = `la a0, x + ${a0}; la a1, x + ${a1}; la a2, x + ${a2}; li a3, 32; li a7, ${PRECOMPILES[name].number}; ecall`;
        assert.deepEqual(findings(segment(body, data)), []);
      }
    });

    it('a result that is p, or p more', () => {
      const zero = callsOf(name, [[[0, 0, 0, 0], [], []]]);
      const small = callsOf(name, [[[5, P - 1, 0, P], [], []]]);
      assert.deepEqual([...findings(zero), ...findings(small)], []);
      const claim = (s: Segment, i: number, value: number): Segment =>
        edited(s, name, (_, call) => {
          call[field(name, `y${i}`)] = value;
        });
      assert.deepEqual(findings(claim(zero, 0, 0)), []);
      for (const i of [0, 1, 2, 3]) refused(findings(claim(zero, i, P)), /result word \d is not p does not hold/);
      // 2^31 + 4 = 5 mod p: its upper limb has a 16th bit.
      refused(findings(claim(small, 0, P + 5)), /relation range: \(32768, /);
      refused(findings(claim(small, 1, 0xfffffffd)), /relation range: \(32768, /);
      refused(findings(claim(small, 3, P)), /result word 3 is not p does not hold/);
      // Limbs that alias: 65536 lower, one less above.
      const aliased = new Forgery(small).add(name, 0, { y0_lo: 65536, y0_hi: -1 });
      refused(aliased.recount().findings(), /relation range: \(65536, |relation memory/);
    });

    it('another sum', () => {
      const s = twoCalls(name);
      const wrong = edited(s, name, (_, call) => {
        const y = field(name, 'y2');
        call[y] = ((call[y] as number) + 1) % P;
      });
      refused(findings(wrong), new RegExp(`relation ${name}: `));
      const along = new Forgery(s).add(terms, 0, { next0: 1 });
      refused(along.recount().findings(), /sum, coordinate 0 does not hold/);
    });

    it('terms left out, counted twice, in another order, or of the other call', () => {
      const s = twoCalls(name);
      const own = rowsOf(s)[terms] as number[][];
      const half = own.length / 2;
      const chain = new RegExp(`relation ${name}: `);
      const others: number[][][] = [
        own.toSpliced(0, 1),
        own.toSpliced(half - 1, 1),
        [...own, own[1] as number[]],
        [own[1], own[0], ...own.slice(2)].map((row, i) =>
          i > 1 ? (row as number[]) : (row as number[]).with(at('left'), own[i]?.[at('left')] as number),
        ),
        [(own[half] as number[]).with(at('clk'), own[0]?.[at('clk')] as number), ...own.slice(1)],
      ];
      for (const rows of others) refused(findings(withRows(s, { ...rowsOf(s), [terms]: rows })), chain);
    });

    it('a chain that ends before its length', () => {
      const s = twoCalls(name);
      const forged = edited(s, name, (rows, call) => {
        const own = rows[terms] as number[][];
        const last = own[own.length / 2 - 2] as number[];
        rows[terms] = own.toSpliced(own.length / 2 - 1, 1);
        for (let i = 0; i < 4; i++) call[field(name, `y${i}`)] = last[at(`t${i}`)] as number;
      });
      refused(findings(forged), new RegExp(`relation ${name}: `));
    });

    it('a length that the register has not', () => {
      const s = twoCalls(name);
      const forged = edited(s, name, (rows, call) => {
        const own = rows[terms] as number[][];
        const [first, rest] = [own[0] as number[], own.slice(1, own.length / 2)];
        const used = (first[at('left')] as number) - (rest[0]?.[at('left')] as number);
        // The first row's terms are left out, and the rest follows from the start.
        call[field(name, 'at3')] = (call[field(name, 'at3')] as number) - used;
        rows[terms] = own.slice(1);
      });
      refused(findings(forged), /relation call: /);
    });

    it('operands that memory does not hold, from elsewhere, of a later clock', () => {
      const s = twoCalls(name);
      for (const word of ['x1_0', 'x2_3']) {
        const forged = new Forgery(s).add(terms, 0, { [`${word}_lo`]: 1 });
        refused(forged.recount().findings(), /relation memory/);
        // The same residue from other limbs.
        const aliased = new Forgery(s).add(terms, 0, { [`${word}_lo`]: 65536, [`${word}_hi`]: -1 });
        refused(aliased.recount().findings(), /relation memory/);
        const clk = new Forgery(s).get(terms, 0, 'clk') + 3 - Number(word[1]);
        const stale = new Forgery(s).set(terms, 0, { [`${word}_prev`]: clk });
        refused(stale.recount().findings(), /relation range: \(65536, 2147483646\)/);
      }
      for (const column of ['atx', 'aty']) {
        const moved = new Forgery(s).add(terms, 0, { [column]: 1 });
        refused(moved.recount().findings(), /relation memory/);
      }
    });

    it('chains of the other kind', () => {
      const s = twoCalls(name);
      const other: Dot = name === 'm31_dot' ? 'qm31_dot' : 'm31_dot';
      const forged = new Forgery(s).set(`call4`, 0, { number: PRECOMPILES[other].number });
      refused(forged.recount().findings(), /relation call: /);
    });
  });
}

describe('m31_dot', () => {
  const name = 'm31_dot';
  const terms = 'm31_dot_terms';
  const s = callsOf(name, [operands(name, 6)]);

  it('terms with a gap, or in a row that is not in use', () => {
    assert.equal(new Forgery(s).get(terms, 1, 'uses1'), 1);
    assert.equal(new Forgery(s).get(terms, 1, 'uses2'), 0);
    const gap = new Forgery(s).set(terms, 1, { uses1: 0, uses2: 1 });
    refused(gap.recount().findings(), /term 2 only behind the one before does not hold/);
    const two = new Forgery(s).set(terms, 1, { uses1: 2 });
    refused(two.recount().findings(), /uses1 is a bit does not hold/);
    const padding = new Forgery(s).set(terms, 2, { uses1: 1 });
    refused(padding.recount().findings(), /term 1 only behind the one before does not hold/);
  });

  it('a term that is not there does not count', () => {
    const forged = new Forgery(s).set(terms, 1, { x1_2_lo: 7, x2_8_lo: 9 });
    assert.deepEqual(forged.recount().findings(), []);
    const counted = forged.add(terms, 1, { next0: 63 });
    refused(counted.recount().findings(), /sum, coordinate 0 does not hold/);
  });
});
