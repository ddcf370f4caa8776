// The corner cases of each instruction, by the manual's text. All operand pairs are compared with QEMU in qemu.test.ts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildProgram, execute, loadElf } from '../../src/machine/index.ts';
import { assemble } from './asm.ts';

const MIN = 0x80000000;
const ALL = 0xffffffff;

type Case = readonly [text: string, s: number, t: number, expected: number];

/** Runs each text with s0 = s, s1 = t, and the cell at s2 = s; its result is s3. */
function check(cases: readonly Case[]): void {
  const body = cases.map(
    ([text, s, t]) => `li s0, ${s}; li s1, ${t}; sw s0, 0(s2); mv s3, s0; ${text}; sw s3, 0(s4); addi s4, s4, 4`,
  );
  const source = `
    la s2, cell; li s4, 0x60000
    ${body.join('\n')}
    li a7, 3; li a0, 3; li a1, 0x60000; li a2, ${4 * cases.length}; ecall
    li a7, 0; li a0, 0; ecall
    .data
    cell: .word 0, 0`;
  const { journal } = execute(buildProgram(loadElf(assemble(source))), new Uint8Array(0), { checkJournal: false });
  const results = new Uint32Array(journal.slice().buffer);
  for (const [i, [text, s, t, expected]] of cases.entries()) {
    assert.equal(results[i], expected >>> 0, `${text} with 0x${s.toString(16)}, 0x${t.toString(16)}`);
  }
}

const op = (m: string, s: number, t: number, expected: number): Case => [`${m} s3, s0, s1`, s, t, expected];
const imm = (m: string, s: number, i: number, expected: number): Case => [`${m} s3, s0, ${i}`, s, 0, expected];

test('arithmetic wraps', () => {
  check([
    op('add', ALL, 1, 0),
    op('add', MIN, MIN, 0),
    op('sub', 0, 1, ALL),
    op('sub', MIN, 1, 0x7fffffff),
    imm('addi', 0, -1, ALL),
    imm('addi', ALL, 1, 0),
    imm('addi', 5, -2048, 5 - 2048),
    ['lui s3, 0xfffff', 0, 0, 0xfffff000],
    ['auipc t0, 0; auipc s3, 1; sub s3, s3, t0', 0, 0, 0x1004],
  ]);
});

test('comparisons take the right sign', () => {
  check([
    op('slt', MIN, 0, 1),
    op('slt', 0, MIN, 0),
    op('slt', ALL, 0, 1),
    op('sltu', MIN, 0, 0),
    op('sltu', 0, MIN, 1),
    op('sltu', ALL, ALL, 0),
    imm('slti', ALL, 0, 1),
    imm('slti', 0, -1, 0),
    imm('sltiu', 5, -1, 1),
    imm('sltiu', ALL, -1, 0),
    imm('sltiu', 0, 1, 1),
    imm('sltiu', 0, 0, 0),
  ]);
});

test('bitwise immediates are sign-extended', () => {
  check([
    imm('xori', 0x0f0f0f0f, -1, 0xf0f0f0f0),
    imm('ori', 0x12345678, -2048, 0xfffffe78),
    imm('andi', 0x12345678, -256, 0x12345600),
    imm('andi', ALL, 0x7ff, 0x7ff),
    op('xor', 0xff00ff00, 0x0ff00ff0, 0xf0f0f0f0),
    op('or', 0xff000000, 0x000000ff, 0xff0000ff),
    op('and', 0xff00ff00, 0x0ff00ff0, 0x0f000f00),
  ]);
});

test('shift amounts are taken modulo 32', () => {
  check([
    op('sll', 1, 31, MIN),
    op('sll', 1, 32, 1),
    op('sll', 1, ALL, MIN),
    op('srl', MIN, 31, 1),
    op('srl', ALL, 33, 0x7fffffff),
    op('sra', MIN, 31, ALL),
    op('sra', MIN, 32, MIN),
    op('sra', 0x7fffffff, 30, 1),
    imm('slli', 3, 31, MIN),
    imm('srli', MIN, 31, 1),
    imm('srai', MIN, 31, ALL),
    imm('srai', MIN, 4, 0xf8000000),
    imm('srai', 0x7fffffff, 31, 0),
    imm('srai', ALL, 0, ALL),
  ]);
});

test('products', () => {
  check([
    op('mul', ALL, ALL, 1),
    op('mul', MIN, 2, 0),
    op('mulh', ALL, ALL, 0),
    op('mulh', MIN, MIN, 0x40000000),
    op('mulh', MIN, 1, ALL),
    op('mulhsu', ALL, ALL, ALL),
    op('mulhsu', MIN, ALL, 0x80000000),
    op('mulhsu', 1, ALL, 0),
    op('mulhu', ALL, ALL, 0xfffffffe),
    op('mulhu', MIN, 2, 1),
  ]);
});

test('division by zero, overflow and signs', () => {
  check([
    op('div', 7, 0, ALL),
    op('div', -7, 0, ALL),
    op('divu', 7, 0, ALL),
    op('rem', -7, 0, -7),
    op('remu', 0xfffffff9, 0, 0xfffffff9),
    op('div', MIN, ALL, MIN),
    op('rem', MIN, ALL, 0),
    op('div', -7, 2, -3),
    op('rem', -7, 2, -1),
    op('div', 7, -2, -3),
    op('rem', 7, -2, 1),
    op('div', -7, -2, 3),
    op('rem', -7, -2, -1),
    op('div', 0, 0, ALL),
    op('rem', 0, 0, 0),
    op('divu', MIN, ALL, 0),
    op('remu', MIN, ALL, MIN),
    op('div', MIN, MIN, 1),
  ]);
});

test('loads extend, stores keep the other bytes', () => {
  const load = (m: string, at: number, expected: number): Case => [`${m} s3, ${at}(s2)`, 0x807fff01, 0, expected];
  const store = (m: string, at: number, expected: number): Case => [
    `${m} s1, ${at}(s2); lw s3, 0(s2)`,
    0x11223344,
    0xaabbccdd,
    expected,
  ];
  check([
    load('lb', 0, 1),
    load('lb', 1, ALL),
    load('lb', 2, 0x7f),
    load('lb', 3, 0xffffff80),
    load('lbu', 1, 0xff),
    load('lbu', 3, 0x80),
    load('lh', 0, 0xffffff01),
    load('lh', 2, 0xffff807f),
    load('lhu', 0, 0xff01),
    load('lhu', 2, 0x807f),
    load('lw', 0, 0x807fff01),
    store('sb', 0, 0x112233dd),
    store('sb', 1, 0x1122dd44),
    store('sb', 2, 0x11dd3344),
    store('sb', 3, 0xdd223344),
    store('sh', 0, 0x1122ccdd),
    store('sh', 2, 0xccdd3344),
    store('sw', 0, 0xaabbccdd),
    ['mv s3, s2; lw s3, 0(s3)', 99, 0, 99],
  ]);
});

test('x0 reads zero and cannot be written; one register may be all operands', () => {
  check([
    ['add x0, s0, s1; mv s3, x0', 5, 6, 0],
    ['lw x0, 0(s2); mv s3, x0', 5, 6, 0],
    ['li x0, 5; add s3, x0, x0', 5, 6, 0],
    ['amoadd.w x0, s1, (s2); lw s3, 0(s2)', 5, 6, 11],
    ['jal x0, over; over: mv s3, x0', 5, 6, 0],
    ['mul s3, s3, s3', 7, 0, 49],
    ['sub s3, s3, s3', 7, 0, 0],
    ['div s3, s3, s3', -7, 0, 1],
    ['mulh s3, s3, s3', MIN, 0, 0x40000000],
    ['sra s3, s3, s3', 0x80000004, 0, 0xf8000000],
  ]);
});

test('atomics return the old word and store the new one', () => {
  const amo = (m: string, s: number, t: number, stored: number): Case[] => [
    [`${m} s3, s1, (s2)`, s, t, s],
    [`${m} s3, s1, (s2); lw s3, 0(s2)`, s, t, stored],
    [`${m} s1, s1, (s2); mv s3, s1`, s, t, s],
    [`mv s3, s2; ${m} s3, s1, (s3)`, s, t, s],
  ];
  check([
    ...amo('amoswap.w', 1, 2, 2),
    ...amo('amoadd.w', ALL, 2, 1),
    ...amo('amoxor.w', 0xff, 0x0f, 0xf0),
    ...amo('amoand.w', 0xff, 0x0f, 0x0f),
    ...amo('amoor.w', 0xf0, 0x0f, 0xff),
    ...amo('amomin.w', 1, ALL, ALL),
    ...amo('amomin.w', ALL, 1, ALL),
    ...amo('amomax.w', 1, ALL, 1),
    ...amo('amomax.w', ALL, 1, 1),
    ...amo('amominu.w', 1, ALL, 1),
    ...amo('amominu.w', ALL, 1, 1),
    ...amo('amomaxu.w', 1, ALL, ALL),
    ...amo('amomaxu.w', ALL, 1, ALL),
    ['lr.w t0, (s2); sc.w s3, s1, (s2)', 1, 2, 0],
    ['lr.w t0, (s2); sc.w t1, s1, (s2); lw s3, 0(s2)', 1, 2, 2],
    ['lr.w s3, (s2)', 1, 2, 1],
    ['sc.w s3, s1, (s2)', 1, 2, 0], // the reservation of the case before
    ['sc.w s3, s1, (s2)', 1, 2, 1],
    ['sc.w t0, s1, (s2); lw s3, 0(s2)', 1, 2, 1],
    ['lr.w t0, (s2); addi t1, s2, 4; sc.w s3, s1, (t1)', 1, 2, 1],
  ]);
});

test('jumps link and branch both ways', () => {
  const branch = (m: string, s: number, t: number, is: boolean): Case => [
    `li s3, 1; ${m} s0, s1, b${m}${s}_${t}; li s3, 0; b${m}${s}_${t}:`,
    s,
    t,
    Number(is),
  ];
  check([
    ...[[MIN, 1] as const, [1, MIN] as const, [ALL, ALL] as const].flatMap(([s, t]) => [
      branch('beq', s, t, s === t),
      branch('bne', s, t, s !== t),
      branch('blt', s, t, (s | 0) < (t | 0)),
      branch('bge', s, t, (s | 0) >= (t | 0)),
      branch('bltu', s, t, s < t),
      branch('bgeu', s, t, s >= t),
    ]),
    ['jal s3, j1; j1: la t0, j1; sub s3, s3, t0', 0, 0, 0],
    ['la s3, j2; jalr s3, 1(s3); j2: la t0, j2; sub s3, s3, t0', 0, 0, 0],
    ['li t1, 0; back: addi t1, t1, 1; blt t1, s0, back; mv s3, t1', 10, 0, 10],
  ]);
});
