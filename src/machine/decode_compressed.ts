// The C extension of RV32 without floating point: each halfword expands to one base instruction.
// Encodings: "The RISC-V Instruction Set Manual, Volume I" (20240411), chapter 26, tables of section 26.8.

import type { Instruction, Mnemonic } from './decode.ts';

const SP = 2;
const RA = 1;

/** Bits [hi..lo] of h, shifted to bit `at`. */
function bits(h: number, hi: number, lo: number, at: number): number {
  return ((h >>> lo) & ((1 << (hi - lo + 1)) - 1)) << at;
}

/** Sign-extends the low `width` bits. */
function signed(value: number, width: number): number {
  return (value << (32 - width)) >> (32 - width);
}

function make(mnemonic: Mnemonic, rd: number, rs1: number, rs2: number, imm: number): Instruction {
  return { mnemonic, rd, rs1, rs2, imm, len: 2 };
}

/** Expands a 16-bit instruction; `null` for reserved encodings, floating point forms and the all-zero halfword. */
export function decodeCompressed(h: number): Instruction | null {
  const rdFull = bits(h, 11, 7, 0);
  const rs2Full = bits(h, 6, 2, 0);
  // The three-bit register fields name x8..x15.
  const rs1Short = 8 + bits(h, 9, 7, 0);
  const rs2Short = 8 + bits(h, 4, 2, 0);
  const imm6 = signed(bits(h, 12, 12, 5) | bits(h, 6, 2, 0), 6);

  switch (((h & 3) << 3) | (h >>> 13)) {
    case 0b00_000: {
      const imm = bits(h, 10, 7, 6) | bits(h, 12, 11, 4) | bits(h, 5, 5, 3) | bits(h, 6, 6, 2);
      return imm === 0 ? null : make('addi', rs2Short, SP, 0, imm); // c.addi4spn; imm 0 is reserved
    }
    case 0b00_010:
      return make('lw', rs2Short, rs1Short, 0, wordOffset(h)); // c.lw
    case 0b00_110:
      return make('sw', 0, rs1Short, rs2Short, wordOffset(h)); // c.sw

    case 0b01_000:
      return make('addi', rdFull, rdFull, 0, imm6); // c.addi, c.nop
    case 0b01_001:
      return make('jal', RA, 0, 0, jumpOffset(h)); // c.jal
    case 0b01_010:
      return make('addi', rdFull, 0, 0, imm6); // c.li
    case 0b01_011: {
      if (rdFull === SP) {
        const imm = bits(h, 12, 12, 9) | bits(h, 4, 3, 7) | bits(h, 5, 5, 6) | bits(h, 2, 2, 5) | bits(h, 6, 6, 4);
        return imm === 0 ? null : make('addi', SP, SP, 0, signed(imm, 10)); // c.addi16sp; imm 0 is reserved
      }
      return imm6 === 0 ? null : make('lui', rdFull, 0, 0, imm6 << 12); // c.lui; imm 0 is reserved
    }
    case 0b01_100:
      return decodeArithmetic(h, rs1Short, rs2Short, imm6);
    case 0b01_101:
      return make('jal', 0, 0, 0, jumpOffset(h)); // c.j
    case 0b01_110:
      return make('beq', 0, rs1Short, 0, branchOffset(h)); // c.beqz
    case 0b01_111:
      return make('bne', 0, rs1Short, 0, branchOffset(h)); // c.bnez

    case 0b10_000:
      return h & 0x1000 ? null : make('slli', rdFull, rdFull, 0, rs2Full); // c.slli; shamt[5] is RV64's
    case 0b10_010: {
      const imm = bits(h, 3, 2, 6) | bits(h, 12, 12, 5) | bits(h, 6, 4, 2);
      return rdFull === 0 ? null : make('lw', rdFull, SP, 0, imm); // c.lwsp; rd 0 is reserved
    }
    case 0b10_100:
      if ((h & 0x1000) === 0) {
        if (rs2Full !== 0) return make('add', rdFull, 0, rs2Full, 0); // c.mv
        return rdFull === 0 ? null : make('jalr', 0, rdFull, 0, 0); // c.jr; rs1 0 is reserved
      }
      if (rs2Full !== 0) return make('add', rdFull, rdFull, rs2Full, 0); // c.add
      return rdFull === 0 ? make('ebreak', 0, 0, 0, 0) : make('jalr', RA, rdFull, 0, 0); // c.ebreak, c.jalr
    case 0b10_110:
      return make('sw', 0, SP, rs2Full, bits(h, 8, 7, 6) | bits(h, 12, 9, 2)); // c.swsp
    default:
      return null; // floating point loads and stores, reserved
  }
}

/** c.srli, c.srai, c.andi, c.sub, c.xor, c.or, c.and. */
function decodeArithmetic(h: number, rd: number, rs2: number, imm6: number): Instruction | null {
  const shamt5 = h & 0x1000;
  switch (bits(h, 11, 10, 0)) {
    case 0:
      return shamt5 ? null : make('srli', rd, rd, 0, imm6);
    case 1:
      return shamt5 ? null : make('srai', rd, rd, 0, imm6);
    case 2:
      return make('andi', rd, rd, 0, imm6);
    default: {
      if (shamt5) return null; // c.subw, c.addw are RV64's
      const mnemonic = (['sub', 'xor', 'or', 'and'] as const)[bits(h, 6, 5, 0)] ?? 'and';
      return make(mnemonic, rd, rd, rs2, 0);
    }
  }
}

/** Offset of c.lw and c.sw: uimm[5:3] at 12..10, uimm[2] at 6, uimm[6] at 5. */
function wordOffset(h: number): number {
  return bits(h, 5, 5, 6) | bits(h, 12, 10, 3) | bits(h, 6, 6, 2);
}

/** Offset of c.j and c.jal: imm[11|4|9:8|10|6|7|3:1|5] at 12..2. */
function jumpOffset(h: number): number {
  const imm =
    bits(h, 12, 12, 11) |
    bits(h, 11, 11, 4) |
    bits(h, 10, 9, 8) |
    bits(h, 8, 8, 10) |
    bits(h, 7, 7, 6) |
    bits(h, 6, 6, 7) |
    bits(h, 5, 3, 1) |
    bits(h, 2, 2, 5);
  return signed(imm, 12);
}

/** Offset of c.beqz and c.bnez: imm[8|4:3] at 12..10, imm[7:6|2:1|5] at 6..2. */
function branchOffset(h: number): number {
  const imm = bits(h, 12, 12, 8) | bits(h, 11, 10, 3) | bits(h, 6, 5, 6) | bits(h, 4, 3, 1) | bits(h, 2, 2, 5);
  return signed(imm, 9);
}
