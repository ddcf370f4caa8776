// What the micro-ops compute. Operands and results are taken modulo 2^32.

import { OP } from '../core/isa.ts';

/** High 32 bits of the unsigned 64-bit product, over 16-bit limbs. */
export function mulHighUnsigned(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const mid = a1 * b0 + ((a0 * b0) >>> 16); // below 2^32
  const mid2 = a0 * b1 + (mid % 65536); // below 2^32
  return (a1 * b1 + Math.floor(mid / 65536) + Math.floor(mid2 / 65536)) >>> 0;
}

/** Result of an arithmetic op on registers, or on a register and its immediate. */
export function alu(op: number, a: number, b: number): number {
  switch (op) {
    case OP.ADDI:
    case OP.ADD:
      return a + b;
    case OP.XOR:
    case OP.XORI:
      return a ^ b;
    case OP.AND:
    case OP.ANDI:
      return a & b;
    case OP.OR:
    case OP.ORI:
      return a | b;
    case OP.SRLI:
    case OP.SRL:
      return a >>> (b & 31);
    case OP.SLLI:
    case OP.SLL:
      return a << (b & 31);
    case OP.SUB:
      return a - b;
    case OP.SLTU:
      return a >>> 0 < b >>> 0 ? 1 : 0;
    case OP.SLT:
      return (a | 0) < (b | 0) ? 1 : 0;
    case OP.MUL:
      return Math.imul(a, b);
    case OP.MULHU:
      return mulHighUnsigned(a, b);
    case OP.DIVU:
      return b === 0 ? 0xffffffff : Math.floor((a >>> 0) / (b >>> 0));
    case OP.REMU:
      return b === 0 ? a : (a >>> 0) % (b >>> 0);
    default:
      throw new Error(`op ${op} is not arithmetic`);
  }
}

/** Whether a branch is taken. */
export function taken(op: number, a: number, b: number): boolean {
  switch (op) {
    case OP.BEQ:
      return a === b;
    case OP.BNE:
      return a !== b;
    case OP.BLT:
      return (a | 0) < (b | 0);
    case OP.BGE:
      return (a | 0) >= (b | 0);
    case OP.BLTU:
      return a >>> 0 < b >>> 0;
    case OP.BGEU:
      return a >>> 0 >= b >>> 0;
    default:
      throw new Error(`op ${op} is not a branch`);
  }
}

/** Value that a load takes from its memory word. */
export function loaded(op: number, word: number, addr: number): number {
  const value = word >>> (8 * (addr & 3));
  return op === OP.LBU ? value & 0xff : op === OP.LHU ? value & 0xffff : word;
}

/** Memory word after a store of the low bits of b. */
export function stored(op: number, word: number, b: number, addr: number): number {
  if (op === OP.SW) return b;
  const mask = (op === OP.SB ? 0xff : 0xffff) << (8 * (addr & 3));
  return (word & ~mask) | ((b << (8 * (addr & 3))) & mask);
}

/** Bytes that a load or store accesses. */
export function accessSize(op: number): 1 | 2 | 4 {
  return op === OP.LBU || op === OP.SB ? 1 : op === OP.LHU || op === OP.SH ? 2 : 4;
}
