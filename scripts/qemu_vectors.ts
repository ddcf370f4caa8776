// Regenerates test/machine/vectors/{random,matrix}.json: programs and what they leave behind under qemu-riscv32 (user
// mode). Needs qemu-riscv32 and the riscv64-unknown-elf assembler and linker. Deterministic: fixed seeds.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blake3 } from '@noble/hashes/blake3.js';
import { TEXT_BASE } from '../test/machine/elf_writer.ts';
import { DUMP_BASE, frame, type QemuVector } from '../test/machine/qemu_harness.ts';

const directory = mkdtempSync(join(tmpdir(), 'qemu-vectors-'));
const file = (name: string): string => join(directory, name);

function assembleGnu(source: string): Uint8Array {
  writeFileSync(file('p.s'), `.option norelax\n.globl _start\n_start:\n${source}\n.balign 4\n`);
  const run = (tool: string, args: string[]): unknown => execFileSync(`riscv64-unknown-elf-${tool}`, args);
  run('as', ['-march=rv32imac_zifencei', '-mabi=ilp32', '-o', file('p.o'), file('p.s')]);
  run('ld', ['-melf32lriscv', '--no-relax', `-Ttext=0x${TEXT_BASE.toString(16)}`, '-o', file('p.elf'), file('p.o')]);
  run('objcopy', ['-O', 'binary', '-j', '.text', file('p.elf'), file('p.bin')]);
  return readFileSync(file('p.bin'));
}

function record(name: string, source: string, dumpBytes: number, keepRegs: boolean): QemuVector {
  const code = assembleGnu(source);
  writeFileSync(file('linux.elf'), frame(code, dumpBytes, 'linux'));
  chmodSync(file('linux.elf'), 0o755);
  const dump = execFileSync('qemu-riscv32', [file('linux.elf')], { maxBuffer: 2 ** 26 });
  if (dump.length !== dumpBytes) throw new Error(`${name}: ${dump.length} of ${dumpBytes} bytes dumped`);
  const regs = Array.from({ length: 31 }, (_, i) =>
    dump
      .readUInt32LE(4 * i)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
  return {
    name,
    code: Buffer.from(code).toString('base64'),
    dumpBytes,
    dumpDigest: Buffer.from(blake3(dump)).toString('hex'),
    ...(keepRegs ? { regs } : {}),
  };
}

// biome-ignore format: a list
const EDGES = [
  0, 1, 2, 3, 31, 32, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0x80000001,
  0xffff0000, 0xffff8000, 0xfffffffe, 0xffffffff, 0x12345678, 0xdeadbeef,
];
const REG_REG = 'add sub sll slt sltu xor srl sra or and mul mulh mulhsu mulhu div divu rem remu'.split(' ');
const REG_IMM = 'addi slti sltiu xori ori andi'.split(' ');
const SHIFTS = 'slli srli srai'.split(' ');
const BRANCHES = 'beq bne blt bge bltu bgeu'.split(' ');
const AMOS = 'swap add xor and or min max minu maxu'.split(' ').map((a) => `amo${a}.w`);

/**
 * A loop over all pairs of edges (s3, s4); `body` may use t0..t6 and a0..a7, the two words at s5, and
 * emits results with `out`.
 */
function matrix(name: string, edges: readonly number[], body: (out: (reg: string) => string) => string): QemuVector {
  let pending = 0;
  let perPair = 0;
  const out = (reg: string): string => {
    const flush = pending === 2000 ? `addi s2, s2, ${pending}\n` : '';
    if (flush) pending = 0;
    pending += 4;
    perPair += 4;
    return `${flush}sw ${reg}, ${pending - 4}(s2)`;
  };
  const text = body(out);
  const tableBytes = 4 * edges.length;
  const source = `
    li gp, ${DUMP_BASE}
    ${edges.map((e, i) => `li t0, ${e}\nsw t0, ${4 * i}(gp)`).join('\n')}
    addi s2, gp, ${tableBytes + 8}
    addi s5, gp, ${tableBytes}
    mv s0, gp
  outer: mv s1, gp
  inner: lw s3, 0(s0)
    lw s4, 0(s1)
    ${text}
    addi s2, s2, ${pending}
    addi s1, s1, 4
    beq s1, s5, 1f
    j inner
  1: addi s0, s0, 4
    beq s0, s5, 1f
    j outer
  1:`;
  return record(name, source, tableBytes + 8 + edges.length ** 2 * perPair, false);
}

function matrices(): QemuVector[] {
  const list = (ops: readonly string[], each: (op: string) => string[]): string => ops.flatMap(each).join('\n');
  return [
    matrix('register-register', EDGES, (out) =>
      list(REG_REG, (op) => [
        `${op} t0, s3, s4\n${out('t0')}`,
        `mv t0, s3\n${op} t0, t0, s4\n${out('t0')}`,
        `mv t0, s4\n${op} t0, s3, t0\n${out('t0')}`,
        `mv t0, s3\n${op} t0, t0, t0\n${out('t0')}`,
        `${op} t0, s3, x0\n${out('t0')}`,
        `${op} t0, x0, s4\n${out('t0')}`,
        `${op} x0, s3, s4\n${out('x0')}`,
      ]),
    ),
    matrix('register-immediate', EDGES.slice(0, 1).concat(EDGES), (out) =>
      list(REG_IMM, (op) =>
        [0, 1, -1, 2047, -2048, 127, 128, 255, 256, -128, 1365].flatMap((imm) => [
          `${op} t0, s4, ${imm}\n${out('t0')}`,
          `mv t1, s3\n${op} t1, t1, ${imm}\n${out('t1')}`,
          `${op} t1, x0, ${imm}\n${out('t1')}`,
        ]),
      ),
    ),
    matrix('shift-immediate', EDGES, (out) =>
      list(SHIFTS, (op) =>
        [0, 1, 7, 8, 15, 16, 17, 30, 31].flatMap((imm) => [
          `${op} t0, s4, ${imm}\n${out('t0')}`,
          `mv t1, s3\n${op} t1, t1, ${imm}\n${out('t1')}`,
          `${op} t1, x0, ${imm}\n${out('t1')}`,
        ]),
      ),
    ),
    matrix('branch', EDGES, (out) =>
      list(BRANCHES, (op) =>
        ['s3, s4', 's3, s3', 'x0, s4', 's3, x0'].map(
          (operands) => `li t0, 1\n${op} ${operands}, 1f\nli t0, 2\n1: ${out('t0')}`,
        ),
      ),
    ),
    matrix('memory', EDGES, (out) => {
      const loads = [0, 1, 2, 3].flatMap((at) =>
        ['lb', 'lbu', 'lh', 'lhu', 'lw']
          .filter((op) => at % (op === 'lw' ? 4 : op.startsWith('lh') ? 2 : 1) === 0)
          .flatMap((op) => [
            `${op} t0, ${at}(s5)\n${out('t0')}`,
            `addi t1, s5, ${at + 4}\n${op} t1, -4(t1)\n${out('t1')}`,
            `${op} x0, ${at}(s5)\n${out('x0')}`,
          ]),
      );
      const stores = ['sb', 'sh', 'sw'].flatMap((op) =>
        [0, 1, 2, 3]
          .filter((at) => at % { sb: 1, sh: 2, sw: 4 }[op as 'sb' | 'sh' | 'sw'] === 0)
          .map((at) => `sw s3, 0(s5)\n${op} s4, ${at}(s5)\nlw t0, 0(s5)\n${out('t0')}`),
      );
      return ['sw s3, 0(s5)', ...loads, ...stores].join('\n');
    }),
    matrix('atomic', EDGES, (out) =>
      [
        'mv a0, s5',
        ...AMOS.flatMap((op) => [
          `sw s3, 0(a0)\n${op} t0, s4, (a0)\n${out('t0')}\nlw t1, 0(a0)\n${out('t1')}`,
          `sw s3, 0(a0)\nmv t0, s4\n${op} t0, t0, (a0)\n${out('t0')}\nlw t1, 0(a0)\n${out('t1')}`,
          `sw s3, 0(a0)\nmv t0, a0\n${op} t0, s4, (t0)\n${out('t0')}\nlw t1, 0(a0)\n${out('t1')}`,
          `sw s3, 0(a0)\n${op} x0, s4, (a0)\nlw t1, 0(a0)\n${out('t1')}`,
          `sw s3, 0(a0)\n${op} t0, x0, (a0)\n${out('t0')}\nlw t1, 0(a0)\n${out('t1')}`,
        ]),
        `sw s3, 0(a0)\nlr.w t0, (a0)\nsc.w t1, s4, (a0)\nlw t2, 0(a0)\n${out('t0')}\n${out('t1')}\n${out('t2')}`,
        `sc.w t1, s3, (a0)\nlw t2, 0(a0)\n${out('t1')}\n${out('t2')}`,
        `addi a1, a0, 4\nlr.w t0, (a1)\nsc.w t1, s3, (a0)\nlw t2, 0(a0)\n${out('t1')}\n${out('t2')}`,
        `mv t1, a0\nlr.w t1, (t1)\nmv t1, a0\nsc.w t1, s3, (t1)\nlw t2, 0(a0)\n${out('t1')}\n${out('t2')}`,
        `lr.w x0, (a0)\nsc.w x0, s4, (a0)\nlw t2, 0(a0)\n${out('t2')}`,
      ].join('\n'),
    ),
  ];
}

/** xorshift32: n below the bound. */
function generator(seed: number): (bound: number) => number {
  let x = seed;
  return (bound) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % bound;
  };
}

const SAVE_BYTES = 128;
const SCRATCH_BYTES = 256;

/** Straight-line code with forward branches. gp, sp and s0 stay at the scratch area, so that all load forms occur. */
function randomProgram(seed: number, nLines: number): QemuVector {
  const next = generator(seed);
  const pick = <T>(from: readonly T[]): T => from[next(from.length)]!;
  const free = Array.from({ length: 32 }, (_, r) => r).filter((r) => ![0, 2, 3, 8].includes(r));
  const source = (): string => `x${next(12) === 0 ? 0 : next(3) === 0 ? 9 + next(7) : pick(free)}`;
  const target = (): string => `x${next(16) === 0 ? 0 : next(3) === 0 ? 9 + next(7) : pick(free)}`;
  const edge = (): number => (next(3) === 0 ? next(2 ** 32) : pick(EDGES));
  const scratch = (align: number): number => next(SCRATCH_BYTES / align) * align;
  const lines = [
    `li gp, ${DUMP_BASE + SAVE_BYTES}`,
    'mv sp, gp',
    'mv s0, gp',
    ...free.map((r) => `li x${r}, ${edge()}`),
  ];
  const open: { label: string; at: number }[] = [];
  const forward = (i: number): string => {
    const label = `l${open.length}`;
    open.push({ label, at: i + 1 + next(6) });
    return label;
  };
  const address = (align: number): string => `${scratch(align)}(${pick(['gp', 'sp', 's0'])})`;
  const kinds: readonly ((i: number) => string)[] = [
    () => `${pick(REG_REG)} ${target()}, ${source()}, ${source()}`,
    () => `${pick(REG_REG)} ${target()}, ${source()}, ${source()}`,
    () => `${pick(REG_IMM)} ${target()}, ${source()}, ${next(4096) - 2048}`,
    () => `${pick(SHIFTS)} ${target()}, ${source()}, ${next(32)}`,
    () => {
      const r = `x${pick(free)}`; // two-operand forms, most of which compress
      return pick([
        `addi ${r}, ${r}, ${next(64) - 32}`,
        `${pick(['add', 'sub', 'and', 'or', 'xor'])} ${r}, ${r}, ${source()}`,
        `${pick(SHIFTS)} ${r}, ${r}, ${1 + next(31)}`,
        `andi ${r}, ${r}, ${next(64) - 32}`,
        `mv ${r}, ${source()}`,
        `addi ${r}, sp, ${4 + 4 * next(255)}`,
      ]);
    },
    () => `li x${pick(free)}, ${edge()}`,
    () => `lui ${target()}, ${next(2 ** 20)}\nauipc ${target()}, ${next(2 ** 20)}`,
    () => `lw ${target()}, ${address(4)}`,
    () => `sw ${source()}, ${address(4)}`,
    () => pick([`lb ${target()}, ${address(1)}`, `lbu ${target()}, ${address(1)}`, `sb ${source()}, ${address(1)}`]),
    () => pick([`lh ${target()}, ${address(2)}`, `lhu ${target()}, ${address(2)}`, `sh ${source()}, ${address(2)}`]),
    (i) => `${pick(BRANCHES)} ${source()}, ${source()}, ${forward(i)}`,
    (i) => `${pick(['beqz', 'bnez'])} x${9 + next(7)}, ${forward(i)}`,
    (i) => `${pick(['j', 'jal', `jal x${pick(free)},`])} ${forward(i)}`,
    (i) => {
      const r = `x${pick(free)}`;
      return `la ${r}, ${forward(i)}\n${pick([`addi ${r}, ${r}, 1`, 'nop'])}\n${pick([`jr ${r}`, `jalr ${r}`, `jalr ${target()}, 0(${r})`])}`;
    },
    () => {
      const r = `x${pick(free)}`;
      return `addi ${r}, gp, ${scratch(4)}\n${pick(AMOS)} ${target()}, ${source()}, (${r})`;
    },
    () => {
      const r = `x${pick(free.filter((f) => f !== 31))}`;
      return `addi ${r}, gp, ${scratch(4)}\nlr.w x31, (${r})\n${pick(['fence', 'fence.i', 'nop'])}\nsc.w ${target()}, ${source()}, (${r})`;
    },
  ];
  for (let i = 0; i < nLines; i++) {
    for (const { label } of open.filter((o) => o.at === i)) lines.push(`${label}:`);
    lines.push(pick(kinds)(i));
  }
  for (const { label } of open.filter((o) => o.at >= nLines)) lines.push(`${label}:`);
  for (let r = 1; r < 32; r++) lines.push(`sw x${r}, ${4 * (r - 1) - SAVE_BYTES}(gp)`);
  return record(`random-${seed}`, lines.join('\n'), SAVE_BYTES + SCRATCH_BYTES, true);
}

function save(name: string, vectors: readonly QemuVector[]): void {
  const text = `[\n${vectors.map((v) => JSON.stringify(v)).join(',\n')}\n]\n`;
  writeFileSync(new URL(`../test/machine/vectors/${name}.json`, import.meta.url), text);
  console.log(`${name}: ${vectors.length} programs, ${text.length} bytes`);
}

save('matrix', matrices());
save(
  'random',
  Array.from({ length: 150 }, (_, i) => randomProgram(7919 * (i + 1), 60 + ((i * 37) % 200))),
);
