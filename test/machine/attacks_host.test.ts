// Programs that mean harm to the host: empty ranges at the end of memory, operands across page bounds, endless output.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { blake3 } from '@noble/hashes/blake3.js';
import { ADDRESS_LIMIT } from '../../src/core/isa.ts';
import { PRECOMPILES } from '../../src/core/precompiles.ts';
import { buildProgram, execute, loadElf, MachineError, type Program } from '../../src/machine/index.ts';
import { PAGE_SHIFT } from '../../src/machine/memory.ts';
import { checkedWord, createState, MAX_PAGES } from '../../src/machine/state.ts';
import { assemble, haltingProgram } from './asm.ts';

const NONE = new Uint8Array(0);
const programOf = (source: string): Program => buildProgram(loadElf(assemble(source)));
const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'ok';
  } catch (e) {
    assert.ok(e instanceof MachineError, String(e));
    return e.code;
  }
};
const codeOfBody = (body: string, input = NONE): string =>
  codeOf(() => execute(programOf(haltingProgram(body)), input, { checkJournal: false }));

describe('the end of memory', () => {
  it('is no pointer, whatever the length', () => {
    for (const [pointer, length, code] of [
      [ADDRESS_LIMIT, 0, 'trap_address'],
      [ADDRESS_LIMIT, 4, 'trap_address'],
      [ADDRESS_LIMIT - 4, 8, 'trap_address'],
      [0xfffffffc, 0, 'trap_address'],
      [0xfffffffc, 8, 'trap_address'],
      [ADDRESS_LIMIT - 4, 0, 'ok'],
      [ADDRESS_LIMIT - 4, 4, 'ok'],
      [ADDRESS_LIMIT - 2, 0, 'trap_misaligned'],
    ] as const) {
      assert.equal(codeOfBody(`li a0, ${pointer}; li a1, ${length}; li a7, 1; ecall`, new Uint8Array(8)), code);
      const write = `li a0, 3; li a1, ${pointer}; li a2, ${length}; li a7, 3; ecall`;
      assert.equal(codeOfBody(write), code === 'trap_misaligned' ? 'ok' : code, `${pointer} ${length}`);
    }
  });

  for (const [name, { number, words }] of Object.entries(PRECOMPILES)) {
    it(`${name}: every pointer must leave room, be aligned, and may not wrap`, () => {
      words.forEach((least, k) => {
        // Lengths that a register gives are 0 here.
        const count = Math.max(least, 1);
        for (const [pointer, code] of [
          [ADDRESS_LIMIT - 4 * count + 4, 'trap_address'],
          [0xfffffffc, 'trap_address'],
          [2 ** 32 - 4 * count, 'trap_address'],
          [0x30002, 'trap_misaligned'],
          [ADDRESS_LIMIT + 2, 'trap_address'],
        ] as const) {
          const load = words.map((_, i) => `li a${i}, ${i === k ? pointer : words[i] === 0 ? 0 : 0x30000}`).join('; ');
          assert.equal(codeOfBody(`${load}; li a7, ${number}; ecall`), code, `a${k} ${pointer}`);
        }
      });
    });
  }

  it('a call that would write to code, and lengths of reads that wrap', () => {
    assert.equal(codeOfBody('here: la a0, here; li a7, 0x102; ecall'), 'trap_store_to_code');
    for (const length of [0xffffffff, 0xfffffffd, 0x80000000])
      assert.equal(codeOfBody(`li a0, 0x30000; li a1, ${length}; li a7, 1; ecall`), 'input_over_read');
  });
});

describe('the limit of memory', () => {
  it('holds for every page of a range, not for the first only', () => {
    const state = createState(programOf(haltingProgram('')), NONE, { recording: true, maxCycles: 1 });
    const size = 4 << PAGE_SHIFT;
    state.memory.index[5] = 1;
    state.memory.index[6] = 1;
    assert.equal(checkedWord(state, 8 * size, 4, 4, 0), (8 * size) / 4);
    state.memory.touched.length = MAX_PAGES;
    assert.equal(
      codeOf(() => checkedWord(state, 5 * size, 2 * size, 4, 0)),
      'ok',
    );
    assert.equal(
      codeOf(() => checkedWord(state, 7 * size - 4, 4, 4, 0)),
      'ok',
    );
    // A Keccak state across the bound of a page that is there and one that is not.
    assert.equal(
      codeOf(() => checkedWord(state, 7 * size - 4, 200, 4, 0)),
      'limit_exceeded',
    );
    assert.equal(
      codeOf(() => checkedWord(state, 4 * size, 3 * size, 4, 0)),
      'limit_exceeded',
    );
    assert.equal(
      codeOf(() => checkedWord(state, 7 * size, 0, 4, 0)),
      'limit_exceeded',
    );
  });
});

describe('output', () => {
  it('in single bytes, and in none, is kept in few pieces', () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i);
    const state = createState(programOf(haltingProgram('')), NONE, { recording: false, maxCycles: 1 });
    assert.deepEqual(state.output?.journal, []);
    const source = `la s0, bytes; li s1, 1000
      l: li a0, 3; mv a1, s0; li a2, 0; li a7, 3; ecall
      li a2, 1; ecall; addi s0, s0, 1; addi s1, s1, -1; bnez s1, l
      li a7, 0; li a0, 0; la a1, digest; ecall
      .data
      digest: .word ${[...new Uint32Array(blake3(bytes).slice().buffer)].join(', ')}
      bytes: .word ${[...new Uint32Array(bytes.slice().buffer)].join(', ')}`;
    assert.deepEqual(execute(programOf(source), NONE).journal, bytes);
  });
});
