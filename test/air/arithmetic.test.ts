// Forged results: each case sets every cell that the wrong result needs, so that one check alone refuses it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inv } from '../../src/core/field.ts';
import { Forgery, type Segment, segment } from './harness.ts';

const li = (register: string, value: number): string => `li ${register}, ${value | 0}`;
/** One op on two registers; its result stays in a2 to the end. */
const binary = (op: string, a: number, b: number): Segment =>
  segment(`${li('a3', a)}; ${li('a4', b)}; ${op} a2, a3, a4`);
const A2 = 12;

/** Names of what refuses, tables by relation: exactly these. */
const refusedBy = (forged: Forgery, ...wanted: readonly string[]): void => {
  const found = forged.recount().findings();
  const names = found.map(
    (line) => /relation (\w+)/.exec(line)?.[1] ?? /row \d+: (.*) does not hold/.exec(line)?.[1] ?? line,
  );
  assert.deepEqual([...new Set(names)].sort(), [...wanted].sort(), found.join('\n'));
};

/** Sets the result's limbs in a chip's first row and in the register's last tuple. */
const withResult = (s: Segment, chip: string, value: number, cells: Readonly<Record<string, number>> = {}): Forgery => {
  const limbs = { lo: value & 0xffff, hi: value >>> 16 };
  const result = chip.startsWith('bitwise')
    ? Object.fromEntries([0, 1, 2, 3].map((i) => [`c_${i}`, (value >>> (8 * i)) & 255]))
    : chip === 'compare'
      ? {}
      : { c_lo: limbs.lo, c_hi: limbs.hi };
  return new Forgery(s)
    .set(chip, 0, { ...result, ...cells })
    .set('image', A2, { final_lo: limbs.lo, final_hi: limbs.hi });
};

describe('add, sub, addi', () => {
  it('a low carry that is dropped, or invented', () => {
    refusedBy(withResult(binary('add', 0xffff, 1), 'add', 0), 'rs1 + rs2 = rd: high carry is a bit');
    refusedBy(withResult(binary('add', 0xfffe, 1), 'add', 0x1ffff), 'rs1 + rs2 = rd: high carry is a bit');
    refusedBy(withResult(binary('sub', 0x10000, 1), 'sub', 0x1ffff), 'rd + rs2 = rs1: high carry is a bit');
  });

  it('limbs that alias mod p: v and v + p, 2^16 moved between limbs', () => {
    const s = binary('add', 0xffff, 1);
    const forged = new Forgery(s)
      .add('add', 0, { c_lo: 65536, c_hi: -1 })
      .add('image', A2, { final_lo: 65536, final_hi: -1 });
    refusedBy(forged, 'range');
    const imm = segment('li a3, 0x10000; addi a2, a3, -1');
    const other = new Forgery(imm)
      .add('addi', 0, { c_lo: -65536, c_hi: 1 })
      .add('image', A2, { final_lo: -65536, final_hi: 1 });
    refusedBy(other, 'range');
  });

  it('another immediate than the program’s', () => {
    const s = segment('li a3, 5; addi a2, a3, 7');
    refusedBy(withResult(s, 'addi', 13, { k0: 8 }), 'program');
  });
});

describe('bitwise', () => {
  it('one op for another', () => {
    refusedBy(withResult(binary('xor', 12, 10), 'bitwise', 8, { operation: 2 }), 'program');
    refusedBy(withResult(binary('and', 12, 10), 'bitwise', 6), 'bitwise');
    const s = segment('li a3, 12; xori a2, a3, 10');
    refusedBy(withResult(s, 'bitwise_imm', 14, { operation: 1 }), 'program');
  });

  it('bytes that are none: 2^8 moved between them', () => {
    const s = binary('xor', 0x100, 0);
    refusedBy(new Forgery(s).set('bitwise', 0, { a_0: 256, a_1: 0, c_0: 256, c_1: 0 }), 'bitwise');
  });

  it('a byte of p - 1', () => {
    refusedBy(
      withResult(binary('and', 255, 255), 'bitwise', 0, { c_0: -1, c_1: 0 }).set('image', A2, { final_lo: -1 }),
      'bitwise',
    );
  });
});

describe('shifts', () => {
  it('an amount that is not masked to 5 bits', () => {
    const s = binary('sll', 0x1234, 33);
    refusedBy(withResult(s, 'shift_reg', 0, { amount: 33 }), 'shift', 'lower limb of the result');
  });

  it('another amount than rs2 mod 32: all cells of a shift by one more', () => {
    const s = binary('sll', 0x1234, 3);
    const other = binary('sll', 0x1234, 4);
    const forged = new Forgery(s);
    const wrong = new Forgery(other);
    const cells = ['amount', 'power', 'E', 'F', 'lower_low', 'lower_high', 'upper_low', 'upper_high', 'c_lo', 'c_hi'];
    for (const name of cells) forged.set('shift_reg', 0, { [name]: wrong.get('shift_reg', 0, name) });
    forged.set('image', A2, {
      final_lo: wrong.get('image', A2, 'final_lo'),
      final_hi: wrong.get('image', A2, 'final_hi'),
    });
    refusedBy(forged, 'range');
    assert.match(forged.findings().join(), /relation range: \(2048, /);
  });

  it('a direction, or a limb move, that the program does not say', () => {
    const s = segment('li a3, 0x12345678; slli a2, a3, 4');
    const cells = { left0: 0, left1: 1, c_lo: 0, c_hi: 0x6780 };
    refusedBy(withResult(s, 'shift_imm', 0x67800000, cells), 'program');
    const right = { left0: 0, right0: 1, c_lo: 0x4567 };
    assert.match(withResult(s, 'shift_imm', 0x4567, right).recount().findings().join(), /relation program/);
  });

  it('two selectors at once, or fractions of them', () => {
    const s = segment('li a3, 0x12345678; slli a2, a3, 4');
    refusedBy(new Forgery(s).set('shift_imm', 0, { left0: inv(2), left1: inv(2) }), ...selectorFailures);
    assert.match(new Forgery(s).set('shift_imm', 0, { left1: 1 }).findings().join(), /at most one selector/);
  });
  const selectorFailures = [
    'left0 is a bit',
    'left1 is a bit',
    'lower limb of the result',
    'upper limb of the result',
    'program',
  ];

  it('a cut whose parts overflow', () => {
    const s = segment('li a3, 0x12345678; srli a2, a3, 4');
    const forged = new Forgery(s).add('shift_imm', 0, { lower_high: -1, lower_low: 16, c_lo: -1 });
    refusedBy(forged.add('image', A2, { final_lo: -1 }), 'range');
  });
});

describe('comparisons', () => {
  const flipped = (op: string, a: number, b: number, cells: Readonly<Record<string, number>>): Forgery => {
    const s = binary(op, a, b);
    return withResult(s, 'compare', new Forgery(s).get('image', A2, 'final_lo') ^ 1, cells);
  };

  it('the other answer by a borrow', () => {
    refusedBy(flipped('sltu', 1, 2, { difference_hi: -1 }), 'range');
    refusedBy(flipped('sltu', 2, 1, { difference_hi: 65536 }), 'range');
  });

  it('slt as sltu, and a sign taken from the wrong side', () => {
    const cells = { unsigned: 1, a_top: 0xffff, b_top: 0, difference_hi: 0xffff, difference_lo: 0xfffe };
    refusedBy(flipped('slt', -1, 1, cells), 'program');
    // -1 biased upwards: 0xffff + 0x8000.
    refusedBy(flipped('slt', -1, 1, { a_top: 0x17fff, difference_hi: 0xffff }), 'range');
  });

  const branch = (op: string, a: number, b: number): Segment =>
    segment(`${li('a3', a)}; ${li('a4', b)}; ${op} a3, a4, on; j off; on: j end; off: nop; end: nop`);
  const goesTo = (s: Segment, chip: string, cells: Readonly<Record<string, number>>): string => {
    const idx = new Forgery(s).get(chip, 0, 'idx');
    const other = [new Forgery(s).get(chip, 0, 'k0'), idx + 1].find((n) => n !== new Forgery(s).get(chip, 0, 'next'));
    return new Forgery(s)
      .set(chip, 0, { next: other as number, ...cells })
      .recount()
      .findings()
      .join();
  };

  it('a branch the other way', () => {
    for (const op of ['beq', 'bne']) assert.match(goesTo(branch(op, 1, 1), 'branch_eq', {}), /next is the target/);
    for (const op of ['blt', 'bge', 'bltu', 'bgeu'])
      assert.match(goesTo(branch(op, 1, 2), 'branch_lt', {}), /next is the target/);
  });

  it('beq of values that differ in one limb, and unequal of equal ones', () => {
    const high = goesTo(branch('beq', 0x10005, 5), 'branch_eq', { equal: 1, inverse_hi: 0 });
    assert.match(high, /equal means equal high limbs/);
    assert.doesNotMatch(high, /unequal limbs|low limbs/);
    const low = goesTo(branch('beq', 6, 5), 'branch_eq', { equal: 1, inverse_lo: 0 });
    assert.match(low, /equal means equal low limbs/);
    assert.doesNotMatch(low, /unequal limbs|high limbs/);
    assert.match(goesTo(branch('beq', 5, 5), 'branch_eq', { equal: 0 }), /unequal limbs have inverses/);
  });

  it('bne as beq: the flag without the op', () => {
    assert.match(goesTo(branch('beq', 5, 5), 'branch_eq', { negated: 1 }), /relation program/);
    assert.match(goesTo(branch('blt', 1, 2), 'branch_lt', { negated: 1 }), /relation program/);
  });
});

describe('jumps', () => {
  const jump = (offset: number): Segment => segment(`la t0, there; jalr a2, ${offset}(t0); nop; there: nop`);

  it('the target is cleared of bit 0', () => {
    const s = jump(1);
    assert.equal(new Forgery(s).get('jalr', 0, 'target_bit'), 1);
    assert.deepEqual(new Forgery(s).findings(), []);
  });

  it('to another instruction, to a micro-op inside one, and to an odd address', () => {
    const s = jump(0);
    const next = new Forgery(s).get('jalr', 0, 'next');
    refusedBy(new Forgery(s).set('jalr', 0, { next: next - 1 }), 'jump', 'state');
    const half = new Forgery(s).get('jalr', 0, 'target_half');
    const odd = new Forgery(s).set('jalr', 0, { target_half: half - 2 ** 30, target_bit: 2, next: next - 1 });
    assert.match(odd.recount().findings().join(), /target_bit is a bit/);
    // 2 half = 1 mod p: an odd address from an even form.
    assert.match(
      new Forgery(s)
        .set('jalr', 0, { target_half: 2 ** 30 })
        .recount()
        .findings()
        .join(),
      /relation range: \(32768, /,
    );
  });

  it('a target whose limbs alias', () => {
    const forged = new Forgery(jump(0)).add('jalr', 0, { target_half: 32768, target_hi: -1 });
    refusedBy(forged, 'jump', 'range', 'rs1 + imm = target: low carry is a bit');
  });

  it('another link', () => {
    const s = jump(0);
    const forged = new Forgery(s).add('jalr', 0, { k2: 2 }).add('image', A2, { final_lo: 2 });
    refusedBy(forged, 'program');
  });
});

describe('multiplication and division', () => {
  const words = [0, 1, 3, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0x80000001, 0xffffffff];

  it('any other product', () => {
    for (const op of ['mul', 'mulhu']) {
      const s = binary(op, 0xffffffff, 0xffffffff);
      const value = op === 'mul' ? 1 : 0xfffffffe;
      refusedBy(withResult(s, 'mul', value ^ 1), 'lower limb of the result');
      refusedBy(withResult(s, 'mul', op === 'mul' ? 0xfffffffe : 1, { high: op === 'mul' ? 1 : 0 }), 'program');
    }
    const carry = withResult(binary('mul', 0x10000, 1), 'mul', 0, {
      product_lower_hi: 0,
      carry1: inv(65536),
      product_upper_lo: 0,
    });
    assert.match(carry.recount().findings().join(), /relation range: \(2048, 32768\)/);
  });

  it('a quotient that is right mod 2^32 only', () => {
    const forged = withResult(binary('divu', 5, 0x10000), 'div', 0x10000, { q_2: 1 });
    refusedBy(forged, 'q d is below 2^32');
  });

  it('a remainder that is not below the divisor', () => {
    const s = binary('remu', 7, 3);
    refusedBy(withResult(s, 'div', 4, { q_0: 1, r_lo: 4, slack_lo: -2 }), 'range');
    refusedBy(withResult(s, 'div', 4, { q_0: 1, r_lo: 4, slack_lo: 65534, slack_hi: -1 }), 'range');
    refusedBy(withResult(s, 'div', 4, { q_0: 1, r_lo: 4, slack_lo: 65534, slack_hi: 65535 }), 'r < d: no carry out');
  });

  it('division by zero: any quotient, a divisor said to be zero, or not', () => {
    const s = binary('divu', 7, 0);
    const zeros = { q_0: 0, q_1: 0, q_2: 0, q_3: 0 };
    refusedBy(withResult(s, 'div', 0, zeros), 'zero divisor gives all ones');
    assert.match(
      withResult(s, 'div', 0, { ...zeros, zero: 0 })
        .recount()
        .findings()
        .join(),
      /other divisors have an inverse/,
    );
    const ones = { q_0: 255, q_1: 255, q_2: 255, q_3: 255 };
    const claimed = withResult(binary('divu', 7, 3), 'div', 0xffffffff, { ...ones, zero: 1, inverse: 0 });
    assert.match(claimed.recount().findings().join(), /zero divisor has no bytes/);
  });

  it('quotient for remainder', () => {
    refusedBy(withResult(binary('divu', 7, 3), 'div', 1, { remainder_wanted: 1 }), 'program');
  });

  it('signed forms agree with their definition, at all pairs of limits', () => {
    const s = (n: number): bigint => BigInt(n | 0);
    const u = (n: number): bigint => BigInt(n >>> 0);
    const minimum = -(2n ** 31n);
    const wanted: Readonly<Record<string, (a: number, b: number) => bigint>> = {
      mulh: (a, b) => (s(a) * s(b)) >> 32n,
      mulhsu: (a, b) => (s(a) * u(b)) >> 32n,
      mulhu: (a, b) => (u(a) * u(b)) >> 32n,
      div: (a, b) => (b === 0 ? -1n : s(a) === minimum && s(b) === -1n ? minimum : s(a) / s(b)),
      rem: (a, b) => (b === 0 ? s(a) : s(a) % s(b)),
      sra: (a, b) => s(a) >> (u(b) & 31n),
      sll: (a, b) => u(a) << (u(b) & 31n),
    };
    const body = ['la s0, words; la s1, results'];
    const results: number[] = [];
    words.forEach((a, i) => {
      words.forEach((b, j) => {
        body.push(`lw a3, ${4 * i}(s0); lw a4, ${4 * j}(s0)`);
        for (const [op, value] of Object.entries(wanted)) {
          body.push(`${op} a2, a3, a4; sw a2, 0(s1); addi s1, s1, 4`);
          results.push(Number(BigInt.asUintN(32, value(a, b))));
        }
      });
    });
    const data = `words: .word ${words.join(', ')}\nresults: .space ${4 * results.length}`;
    const run = segment(body.join('; '), data);
    assert.deepEqual(new Forgery(run).findings(), []);
    const stores = run.run.records.store_word;
    const stored = Array.from({ length: stores.nRows }, (_, k) => stores.data[k * stores.fields.length + 3]);
    assert.deepEqual(stored, results);
  });
});

describe('sub-word accesses', () => {
  const load = (op: string, offset: number): Segment =>
    segment(`la t0, cell; ${op} a2, ${offset}(t0)`, 'cell: .word 0x84838281');
  const store = (op: string, offset: number): Segment =>
    segment(`la t0, cell; li t1, 0x7654321; ${op} t1, ${offset}(t0); lw a2, 0(t0)`, 'cell: .word 0x84838281');

  it('the right lanes', () => {
    for (const [op, offset, value] of [
      ['lbu', 0, 0x81],
      ['lbu', 3, 0x84],
      ['lb', 1, 0xffffff82],
      ['lhu', 2, 0x8483],
      ['lh', 0, 0xffff8281],
    ] as const) {
      const f = new Forgery(load(op, offset));
      assert.equal(
        (f.get('image', A2, 'final_lo') + 65536 * f.get('image', A2, 'final_hi')) >>> 0,
        value,
        `${op} ${offset}`,
      );
    }
    for (const [op, offset, value] of [
      ['sb', 1, 0x84832181],
      ['sb', 2, 0x84218281],
      ['sh', 2, 0x43218281],
      ['sh', 0, 0x84834321],
    ] as const) {
      const f = new Forgery(store(op, offset));
      assert.equal(
        (f.get('image', A2, 'final_lo') + 65536 * f.get('image', A2, 'final_hi')) >>> 0,
        value,
        `${op} ${offset}`,
      );
    }
  });

  const loads = (s: Segment, result: number, cells: Readonly<Record<string, number>>): Forgery =>
    new Forgery(s).set('load_sub', 0, { result, ...cells }).set('image', A2, { final_lo: result });

  it('another lane of the word, or the whole limb', () => {
    refusedBy(loads(load('lbu', 0), 0x82, {}), 'result is the lane');
    const odd = loads(load('lbu', 0), 0x82, { odd: 1 });
    refusedBy(odd, 'rs1 + imm = address: low carry is a bit', 'rs1 + imm = address: high carry is a bit');
    refusedBy(loads(load('lbu', 0), 0x8281, { half: 1 }), 'program');
    refusedBy(loads(load('lhu', 0), 0x81, { half: 0 }), 'program');
  });

  it('the next word’s lane: odd and upper for a carry', () => {
    const s = load('lbu', 0);
    // offset 3 with a word address one quarter lower: word_lo - 3/4 mod p.
    const forged = new Forgery(s).set('load_sub', 0, { upper: 1, odd: 1, b0: 0x83, b1: 0x84, result: 0x84 });
    forged.add('load_sub', 0, { word_lo: -3 * inv(4) }).set('image', A2, { final_lo: 0x84 });
    assert.match(forged.recount().findings().join(), /relation range: \(16384, /);
  });

  it('bytes that are none', () => {
    refusedBy(loads(load('lbu', 0), 0x181, { b0: 0x181, b1: 0x81 }), 'range');
    refusedBy(loads(load('lbu', 1), 0x81, { b0: 0x181, b1: 0x81 }), 'range');
  });

  it('a store that changes the other bytes', () => {
    const set = (cells: Readonly<Record<string, number>>, lo: number, hi: number): Forgery => {
      const f = new Forgery(store('sb', 0)).set('store_sub', 0, { ...cells, next_lo: lo, next_hi: hi });
      f.set('load_word', 0, { mem_lo: lo, mem_hi: hi }).set('image', A2, { final_lo: lo, final_hi: hi });
      return f;
    };
    const names = (f: Forgery): string => f.recount().findings().join();
    assert.match(names(set({ limb: 0x2121 }, 0x2121, 0x8483)), /new limb/);
    assert.match(names(set({}, 0x8221, 0x1111)), /upper limb does not hold/);
    assert.match(names(set({}, 0x9921, 0x8483)), /lower limb does not hold/);
  });
});
