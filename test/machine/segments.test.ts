import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  buildProgram,
  execute,
  loadElf,
  MachineError,
  type Program,
  recordSegment,
  startRun,
} from '../../src/machine/index.ts';
import { assemble, haltingProgram } from './asm.ts';
import { checkCells, checkConcatenation, segmentsOf } from './cut_checks.ts';

const programOf = (source: string): Program => buildProgram(loadElf(assemble(source)));
const guest = (name: string): Program =>
  buildProgram(loadElf(new Uint8Array(readFileSync(new URL(`../../guests/elf/${name}.elf`, import.meta.url)))));
const NONE = new Uint8Array(0);

function checkCuts(program: Program, input: Uint8Array, segmentSteps: number): number {
  const whole = execute(program, input);
  const run = startRun(program, input, { segmentSteps });
  const cuts = segmentsOf(run);
  const { records, finalClk, counts, ...outcome } = whole;
  assert.deepEqual(run.result, outcome);
  checkCells(program, run, cuts);
  const parts = cuts.map((cut) => recordSegment(program, input, cut));
  checkConcatenation(whole, cuts, parts);
  return cuts.length;
}

test('the segments of a run are the run, at every size', () => {
  const sha = guest('sha256');
  const input = Uint8Array.from({ length: 2000 }, (_, i) => i * 7);
  for (const size of [300, 4096, 20000, 2 ** 22]) {
    const n = checkCuts(sha, input, size);
    assert.equal(n === 1, size === 2 ** 22);
  }
  checkCuts(guest('sort'), new Uint8Array(Uint32Array.from([5, 3, 9, 1, 1, 7]).buffer), 97);
  checkCuts(guest('interpreter'), new TextEncoder().encode('3 4 + .'), 256);
});

const COUNTING = haltingProgram(
  'li s0, 50; la s1, cell; loop: lw s2, 0(s1); add s2, s2, s0; sw s2, 0(s1); addi s0, s0, -1; bnez s0, loop',
  'cell: .word 1000',
);

test('a run may touch more words than a growing array holds values', () => {
  const stores = Array.from({ length: 8 }, (_, i) => `sw t0, ${4 * i}(t0)`).join('; ');
  const program = programOf(
    haltingProgram(`li t0, 0x1000000; li t1, 0x5000000; loop: ${stores}; addi t0, t0, 32; bne t0, t1, loop`),
  );
  const run = startRun(program, NONE, { segmentSteps: 2 ** 22 });
  let words = 0;
  for (let cut = run.next(); cut !== undefined; cut = run.next()) words += cut.cells.address.length;
  assert.ok(words > 2 ** 24);
  const { nRows, data } = run.firstCells();
  assert.ok(nRows > 2 ** 24 && data.length === 7 * nRows);
  assert.deepEqual([...data.slice(-7, -1)], [0, 1, 0x1400000 - 1, 0, 0x1400000 - 1, 0x5000000 - 32]);
});

test('a segment holds at least one block, and at most its steps otherwise', () => {
  const program = programOf(COUNTING);
  for (const segmentSteps of [1, 4, 5, 6, 9, 10, 11, 1000]) {
    checkCuts(program, NONE, segmentSteps);
    const cuts = segmentsOf(startRun(program, NONE, { segmentSteps }));
    // The loop is a block of five micro-ops.
    for (const { steps } of cuts) assert.ok(steps <= Math.max(segmentSteps, 8));
    if (segmentSteps === 10) assert.ok(cuts.slice(1, -1).every(({ steps }) => steps === 10));
    if (segmentSteps === 1) assert.ok(cuts.length > 50);
  }
});

test('words that are read count as steps', () => {
  const program = programOf(
    haltingProgram('la a0, 0x50000; li a1, 400; li a7, 1; ecall; la a0, 0x50004; li a1, 398; ecall; nop; nop'),
  );
  const input = Uint8Array.from({ length: 798 }, (_, i) => i);
  for (const [segmentSteps, expected] of [
    [1, 6],
    [100, 5],
    [106, 3],
    [1000, 1],
  ] as const) {
    assert.equal(checkCuts(program, input, segmentSteps), expected, `${segmentSteps}`);
  }
  const inputs = segmentsOf(startRun(program, input, { segmentSteps: 100 })).map(({ inputAt }) => inputAt);
  assert.deepEqual(inputs, [0, 0, 400, 400, 798]);
});

test('an error is that of the whole run', () => {
  for (const body of [
    'li t0, 0x20001; nop; lw a0, 4(t0)',
    'ebreak',
    'j 0x10002',
    'li t0, 0x20002; jr t0',
    'la t0, stop; stop: sw t0, 0(t0)',
    'li a7, 9; ecall',
    'li a7, 1; li a0, 0x30000; li a1, 1; ecall',
    'li a7, 1; li a0, 0x30000; li a1, 0x40001; ecall',
    'loop: j loop',
  ]) {
    const program = programOf(haltingProgram(body));
    const error = (run: () => unknown): string => {
      try {
        run();
      } catch (e) {
        assert.ok(e instanceof MachineError);
        return `${e.code}: ${e.message}`;
      }
      return assert.fail(body);
    };
    const input = new Uint8Array(body.includes('0x40001') ? 0x40001 : 0);
    const expected = error(() => execute(program, input, { maxCycles: 1000 }));
    for (const segmentSteps of [1, 3, 10, 5000]) {
      assert.equal(
        error(() => segmentsOf(startRun(program, input, { segmentSteps, maxCycles: 1000 }))),
        expected,
      );
    }
  }
});

test('options out of range and questions out of turn', () => {
  const program = programOf(COUNTING);
  for (const segmentSteps of [0, -1, 1.5, 2 ** 24, Number.NaN]) {
    assert.throws(() => startRun(program, NONE, { segmentSteps }), RangeError);
  }
  const run = startRun(program, NONE, { segmentSteps: 100 });
  run.next();
  assert.throws(() => run.result, /not halted/);
  assert.throws(() => run.firstCells(), /not halted/);
});
