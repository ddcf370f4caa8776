// Honest runs satisfy every constraint of every row, and balance every relation.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseTables } from '../../src/air/table_choice.ts';
import { findings, guest, RECORDED_CHIPS, type Segment, segment } from './harness.ts';
import { everyChip } from './programs.ts';

const bytes = (...words: number[]): Uint8Array => new Uint8Array(Uint32Array.from(words).buffer);
const text = (s: string): Uint8Array => new Uint8Array(Buffer.from(s));
const digits = (s: string): Uint8Array => Uint8Array.from(s, Number);
const PUZZLE = '530070000600195000098000060800060003400803001700020006060000280000419005000080079';
const SOLUTION = '534678912672195348198342567859761423426853791713924856961537284287419635345286179';
const clean = (s: Segment): void => assert.deepEqual(findings(s), []);

test('the program of the other tests has rows in every chip and is clean', () => {
  const s = everyChip();
  const missing = RECORDED_CHIPS.filter((chip) => (s.input.records.get(chip)?.nRows ?? 0) === 0);
  assert.deepEqual(missing, []);
  clean(s);
});

for (const [name, input] of [
  ['fibonacci', bytes(20)],
  ['sha256', text('abc')],
  ['keccak256', text('')],
  ['sha256_chip', text('abc')],
  ['keccak256_chip', text('')],
  ['sort', bytes(7, 2, 0xffffffff, 0x80000000, 7)],
  ['sieve', bytes(30)],
  ['interpreter', text('1 2 + . 7 -3 % .')],
  ['rust_json', text('[{"account":"bo","amount":-3},{"account":"anna","amount":12}]')],
  ['merkle_path', bytes(1, 0, 0, 0, 0, 0)],
  ['sudoku', digits(`${PUZZLE}${SOLUTION}`)],
  ['benchmix', bytes(1)],
  ['isa_check', bytes()],
] as const) {
  test(`guest ${name}`, () => clean(guest(name, input, chooseTables)));
}

// Three quarters of a million instructions.
test('guest lib_check', { skip: process.env.WISP_LONG !== '1' }, () => clean(guest('lib_check', text('to be copied'))));

test('cells that rest for long', () => {
  clean(
    segment(
      'li s0, 8300; li s1, 5; la s2, c; lw s3, 0(s2); l: addi s0, s0, -1; bnez s0, l; lw s3, 0(s2)',
      'c: .word 7',
    ),
  );
});

test('operands at the limits of their ranges', () => {
  const words = [0, 1, 0xff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffff0000, 0xffffffff];
  const ops = [
    'add',
    'sub',
    'slt',
    'sltu',
    'mul',
    'mulhu',
    'mulh',
    'mulhsu',
    'div',
    'rem',
    'divu',
    'remu',
    'sra',
    'xor',
  ];
  const load = (i: number, register: string): string => `lw ${register}, ${4 * i}(s0)`;
  const body = words
    .flatMap((_, i) =>
      words.map((_, j) => `${load(i, 'a2')}; ${load(j, 'a3')}; ${ops.map((op) => `${op} a4, a2, a3`).join('; ')}`),
    )
    .join('; ');
  clean(segment(`la s0, words; ${body}`, `words: .word ${words.join(', ')}`));
});

test('memory up to the last usable word', () => {
  clean(segment('li t0, 0xfffefffc; sw t0, 0(t0); lw t1, 0(t0); sw t1, 0(x0); lbu t2, 3(t0)'));
  const read = 'li a7, 1; li a0, 0xfffefff8; li a1, 8; ecall; li a7, 1; li a0, 16; li a1, 0; ecall';
  clean(segment(read, '', bytes(1, 2)));
});
