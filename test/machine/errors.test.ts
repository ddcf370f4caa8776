import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PRECOMPILES } from '../../src/core/precompiles.ts';
import { buildProgram, type ExecuteOptions, execute, loadElf, MachineError } from '../../src/machine/index.ts';
import { assemble, haltingProgram } from './asm.ts';

/** Runs a program that must stop with this code; returns the message. */
function stops(code: string, source: string, options: ExecuteOptions = {}, input = new Uint8Array(0)): string {
  const program = buildProgram(loadElf(assemble(source)));
  try {
    execute(program, input, options);
  } catch (e) {
    assert.ok(e instanceof MachineError, String(e));
    assert.equal(e.code, code, e.message);
    assert.ok(!e.message.includes('\n'));
    return e.message;
  }
  return assert.fail(`no ${code}`);
}

test('messages name pc, instruction and symbol', () => {
  assert.equal(
    stops('trap_misaligned', '_start: li t0, 0x20001; work: nop; lw a0, 4(t0)'),
    'misaligned address 0x20005 at pc 0x0001000c (lw a0, 4(t0)) in work+0x4',
  );
  assert.equal(stops('trap_ebreak', 'ebreak'), 'breakpoint at pc 0x00010000 (ebreak)');
  assert.equal(
    stops('trap_illegal', '.word 0xc00025f3'),
    'not an RV32IMAC instruction at pc 0x00010000 (encoding 0xc00025f3)',
  );
});

test('traps', () => {
  for (const [op, reg] of [
    ['lw', 2],
    ['lw', 1],
    ['lh', 1],
    ['lhu', 3],
    ['sw', 2],
    ['sh', 1],
    ['lr.w', 2],
    ['sc.w', 1],
    ['amoadd.w', 2],
    ['amomax.w', 3],
  ] as const) {
    const operands = op.startsWith('amo') || op === 'sc.w' ? 'a0, a1, (t0)' : op === 'lr.w' ? 'a0, (t0)' : 'a0, 0(t0)';
    stops('trap_misaligned', `li t0, ${0x30000 + reg}; ${op} ${operands}`);
  }
  stops('trap_illegal', '.half 0');
  stops('trap_code_end', 'nop');
  stops('trap_code_end', 'div a0, a1, a2');
  for (const access of ['lw a0, 0(t0)', 'sw a0, 0(t0)', 'lbu a0, -1(x0)', 'sb a0, 3(t0)']) {
    stops('trap_address', `li t0, 0xffff0000; ${access}`);
  }
  stops('trap_store_to_code', '_start: la t0, _start; sb x0, 11(t0); nop');
  stops('trap_store_to_code', '_start: la t0, _start; amoswap.w a0, a1, (t0)');
});

test('jumps to what is no instruction', () => {
  const message = stops('trap_jump', '_start: j 0x10002');
  assert.match(message, /^jump to what is no instruction at pc 0x00010000 \(jal zero, 0x10002\) in _start$/);
  stops('trap_jump', 'beqz x0, 0x10100');
  stops('trap_jump', 'li t0, 0x10003; jr t0');
  stops('trap_jump', 'li t0, 0x20000; jalr t0; .data; .word 0x13');
  stops('trap_jump', 'li t0, 0xfffffffe; jr t0');
  stops('trap_illegal', '_start: la t0, data; jr t0; data: .half 0');
  // An odd target loses its lowest bit; a branch that is not taken may lead anywhere.
  execute(
    buildProgram(loadElf(assemble(haltingProgram('la t0, go; jr 1(t0); go: bnez x0, 0x10002')))),
    new Uint8Array(0),
  );
});

test('host call errors', () => {
  const call = (a7: number, a0 = '0', a1 = '0', a2 = 0): string =>
    `li a7, ${a7}; li a0, ${a0}; li a1, ${a1}; li a2, ${a2}; ecall`;
  stops('unknown_host_call', call(93));
  stops('unknown_host_call', call(3, '6'));
  stops('trap_misaligned', call(0, '0', '0x20002'));
  stops('trap_address', call(0, '0', '0xfffeffe4'));
  stops('input_over_read', call(1, '0x20000', '5'), {}, new Uint8Array(4));
  stops('trap_misaligned', call(1, '0x20001', '4'), {}, new Uint8Array(4));
  stops('trap_store_to_code', call(1, '0xfffc', '8'), {}, new Uint8Array(8));
  stops('trap_address', call(1, '0xfffefffc', '5'), {}, new Uint8Array(8));
  stops('trap_address', call(3, '1', '0xfffe0000', 0x10001));
  stops('write_too_long', call(3, '3', '0', 2 ** 26 + 1));
  stops('journal_mismatch', call(0, '0', '0x20000'));
  assert.match(stops('journal_mismatch', `${call(3, '3', '0x20000', 5)}; li a7, 0; ecall`), /5 journal bytes/);
});

test('precompile errors', () => {
  for (const { number, words } of Object.values(PRECOMPILES)) {
    const call = (changed: number, pointer: number): string => {
      const at = words.map((_, k) => (k === changed ? pointer : 0x50000 + 0x1000 * k));
      return `li a7, ${number}; ${at.map((a, k) => `li a${k}, ${a}`).join('; ')}; ecall`;
    };
    words.forEach((count, k) => {
      for (const by of [1, 2, 3]) stops('trap_misaligned', call(k, 0x50000 + by));
      stops('trap_address', call(k, 0xffff0000 - 4 * count + 4));
      stops('trap_address', call(k, 0xffff0000));
      stops('trap_address', call(k, 0xfffffffc));
    });
    stops('trap_store_to_code', call(0, 0x10000));
  }
  // Operands of 0 are points whose sum is at infinity, and a modulus of 0.
  for (const number of [PRECOMPILES.secp256k1.number, PRECOMPILES.modmul.number]) {
    const calls = `li a0, 0x50000; li a1, 0x51000; li a2, 0x52000; li a3, 0x53000; li a7, ${number}; ecall`;
    assert.match(stops('bad_operand', calls), /at infinity|modulus is zero/);
    const filled = (at: number): string =>
      `li t0, ${at}; li t1, -1; ${[0, 4, 8, 12, 16, 20, 24, 28].map((i) => `sw t1, ${i}(t0)`).join('; ')}`;
    if (number === PRECOMPILES.secp256k1.number)
      for (const at of [0x50000, 0x50020, 0x51000, 0x51020])
        assert.match(stops('bad_operand', `${filled(at)}; ${calls}`), /a coordinate is not below the modulus/);
  }
  stops('unknown_host_call', 'li a7, 0xff; ecall');
  stops('unknown_host_call', 'li a7, 0x10100; ecall');
});

test('the instruction limit is exact', () => {
  const program = buildProgram(loadElf(assemble(haltingProgram('div t0, t1, t2'))));
  const { cycles, steps } = execute(program, new Uint8Array(0));
  assert.ok(steps > cycles);
  assert.equal(execute(program, new Uint8Array(0), { maxCycles: cycles }).cycles, cycles);
  assert.throws(() => execute(program, new Uint8Array(0), { maxCycles: cycles - 1 }), /limit of/);
  stops('limit_exceeded', 'loop: j loop', { maxCycles: 1000 });
});
