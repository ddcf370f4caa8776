// RV32IMAC decoding, after "The RISC-V Instruction Set Manual, Volume I" (20240411), chapter 34 (opcode listings).
// Everything outside RV32IMAC (F, D, Zicsr, RV64 forms) is undecodable here: the program traps if it gets there.

import { REGISTER_NAMES } from '../core/isa.ts';
import { decodeCompressed } from './decode_compressed.ts';

// biome-ignore format: a list
export const MNEMONICS = [
  'lui', 'auipc', 'jal', 'jalr', 'beq', 'bne', 'blt', 'bge', 'bltu', 'bgeu',
  'lb', 'lh', 'lw', 'lbu', 'lhu', 'sb', 'sh', 'sw',
  'addi', 'slti', 'sltiu', 'xori', 'ori', 'andi', 'slli', 'srli', 'srai',
  'add', 'sub', 'sll', 'slt', 'sltu', 'xor', 'srl', 'sra', 'or', 'and',
  'fence', 'fence.i', 'ecall', 'ebreak',
  'mul', 'mulh', 'mulhsu', 'mulhu', 'div', 'divu', 'rem', 'remu',
  'lr.w', 'sc.w', 'amoswap.w', 'amoadd.w', 'amoxor.w', 'amoand.w', 'amoor.w',
  'amomin.w', 'amomax.w', 'amominu.w', 'amomaxu.w',
] as const;

export type Mnemonic = (typeof MNEMONICS)[number];

/** A decoded instruction. Compressed forms carry the mnemonic of the instruction that they expand to, and len 2. */
export interface Instruction {
  readonly mnemonic: Mnemonic;
  readonly rd: number;
  readonly rs1: number;
  readonly rs2: number;
  /** Sign-extended immediate, shift amount, branch/jump offset; for lui and auipc the value added (low 12 bits 0). */
  readonly imm: number;
  readonly len: 2 | 4;
}

const BRANCHES: readonly (Mnemonic | null)[] = ['beq', 'bne', null, null, 'blt', 'bge', 'bltu', 'bgeu'];
const LOADS: readonly (Mnemonic | null)[] = ['lb', 'lh', 'lw', null, 'lbu', 'lhu', null, null];
const STORES: readonly (Mnemonic | null)[] = ['sb', 'sh', 'sw', null, null, null, null, null];
const REG_IMM: readonly (Mnemonic | null)[] = ['addi', null, 'slti', 'sltiu', 'xori', null, 'ori', 'andi'];
const REG_REG: readonly Mnemonic[] = ['add', 'sll', 'slt', 'sltu', 'xor', 'srl', 'or', 'and'];
const MULDIV: readonly Mnemonic[] = ['mul', 'mulh', 'mulhsu', 'mulhu', 'div', 'divu', 'rem', 'remu'];
const AMOS: ReadonlyMap<number, Mnemonic> = new Map([
  [0x00, 'amoadd.w'],
  [0x01, 'amoswap.w'],
  [0x02, 'lr.w'],
  [0x03, 'sc.w'],
  [0x04, 'amoxor.w'],
  [0x08, 'amoor.w'],
  [0x0c, 'amoand.w'],
  [0x10, 'amomin.w'],
  [0x14, 'amomax.w'],
  [0x18, 'amominu.w'],
  [0x1c, 'amomaxu.w'],
]);

/** True if a halfword starts a 4-byte instruction. */
export function isWide(half: number): boolean {
  return (half & 3) === 3;
}

/** Decodes the instruction whose first bits are the low bits of `word`; `null` if it is not RV32IMAC. */
export function decode(word: number): Instruction | null {
  return isWide(word) ? decodeWide(word | 0) : decodeCompressed(word & 0xffff);
}

function decodeWide(w: number): Instruction | null {
  const rd = (w >>> 7) & 31;
  const funct3 = (w >>> 12) & 7;
  const rs1 = (w >>> 15) & 31;
  const rs2 = (w >>> 20) & 31;
  const funct7 = w >>> 25;
  const immI = w >> 20;
  const make = (mnemonic: Mnemonic | null | undefined, f: Partial<Instruction>): Instruction | null =>
    mnemonic ? { mnemonic, rd: 0, rs1: 0, rs2: 0, imm: 0, len: 4, ...f } : null;

  switch (w & 0x7f) {
    case 0x37:
      return make('lui', { rd, imm: w & ~0xfff });
    case 0x17:
      return make('auipc', { rd, imm: w & ~0xfff });
    case 0x6f: {
      const imm = ((w >> 31) << 20) | (w & 0xff000) | (((w >>> 20) & 1) << 11) | (((w >>> 21) & 0x3ff) << 1);
      return make('jal', { rd, imm });
    }
    case 0x67:
      return make(funct3 === 0 ? 'jalr' : null, { rd, rs1, imm: immI });
    case 0x63: {
      const imm = ((w >> 31) << 12) | (((w >>> 7) & 1) << 11) | (((w >>> 25) & 0x3f) << 5) | (((w >>> 8) & 15) << 1);
      return make(BRANCHES[funct3], { rs1, rs2, imm });
    }
    case 0x03:
      return make(LOADS[funct3], { rd, rs1, imm: immI });
    case 0x23:
      return make(STORES[funct3], { rs1, rs2, imm: (immI & ~31) | rd });
    case 0x13:
      if (funct3 === 1) return make(funct7 === 0 ? 'slli' : null, { rd, rs1, imm: rs2 });
      if (funct3 === 5) {
        return make(funct7 === 0 ? 'srli' : funct7 === 0x20 ? 'srai' : null, { rd, rs1, imm: rs2 });
      }
      return make(REG_IMM[funct3], { rd, rs1, imm: immI });
    case 0x33:
      if (funct7 === 0) return make(REG_REG[funct3], { rd, rs1, rs2 });
      if (funct7 === 1) return make(MULDIV[funct3], { rd, rs1, rs2 });
      if (funct7 === 0x20) return make(funct3 === 0 ? 'sub' : funct3 === 5 ? 'sra' : null, { rd, rs1, rs2 });
      return null;
    case 0x0f:
      // The fields of fences are reserved or hints: every fence is a no-op on one in-order hart.
      return make(funct3 === 0 ? 'fence' : funct3 === 1 ? 'fence.i' : null, {});
    case 0x73:
      return make(w === 0x73 ? 'ecall' : w === 0x100073 ? 'ebreak' : null, {});
    case 0x2f: {
      // Bits 26 and 25 (acquire, release) order nothing on one in-order hart.
      const mnemonic = funct3 === 2 ? AMOS.get(w >>> 27) : null;
      return make(mnemonic === 'lr.w' && rs2 !== 0 ? null : mnemonic, { rd, rs1, rs2 });
    }
    default:
      return null;
  }
}

/** Assembly text of an instruction, for messages; branch and jump targets are absolute. */
export function formatInstruction(insn: Instruction, pc: number): string {
  const { mnemonic: m, imm } = insn;
  const [rd, rs1, rs2] = [insn.rd, insn.rs1, insn.rs2].map((r) => REGISTER_NAMES[r] ?? `x${r}`);
  const target = `0x${((pc + imm) >>> 0).toString(16)}`;
  switch (m) {
    case 'lui':
    case 'auipc':
      return `${m} ${rd}, 0x${(imm >>> 12).toString(16)}`;
    case 'jal':
      return `${m} ${rd}, ${target}`;
    case 'jalr':
    case 'lb':
    case 'lh':
    case 'lw':
    case 'lbu':
    case 'lhu':
      return `${m} ${rd}, ${imm}(${rs1})`;
    case 'sb':
    case 'sh':
    case 'sw':
      return `${m} ${rs2}, ${imm}(${rs1})`;
    case 'beq':
    case 'bne':
    case 'blt':
    case 'bge':
    case 'bltu':
    case 'bgeu':
      return `${m} ${rs1}, ${rs2}, ${target}`;
    case 'addi':
    case 'slti':
    case 'sltiu':
    case 'xori':
    case 'ori':
    case 'andi':
    case 'slli':
    case 'srli':
    case 'srai':
      return `${m} ${rd}, ${rs1}, ${imm}`;
    case 'fence':
    case 'fence.i':
    case 'ecall':
    case 'ebreak':
      return m;
    case 'lr.w':
      return `${m} ${rd}, (${rs1})`;
    default:
      return m.endsWith('.w') ? `${m} ${rd}, ${rs2}, (${rs1})` : `${m} ${rd}, ${rs1}, ${rs2}`;
  }
}
