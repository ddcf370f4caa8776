// The reference interpreter: runs micro-ops one by one and emits the record of each chip's row. It does no field arithmetic.

import { CLK_STEP, FIRST_CLK, OP } from '../core/isa.ts';
import { accessSize, alu, loaded, stored, taken } from './alu.ts';
import { blocksOf } from './blocks.ts';
import { describe } from './errors.ts';
import { extraSteps, type Halt, hostCall } from './hostcalls.ts';
import { indexOfAddress, mnemonicOf, NO_INSTRUCTION, type Program } from './lower.ts';
import { pageOf, slotOf } from './memory.ts';
import { reserve } from './records.ts';
import { checkedWord, checkWritable, fail, type MachineState, touchRegister, touchWord } from './state.ts';

/** Bound on micro-ops of a whole run or of a segment: clocks stay below 2^31 - 1. */
export const MAX_STEPS: number = 2 ** 29 - 16;
const LAST_CLK: number = FIRST_CLK + CLK_STEP * (MAX_STEPS - 1);

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

const packed = new WeakMap<Program, Int32Array>();

function packedCode(program: Program): Int32Array {
  let code = packed.get(program);
  if (code === undefined) {
    code = packCode(program);
    packed.set(program, code);
  }
  return code;
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

/**
 * Runs micro-ops from where the machine is until it halts, or `steps` of them. Each case reads, touches the cells in
 * clock order, writes, and appends one row. The clock of a halted machine is that of its last micro-op.
 */
export function interpret(state: MachineState, steps: number): Halt | undefined {
  const { program, regs, memory, recording, bufferOf, counts, maxCycles } = state;
  const code = packedCode(program);
  let { idx, from, clk, cycles } = state;
  for (let left = steps; left > 0; left--, clk += CLK_STEP) {
    const at = idx * STRIDE;
    const op = code[at]!;
    if (code[at + 6] === 1 && ++cycles > maxCycles) {
      fail(state, 'limit_exceeded', `limit of ${maxCycles} instructions reached`, idx);
    }
    if (clk > LAST_CLK) fail(state, 'limit_exceeded', `limit of ${MAX_STEPS} micro-ops reached`, idx);
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
          const buffer = bufferOf[program.chip[idx]!]!;
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
          const buffer = bufferOf[program.chip[idx]!]!;
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
          const buffer = bufferOf[program.chip[idx]!]!;
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
          const buffer = bufferOf[program.chip[idx]!]!;
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
          const buffer = bufferOf[program.chip[idx]!]!;
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
          const buffer = bufferOf[program.chip[idx]!]!;
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
          const buffer = bufferOf[program.chip[idx]!]!;
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
        if (halt) {
          stopAt(state, idx, from, clk, cycles);
          return halt;
        }
        idx++;
        break;
      }
      default:
        trap(state, idx, from);
    }
  }
  stopAt(state, idx, from, clk, cycles);
  return undefined;
}

function stopAt(state: MachineState, idx: number, from: number, clk: number, cycles: number): void {
  state.idx = idx;
  state.from = from;
  state.clk = clk;
  state.cycles = cycles;
}

/**
 * Runs whole blocks while they fit into `limit` steps, and at least one. Words that a host call reads count as steps, as
 * each of them is a row, and so does the work of precompiles.
 */
export function interpretBlocks(state: MachineState, limit: number): Halt | undefined {
  const { ends } = blocksOf(state.program);
  for (let used = 0; ; ) {
    const length = ends[state.idx]! - state.idx;
    const cost = length + extraSteps(state);
    if (used > 0 && used + cost > limit) return undefined;
    const halt = interpret(state, length);
    if (halt) return halt;
    used += cost;
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
