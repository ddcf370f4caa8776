// A short program with rows in every chip, refresh included.
import { blake3 } from '@noble/hashes/blake3.js';
import { field, type Rows, rowsOf, type Segment, segment, wholeProgram, withRows } from './harness.ts';

const JOURNAL = Uint8Array.from([0xc0, 0xff, 0xee, 0x01]);
const DIGEST = Array.from(new Uint32Array(blake3(JOURNAL).slice().buffer));

/** Each instruction's operands differ in both limbs, so that no limb is checked by accident. */
const SOURCE = `
  _start: li a7, 2; ecall; mv s0, a0
    li a7, 1; la a0, buffer; li a1, 7; ecall
    la s1, buffer; lw s2, 0(s1); lw s3, 4(s1)
    add t0, s2, s3; sub t1, s2, s3; xor t2, s2, s3; or t3, s2, s3; and t4, s2, s3
    xori t2, t2, -1366; ori t3, t3, 291; andi t4, t4, -241
    li t5, 5; sll t6, s2, t5; srl a2, s2, t5; li t5, 21; sll t6, s2, t5; srl a2, s2, t5
    slli a3, s2, 7; slli a3, s2, 19; srli a4, s2, 3; srli a4, s2, 30; sra a5, s3, t5
    slt a6, s2, s3; sltu a6, s3, s2; mul s4, s2, s3; mulhu s5, s2, s3
    divu s6, s2, s0; remu s7, s2, s0; div s8, s3, s0; divu s6, s2, x0
    li s9, 0x50000; sw s2, 0(s9); sb s3, 5(s9); sb s3, 6(s9); sh s3, 10(s9); sh s2, 8(s9)
    lbu s10, 3(s9); lbu s10, 2(s9); lhu s11, 2(s9); lh s11, 8(s9); amoadd.w s11, s0, s9
    beq s2, s3, fail; bne s2, s2, fail; beq s2, s2, on; j fail
  on: blt s2, s3, next; bge s2, s3, next
  next: bltu s3, s2, after; bgeu s3, s2, after
  after: la t0, there; jalr ra, 1(t0)
  fail: li a0, 1; ebreak
  there: auipc t1, 1; lui t2, 0xabcde; bne s2, s3, write
  write: li a7, 3; li a0, 3; la a1, journal; li a2, 4; ecall
    li a7, 0; li a0, 3; la a1, digest; ecall
  .data
  journal: .byte 0xc0, 0xff, 0xee, 0x01
  buffer: .word 0xdeadbeef, 0xcafebabe, 0x12345678
  digest: .word ${DIGEST.join(', ')}`;

/** Lets the longest-resting first operand of an addi pass through a refresh row, which any prover may add. */
const refreshed = (s: Segment): Segment => {
  const rows: Rows = rowsOf(s);
  const [clk, a, prev] = ['clk', 'a', 'prev1'].map((name) => field('addi', name)) as [number, number, number];
  const [idx, rs1] = [field('addi', 'idx'), s.tables.program[3] as Uint32Array];
  const row = (rows.addi as number[][]).reduce((x, y) =>
    (y[clk] as number) - (y[prev] as number) > (x[clk] as number) - (x[prev] as number) ? y : x,
  );
  const between = (row[prev] as number) + 1;
  rows.refresh = [[2 ** 30 + (rs1[row[idx] as number] as number), row[a] as number, row[prev] as number, between]];
  row[prev] = between;
  return withRows(s, rows);
};

let made: Segment | undefined;
export const everyChip = (): Segment => {
  made ??= refreshed(wholeProgram(SOURCE, Uint8Array.from([0x9d, 0x2c, 0x81, 0xe3, 0x57, 0x3a, 0xf4, 9, 9, 9, 9])));
  return made;
};

const LIMITS = [0, 1, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff, 0xdeadbeef];
const REG_OPS = ['add', 'sub', 'xor', 'or', 'and', 'sll', 'srl', 'slt', 'sltu', 'mul', 'mulhu', 'divu', 'remu'];
const IMM_OPS = ['addi a4, a2, -1', 'addi a4, a2, 2047', 'xori a4, a2, -256', 'slli a4, a2, 16', 'srli a4, a2, 31'];
const BRANCHES = ['beq', 'bne', 'blt', 'bge', 'bltu', 'bgeu'];

let limits: Segment | undefined;
/** Every op on pairs of operands at the limits of their ranges. */
export const limitOperands = (): Segment => {
  if (limits) return limits;
  const lines: string[] = ['la s0, words'];
  LIMITS.forEach((_, i) => {
    lines.push(`lw a2, ${4 * i}(s0)`, ...IMM_OPS);
    LIMITS.forEach((_, j) => {
      lines.push(`lw a3, ${4 * j}(s0)`, ...REG_OPS.map((op) => `${op} a4, a2, a3`));
      lines.push(...BRANCHES.map((op, k) => `${op} a2, a3, l${i}_${j}_${k}\nnop\nl${i}_${j}_${k}:`));
    });
    lines.push(
      `sb a2, ${4 * i + 1}(s0)`,
      `sh a2, ${4 * i + 2}(s0)`,
      `lbu a5, ${4 * i + 3}(s0)`,
      `lhu a5, ${4 * i}(s0)`,
    );
    lines.push(`li t0, ${0x4ffff + i}`, 'sw a2, 1(t0)'.replace('1(', `${1 - i}(`), `lw a3, ${1 - i}(t0)`);
  });
  limits = segment(lines.join('\n'), `words: .word ${LIMITS.join(', ')}`);
  return limits;
};
