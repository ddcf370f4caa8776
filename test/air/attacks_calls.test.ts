// Attacks on precompile calls that need rows of several chips: chains of two calls mixed or replayed, calls that no ecall
// makes, writes before reads of one word, pointers at both ends of memory.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ADDRESS_LIMIT } from '../../src/core/isa.ts';
import { PRECOMPILES, type PrecompileName } from '../../src/core/precompiles.ts';
import { Forgery, field, findings, type Rows, rowsOf, segment, withRows } from './harness.ts';
import { callsOf, someOperands, twoCalls } from './precompile_runs.ts';

/** Chips of rounds, rows of a call. */
const CHAINS = { blake3: ['blake3_round', 7], sha256: ['sha256_rounds', 16], keccak: ['keccak_round', 24] } as const;
type Chained = keyof typeof CHAINS;
const NAMES = Object.keys(CHAINS) as Chained[];
const refused = (found: readonly string[], why: RegExp): void => assert.match(found.join('\n'), why);
const callerOf = (name: PrecompileName): string => `call${PRECOMPILES[name].words.length}`;

for (const name of NAMES) {
  const [rounds, perCall] = CHAINS[name];
  const s = twoCalls(name);
  const clk = field(rounds, 'clk');
  const clocks = (rowsOf(s)[name] as number[][]).map((row) => row[field(name, 'clk')] as number) as [number, number];
  const edited = (edit: (rows: Rows) => void): string[] => {
    const rows = rowsOf(s);
    edit(rows);
    return findings(withRows(s, rows));
  };
  const copyOf = (rows: Rows, chip: string): number[] => [...(rows[chip]?.[0] ?? assert.fail(chip))];
  const other = (clock: number | undefined): number => (clock === clocks[0] ? clocks[1] : clocks[0]);
  const relation = new RegExp(`relation ${rounds}`);

  describe(`chains of ${name}`, () => {
    // Rows of Keccak are wide: one attack of a kind.
    const isWide = name === 'keccak';
    it('of two calls exchanged: whole, their ends, every second round', () => {
      for (const keep of isWide ? [] : [0, 1, perCall - 1])
        refused(
          edited((rows) => {
            for (const [i, row] of (rows[rounds] as number[][]).entries())
              if (i % perCall >= keep) row[clk] = other(row[clk]);
          }),
          relation,
        );
      const alternating = edited((rows) => {
        for (const [i, row] of (rows[rounds] as number[][]).entries()) if (i % 2) row[clk] = other(row[clk]);
      });
      refused(alternating, relation);
    });

    it('replayed: a second chain of one clock, with and without a second call row', () => {
      const chainOf = (rows: Rows): number[][] => (rows[rounds] as number[][]).slice(0, perCall).map((row) => [...row]);
      if (!isWide)
        refused(
          edited((rows) => rows[rounds]?.push(...chainOf(rows))),
          relation,
        );
      // And with a second ecall at that clock.
      refused(
        edited((rows) => {
          rows[rounds]?.push(...chainOf(rows));
          rows[name]?.push(copyOf(rows, name));
          rows[callerOf(name)]?.push(copyOf(rows, callerOf(name)));
        }),
        /relation state: /,
      );
    });

    it('that no call starts: at the clock of another micro-op', () => {
      if (isWide) return;
      refused(
        edited((rows) => {
          const chain = (rows[rounds] as number[][]).slice(0, perCall).map((row) => row.with(clk, clocks[0] + 4));
          rows[rounds]?.push(...chain);
          rows[name]?.push(copyOf(rows, name).with(field(name, 'clk'), clocks[0] + 4));
        }),
        /relation call: /,
      );
    });

    it('of one round more, and of none', () => {
      if (isWide) return;
      refused(
        edited((rows) => rows[rounds]?.push(copyOf(rows, rounds))),
        relation,
      );
      const none = edited((rows) => {
        rows[rounds] = (rows[rounds] as number[][]).slice(perCall);
      });
      refused(none, relation);
    });
  });
}

describe('one word behind several pointers', () => {
  it('modmul: the result read as a factor of itself', () => {
    // a0 = a1: x is read at clk + 2 and overwritten at clk + 3.
    const words = PRECOMPILES.modmul.words.map((count) => `.word ${Array.from({ length: count }, () => 3).join(', ')}`);
    const s = segment(
      `la a0, x; la a1, x; la a2, y; la a3, m; li a7, ${PRECOMPILES.modmul.number}; ecall`,
      `x: ${words[1]}\ny: ${words[2]}\nm: .word 0, 0, 0, 0, 0, 0, 0, 0x80000000, 1, 2, 3, 4, 5, 6, 7, 8`,
    );
    assert.deepEqual(findings(s), []);
    const f = new Forgery(s);
    const clk = f.get('modmul', 0, 'clk');
    for (let i = 0; i < 8; i++) {
      const before = f.get('modmul', 0, `x1_${i}_prev`);
      assert.equal(f.get('modmul', 0, `x0_${i}_prev`), clk + 2);
      f.set('modmul', 0, { [`x0_${i}_prev`]: before, [`x1_${i}_prev`]: clk + 3 });
    }
    refused(f.recount().findings(), /relation range: \(65536, 214748364\d\)/);
  });
});

describe('pointers', () => {
  it('to the last words of memory, all the same: honest', () => {
    for (const [name, { number, words }] of Object.entries(PRECOMPILES)) {
      if (name !== 'sha256' && name !== 'blake3') continue;
      const at = ADDRESS_LIMIT - 4 * Math.max(...words);
      const load = words.map((_, k) => `li a${k}, ${at}`).join('; ');
      assert.deepEqual(findings(segment(`${load}; li a7, ${number}; ecall`)), [], name);
    }
  });

  it('to a register, by an upper limb of 2^16, of -1, of the same word mod p', () => {
    const s = callsOf('sha256', [someOperands('sha256', 0)]);
    const word = new Forgery(s).get('call2', 0, 'pointer0_word_lo');
    for (const [low, high] of [
      [10, 65536],
      [word + 2 ** 14, -1],
      [word - 2 ** 14, 1],
      [word, 2 ** 17],
    ] as const) {
      const f = new Forgery(s).set('call2', 0, { pointer0_word_lo: low, pointer0_hi: high });
      f.set('sha256', 0, { at0: low + 2 ** 14 * high });
      refused(f.recount().findings(), /relation (range|memory): /);
    }
  });
});
