// A small RV32IMA assembler for tests: labels, the usual pseudo-instructions, .text/.data/.word/.half/.space.
// Compressed instructions are given as .half encodings.

import { blake3 } from '@noble/hashes/blake3.js';
import { type ElfSpec, makeElf, TEXT_BASE } from './elf_writer.ts';

export { bytesOfWords, type ElfSegmentSpec, type ElfSpec, makeElf, TEXT_BASE } from './elf_writer.ts';

/** One instruction or directive, without labels: `['addi', 'a0', 'a0', 1]`. */
export type Insn = readonly [mnemonic: string, ...operands: (string | number)[]];

export interface AssembleOptions {
  readonly textBase?: number;
  readonly dataBase?: number;
  /** Whether labels become symbols of the file; default true. */
  readonly symbols?: boolean;
}

export const DATA_BASE = 0x20000;

// biome-ignore format: a table
const ABI = [
  'zero', 'ra', 'sp', 'gp', 'tp', 't0', 't1', 't2', 's0', 's1', 'a0', 'a1', 'a2', 'a3', 'a4', 'a5',
  'a6', 'a7', 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9', 's10', 's11', 't3', 't4', 't5', 't6',
];

const R_TYPE: Readonly<Record<string, readonly [number, number]>> = Object.fromEntries(
  ['add', 'sll', 'slt', 'sltu', 'xor', 'srl', 'or', 'and']
    .map((m, i): [string, [number, number]] => [m, [i, 0]])
    .concat([
      ['sub', [0, 0x20]],
      ['sra', [5, 0x20]],
    ])
    .concat(
      ['mul', 'mulh', 'mulhsu', 'mulhu', 'div', 'divu', 'rem', 'remu'].map((m, i): [string, [number, number]] => [
        m,
        [i, 1],
      ]),
    ),
);
const I_TYPE: Readonly<Record<string, number>> = { addi: 0, slti: 2, sltiu: 3, xori: 4, ori: 6, andi: 7 };
const SHIFT: Readonly<Record<string, readonly [number, number]>> = { slli: [1, 0], srli: [5, 0], srai: [5, 0x20] };
const LOAD: Readonly<Record<string, number>> = { lb: 0, lh: 1, lw: 2, lbu: 4, lhu: 5 };
const STORE: Readonly<Record<string, number>> = { sb: 0, sh: 1, sw: 2 };
const BRANCH: Readonly<Record<string, number>> = { beq: 0, bne: 1, blt: 4, bge: 5, bltu: 6, bgeu: 7 };
const AMO: Readonly<Record<string, number>> = {
  'lr.w': 2,
  'sc.w': 3,
  'amoswap.w': 1,
  'amoadd.w': 0,
  'amoxor.w': 4,
  'amoand.w': 12,
  'amoor.w': 8,
  'amomin.w': 16,
  'amomax.w': 20,
  'amominu.w': 24,
  'amomaxu.w': 28,
};

/** Register number of `x5`, `t0`, `fp`. */
export function registerNumber(name: string | number | undefined): number {
  const text = String(name);
  const n =
    text === 'fp' ? 8 : ABI.includes(text) ? ABI.indexOf(text) : /^x\d+$/.test(text) ? Number(text.slice(1)) : -1;
  if (n < 0 || n > 31) throw new Error(`no register ${text}`);
  return n;
}

/** Pseudo-instructions with a fixed expansion; $n are operands. */
const PSEUDO: Readonly<Record<string, string>> = {
  nop: 'addi x0 x0 0',
  mv: 'addi $0 $1 0',
  not: 'xori $0 $1 -1',
  neg: 'sub $0 x0 $1',
  seqz: 'sltiu $0 $1 1',
  snez: 'sltu $0 x0 $1',
  beqz: 'beq $0 x0 $1',
  bnez: 'bne $0 x0 $1',
  bltz: 'blt $0 x0 $1',
  bgez: 'bge $0 x0 $1',
  blez: 'bge x0 $0 $1',
  bgtz: 'blt x0 $0 $1',
  bgt: 'blt $1 $0 $2',
  ble: 'bge $1 $0 $2',
  bgtu: 'bltu $1 $0 $2',
  bleu: 'bgeu $1 $0 $2',
  j: 'jal x0 $0',
  call: 'jal ra $0',
  jr: 'jalr x0 $0 0',
  ret: 'jalr x0 ra 0',
};

interface Line {
  readonly insn: Insn;
  readonly section: number;
  readonly at: number;
}

/** Splits a line into mnemonic and operands; `8(sp)` becomes `sp 8`. */
function parseLine(text: string): Insn {
  const parts = text.replace(/(-?\w*)\((\w+)\)/g, (_, off: string, r: string) => `${r} ${off || '0'}`).split(/[\s,]+/);
  return parts.filter((p) => p !== '') as unknown as Insn;
}

function expand(insn: Insn): Insn[] {
  const [m, ...ops] = insn;
  const pseudo = PSEUDO[m];
  if (pseudo) return [parseLine(pseudo.replace(/\$(\d)/g, (_, i: string) => String(ops[Number(i)])))];
  if (m === 'jal' && ops.length === 1) return [['jal', 'ra', ops[0]!]];
  if (m === 'jalr' && ops.length === 1) return [['jalr', 'ra', ops[0]!, 0]];
  if (m === 'li') {
    const v = Number(ops[1]) | 0;
    if (v >= -2048 && v < 2048) return [['addi', ops[0]!, 'x0', v]];
    const low = (v << 20) >> 20;
    const lui: Insn = ['lui', ops[0]!, ((v - low) >>> 12) & 0xfffff];
    return low === 0 ? [lui] : [lui, ['addi', ops[0]!, ops[0]!, low]];
  }
  if (m === 'la') {
    return [
      ['lui', ops[0]!, `%hi:${ops[1]}`],
      ['addi', ops[0]!, ops[0]!, `%lo:${ops[1]}`],
    ];
  }
  return [insn];
}

function sizeOf([m, ...ops]: Insn): number {
  if (m === '.word') return 4 * ops.length;
  if (m === '.half') return 2 * ops.length;
  if (m === '.byte') return ops.length;
  return m === '.space' ? Number(ops[0]) : 4;
}

/** Encodes one instruction; `value` resolves numbers and labels, `pc` is its address. */
function encode(insn: Insn, pc: number, value: (x: string | number | undefined) => number): number {
  const [m, ...o] = insn;
  const r = (i: number): number => registerNumber(o[i]);
  const v = (i: number): number => value(o[i]);
  const rType = (op: number, f3: number, f7: number, rd: number, rs1: number, rs2: number): number =>
    (op | (rd << 7) | (f3 << 12) | (rs1 << 15) | (rs2 << 20) | (f7 << 25)) >>> 0;
  const iType = (op: number, f3: number, rd: number, rs1: number, imm: number): number => {
    if (imm < -2048 || imm > 2047) throw new Error(`immediate ${imm} of ${m} out of range`);
    return rType(op, f3, 0, rd, rs1, 0) | ((imm & 0xfff) << 20);
  };
  if (R_TYPE[m]) return rType(0x33, R_TYPE[m][0], R_TYPE[m][1], r(0), r(1), r(2));
  if (I_TYPE[m] !== undefined) return iType(0x13, I_TYPE[m], r(0), r(1), v(2));
  if (SHIFT[m]) return rType(0x13, SHIFT[m][0], SHIFT[m][1], r(0), r(1), v(2) & 31);
  if (LOAD[m] !== undefined) return iType(0x03, LOAD[m], r(0), r(1), v(2));
  if (STORE[m] !== undefined) return rType(0x23, STORE[m], (v(2) >> 5) & 127, v(2) & 31, r(1), r(0));
  if (AMO[m] !== undefined) {
    const lr = m === 'lr.w';
    return rType(0x2f, 2, AMO[m] << 2, r(0), lr ? r(1) : r(2), lr ? 0 : r(1));
  }
  if (BRANCH[m] !== undefined) {
    const d = v(2) - pc;
    if (d < -4096 || d > 4094) throw new Error(`${m} by ${d} out of range`);
    const high = (((d >> 12) & 1) << 6) | ((d >> 5) & 63);
    return rType(0x63, BRANCH[m], high, (((d >> 1) & 15) << 1) | ((d >> 11) & 1), r(0), r(1));
  }
  switch (m) {
    case 'lui':
    case 'auipc':
      return ((m === 'lui' ? 0x37 : 0x17) | (r(0) << 7) | (v(1) << 12)) >>> 0;
    case 'jal': {
      const d = v(1) - pc;
      if (d < -(2 ** 20) || d >= 2 ** 20) throw new Error(`${m} by ${d} out of range`);
      const imm = (((d >> 20) & 1) << 31) | (((d >> 1) & 0x3ff) << 21) | (((d >> 11) & 1) << 20) | (d & 0xff000);
      return (0x6f | (r(0) << 7) | imm) >>> 0;
    }
    case 'jalr':
      return iType(0x67, 0, r(0), r(1), v(2));
    case 'fence':
      return 0x0ff0000f;
    case 'fence.i':
      return 0x0000100f;
    case 'ecall':
      return 0x73;
    case 'ebreak':
      return 0x100073;
    default:
      throw new Error(`unknown instruction ${m}`);
  }
}

/** Assembles to an executable. A text may hold labels and sections; a list of instructions is all code. */
export function assemble(program: string | readonly Insn[], options: AssembleOptions = {}): Uint8Array {
  return makeElf(assembleSpec(program, options));
}

/** As `assemble`, before the file is written. Labels `_start` and, by default, the start of text are the entry. */
export function assembleSpec(program: string | readonly Insn[], options: AssembleOptions = {}): ElfSpec {
  const bases = [options.textBase ?? TEXT_BASE, options.dataBase ?? DATA_BASE];
  const sizes = [0, 0];
  const labels = new Map<string, number>();
  const lines: Line[] = [];
  let section = 0;
  const add = (insn: Insn): void => {
    for (const one of expand(insn)) {
      lines.push({ insn: one, section, at: bases[section]! + sizes[section]! });
      sizes[section]! += sizeOf(one);
    }
  };
  if (typeof program === 'string') {
    for (const raw of program.split(/[\n;]/)) {
      let text = raw.replace(/#.*/, '').trim();
      for (let label = /^([\w.$]+):/.exec(text); label; label = /^([\w.$]+):/.exec(text)) {
        labels.set(label[1]!, bases[section]! + sizes[section]!);
        text = text.slice(label[0].length).trim();
      }
      if (text === '.text' || text === '.data') section = text === '.data' ? 1 : 0;
      else if (text !== '') add(parseLine(text));
    }
  } else {
    for (const insn of program) add(insn);
  }
  const value = (x: string | number | undefined): number => {
    if (typeof x === 'number') return x;
    const [, kind, name] = /^(?:%(hi|lo):)?(.*)$/.exec(String(x))!;
    const n = labels.get(name!) ?? Number(name);
    if (Number.isNaN(n)) throw new Error(`unknown label or number ${x}`);
    const low = (n << 20) >> 20;
    return kind === 'hi' ? ((n - low) >>> 12) & 0xfffff : kind === 'lo' ? low : n;
  };
  const bytes = sizes.map((n) => new Uint8Array(n));
  for (const { insn, section: s, at } of lines) {
    const out = bytes[s]!;
    const offset = at - bases[s]!;
    const [m, ...ops] = insn;
    const width = m === '.half' ? 2 : m === '.byte' ? 1 : 4;
    if (m === '.space') continue;
    const values = m.startsWith('.') ? ops.map(value) : [encode(insn, at, value)];
    for (const [i, v] of values.entries()) {
      for (let j = 0; j < width; j++) out[offset + i * width + j] = v >>> (8 * j);
    }
  }
  const segments = [
    { addr: bases[0]!, bytes: bytes[0]!, executable: true },
    { addr: bases[1]!, bytes: bytes[1]!, writable: true },
  ].filter((s) => s.bytes.length > 0);
  const spec = { entry: labels.get('_start') ?? bases[0]!, segments };
  if (options.symbols === false) return spec;
  return { ...spec, symbols: [...labels].map(([name, addr]) => ({ name, addr })) };
}

/** Words of BLAKE3 of the empty journal, little-endian. */
export const EMPTY_DIGEST: readonly number[] = Array.from(new Uint32Array(blake3(new Uint8Array(0)).slice().buffer));

/** A program that runs `body`, then halts with exit code 0 and an empty journal. `data` is further .data content. */
export function haltingProgram(body: string, data = ''): string {
  return `${body}
    li a7, 0
    li a0, 0
    la a1, empty_digest
    ecall
    .data
    empty_digest: .word ${EMPTY_DIGEST.join(', ')}
    ${data}`;
}
