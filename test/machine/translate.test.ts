// The translated machine against the interpreter: everything that either leaves must be the same.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  buildProgram,
  type ExecuteOptions,
  execute,
  loadElf,
  MachineError,
  type Program,
  recordSegment,
  type SegmentCut,
  startRun,
} from '../../src/machine/index.ts';
import { assemble, haltingProgram } from './asm.ts';
import { checkCells, segmentsOf } from './cut_checks.ts';
import { frame, type QemuVector } from './qemu_harness.ts';
import { RANDOM_INPUT, randomOf, randomProgram } from './random_programs.ts';

const NONE = new Uint8Array(0);
const programOf = (source: string): Program => buildProgram(loadElf(assemble(source)));
const guest = (name: string): Program =>
  buildProgram(loadElf(new Uint8Array(readFileSync(new URL(`../../guests/elf/${name}.elf`, import.meta.url)))));
const bytesOf = (...words: number[]): Uint8Array => new Uint8Array(Uint32Array.from(words).buffer);

/** What a run leaves: its result, or its error. */
function outcome<T>(run: () => T): T | string {
  try {
    return run();
  } catch (e) {
    if (e instanceof MachineError) return `${e.code}: ${e.message}`;
    throw e;
  }
}

function checkWhole(program: Program, input: Uint8Array, options: ExecuteOptions = {}): void {
  for (const records of [true, false]) {
    const [expected, actual] = (['interpreter', 'translated'] as const).map((engine) =>
      outcome(() => execute(program, input, { ...options, records, engine })),
    );
    assert.deepEqual(actual, expected);
  }
}

function checkCut(program: Program, input: Uint8Array, segmentSteps: number, options: ExecuteOptions = {}): void {
  const runs: SegmentCut[][] = [];
  const [expected, actual] = (['interpreter', 'translated'] as const).map((engine) =>
    outcome(() => {
      const run = startRun(program, input, { ...options, segmentSteps, engine });
      const cuts = segmentsOf(run);
      runs.push(cuts);
      if (engine === 'translated') checkCells(program, run, cuts);
      return { cuts, result: run.result, first: run.firstCells() };
    }),
  );
  assert.deepEqual(actual, expected);
  for (const cut of runs[0] ?? []) {
    assert.deepEqual(
      recordSegment(program, input, cut, { engine: 'translated' }),
      recordSegment(program, input, cut, { engine: 'interpreter' }),
    );
  }
}

const GUESTS: readonly (readonly [string, Uint8Array])[] = [
  ['fibonacci', bytesOf(47)],
  ['sha256', Uint8Array.from({ length: 3000 }, (_, i) => i * 7)],
  ['keccak256', Uint8Array.from({ length: 1500 }, (_, i) => i * 11)],
  ['sort', bytesOf(...Array.from({ length: 700 }, (_, i) => Math.imul(i, 0x9e3779b1)))],
  ['sieve', bytesOf(20000)],
  ['interpreter', new TextEncoder().encode('++++++[>++++++++<-]>.+.')],
  ['rust_json', new TextEncoder().encode('{"a": [1, 2.5, "x"], "b": null}')],
  ['isa_check', NONE],
  ['lib_check', Uint8Array.from({ length: 500 }, (_, i) => i)],
];

for (const [name, input] of GUESTS) {
  test(`guest ${name}`, () => {
    const program = guest(name);
    checkWhole(program, input);
    const { steps } = execute(program, input, { records: false, checkJournal: false });
    for (const segmentSteps of [Math.ceil(steps / 3), Math.ceil(steps / 17)]) checkCut(program, input, segmentSteps);
  });
}

test('programs of the QEMU vectors', () => {
  const text = readFileSync(new URL('vectors/random.json', import.meta.url), 'utf8');
  const vectors = JSON.parse(text) as QemuVector[];
  for (const { code, dumpBytes } of vectors.filter((_, i) => i % 6 === 0)) {
    const program = buildProgram(loadElf(frame(Buffer.from(code, 'base64'), dumpBytes, 'wisp')));
    checkWhole(program, NONE, { checkJournal: false });
  }
});

test('random programs, whole and in segments of many sizes', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = randomOf(seed);
    const program = buildProgram(loadElf(randomProgram(seed)));
    try {
      checkWhole(program, RANDOM_INPUT, { checkJournal: false });
      if (seed % 3 !== 0) continue;
      const { steps } = execute(program, RANDOM_INPUT, { records: false, checkJournal: false });
      checkCut(program, RANDOM_INPUT, 1 + random(seed % 2 ? steps : 50) + Math.ceil(steps / 15), {
        checkJournal: false,
      });
    } catch (e) {
      throw new Error(`seed ${seed}`, { cause: e });
    }
  }
});

test('limits bind at the same instruction, wherever it lies in a block', () => {
  const program = programOf(
    haltingProgram('li t0, 9; loop: div t1, t2, t3; addi t0, t0, -1; bnez t0, loop; sra t4, t5, t6'),
  );
  const { cycles } = execute(program, NONE, { engine: 'interpreter' });
  for (let maxCycles = 0; maxCycles <= cycles + 1; maxCycles++) {
    checkWhole(program, NONE, { maxCycles });
    checkCut(program, NONE, 7, { maxCycles });
  }
});

const TRAPS = [
  'li t0, 0x20001; nop; lw a0, 4(t0)',
  'li t0, 0x20001; lh a0, 0(t0)',
  'li t0, 0x20003; lhu a0, 0(t0)',
  'li t0, 0x20002; lw a0, 0(t0)',
  'li t0, 0x20003; sw a0, 0(t0)',
  'li t0, 0x20001; sh a0, 0(t0)',
  'li t0, 0x20000; sw a0, 0(t0); sw a0, 4(t0); lw a0, 1(t0)',
  'li t0, 0x20000; sw a0, 0(t0); sw a0, 4(t0); lw a0, 2(t0)',
  'li t0, 0x20000; sw a0, 0(t0); sw a0, 4(t0); sw a0, 3(t0)',
  'li t0, 0x20000; sw a0, 0(t0); sw a0, 4(t0); sh a0, 3(t0)',
  // The last word of a page of guest memory, and the first of the next.
  'li t0, 0x33ffc; li t1, -1; sw t1, 0(t0); sw t1, 4(t0); lw a0, 0(t0); lw a0, 3(t0)',
  'li t0, 0x33ffc; li t1, -1; sw t1, 0(t0); sw t1, 4(t0); sw t1, 1(t0)',
  'li t0, 0xfffefffc; sw t0, 0(t0); lw a0, 0(t0); lw a0, 4(t0)',
  'li t0, 0xfffeffff; sb t0, 0(t0); lbu a0, 0(t0); sb a0, 1(t0)',
  'lbu a0, -1(x0)',
  'lw a0, 0(x0); lw a0, -4(x0)',
  'li t0, 0xffff0000; lw a0, 0(t0)',
  '.half 0',
  'ebreak',
  '.word 0xc00025f3',
  'j 0x10002',
  'beqz x0, 0x10100',
  'nop; nop; bnez sp, 0x10100; j 0x90000',
  'li t0, 0x10003; jr t0',
  'li t0, 0xfffffffe; jr t0',
  'la t0, spot; spot: nop; jr 2(t0)',
  'la t0, stop; stop: sw t0, 0(t0)',
  'la t0, stop; lw a0, 0(t0); stop: sb t0, -1(t0)',
  'la t0, stop; lw a0, 0(t0); stop: amoadd.w t0, t0, (t0)',
  'li a7, 9; ecall',
  'li a7, 3; li a0, 6; ecall',
  'li a7, 1; li a0, 0x30000; li a1, 1; ecall',
  'li a7, 0; li a1, 0x20002; ecall',
  'loop: j loop',
  'loop: addi a0, a0, 1; j loop',
] as const;

test('traps are the same, in whole runs and in segments', () => {
  for (const body of TRAPS) {
    const program = programOf(haltingProgram(body));
    checkWhole(program, NONE, { maxCycles: 5000 });
    for (const segmentSteps of [1, 2, 3, 1000]) checkCut(program, NONE, segmentSteps, { maxCycles: 500 });
  }
});

test('a run touches a bounded amount of memory', () => {
  const program = programOf(
    haltingProgram('li t0, 0x20000; li t1, 0x4000; loop: sw t0, 0(t0); add t0, t0, t1; j loop'),
  );
  for (const engine of ['interpreter', 'translated'] as const) {
    const message = outcome(() => execute(program, NONE, { engine, records: false }));
    assert.equal(message, 'limit_exceeded: limit of 512 MiB of memory reached at pc 0x00010008 (sw t0, 0(t0)) in loop');
  }
});

test('code that is large, and jumps across all of it', () => {
  const random = randomOf(7);
  // Functions of some lines each that call others further on, and a table of them all.
  const n = 1200;
  const functions = Array.from({ length: n }, (_, i) => {
    const callee = i + 1 + random(n - i);
    const call =
      callee < n && random(3) === 0
        ? `addi sp, sp, -4; sw ra, 0(sp); call f${callee}; lw ra, 0(sp); addi sp, sp, 4`
        : '';
    return `f${i}: addi s${random(4)}, s${random(4)}, ${i}; mul s4, s0, s1; ${call}; xor s5, s4, s2; sw s5, ${4 * random(16)}(s11); ret`;
  });
  const program = programOf(
    haltingProgram(
      `_start: li sp, 0x200000; li s11, 0x300000; la s6, table; li s7, ${n}
       loop: lw t0, 0(s6); jalr t0; addi s6, s6, 4; addi s7, s7, -1; bnez s7, loop; j over
       ${functions.join('\n')}
       over: nop`,
      `table: .word ${Array.from({ length: n }, (_, i) => `f${i}`).join(', ')}`,
    ),
  );
  assert.ok(program.length > 7000);
  checkWhole(program, NONE);
  checkCut(program, NONE, 2000);
});

test('a run that touches many pages', () => {
  const program = programOf(
    haltingProgram(
      'li t0, 0x100000; li t1, 0x4324; li t2, 500; loop: sw t2, 0(t0); add t0, t0, t1; lw t3, 0(t0); addi t2, t2, -1; bnez t2, loop',
    ),
  );
  checkWhole(program, NONE);
  checkCut(program, NONE, 800);
});
