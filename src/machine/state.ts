// State of a running machine and its timed cell accesses.

import {
  ADDRESS_LIMIT,
  CHIPS,
  type ChipName,
  FIRST_CLK,
  MAX_CLK_GAP,
  N_REGISTERS,
  REGISTER_SPACE,
} from '../core/isa.ts';
import type { CellLog } from './cells.ts';
import { describe, MachineError, type MachineErrorCode } from './errors.ts';
import type { Program } from './lower.ts';
import { createMemory, type Memory, PAGE_SHIFT, PAGE_WORDS, pageOf, poke, slotOf } from './memory.ts';
import { createBuffers, push, type RecordBuffer } from './records.ts';

/** Mark of an accessed cell where no clocks are kept. Misaligned, no four bytes of such marks give the mark again. */
export const TOUCHED = 0xff;

/** Bound on the pages (16 KiB) that a run touches: the host holds each several times over. */
export const MAX_PAGES: number = 2 ** 15;

export interface MachineState {
  readonly program: Program;
  readonly memory: Memory;
  /** Register values, and the marks of their last accesses. */
  readonly regs: Uint32Array;
  readonly regMarks: Uint32Array;
  readonly buffers: Record<ChipName, RecordBuffer>;
  /** The same by chip id. */
  readonly bufferOf: readonly RecordBuffer[];
  /** Whether rows are recorded. Marks are the clocks of last accesses then, otherwise TOUCHED. */
  readonly recording: boolean;
  /** Notes the words that a segment touches. */
  readonly cells: CellLog | undefined;
  readonly input: Uint8Array;
  inputAt: number;
  /** What the program writes; undefined where it is of no interest. */
  readonly output: Output | undefined;
  readonly maxCycles: number;
  /** Executions per micro-op. */
  readonly counts: Float64Array;
  /** Next micro-op, the last control transfer, the clock, and RISC-V instructions so far. */
  idx: number;
  from: number;
  clk: number;
  cycles: number;
}

export interface Output {
  readonly journal: Uint8Array[];
  readonly text: Uint8Array[];
  /** Why the program gives up, if it says so. */
  panic: Uint8Array | undefined;
  journalBytes: number;
  textBytes: number;
}

export interface StateOptions {
  readonly recording: boolean;
  readonly maxCycles: number;
  readonly cells?: CellLog;
  readonly silent?: boolean;
  /** Words that the rows of each chip will take, by chip id, if known about. */
  readonly capacities?: readonly number[];
  /** Empty memory to take. */
  readonly memory?: Memory;
}

const newOutput = (): Output => ({ journal: [], text: [], panic: undefined, journalBytes: 0, textBytes: 0 });

/** A machine before its first micro-op, with empty memory. */
export function createState(program: Program, input: Uint8Array, options: StateOptions): MachineState {
  const buffers = createBuffers(options.capacities);
  return {
    program,
    memory: options.memory ?? createMemory(),
    regs: new Uint32Array(N_REGISTERS),
    regMarks: new Uint32Array(N_REGISTERS),
    buffers,
    bufferOf: CHIPS.map((chip) => buffers[chip]),
    recording: options.recording,
    cells: options.cells,
    input,
    inputAt: 0,
    output: options.silent ? undefined : newOutput(),
    maxCycles: options.maxCycles,
    counts: new Float64Array(program.length),
    idx: program.entryIdx,
    from: program.entryIdx,
    clk: FIRST_CLK,
    cycles: 0,
  };
}

/** Puts the program's image into memory. */
export function loadImage(state: MachineState): void {
  const { addr, value } = state.program.elf.image;
  for (let i = 0; i < addr.length; i++) poke(state.memory, addr[i]!, value[i]!);
}

export function fail(state: MachineState, code: MachineErrorCode, what: string, idx: number): never {
  throw new MachineError(code, what, describe(state.program, idx));
}

/** Accesses a register at time t and returns the clock of the previous access, refreshed if that is too long ago. */
export function touchRegister(state: MachineState, r: number, t: number): number {
  if (!state.recording) return 0;
  const prev = state.regMarks[r]!;
  state.regMarks[r] = t;
  return t - prev > MAX_CLK_GAP ? refresh(state, REGISTER_SPACE + r, state.regs[r]!, prev, t) : prev;
}

/** Accesses a memory word (word address below ADDRESS_LIMIT / 4), likewise. */
export function touchWord(state: MachineState, word: number, t: number): number {
  const page = pageOf(state.memory, word);
  const slot = slotOf(word);
  const prev = page[slot + PAGE_WORDS]!;
  if (!state.recording) {
    page[slot + PAGE_WORDS] = TOUCHED;
    if (prev === 0) state.cells?.note(state.memory, word, page[slot]!);
    return 0;
  }
  page[slot + PAGE_WORDS] = t;
  return t - prev > MAX_CLK_GAP ? refresh(state, word, page[slot]!, prev, t) : prev;
}

/**
 * An access may lie at most MAX_CLK_GAP clocks behind the previous one of its cell; a refresh row re-reads an older cell
 * at the earliest clock that is near enough. That is after prev, since the gap is larger.
 */
function refresh(state: MachineState, addr: number, value: number, prev: number, t: number): number {
  const newClk = Math.max(prev + 1, t - MAX_CLK_GAP);
  push(state.buffers.refresh, [addr, value, prev, newClk]);
  return newClk;
}

/** Word address of an aligned byte range [addr, addr + len) that the program names, empty or not; fails outside usable memory. */
export function checkedWord(state: MachineState, addr: number, len: number, align: number, idx: number): number {
  // An empty range too: a pointer at the limit has no row in the circuit.
  if (addr >= ADDRESS_LIMIT || addr + len > ADDRESS_LIMIT)
    fail(state, 'trap_address', `address 0x${(addr >>> 0).toString(16)} is unusable`, idx);
  if (addr & (align - 1)) fail(state, 'trap_misaligned', `misaligned address 0x${addr.toString(16)}`, idx);
  const { touched, index } = state.memory;
  if (touched.length >= MAX_PAGES) {
    const last = (addr + Math.max(len, 1) - 1) >>> (PAGE_SHIFT + 2);
    for (let page = addr >>> (PAGE_SHIFT + 2); page <= last; page++) {
      if (index[page] === 0) fail(state, 'limit_exceeded', `limit of ${MAX_PAGES / 64} MiB of memory reached`, idx);
    }
  }
  return addr >>> 2;
}

/** Refuses a store that touches code. */
export function checkWritable(state: MachineState, addr: number, len: number, idx: number): void {
  for (const { start, end } of state.program.elf.readOnly) {
    if (addr < end && addr + len > start) {
      fail(state, 'trap_store_to_code', `store to code at address 0x${addr.toString(16)}`, idx);
    }
  }
}
