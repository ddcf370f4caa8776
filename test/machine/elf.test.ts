import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WispError } from '../../src/core/errors.ts';
import { buildProgram, ElfError, execute, imageTable, loadElf } from '../../src/machine/index.ts';
import { indexOfAddress, mnemonicOf } from '../../src/machine/lower.ts';
import { assemble, assembleSpec, haltingProgram, makeElf } from './asm.ts';

const good = (): Uint8Array => assemble(haltingProgram('_start: nop'));

function refused(code: string, bytes: Uint8Array): void {
  assert.throws(
    () => buildProgram(loadElf(bytes)),
    (e) => e instanceof ElfError && e.code === code && !e.message.includes('\n'),
    code,
  );
}

/** The good file with bytes replaced. */
function patched(changes: Readonly<Record<number, number>>, size: 1 | 2 | 4 = 1): Uint8Array {
  const bytes = good();
  const view = new DataView(bytes.buffer);
  for (const [at, v] of Object.entries(changes)) {
    if (size === 1) view.setUint8(Number(at), v);
    else if (size === 2) view.setUint16(Number(at), v, true);
    else view.setUint32(Number(at), v, true);
  }
  return bytes;
}

test('files that are no static RV32 executables are refused', () => {
  refused('elf_not_elf', new Uint8Array(0));
  refused('elf_not_elf', new TextEncoder().encode('#!/bin/sh\n'));
  refused('elf_truncated', good().slice(0, 40));
  refused('elf_class', patched({ 4: 2 }));
  refused('elf_class', patched({ 4: 7 }));
  refused('elf_class', patched({ 5: 2 }));
  refused('elf_machine', patched({ 18: 62 }, 2));
  refused('elf_type', patched({ 16: 3 }, 2));
  refused('elf_type', patched({ 52: 2 }, 4));
});

test('truncated and malformed tables are refused', () => {
  const bytes = good();
  for (let n = 4; n < bytes.length; n++) refused('elf_truncated', bytes.slice(0, n));
  refused('elf_truncated', patched({ 28: 0xfffffff0 }, 4));
  refused('elf_truncated', patched({ 44: 0xffff }, 2));
  refused('elf_truncated', patched({ 56: 0xffffff00 }, 4));
  refused('elf_malformed', patched({ 42: 8 }, 2));
  refused('elf_malformed', patched({ 72: 1 }, 4));
});

test('bad addresses are refused, huge sizes cost nothing', () => {
  const text = { addr: 0x10000, bytes: new Uint8Array(8), executable: true };
  const bss = (addr: number, memSize: number): Uint8Array =>
    makeElf({ entry: 0x10000, segments: [text, { addr, bytes: new Uint8Array(0), memSize, writable: true }] });
  refused('elf_overlap', bss(0x10004, 16));
  refused('elf_address', bss(0x80000000, 0x80000000));
  refused('elf_address', bss(0xfffeffff, 2));
  loadElf(bss(0xfffeffff, 1));
  loadElf(bss(0x80000000, 0x7fff0000));
  refused('elf_entry', makeElf({ entry: 0x10001, segments: [text] }));
  refused('elf_entry', makeElf({ entry: 0x10008, segments: [text] }));
  refused(
    'elf_entry',
    makeElf({ entry: 0x10002, segments: [{ ...text, bytes: assembleSpec('nop').segments[0]!.bytes }] }),
  );
  refused('elf_entry', makeElf({ entry: 0, segments: [] }));
});

test('a program header count that repeats content stays bounded', () => {
  const n = 1200;
  const bytes = new Uint8Array(65536);
  const segments = Array.from({ length: n }, (_, i) => ({
    addr: 0x10000 + i * 65536,
    bytes: new Uint8Array(0),
    memSize: 65536,
  }));
  const file = makeElf({ entry: 0x10000, segments });
  const grown = new Uint8Array(file.length + bytes.length);
  grown.set(file);
  const view = new DataView(grown.buffer);
  for (let i = 0; i < n; i++) view.setUint32(52 + 32 * i + 16, 65536, true);
  refused('elf_too_large', grown);
});

test('mutated files give typed errors only', () => {
  const bytes = good();
  let seed = 12345;
  const next = (bound: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return (seed >>> 8) % bound;
  };
  for (let i = 0; i < 1000; i++) {
    const copy = bytes.slice();
    for (let j = next(4); j >= 0; j--) copy[next(3) ? next(120) : next(copy.length)] = next(3) ? next(256) : 255;
    try {
      execute(buildProgram(loadElf(copy)), new Uint8Array(4), { maxCycles: 1000 });
    } catch (e) {
      assert.ok(e instanceof WispError, String(e));
    }
  }
});

test('the image holds registers, file words and the sentinel', () => {
  const program = buildProgram(
    loadElf(
      makeElf({
        entry: 0x10000,
        segments: [
          { addr: 0x10000, bytes: Uint8Array.of(0x13, 0, 0, 0, 1), executable: true },
          { addr: 0x10005, bytes: Uint8Array.of(2, 3, 4, 5), memSize: 100, writable: true },
        ],
      }),
    ),
  );
  const image = imageTable(program);
  assert.equal(image.nRows, 40 + 3 + 1);
  const rows = Array.from({ length: image.nRows }, (_, i) => [
    image.addr[i],
    image.lo[i],
    image.hi[i],
    image.chained[i],
  ]);
  assert.deepEqual(rows[39], [2 ** 30 + 39, 0, 0, 0]);
  assert.deepEqual(rows.slice(40), [
    [0x4000, 0x13, 0, 1],
    [0x4001, 0x0201, 0x0403, 1],
    [0x4002, 0x0005, 0, 1],
    [0xffff0000 / 4, 0, 0, 1],
  ]);
});

test('data in code does not hide the code behind it', () => {
  // The halfword 0x0003 looks like the first half of a load: without its label, the nop behind would be swallowed.
  const program = buildProgram(
    loadElf(assemble('_start: j after; .half 0x0003; after: nop; .half 0xffff, 0x0001; ebreak')),
  );
  const at = (offset: number): string | undefined => {
    const idx = indexOfAddress(program, 0x10000 + offset);
    return idx < 0 ? undefined : mnemonicOf(program, program.instruction[idx]!);
  };
  assert.deepEqual([0, 2, 4, 6, 8, 10, 12, 14, 16].map(at), [
    'jal',
    undefined,
    'trap',
    'addi',
    undefined,
    'trap',
    'addi',
    'ebreak',
    undefined,
  ]);
});

test('program rows lead to rows, and constants fit their columns', () => {
  const program = buildProgram(
    loadElf(assemble(haltingProgram('_start: div a0, a1, a2; mulh a0, a0, a1; sc.w a0, a1, (a0); j 0x8'))),
  );
  const { op, k0, k1, k2, k3, k4, addrLo, addrHi } = program.columns;
  for (let i = 0; i < program.length; i++) {
    const isConst = op[i] === 1;
    const isBranch = op[i]! >= 17 && op[i]! <= 22;
    assert.ok(op[i]! >= 1 && op[i]! <= 35);
    assert.ok(isBranch ? k0[i]! < program.length : k0[i]! < 65536);
    assert.ok(isConst ? k2[i]! < program.length : k2[i]! < 65536);
    assert.ok(k1[i]! < 65536 && k3[i]! < 65536 && k4[i] === 0);
    if (program.first[i]) assert.equal(indexOfAddress(program, addrLo[i]! + 65536 * addrHi[i]!), i);
    else assert.deepEqual([addrLo[i], addrHi[i]], [1, 0]);
  }
});
