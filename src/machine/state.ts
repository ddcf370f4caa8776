// State of a running machine and its timed cell accesses.

import { ADDRESS_LIMIT, type ChipName, MAX_CLK_GAP, REGISTER_SPACE } from '../core/isa.ts';
import { describe, MachineError, type MachineErrorCode } from './errors.ts';
import type { Program } from './lower.ts';
import { type Memory, pageOf, slotOf } from './memory.ts';
import { push, type RecordBuffer } from './records.ts';

export interface MachineState {
  readonly program: Program;
  readonly memory: Memory;
  /** Register values and the clocks of their last accesses. */
  readonly regs: Uint32Array;
  readonly regClk: Uint32Array;
  readonly buffers: Record<ChipName, RecordBuffer>;
  /** Whether rows are recorded; clocks are kept either way. */
  readonly recording: boolean;
  readonly input: Uint8Array;
  inputAt: number;
  readonly journal: Uint8Array[];
  readonly text: Uint8Array[];
  journalBytes: number;
  textBytes: number;
}

export function fail(state: MachineState, code: MachineErrorCode, what: string, idx: number): never {
  throw new MachineError(code, what, describe(state.program, idx));
}

/** Accesses a register at time t and returns the clock of the previous access, refreshed if that is too long ago. */
export function touchRegister(state: MachineState, r: number, t: number): number {
  const prev = state.regClk[r]!;
  state.regClk[r] = t;
  return t - prev > MAX_CLK_GAP ? refresh(state, REGISTER_SPACE + r, state.regs[r]!, prev, t) : prev;
}

/** Accesses a memory word (word address below ADDRESS_LIMIT / 4), likewise. */
export function touchWord(state: MachineState, word: number, t: number): number {
  const page = pageOf(state.memory, word);
  const slot = slotOf(word);
  const prev = page[slot + 1]!;
  page[slot + 1] = t;
  return t - prev > MAX_CLK_GAP ? refresh(state, word, page[slot]!, prev, t) : prev;
}

/**
 * An access may lie at most MAX_CLK_GAP clocks behind the previous one of its cell; a refresh row re-reads an older cell
 * at the earliest clock that is near enough. That is after prev, since the gap is larger.
 */
function refresh(state: MachineState, addr: number, value: number, prev: number, t: number): number {
  const newClk = Math.max(prev + 1, t - MAX_CLK_GAP);
  if (state.recording) push(state.buffers.refresh, [addr, value, prev, newClk]);
  return newClk;
}

/** Word address of an aligned byte range [addr, addr + len) that the program accesses; fails outside usable memory. */
export function checkedWord(state: MachineState, addr: number, len: number, align: number, idx: number): number {
  if (addr + len > ADDRESS_LIMIT)
    fail(state, 'trap_address', `address 0x${(addr >>> 0).toString(16)} is unusable`, idx);
  if (addr & (align - 1)) fail(state, 'trap_misaligned', `misaligned address 0x${addr.toString(16)}`, idx);
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
