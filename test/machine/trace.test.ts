import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { CHIPS } from '../../src/core/isa.ts';
import { buildProgram, execute, loadElf, MachineError, type Program, startRun } from '../../src/machine/index.ts';
import { type CallNode, type Trace, trace } from '../../src/machine/trace.ts';
import { assemble, haltingProgram } from './asm.ts';

const MAX = { maxCycles: 2 ** 20 };
const assembled = (source: string): Program => buildProgram(loadElf(assemble(source)));
const none = new Uint8Array(0);

/** `a(cycles)[b(…)]` by call path. */
function show(program: Program, node: CallNode): string {
  const below = [...node.children.values()].map((child) => show(program, child));
  const name = program.elf.symbols[node.symbol]?.name ?? '?';
  return `${name}:${node.cycles}x${node.calls}${below.length > 0 ? `[${below.join(' ')}]` : ''}`;
}

const calls = (source: string): string => {
  const program = assembled(source);
  const { root, outcome } = trace(program, none, MAX);
  assert.ok(!(outcome instanceof Error), String(outcome));
  return [...root.children.values()].map((child) => show(program, child)).join(' ');
};

const text = (bytes: string): string => `.byte ${[...Buffer.from(bytes)].join(', ')}`;
const write = (fd: number, label: string, length: number): string =>
  `li a7, 3; li a0, ${fd}; la a1, ${label}; li a2, ${length}; ecall;`;

describe('trace', () => {
  it('tells calls, returns and tail calls', () => {
    const source = haltingProgram(
      `_start: call twice; call twice; j end
       twice: mv s0, ra; call leaf; mv ra, s0; j leaf; nop
       leaf: nop; ret
       end: nop`,
    );
    // la and li are one or two instructions; what matters is who is billed.
    assert.match(calls(source), /^_start:3x1\[twice:8x2\[leaf:4x2\] leaf:4x2\] end:\dx1$/);
  });

  it('keeps recursion in bounds', () => {
    const source = haltingProgram(
      `_start: li s1, 1000; li sp, 0x40000; call down; j end
       down: addi sp, sp, -4; sw ra, 0(sp); addi s1, s1, -1; beqz s1, up; call down
       up: lw ra, 0(sp); addi sp, sp, 4; ret
       end: nop`,
    );
    const program = assembled(source);
    const { root } = trace(program, none, MAX);
    const depth = (node: CallNode): number => 1 + Math.max(0, ...[...node.children.values()].map(depth));
    assert.ok(depth(root) <= 260);
  });

  it('adds up to the run', () => {
    for (const [name, input] of [
      ['fibonacci', Uint8Array.of(20, 0, 0, 0)],
      ['sort', new Uint8Array(Uint32Array.from({ length: 300 }, (_, i) => (i * 2654435761) >>> 0).buffer)],
      ['sha256', new Uint8Array(200)],
      ['isa_check', none],
    ] as const) {
      const program = buildProgram(loadElf(readFileSync(new URL(`../../guests/elf/${name}.elf`, import.meta.url))));
      const run = execute(program, input);
      const traced = trace(program, input, { ...MAX, widthOf: (chip) => 1 + CHIPS.indexOf(chip) });
      assert.ok(!(traced.outcome instanceof Error));
      assert.deepEqual(traced.outcome.journal, run.journal);
      for (const chip of CHIPS) assert.equal(traced.rows[chip], run.records[chip].nRows, `${name} ${chip}`);
      const sum = (node: CallNode, of: 'cycles' | 'rows' | 'cells'): number =>
        [...node.children.values()].reduce((n, child) => n + sum(child, of), node[of]);
      assert.equal(sum(traced.root, 'cycles'), run.cycles);
      // Rows of first and last values belong to no function.
      const finals = traced.rows.image + traced.rows.zero_init;
      const all = CHIPS.reduce((n, chip) => n + traced.rows[chip], 0);
      assert.equal(sum(traced.root, 'rows'), all - finals);
      assert.deepEqual(Uint32Array.from(traced.counts), run.counts);
    }
  });

  it('measures marked stretches', () => {
    const body = `${write(5, 'begin', 3)} nop; nop; ${write(5, 'stop', 3)} ${write(5, 'stop', 3)} ${write(5, 'begin', 3)}`;
    const program = assembled(haltingProgram(body, `begin: ${text('+ab')}\nstop: ${text('-ab')}`));
    const { marks, outcome } = trace(program, none, MAX);
    assert.ok(!(outcome instanceof Error));
    assert.equal(outcome.text, '');
    assert.equal(marks.length, 1);
    const [mark] = marks;
    assert.equal(mark?.name, 'ab');
    assert.equal(mark?.count, 2);
    assert.ok((mark?.cycles ?? 0) > 8 && (mark?.cycles ?? 0) < 30);
  });
});

describe('a run that fails', () => {
  const framesOf = (program: Program, { stack }: Trace): (string | undefined)[] =>
    stack.map(({ symbol }) => program.elf.symbols[symbol]?.name);

  it('names the calls that led there', () => {
    const source = `_start: call outer; nop
      outer: mv s0, ra; call inner; nop
      inner: ebreak`;
    const program = assembled(source);
    const traced = trace(program, none, MAX);
    assert.ok(traced.outcome instanceof MachineError && traced.outcome.code === 'trap_ebreak');
    assert.deepEqual(framesOf(program, traced), ['inner', 'outer', '_start']);
  });

  it('by giving up is refused, with the message of the program', () => {
    const message = 'panicked at a.rs:1:2:\nno\u0007way';
    const bytes = Buffer.from(message);
    const source = haltingProgram(
      `_start: call check; j end
       check: ${write(1, 'hello', 2)} ${write(4, 'why', 10)} ${write(4, 'why2', bytes.length - 10)} ret
       end: nop`,
      `hello: ${text('hi')}\nwhy: .byte ${[...bytes.subarray(0, 10)].join(', ')}\nwhy2: .byte ${[...bytes.subarray(10)].join(', ')}`,
    );
    const program = assembled(source);
    const refused = (run: () => unknown): void =>
      assert.throws(run, (error) => {
        assert.ok(error instanceof MachineError);
        assert.equal(error.code, 'guest_panic');
        assert.equal(error.message, 'panicked at a.rs:1:2: no way');
        return true;
      });
    refused(() => execute(program, none));
    refused(() => {
      const run = startRun(program, none, { segmentSteps: 8 });
      while (run.next() !== undefined);
    });
    const traced = trace(program, none, MAX);
    assert.deepEqual(framesOf(program, traced), ['check', '_start']);
    assert.equal(traced.text, 'hi');
  });
});
