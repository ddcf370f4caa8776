// How each RV32IMAC instruction becomes micro-ops. Every sequence reads the instruction's operands before it writes rd
// (rd may be rs1 or rs2), and uses only temporaries, so it is atomic for the program.

import { OP, type OpName, REG_RESERVATION, REG_SINK, REG_TEMP } from '../core/isa.ts';
import type { Instruction } from './decode.ts';

/** A micro-op before numbering. */
export interface MicroOp {
  readonly op: OpName;
  readonly rd?: number;
  readonly rs1?: number;
  readonly rs2?: number;
  readonly k?: readonly number[];
  /** Control target inside the sequence: micro-op number, sequence length = the next instruction. */
  readonly local?: number;
  /** Control target as a byte address. CONST without a target goes on to the next micro-op. */
  readonly target?: number;
}

const [T0, T1, T2] = [REG_TEMP, REG_TEMP + 1, REG_TEMP + 2];

const limbs = (v: number): readonly number[] => [v & 0xffff, v >>> 16];
const bytes = (v: number): readonly number[] => [v & 255, (v >>> 8) & 255, (v >>> 16) & 255, v >>> 24];

const constant = (rd: number, v: number, jump?: Pick<MicroOp, 'local' | 'target'>): MicroOp => ({
  op: 'CONST',
  rd,
  k: limbs(v),
  ...jump,
});
const COMMUTATIVE: readonly OpName[] = ['ADD', 'XOR', 'OR', 'AND', 'MUL', 'MULHU'];

/** Where an operand is rd, it comes first if it may: chips have forms for that. */
const reg = (op: OpName, rd: number, rs1: number, rs2: number): MicroOp =>
  rd === rs2 && COMMUTATIVE.includes(op) ? { op, rd, rs1: rs2, rs2: rs1 } : { op, rd, rs1, rs2 };
const addi = (rd: number, rs1: number, imm: number): MicroOp => ({ op: 'ADDI', rd, rs1, k: limbs(imm) });
const move = (rd: number, rs1: number): MicroOp => (rs1 === 0 ? constant(rd, 0) : addi(rd, rs1, 0));
const load = (op: OpName, rd: number, rs1: number, imm: number): MicroOp => ({ op, rd, rs1, k: limbs(imm) });
const store = (op: OpName, rs1: number, rs2: number, imm: number): MicroOp => ({ op, rs1, rs2, k: limbs(imm) });
const skip = (op: OpName, rs1: number, rs2: number, local: number): MicroOp => ({ op, rs1, rs2, local });
const NOP: MicroOp = constant(REG_SINK, 0);

const REG_OPS: Readonly<Record<string, OpName>> = {
  xor: 'XOR',
  and: 'AND',
  sll: 'SLL',
  srl: 'SRL',
  slt: 'SLT',
  sltu: 'SLTU',
  mul: 'MUL',
  mulhu: 'MULHU',
  divu: 'DIVU',
  remu: 'REMU',
};
const AMO_OPS: Readonly<Record<string, OpName>> = {
  'amoadd.w': 'ADD',
  'amoxor.w': 'XOR',
  'amoand.w': 'AND',
  'amoor.w': 'OR',
};
/** Branch that skips the store of a min/max: (rs2, loaded) holds when the memory word stays. */
const AMO_KEEPS: Readonly<Record<string, readonly [OpName, boolean]>> = {
  'amomin.w': ['BGE', false],
  'amominu.w': ['BGEU', false],
  'amomax.w': ['BGE', true],
  'amomaxu.w': ['BGEU', true],
};

/** Micro-ops of one instruction at byte address pc; an empty list means that it traps. */
export function lower(insn: Instruction, pc: number): readonly MicroOp[] {
  const { mnemonic: m, rs1, rs2, imm, len } = insn;
  const rd = insn.rd === 0 ? REG_SINK : insn.rd;
  switch (m) {
    case 'lui':
      return [constant(rd, imm)];
    case 'auipc':
      return [constant(rd, pc + imm)];
    case 'jal':
      return [constant(rd, pc + len, { target: (pc + imm) >>> 0 })];
    case 'jalr':
      return [{ op: 'JALR', rd, rs1, k: [...limbs(imm), ...limbs(pc + len)] }];
    case 'beq':
    case 'bge':
    case 'bgeu':
      // A register equals itself: always taken.
      if (rs1 === rs2) return [constant(REG_SINK, 0, { target: (pc + imm) >>> 0 })];
      return [{ op: m.toUpperCase() as OpName, rs1, rs2, target: (pc + imm) >>> 0 }];
    case 'bne':
    case 'blt':
    case 'bltu':
      return [{ op: m.toUpperCase() as OpName, rs1, rs2, target: (pc + imm) >>> 0 }];
    case 'lw':
    case 'lbu':
    case 'lhu':
      return [load(m.toUpperCase() as OpName, rd, rs1, imm)];
    case 'lb':
      return [load('LBU', rd, rs1, imm), ...signExtend(rd, 0x80)];
    case 'lh':
      return [load('LHU', rd, rs1, imm), ...signExtend(rd, 0x8000)];
    case 'sb':
    case 'sh':
    case 'sw':
      return [store(m.toUpperCase() as OpName, rs1, rs2, imm)];
    case 'fence':
    case 'fence.i':
      return [NOP];
    case 'ecall':
      return [{ op: 'ECALL' }];
    case 'ebreak':
      return [];
    case 'lr.w':
      return [addi(REG_RESERVATION, rs1, 1), load('LW', rd, rs1, 0)];
    case 'sc.w':
      return storeConditional(rd, rs1, rs2);
    default:
      if (m.startsWith('amo')) return lowerAmo(m, rd, rs1, rs2);
      return rd === REG_SINK ? [NOP] : lowerAlu(insn, rd);
  }
}

/** Sign extension of the zero-extended value in rd: (v ^ s) - s with s the sign bit's weight. */
function signExtend(rd: number, sign: number): readonly MicroOp[] {
  return rd === REG_SINK ? [] : [{ op: 'XORI', rd, rs1: rd, k: bytes(sign) }, addi(rd, rd, -sign)];
}

function lowerAlu(insn: Instruction, rd: number): readonly MicroOp[] {
  const { mnemonic: m, rs1, rs2, imm } = insn;
  switch (m) {
    case 'addi':
      return [rs1 === 0 ? constant(rd, imm) : addi(rd, rs1, imm)];
    case 'xori':
    case 'ori':
      return [rs1 === 0 ? constant(rd, imm) : { op: m === 'ori' ? 'ORI' : 'XORI', rd, rs1, k: bytes(imm) }];
    case 'andi':
      return [rs1 === 0 ? constant(rd, 0) : { op: 'ANDI', rd, rs1, k: bytes(imm) }];
    case 'slti':
      return imm === 0 ? [reg('SLT', rd, rs1, 0)] : [constant(T0, imm), reg('SLT', rd, rs1, T0)];
    case 'sltiu':
      return imm === 0 ? [constant(rd, 0)] : [constant(T0, imm), reg('SLTU', rd, rs1, T0)];
    case 'slli':
    case 'srli':
      return [imm === 0 || rs1 === 0 ? move(rd, rs1) : { op: m === 'slli' ? 'SLLI' : 'SRLI', rd, rs1, k: [imm] }];
    case 'srai':
      if (imm === 0 || rs1 === 0) return [move(rd, rs1)];
      if (imm === 31) return [reg('SLT', T0, rs1, 0), reg('SUB', rd, 0, T0)];
      return shiftArithmetic(rd, rs1, { op: 'SRLI', rd: T1, rs1: T1, k: [imm] });
    case 'sra':
      if (rs1 === 0 || rs2 === 0) return [move(rd, rs1)];
      return shiftArithmetic(rd, rs1, reg('SRL', T1, T1, rs2));
    case 'add':
      if (rs1 === 0 || rs2 === 0) return [move(rd, rs1 === 0 ? rs2 : rs1)];
      return [reg('ADD', rd, rs1, rs2)];
    case 'sub':
      return [rs2 === 0 ? move(rd, rs1) : reg('SUB', rd, rs1, rs2)];
    case 'or':
      if (rs1 === 0 || rs2 === 0 || rs1 === rs2) return [move(rd, rs1 === 0 ? rs2 : rs1)];
      return [reg('OR', rd, rs1, rs2)];
    case 'mulh':
      return mulHighSigned(rd, rs1, rs2);
    case 'mulhsu':
      // The unsigned product counts 2^32 * rs2 too much when rs1 is negative.
      return [
        skip('BGE', rs1, 0, 4),
        reg('MULHU', T0, rs1, rs2),
        reg('SUB', rd, T0, rs2),
        constant(REG_SINK, 0, { local: 5 }),
        reg('MULHU', rd, rs1, rs2),
      ];
    case 'div':
      return divSigned(rd, rs1, rs2);
    case 'rem':
      return remSigned(rd, rs1, rs2);
    default: {
      const op = REG_OPS[m];
      if (op === undefined || !(op in OP)) throw new Error(`no lowering for ${m}`);
      return [reg(op, rd, rs1, rs2)];
    }
  }
}

/** With f all ones if a is negative, else 0: (a ^ f) is not negative, and its logical shift ^ f is the arithmetic one. */
function shiftArithmetic(rd: number, a: number, shift: MicroOp): readonly MicroOp[] {
  return [reg('SLT', T0, a, 0), reg('SUB', T0, 0, T0), reg('XOR', T1, a, T0), shift, reg('XOR', rd, T1, T0)];
}

/** mulh = mulhu - (a < 0 ? b : 0) - (b < 0 ? a : 0) mod 2^32; one multiplication when neither is negative. */
function mulHighSigned(rd: number, a: number, b: number): readonly MicroOp[] {
  return [
    reg('OR', T0, a, b),
    skip('BGE', T0, 0, 9),
    reg('MULHU', T0, a, b),
    skip('BGE', a, 0, 5),
    reg('SUB', T0, T0, b),
    skip('BGE', b, 0, 7),
    reg('SUB', T0, T0, a),
    move(rd, T0),
    constant(REG_SINK, 0, { local: 10 }),
    reg('MULHU', rd, a, b),
  ];
}

/** |a| into T0 and |b| into T1, for sequences that start at position 2. The absolute value of -2^31 is 2^31. */
function absolutes(a: number, b: number): readonly MicroOp[] {
  return [
    move(T0, a),
    skip('BGE', a, 0, 5),
    reg('SUB', T0, 0, a),
    move(T1, b),
    skip('BGE', b, 0, 8),
    reg('SUB', T1, 0, b),
  ];
}

/** Division by zero gives -1 = DIVU's result, not negated; -2^31 / -1 is 2^31 / 1 with equal signs: -2^31. */
function divSigned(rd: number, a: number, b: number): readonly MicroOp[] {
  return [
    reg('OR', T0, a, b),
    skip('BGE', T0, 0, 15),
    ...absolutes(a, b),
    reg('DIVU', T0, T0, T1), // 8
    reg('XOR', T2, a, b),
    skip('BGE', T2, 0, 13),
    skip('BEQ', b, 0, 13),
    reg('SUB', T0, 0, T0),
    move(rd, T0), // 13
    constant(REG_SINK, 0, { local: 16 }),
    reg('DIVU', rd, a, b), // 15
  ];
}

/** The remainder has the dividend's sign; by zero it is the dividend, which |a| negated back is. */
function remSigned(rd: number, a: number, b: number): readonly MicroOp[] {
  return [
    reg('OR', T0, a, b),
    skip('BGE', T0, 0, 13),
    ...absolutes(a, b),
    reg('REMU', T0, T0, T1), // 8
    skip('BGE', a, 0, 11),
    reg('SUB', T0, 0, T0),
    move(rd, T0), // 11
    constant(REG_SINK, 0, { local: 14 }),
    reg('REMU', rd, a, b), // 13
  ];
}

/** The loaded word goes straight to rd unless the sequence still needs rs1 or rs2 from there. */
function lowerAmo(m: string, rd: number, rs1: number, rs2: number): readonly MicroOp[] {
  const loaded = rd === rs1 || rd === rs2 ? T0 : rd;
  const tail = loaded === rd ? [] : [move(rd, loaded)];
  const keeps = AMO_KEEPS[m];
  const op = AMO_OPS[m];
  let update: readonly MicroOp[] = [store('SW', rs1, rs2, 0)];
  if (keeps) {
    const [branch, loadedFirst] = keeps;
    update = [loadedFirst ? skip(branch, loaded, rs2, 3) : skip(branch, rs2, loaded, 3), ...update];
  } else if (op) {
    update = [reg(op, T1, loaded, rs2), store('SW', rs1, T1, 0)];
  }
  return [load('LW', loaded, rs1, 0), ...update, ...tail];
}

/** The reservation register holds the reserved address + 1, or 0. The load on the failure path only checks the address. */
function storeConditional(rd: number, rs1: number, rs2: number): readonly MicroOp[] {
  return [
    addi(T0, rs1, 1),
    reg('SUB', T1, T0, REG_RESERVATION),
    constant(REG_RESERVATION, 0),
    skip('BNE', T1, 0, 6),
    store('SW', rs1, rs2, 0),
    constant(rd, 0, { local: 8 }),
    load('LW', REG_SINK, rs1, 0), // 6
    constant(rd, 1),
  ];
}
