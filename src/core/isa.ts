// The machine's own instruction set: micro-ops, the chips that prove them, and the record each chip's row is built from.
// In core because both the machine and the constraints are written against it.

import { M31_DOT_TERMS, PRECOMPILES, precompileRecord } from './precompiles.ts';

/** Micro-op ids. 0 is the padding row of the program table, so ids start at 1. Ops of one chip are contiguous. */
export const OP = {
  CONST: 1,
  ADD: 2,
  SUB: 3,
  ADDI: 4,
  XOR: 5,
  OR: 6,
  AND: 7,
  XORI: 8,
  ORI: 9,
  ANDI: 10,
  SLL: 11,
  SRL: 12,
  SLLI: 13,
  SRLI: 14,
  SLT: 15,
  SLTU: 16,
  BEQ: 17,
  BNE: 18,
  BLT: 19,
  BGE: 20,
  BLTU: 21,
  BGEU: 22,
  JALR: 23,
  LW: 24,
  LBU: 25,
  LHU: 26,
  SW: 27,
  SB: 28,
  SH: 29,
  MUL: 30,
  MULHU: 31,
  DIVU: 32,
  REMU: 33,
  ECALL: 34,
  TRAP: 35,
} as const;

export type OpName = keyof typeof OP;

/** Names by id; index 0 is the padding row. */
export const OP_NAMES: readonly string[] = ['PAD', ...Object.keys(OP)];

/** Register numbers beyond x0..x31. */
export const REG_SINK = 32;
export const REG_RESERVATION = 33;
export const REG_TEMP = 34;
/** Registers of the machine: x0..x31, sink, reservation, six temporaries. */
export const N_REGISTERS = 40;

/** Memory-relation address of register 0; memory words have addresses (byte address >> 2) below it. */
export const REGISTER_SPACE: number = 2 ** 30;
/** Byte addresses from here up trap: no word of theirs has a first tuple. */
export const ADDRESS_LIMIT = 0xffff0000;
/** Chain sentinel of the image table: the first word address that is not usable. */
export const SENTINEL_ADDRESS: number = ADDRESS_LIMIT / 4;
/** Clock of the first micro-op; each micro-op advances the clock by CLK_STEP. */
export const FIRST_CLK = 4;
export const CLK_STEP = 4;
/** Largest (access time - previous access time - 1) + 1 that one 16-bit range check covers. */
export const MAX_CLK_GAP = 65536;
/** Bound on micro-ops of a program: indices must fit the branch target constant. */
export const MAX_PROGRAM_LENGTH: number = 2 ** 21;

const THREE_REG = ['idx', 'clk', 'a', 'b', 'old', 'prev1', 'prev2', 'prevd'] as const;
const TWO_REG = ['idx', 'clk', 'a', 'old', 'prev1', 'prevd'] as const;
const BRANCH = ['idx', 'clk', 'a', 'b', 'prev1', 'prev2'] as const;
const LOAD = ['idx', 'clk', 'a', 'mem', 'old', 'prev1', 'prevm', 'prevd'] as const;
const STORE = ['idx', 'clk', 'a', 'b', 'mem', 'prev1', 'prev2', 'prevm'] as const;

/** Chip ids are positions in this list.  */
// biome-ignore format: a list
export const CHIPS = [
  'const', 'add', 'sub', 'bitwise', 'shift_reg', 'compare', 'mul', 'div', 'addi', 'bitwise_imm', 'shift_imm',
  'branch_eq', 'branch_lt', 'jalr', 'load_word', 'load_sub', 'store_word', 'store_sub',
  'halt', 'read', 'read_word', 'input_length', 'write', 'image', 'zero_init', 'refresh',
  'call1', 'call2', 'call3', 'call4', 'blake3', 'blake3_round', 'sha256', 'sha256_rounds',
  'keccak', 'keccak_round', 'modmul', 'secp256k1', 'qm31_dot', 'qm31_dot_terms', 'm31_dot', 'm31_dot_terms',
  'wide_modmul',
] as const;

export type ChipName = (typeof CHIPS)[number];

const numbered = (name: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${name}${i}`);

/** Rows of terms of a dot product: `x1_` words of the first operand, `x2_` of the second, clocks, and both sums. */
const dotTerms = (first: number, second: number, more: readonly string[]): string[] => [
  ...['clk', 'left', 'atx', 'aty', ...more, ...numbered('s', 4)],
  ...numbered('x1_', first),
  ...numbered('p1_', first),
  ...numbered('x2_', second),
  ...numbered('p2_', second),
  ...numbered('t', 4),
];

/**
 * Record fields per chip, one u32 each, in row order. `a`, `b` are operand values, `old` the overwritten value of the
 * destination register, `mem` the memory word before the access, `prev*` the clock of the cell's previous access.
 */
export const CHIP_RECORDS: Record<ChipName, readonly string[]> = {
  const: ['idx', 'clk', 'old', 'prevd'],
  add: THREE_REG,
  sub: THREE_REG,
  bitwise: THREE_REG,
  shift_reg: THREE_REG,
  compare: THREE_REG,
  mul: THREE_REG,
  div: THREE_REG,
  addi: TWO_REG,
  bitwise_imm: TWO_REG,
  shift_imm: TWO_REG,
  branch_eq: BRANCH,
  branch_lt: BRANCH,
  jalr: ['idx', 'clk', 'a', 'old', 'prev1', 'prevd', 'nextidx'],
  load_word: LOAD,
  load_sub: LOAD,
  store_word: STORE,
  store_sub: STORE,
  // biome-ignore format: one line reads as the row does
  halt: ['idx', 'clk', 'code', 'ptr', 'prev17', 'prev10', 'prev11', 'w0', 'w1', 'w2', 'w3', 'w4', 'w5', 'w6', 'w7', 'p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'],
  read: ['idx', 'clk', 'ptr', 'len', 'prev17', 'prev10', 'prev11'],
  read_word: ['clk', 'wordaddr', 'remaining', 'newvalue', 'old', 'prev'],
  input_length: ['idx', 'clk', 'value', 'old10', 'prev17', 'prev10w'],
  write: ['idx', 'clk', 'prev17'],
  image: ['lastnext', 'finalvalue', 'finalclk'],
  zero_init: ['wordaddr', 'lastnext', 'finalvalue', 'finalclk'],
  refresh: ['addr', 'value', 'prev', 'newclk'],
  call1: ['idx', 'clk', 'number', 'prev17', 'ptr0', 'prev10'],
  call2: ['idx', 'clk', 'number', 'prev17', 'ptr0', 'prev10', 'ptr1', 'prev11'],
  call3: ['idx', 'clk', 'number', 'prev17', 'ptr0', 'prev10', 'ptr1', 'prev11', 'ptr2', 'prev12'],
  call4: ['idx', 'clk', 'number', 'prev17', 'ptr0', 'prev10', 'ptr1', 'prev11', 'ptr2', 'prev12', 'ptr3', 'prev13'],
  blake3: precompileRecord(PRECOMPILES.blake3),
  blake3_round: ['clk', 'round', ...numbered('v', 16), ...numbered('m', 16)],
  sha256: precompileRecord(PRECOMPILES.sha256),
  sha256_rounds: ['clk', 'group', ...numbered('s', 8), ...numbered('p', 16), ...numbered('w', 4)],
  keccak: precompileRecord(PRECOMPILES.keccak),
  keccak_round: ['clk', 'round', ...numbered('w', 50)],
  modmul: precompileRecord(PRECOMPILES.modmul),
  secp256k1: precompileRecord(PRECOMPILES.secp256k1),
  qm31_dot: precompileRecord(PRECOMPILES.qm31_dot),
  qm31_dot_terms: dotTerms(4, 4, []),
  m31_dot: precompileRecord(PRECOMPILES.m31_dot),
  m31_dot_terms: dotTerms(M31_DOT_TERMS, 4 * M31_DOT_TERMS, ['used']),
  wide_modmul: precompileRecord(PRECOMPILES.wide_modmul),
};

/** Chip id of rows that no fixed chip proves: TRAP (none) and ECALL (chosen by a7 at run time). */
export const NO_CHIP = 255;

const CHIP_OF_OP_NAME: Record<OpName, ChipName | null> = {
  CONST: 'const',
  ADD: 'add',
  SUB: 'sub',
  ADDI: 'addi',
  XOR: 'bitwise',
  OR: 'bitwise',
  AND: 'bitwise',
  XORI: 'bitwise_imm',
  ORI: 'bitwise_imm',
  ANDI: 'bitwise_imm',
  SLL: 'shift_reg',
  SRL: 'shift_reg',
  SLLI: 'shift_imm',
  SRLI: 'shift_imm',
  SLT: 'compare',
  SLTU: 'compare',
  BEQ: 'branch_eq',
  BNE: 'branch_eq',
  BLT: 'branch_lt',
  BGE: 'branch_lt',
  BLTU: 'branch_lt',
  BGEU: 'branch_lt',
  JALR: 'jalr',
  LW: 'load_word',
  LBU: 'load_sub',
  LHU: 'load_sub',
  SW: 'store_word',
  SB: 'store_sub',
  SH: 'store_sub',
  MUL: 'mul',
  MULHU: 'mul',
  DIVU: 'div',
  REMU: 'div',
  ECALL: null,
  TRAP: null,
};

/** Chip of an op by name, `null` for ECALL and TRAP. */
export function chipOfOp(op: OpName): ChipName | null {
  return CHIP_OF_OP_NAME[op];
}

/** Chip id by op id (NO_CHIP for padding, ECALL and TRAP). */
export const CHIP_ID_OF_OP: Uint8Array = Uint8Array.from(OP_NAMES, (name) => {
  const chip = name === 'PAD' ? null : CHIP_OF_OP_NAME[name as OpName];
  return chip === null ? NO_CHIP : CHIPS.indexOf(chip);
});

/** ABI names of x0..x31, for messages. */
// biome-ignore format: a table
export const REGISTER_NAMES: readonly string[] = [
  'zero', 'ra', 'sp', 'gp', 'tp', 't0', 't1', 't2', 's0', 's1', 'a0', 'a1', 'a2', 'a3', 'a4', 'a5',
  'a6', 'a7', 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9', 's10', 's11', 't3', 't4', 't5', 't6',
];
