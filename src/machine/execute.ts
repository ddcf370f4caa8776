// The reference executor: runs micro-ops one by one and emits the record of each chip's row. It does no field arithmetic.

import { blake3 } from '@noble/hashes/blake3.js';
import { CHIPS, type ChipName, CLK_STEP, FIRST_CLK, N_REGISTERS, NO_CHIP, OP } from '../core/isa.ts';
import { accessSize, alu, loaded, stored, taken } from './alu.ts';
import { describe } from './errors.ts';
import { emitFinals } from './finals.ts';
import { type Halt, hostCall } from './hostcalls.ts';
import { indexOfAddress, mnemonicOf, NO_INSTRUCTION, type Program } from './lower.ts';
import { createMemory, pageOf, poke, slotOf } from './memory.ts';
import { type ChipRecords, createBuffers, finish, reserve } from './records.ts';
import { checkedWord, checkWritable, fail, type MachineState, touchRegister, touchWord } from './state.ts';

export interface ExecuteOptions {
  /** Bound on RISC-V instructions; default 2^20. */
  readonly maxCycles?: number;
  /** Whether to emit records; default true. */
  readonly records?: boolean;
  /** Whether the halt digest must be BLAKE3 of the journal; default true. */
  readonly checkJournal?: boolean;
}

export interface Execution {
  readonly exitCode: number;
  /** The 32 bytes that halt names. */
  readonly digest: Uint8Array;
  /** Bytes written to file descriptor 3. */
  readonly journal: Uint8Array;
  /** Text written to file descriptors 1 and 2. */
  readonly text: string;
  /** RISC-V instructions, and micro-ops. */
  readonly cycles: number;
  readonly steps: number;
  /** Clock of the halting micro-op: the last state token that is consumed. */
  readonly finalClk: number;
  readonly records: Readonly<Record<ChipName, ChipRecords>>;
  /** Executed RISC-V instructions per mnemonic. */
  readonly mix: Readonly<Record<string, number>>;
  /** Executions per micro-op index. */
  readonly counts: Uint32Array;
}

export const DEFAULT_MAX_CYCLES: number = 2 ** 20;
/** Bound on micro-ops, whatever maxCycles says: clocks stay below 2^31 - 1. */
const MAX_STEPS: number = 2 ** 29 - 16;

/** What a micro-op accesses; one case of the interpreter each. */
const SHAPE = { THREE_REG: 0, TWO_REG: 1, CONST: 2, BRANCH: 3, LOAD: 4, STORE: 5, JALR: 6, ECALL: 7, TRAP: 8 } as const;

/** Words per micro-op in the packed code: op, rd, rs1, rs2, immediate, target or link, first, shape. */
const STRIDE = 8;

function shapeOf(op: number): number {
  if (op === OP.CONST) return SHAPE.CONST;
  if (op === OP.ADDI || (op >= OP.XORI && op <= OP.ANDI) || op === OP.SLLI || op === OP.SRLI) return SHAPE.TWO_REG;
  if (op >= OP.BEQ && op <= OP.BGEU) return SHAPE.BRANCH;
  if (op >= OP.LW && op <= OP.LHU) return SHAPE.LOAD;
  if (op >= OP.SW && op <= OP.SH) return SHAPE.STORE;
  if (op === OP.JALR) return SHAPE.JALR;
  if (op === OP.ECALL) return SHAPE.ECALL;
  return op === OP.TRAP ? SHAPE.TRAP : SHAPE.THREE_REG;
}

function packCode(program: Program): Int32Array {
  const c = program.columns;
  const code = new Int32Array(program.length * STRIDE);
  for (let i = 0; i < program.length; i++) {
    const op = c.op[i]!;
    const isBytes = op >= OP.XORI && op <= OP.ANDI;
    const imm = isBytes
      ? c.k0[i]! | (c.k1[i]! << 8) | (c.k2[i]! << 16) | (c.k3[i]! << 24)
      : c.k0[i]! | (c.k1[i]! << 16);
    const shape = shapeOf(op);
    const extra = op === OP.CONST ? c.k2[i]! : shape === SHAPE.BRANCH ? c.k0[i]! : c.k2[i]! | (c.k3[i]! << 16);
    code.set([op, c.rd[i]!, c.rs1[i]!, c.rs2[i]!, imm, extra, program.first[i]!, shape], i * STRIDE);
  }
  return code;
}

function createState(program: Program, input: Uint8Array, recording: boolean): MachineState {
  const memory = createMemory();
  const { addr, value } = program.elf.image;
  for (let i = 0; i < addr.length; i++) poke(memory, addr[i]!, value[i]!);
  return {
    program,
    memory,
    regs: new Uint32Array(N_REGISTERS),
    regClk: new Uint32Array(N_REGISTERS),
    buffers: createBuffers(),
    recording,
    input,
    inputAt: 0,
    journal: [],
    text: [],
    journalBytes: 0,
    textBytes: 0,
  };
}

/** Runs a program to its halt; throws `MachineError`. */
export function execute(program: Program, input: Uint8Array, options: ExecuteOptions = {}): Execution {
  const { maxCycles = DEFAULT_MAX_CYCLES, records = true, checkJournal = true } = options;
  const state = createState(program, input, records);
  const counts = new Uint32Array(program.length);
  const { halt, clk, idx } = run(state, counts, maxCycles);
  const journal = concat(state.journal);
  if (checkJournal && blake3(journal).some((byte, i) => byte !== halt.digest[i])) {
    fail(state, 'journal_mismatch', `the halt digest is not BLAKE3 of the ${journal.length} journal bytes`, idx);
  }
  if (records) emitFinals(state);
  const mix: Record<string, number> = {};
  let cycles = 0;
  for (let i = 0; i < program.length; i++) {
    if (program.first[i] === 0 || counts[i] === 0) continue;
    const mnemonic = mnemonicOf(program, program.instruction[i]!);
    mix[mnemonic] = (mix[mnemonic] ?? 0) + counts[i]!;
    cycles += counts[i]!;
  }
  return {
    ...halt,
    journal,
    text: new TextDecoder().decode(concat(state.text)),
    cycles,
    steps: (clk - FIRST_CLK) / CLK_STEP + 1,
    finalClk: clk,
    records: finish(state.buffers),
    mix,
    counts,
  };
}

/** The interpreter. Each case reads, touches the cells in clock order, writes, and appends one row. */
function run(state: MachineState, counts: Uint32Array, maxCycles: number): { halt: Halt; clk: number; idx: number } {
  const { program, regs, memory, recording, buffers } = state;
  const code = packCode(program);
  const bufferOf = Array.from(program.chip, (chip) => buffers[chip === NO_CHIP ? 'const' : CHIPS[chip]!]);
  const lastClk = FIRST_CLK + CLK_STEP * (MAX_STEPS - 1);
  let idx = program.entryIdx;
  let from = idx;
  let cycles = 0;
  for (let clk = FIRST_CLK; ; clk += CLK_STEP) {
    const at = idx * STRIDE;
    const op = code[at]!;
    if (code[at + 6] === 1 && ++cycles > maxCycles) {
      fail(state, 'limit_exceeded', `limit of ${maxCycles} instructions reached`, idx);
    }
    if (clk > lastClk) fail(state, 'limit_exceeded', `limit of ${MAX_STEPS} micro-ops reached`, idx);
    counts[idx]!++;
    switch (code[at + 7]) {
      case SHAPE.THREE_REG: {
        const rd = code[at + 1]!;
        const rs1 = code[at + 2]!;
        const rs2 = code[at + 3]!;
        const a = regs[rs1]!;
        const b = regs[rs2]!;
        const old = regs[rd]!;
        const prev1 = touchRegister(state, rs1, clk);
        const prev2 = touchRegister(state, rs2, clk + 1);
        const prevd = touchRegister(state, rd, clk + 2);
        regs[rd] = alu(op, a, b);
        if (recording) {
          const buffer = bufferOf[idx]!;
          const row = reserve(buffer);
          const data = buffer.data;
          data[row] = idx;
          data[row + 1] = clk;
          data[row + 2] = a;
          data[row + 3] = b;
          data[row + 4] = old;
          data[row + 5] = prev1;
          data[row + 6] = prev2;
          data[row + 7] = prevd;
        }
        idx++;
        break;
      }
      case SHAPE.TWO_REG: {
        const rd = code[at + 1]!;
        const rs1 = code[at + 2]!;
        const a = regs[rs1]!;
        const old = regs[rd]!;
        const prev1 = touchRegister(state, rs1, clk);
        const prevd = touchRegister(state, rd, clk + 2);
        regs[rd] = alu(op, a, code[at + 4]!);
        if (recording) {
          const buffer = bufferOf[idx]!;
          const row = reserve(buffer);
          const data = buffer.data;
          data[row] = idx;
          data[row + 1] = clk;
          data[row + 2] = a;
          data[row + 3] = old;
          data[row + 4] = prev1;
          data[row + 5] = prevd;
        }
        idx++;
        break;
      }
      case SHAPE.CONST: {
        const rd = code[at + 1]!;
        const old = regs[rd]!;
        const prevd = touchRegister(state, rd, clk + 2);
        regs[rd] = code[at + 4]!;
        if (recording) {
          const buffer = bufferOf[idx]!;
          const row = reserve(buffer);
          const data = buffer.data;
          data[row] = idx;
          data[row + 1] = clk;
          data[row + 2] = old;
          data[row + 3] = prevd;
        }
        from = idx;
        idx = code[at + 5]!;
        break;
      }
      case SHAPE.BRANCH: {
        const rs1 = code[at + 2]!;
        const rs2 = code[at + 3]!;
        const a = regs[rs1]!;
        const b = regs[rs2]!;
        const prev1 = touchRegister(state, rs1, clk);
        const prev2 = touchRegister(state, rs2, clk + 1);
        if (recording) {
          const buffer = bufferOf[idx]!;
          const row = reserve(buffer);
          const data = buffer.data;
          data[row] = idx;
          data[row + 1] = clk;
          data[row + 2] = a;
          data[row + 3] = b;
          data[row + 4] = prev1;
          data[row + 5] = prev2;
        }
        from = idx;
        idx = taken(op, a, b) ? code[at + 5]! : idx + 1;
        break;
      }
      case SHAPE.LOAD: {
        const rd = code[at + 1]!;
        const rs1 = code[at + 2]!;
        const a = regs[rs1]!;
        const old = regs[rd]!;
        const addr = (a + code[at + 4]!) >>> 0;
        const size = accessSize(op);
        const word = checkedWord(state, addr, size, size, idx);
        const mem = pageOf(memory, word)[slotOf(word)]!;
        const prev1 = touchRegister(state, rs1, clk);
        const prevd = touchRegister(state, rd, clk + 2);
        const prevm = touchWord(state, word, clk + 3);
        regs[rd] = loaded(op, mem, addr);
        if (recording) {
          const buffer = bufferOf[idx]!;
          const row = reserve(buffer);
          const data = buffer.data;
          data[row] = idx;
          data[row + 1] = clk;
          data[row + 2] = a;
          data[row + 3] = mem;
          data[row + 4] = old;
          data[row + 5] = prev1;
          data[row + 6] = prevm;
          data[row + 7] = prevd;
        }
        idx++;
        break;
      }
      case SHAPE.STORE: {
        const rs1 = code[at + 2]!;
        const rs2 = code[at + 3]!;
        const a = regs[rs1]!;
        const b = regs[rs2]!;
        const addr = (a + code[at + 4]!) >>> 0;
        const size = accessSize(op);
        const word = checkedWord(state, addr, size, size, idx);
        checkWritable(state, addr, size, idx);
        const page = pageOf(memory, word);
        const mem = page[slotOf(word)]!;
        const prev1 = touchRegister(state, rs1, clk);
        const prev2 = touchRegister(state, rs2, clk + 1);
        const prevm = touchWord(state, word, clk + 3);
        page[slotOf(word)] = stored(op, mem, b, addr);
        if (recording) {
          const buffer = bufferOf[idx]!;
          const row = reserve(buffer);
          const data = buffer.data;
          data[row] = idx;
          data[row + 1] = clk;
          data[row + 2] = a;
          data[row + 3] = b;
          data[row + 4] = mem;
          data[row + 5] = prev1;
          data[row + 6] = prev2;
          data[row + 7] = prevm;
        }
        idx++;
        break;
      }
      case SHAPE.JALR: {
        const rd = code[at + 1]!;
        const rs1 = code[at + 2]!;
        const a = regs[rs1]!;
        const old = regs[rd]!;
        const target = ((a + code[at + 4]!) & ~1) >>> 0;
        const next = indexOfAddress(program, target);
        if (next < 0) fail(state, 'trap_jump', `jump to 0x${target.toString(16)}, which is no instruction`, idx);
        const prev1 = touchRegister(state, rs1, clk);
        const prevd = touchRegister(state, rd, clk + 2);
        regs[rd] = code[at + 5]!;
        if (recording) {
          const buffer = bufferOf[idx]!;
          const row = reserve(buffer);
          const data = buffer.data;
          data[row] = idx;
          data[row + 1] = clk;
          data[row + 2] = a;
          data[row + 3] = old;
          data[row + 4] = prev1;
          data[row + 5] = prevd;
          data[row + 6] = next;
        }
        idx = next;
        break;
      }
      case SHAPE.ECALL: {
        const halt = hostCall(state, idx, clk);
        if (halt) return { halt, clk, idx };
        idx++;
        break;
      }
      default:
        trap(state, idx, from);
    }
  }
}

/** A TRAP row: an instruction that traps, or the row that bad jumps and the end of code lead to. */
function trap(state: MachineState, idx: number, from: number): never {
  const { program } = state;
  if (program.instruction[idx] !== NO_INSTRUCTION) {
    if (mnemonicOf(program, program.instruction[idx]!) === 'ebreak') fail(state, 'trap_ebreak', 'breakpoint', idx);
    fail(state, 'trap_illegal', 'not an RV32IMAC instruction', idx);
  }
  if (idx === program.badTargetIdx) fail(state, 'trap_jump', 'jump to what is no instruction', from);
  return fail(state, 'trap_code_end', `the code ends after ${describe(program, idx - 1).instruction}`, idx - 1);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    all.set(p, at);
    at += p.length;
  }
  return all;
}
