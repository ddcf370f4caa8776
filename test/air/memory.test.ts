// Forged memory: what machine.md's list calls the bugs of first tuples, clock order, the register space and host reads.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { P } from '../../src/core/field.ts';
import { SENTINEL_ADDRESS } from '../../src/core/isa.ts';
import { DATA_BASE, EMPTY_DIGEST } from '../machine/asm.ts';
import {
  Forgery,
  field,
  findings,
  type Rows,
  rowsOf,
  type Segment,
  segment,
  wholeProgram,
  withRows,
} from './harness.ts';

const CELL = DATA_BASE / 4 + EMPTY_DIGEST.length;
const [SINK, REG] = [32, 2 ** 30];
const at = (rows: Rows, chip: string, row = 0): number[] => rows[chip]?.[row] as number[];
const put = (chip: string, row: number[], values: Readonly<Record<string, number>>): void => {
  for (const [name, value] of Object.entries(values)) row[field(chip, name)] = value;
};
const imageRow = (s: Segment, address: number): number => (s.tables.image[0] as Uint32Array).indexOf(address);
const refused = (found: readonly string[], pattern: RegExp): void => {
  assert.ok(
    found.some((line) => pattern.test(line)),
    `refused by ${pattern}: ${found.join('\n') || 'nothing'}`,
  );
};

/** Writes 77 over an image word of 5, then loads it; the load's result is dropped. */
const stored = (): Segment => segment('la t0, cell; li t1, 77; sw t1, 0(t0); lw x0, 0(t0)', 'cell: .word 5');

/** Makes the load of `stored` take the tuple (value, prev), and the cell's last tuple the store's. */
const loadsOther = (s: Segment, value: number, prev: number): Rows => {
  const rows = rowsOf(s);
  put('load_word', at(rows, 'load_word'), { mem: value, prevm: prev });
  put('image', at(rows, 'image', SINK), { finalvalue: value });
  const clk = at(rows, 'store_word')[field('store_word', 'clk')] as number;
  put('image', at(rows, 'image', imageRow(s, CELL)), { finalvalue: 77, finalclk: clk + 3 });
  return rows;
};

describe('reading', () => {
  it('a value never written', () => {
    const s = stored();
    refused(findings(withRows(s, loadsOther(s, 78, 0))), /relation memory/);
  });

  it('a stale value: the word before the store', () => {
    const s = stored();
    refused(findings(withRows(s, loadsOther(s, 5, 0))), /relation memory/);
  });

  it('a value from the future: clocks in reverse', () => {
    const s = segment('la t0, cell; lw x0, 0(t0); li t1, 77; sw t1, 0(t0)', 'cell: .word 5');
    const rows = rowsOf(s);
    const load = at(rows, 'load_word');
    const store = at(rows, 'store_word');
    const [loadClk, storeClk] = [load[1] as number, store[1] as number];
    put('load_word', load, { mem: 77, prevm: storeClk + 3 });
    put('store_word', store, { mem: 5, prevm: 0 });
    put('image', at(rows, 'image', SINK), { finalvalue: 77 });
    put('image', at(rows, 'image', imageRow(s, CELL)), { finalvalue: 77, finalclk: loadClk + 3 });
    const found = findings(withRows(s, rows));
    refused(found, /relation range: \(65536, 2147/);
    assert.ok(!found.some((line) => /relation memory/.test(line)), 'only the clock difference gives it away');
  });

  it('x0 as non-zero', () => {
    const s = segment('add t0, x0, x0; xor t1, x0, t2');
    const rows = rowsOf(s);
    put('bitwise', at(rows, 'bitwise'), { a: 1 });
    refused(findings(withRows(s, rows)), /relation memory: \(1073741824, 1, 0/);
  });

  it('rs1 = rs2 as two values', () => {
    const s = segment('li t0, 6; add t1, t0, t0; mv x0, t1');
    const rows = rowsOf(s);
    put('add', at(rows, 'add'), { b: 7 });
    refused(findings(withRows(s, rows)), /relation memory/);
  });

  it('rs1 = rs2 with the second read of an older tuple', () => {
    const s = segment('li t0, 6; add t1, t0, t0');
    const rows = rowsOf(s);
    const row = at(rows, 'add');
    put('add', row, { prev2: row[field('add', 'prev1')] as number });
    refused(findings(withRows(s, rows)), /relation memory/);
  });
});

describe('first tuples', () => {
  /** The load takes a second first tuple of the cell, which a zero_init row puts. */
  const readsZero = (): { s: Segment; rows: Rows } => {
    const s = stored();
    const rows = loadsOther(s, 0, 0);
    rows.zero_init = [[CELL, 0, 0, (at(rows, 'load_word')[1] as number) + 3]];
    return { s, rows };
  };

  it('an image word claimed as zero', () => {
    const { s, rows } = readsZero();
    refused(findings(withRows(s, rows)), /relation chain/);
  });

  it('an image word claimed as zero, in the chain behind itself', () => {
    const { s, rows } = readsZero();
    put('zero_init', at(rows, 'zero_init'), { lastnext: CELL + 1 });
    const next = rows.image?.find((row) => row[0] === CELL + 1) as number[];
    put('image', next, { lastnext: CELL + 1 });
    refused(findings(withRows(s, rows)), /relation range/);
  });

  it('an image word claimed as zero on a second pass of the chain, past the modulus', () => {
    // Address -2^14 (high = -1) above the last usable word, on to -1, and the token is 0 again.
    const { s, rows } = readsZero();
    rows.zero_init?.push([SENTINEL_ADDRESS - 1, CELL + 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]);
    const forged = new Forgery(withRows(s, rows));
    const wrap = (row: number, token: number, low: number, radix: number): void => {
      const gap = P - 2 ** 14 + low - token;
      forged.set('zero_init', row, { address_lo: low, address_hi: -1, token, gap_hi: Math.floor(gap / radix) });
    };
    for (const radix of [65535, 65536]) {
      wrap(2, SENTINEL_ADDRESS, 0, radix);
      wrap(3, P - 2 ** 14 + 1, 2 ** 14 - 1, radix);
      const found = forged.recount().findings();
      assert.ok(!found.some((line) => /relation (chain|memory)/.test(line)));
      refused(found, /relation range/);
    }
  });

  it('an image word claimed as zero on a second pass of the chain, from 2^30 to 0', () => {
    const { s, rows } = readsZero();
    // Cell, then the last address of all: its token 2^30 is 2^30 - 1 below address 0 mod p.
    put('zero_init', at(rows, 'zero_init'), { lastnext: 1 });
    rows.zero_init?.push([0, 2 ** 30, 0, 0], [2 ** 30 - 1, CELL + 1, 0, 0]);
    const forged = new Forgery(withRows(s, rows));
    for (const high of [2 ** 14 - 1, 2 ** 14]) {
      const found = forged.set('zero_init', 1, { gap_hi: high }).recount().findings();
      assert.ok(!found.some((line) => /relation (chain|memory)/.test(line)));
      refused(found, /relation range/);
    }
  });

  it('a word twice as zero', () => {
    const s = segment('li t0, 0x50000; sw t0, 0(t0); lw x0, 0(t0)');
    const rows = rowsOf(s);
    const row = at(rows, 'zero_init');
    const [load, store] = [at(rows, 'load_word'), at(rows, 'store_word')];
    put('load_word', load, { mem: 0, prevm: 0 });
    put('image', at(rows, 'image', SINK), { finalvalue: 0 });
    put('zero_init', row, { finalclk: (store[1] as number) + 3 });
    rows.zero_init?.push([row[0] as number, row[1] as number, 0, (load[1] as number) + 3]);
    refused(findings(withRows(s, rows)), /relation chain/);
  });

  it('a word that the chain lacks', () => {
    const s = segment('li t0, 0x50000; sw t0, 0(t0)');
    refused(findings(withRows(s, { ...rowsOf(s), zero_init: [] })), /relation memory/);
  });

  it('a register, or a word above the sentinel', () => {
    for (const address of [SENTINEL_ADDRESS, SENTINEL_ADDRESS + 5, 2 ** 30 - 1]) {
      const s = stored();
      const rows = { ...rowsOf(s), zero_init: [[address, SENTINEL_ADDRESS + 1, 0, 0]] };
      refused(findings(withRows(s, rows)), /relation (chain|range)/);
    }
    const s = stored();
    const forged = new Forgery(withRows(s, { ...rowsOf(s), zero_init: [[0, 0, 0, 0]] }));
    forged.set('zero_init', 0, { address_hi: 65536, address_lo: 7, token: SENTINEL_ADDRESS + 1 });
    refused(forged.recount().findings(), /relation range: \(65536, 65536\)/);
  });

  it('an initial value other than the image', () => {
    const s = stored();
    refused(new Forgery(s).set('image', imageRow(s, CELL), { final_lo: 6 }).findings(), /relation memory/);
  });
});

describe('refresh', () => {
  const refreshed = (prev: number, next: number): string[] => {
    const s = stored();
    const rows = loadsOther(s, 5, next);
    rows.refresh = [[CELL, 5, prev, next]];
    return findings(withRows(s, rows));
  };

  it('a second life of an old value', () => {
    refused(refreshed(0, 6), /relation memory/);
  });

  it('into the past, and a cycle of two rows', () => {
    const s = stored();
    const rows = rowsOf(s);
    rows.refresh = [
      [CELL, 99, 50, 60],
      [CELL, 99, 60, 50],
    ];
    const found = findings(withRows(s, rows));
    assert.ok(!found.some((line) => /relation memory/.test(line)), 'the tuples alone do balance');
    refused(found, /relation range/);
  });

  it('a cycle round the modulus, in steps of 2^26', () => {
    const s = stored();
    const rows = rowsOf(s);
    const step = 2 ** 26;
    rows.refresh = Array.from({ length: 32 }, (_, i) => [CELL, 99, i * step, (i + 1) * step]);
    const forged = new Forgery(withRows(s, rows));
    // 32 steps are p + 1: the last is one shorter.
    forged.set('refresh', 31, { clk_lo: 0, clk_hi: 0, gap_hi: 1023 });
    refused(forged.recount().findings(), /relation range: \(1024, /);
  });

  it('a clock that is not checked: high part past its bits', () => {
    const s = stored();
    const rows = rowsOf(s);
    rows.refresh = [[CELL, 5, 0, 1024 * 65536]];
    refused(findings(withRows(s, rows)), /relation range: \(1024, 1024\)/);
  });
});

describe('addresses', () => {
  it('a store into the register space, past 2^30', () => {
    const s = segment('li t0, 0x50000; li t1, 9; sw t1, 0(t0)');
    const forged = new Forgery(s).set('store_word', 0, { word_lo: 5, address_hi: 65536 });
    refused(forged.recount().findings(), /relation range: \(65536, 65536\)/);
  });

  it('an aliased address: limbs whose sum is the same mod p', () => {
    const s = segment('li t0, 0x50000; sw t0, 0(t0); lw x0, 4(t0)');
    const forged = new Forgery(s).add('store_word', 0, { word_lo: 2 ** 14, address_hi: -1 });
    refused(forged.recount().findings(), /does not hold/);
    refused(forged.recount().findings(), /relation range: \(16384, /);
  });

  it('a misaligned word', () => {
    const s = segment('li t0, 0x50000; lw x0, 0(t0)');
    const forged = new Forgery(s);
    // 4 word_lo = 2: word_lo is 1/2 mod p.
    forged.set('load_word', 0, { word_lo: 2 ** 30 });
    refused(forged.recount().findings(), /relation range: \(16384, 1073741824\)/);
  });
});

describe('host reads', () => {
  const reads = (): Segment =>
    wholeProgram(
      `_start: li a7, 1; la a0, buffer; li a1, 8; ecall; la t0, buffer; lw x0, 0(t0)
       li a7, 0; li a0, 0; la a1, digest; ecall
       .data
       digest: .word ${EMPTY_DIGEST.join(', ')}
       buffer: .word 1, 2, 3`,
      new Uint8Array(8).fill(7),
    );

  it('any words are the prover’s choice, but of 16-bit limbs', () => {
    const s = reads();
    const rows = rowsOf(s);
    put('read_word', at(rows, 'read_word', 1), { newvalue: 0x12345678 });
    const buffer = imageRow(s, CELL);
    put('image', at(rows, 'image', buffer + 1), { finalvalue: 0x12345678 });
    assert.deepEqual(findings(withRows(s, rows)), []);
    const forged = new Forgery(withRows(s, rows)).add('read_word', 1, { value_lo: 65536, value_hi: -1 });
    forged.add('image', buffer + 1, { final_lo: 65536, final_hi: -1 });
    const found = forged.recount().findings();
    assert.ok(found.every((line) => /relation range/.test(line)));
    refused(found, /relation range/);
  });

  it('a word past the length', () => {
    const s = reads();
    const rows = rowsOf(s);
    const [clk, address] = at(rows, 'read_word', 1) as [number, number];
    rows.read_word?.push([clk, address + 1, 0, 9, 3, 0]);
    put('image', at(rows, 'image', imageRow(s, CELL) + 2), { finalvalue: 9, finalclk: clk + 3 });
    const found = findings(withRows(s, rows));
    assert.ok(!found.some((line) => /relation memory/.test(line)));
    refused(found, /relation host_read/);
  });

  it('a word left out', () => {
    const s = reads();
    const rows = rowsOf(s);
    rows.read_word?.pop();
    put('image', at(rows, 'image', imageRow(s, CELL) + 1), { finalvalue: 2, finalclk: 0 });
    refused(findings(withRows(s, rows)), /relation host_read/);
  });

  it('an end that wraps: pointer + words past 2^30', () => {
    const s = reads();
    const forged = new Forgery(s).set('read', 0, { words_lo: 2 ** 14 - 1, words_hi: 65535 });
    refused(forged.recount().findings(), /length \+ 3|end = pointer/);
    const end = forged.get('read', 0, 'end_lo') + 2 ** 14 * forged.get('read', 0, 'end_hi') + 2 ** 30;
    forged.set('read', 0, { end_lo: end % 2 ** 14, end_hi: Math.floor(end / 2 ** 14) });
    refused(forged.recount().findings(), /relation range: \(65536, /);
  });

  it('a length whose rounding wraps', () => {
    const s = reads();
    const forged = new Forgery(s).set('read', 0, { length_lo: 65533, length_hi: 65535, words_lo: 0, words_hi: 0 });
    forged.set('read', 0, { rest0: 0, rest1: 0 });
    refused(forged.recount().findings(), /length \+ 3 does not wrap/);
  });

  it('a pointer limb of -1, which no stored value has', () => {
    const forged = new Forgery(reads()).set('read', 0, { pointer_hi: -1 });
    refused(forged.recount().findings(), new RegExp(`relation memory: \\(${REG + 10}, `));
  });
});
