import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { blake3 } from '@noble/hashes/blake3.js';
import { buildProgram, CHIP_RECORDS, CHIPS, execute, loadElf, type Program } from '../../src/machine/index.ts';
import { assemble, haltingProgram } from './asm.ts';
import { frame, type QemuVector } from './qemu_harness.ts';
import { checkRecords, rowsOf } from './replay.ts';

const programOf = (source: string): Program => buildProgram(loadElf(assemble(source)));

test('records of random programs balance', () => {
  const text = readFileSync(new URL('vectors/random.json', import.meta.url), 'utf8');
  for (const { code, dumpBytes } of (JSON.parse(text) as QemuVector[]).slice(0, 40)) {
    const program = buildProgram(loadElf(frame(Buffer.from(code, 'base64'), dumpBytes, 'wisp')));
    checkRecords(program, execute(program, new Uint8Array(0), { checkJournal: false }));
  }
});

test('host calls record their accesses and do what they say', () => {
  const journal = new TextEncoder().encode('abc');
  const digest = Array.from(new Uint32Array(blake3(journal).slice().buffer));
  const program = programOf(`
    _start: li a7, 2; ecall; mv s0, a0
    li a7, 1; la a0, buffer; li a1, 6; ecall
    li a7, 1; la a0, buffer; li a1, 0; ecall
    li a7, 2; ecall; mv s1, a0
    li a7, 1; li a0, 0x50000; mv a1, s1; ecall
    li a7, 3; li a0, 3; la a1, letters; li a2, 3; ecall
    li a7, 3; li a0, 1; la a1, letters; addi a1, a1, 1; li a2, 2; ecall
    la t0, result; sw s0, 0(t0); sw s1, 4(t0)
    li a7, 0; li a0, 7; la a1, digest; ecall
    .data
    letters: .byte 97, 98, 99, 0
    result: .word 0, 0
    buffer: .word 0xffffffff, 0xffffffff, 0xffffffff
    digest: .word ${digest.join(', ')}`);
  const execution = execute(
    program,
    Uint8Array.from({ length: 11 }, (_, i) => i + 1),
  );
  checkRecords(program, execution);
  assert.equal(execution.exitCode, 7);
  assert.equal(execution.text, 'bc');
  assert.deepEqual(execution.journal, journal);
  assert.deepEqual(execution.digest, blake3(journal));
  assert.deepEqual(
    rowsOf(execution, 'read_word').map((r) => [r.wordaddr, r.remaining, r.newvalue, r.old]),
    [
      [0x2000c / 4, 2, 0x04030201, 0xffffffff],
      [0x20010 / 4, 1, 0x00000605, 0xffffffff],
      [0x50000 / 4, 2, 0x0a090807, 0],
      [0x50004 / 4, 1, 0x0000000b, 0],
    ],
  );
  assert.deepEqual(
    rowsOf(execution, 'input_length').map((r) => r.value),
    [11, 5],
  );
  assert.equal(execution.mix.ecall, 8);
});

test('cells that rest for long are refreshed', () => {
  const program = programOf(
    haltingProgram(
      `li s0, 10000
       li s1, 5
       la s2, cell
       lw s3, 0(s2)
       lw s4, 0x700(s2)
       loop: addi s0, s0, -1
       bnez s0, loop
       lw s5, 0(s2)
       sw s5, 0x700(s2)
       add s1, s1, s1`,
      'cell: .word 77',
    ),
  );
  const execution = execute(program, new Uint8Array(0));
  checkRecords(program, execution);
  const rows = rowsOf(execution, 'refresh');
  assert.ok(rows.some((r) => r.addr === 2 ** 30 + 9 && r.value === 5));
  assert.ok(rows.some((r) => r.value === 77));
  for (const r of rows) assert.ok(r.prev! < r.newclk!);
});

test('a gap of 65536 clocks needs no refresh, one more does', () => {
  // mv reads at clk and writes at clk + 2, so the next read is 4 * micro-ops - 2 later: 65534 or 65538.
  for (const [loops, expected] of [
    [8191, 0],
    [8192, 1],
  ] as const) {
    const program = programOf(
      haltingProgram(`li s0, ${loops}; nop; mv s1, s1; loop: addi s0, s0, -1; bnez s0, loop; mv s1, s1`),
    );
    const execution = execute(program, new Uint8Array(0));
    checkRecords(program, execution);
    assert.equal(rowsOf(execution, 'refresh').filter((r) => r.addr === 2 ** 30 + 9).length, expected, `${loops}`);
  }
});

test('row widths are the field counts; without records there are no rows', () => {
  const program = programOf(haltingProgram('li a0, 1'));
  const execution = execute(program, new Uint8Array(0), { records: false });
  for (const chip of CHIPS) {
    assert.equal(execution.records[chip].fields, CHIP_RECORDS[chip]);
    assert.equal(execution.records[chip].nRows, 0);
  }
});
