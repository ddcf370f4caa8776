// Errors of a running program. Each names the instruction, so that the guest's author can find it.

import { WispError } from '../core/errors.ts';
import { decode, formatInstruction, isWide } from './decode.ts';
import { symbolAt } from './elf.ts';
import { NO_INSTRUCTION, type Program } from './lower.ts';

export type MachineErrorCode =
  | 'trap_ebreak'
  | 'trap_illegal'
  | 'trap_misaligned'
  | 'trap_jump'
  | 'trap_code_end'
  | 'trap_store_to_code'
  | 'trap_address'
  | 'input_over_read'
  | 'read_too_long'
  | 'unknown_host_call'
  | 'bad_operand'
  | 'write_too_long'
  | 'limit_exceeded'
  | 'journal_mismatch'
  | 'guest_panic';

export interface MachineErrorDetails {
  /** Byte address of the instruction, its text, and `symbol+offset` where the file names one. */
  readonly pc: number;
  readonly instruction: string;
  readonly symbol: string | undefined;
}

export class MachineError extends WispError {
  declare readonly code: MachineErrorCode;
  readonly pc: number;
  readonly instruction: string;
  readonly symbol: string | undefined;

  constructor(code: MachineErrorCode, what: string, at: MachineErrorDetails) {
    const where = at.symbol === undefined ? '' : ` in ${at.symbol}`;
    super(code, `${what} at pc 0x${at.pc.toString(16).padStart(8, '0')} (${at.instruction})${where}`);
    this.pc = at.pc;
    this.instruction = at.instruction;
    this.symbol = at.symbol;
  }
}

/** The program says that it gives up; the message is its own. */
export class GuestPanic extends MachineError {
  constructor(bytes: Uint8Array, at: MachineErrorDetails) {
    super('guest_panic', '', at);
    // What a program prints is not trusted to be one line, or printable at all.
    const text = new TextDecoder()
      .decode(bytes)
      .replace(/[\s\p{C}]+/gu, ' ')
      .trim();
    this.message = text === '' ? 'the program panicked' : text;
  }
}

/** Pc, text and symbol of the instruction that a micro-op belongs to. */
export function describe(program: Program, idx: number): MachineErrorDetails {
  const number = program.instruction[idx] ?? NO_INSTRUCTION;
  if (number === NO_INSTRUCTION) return { pc: 0, instruction: 'no instruction', symbol: undefined };
  const pc = program.pc[number]!;
  const symbol = symbolAt(program.elf, pc);
  const segment = program.elf.segments.find((s) => pc >= s.addr && pc < s.addr + s.data.length)!;
  const at = pc - segment.addr;
  const low = segment.data[at]! | (segment.data[at + 1]! << 8);
  const high = (segment.data[at + 2] ?? 0) | ((segment.data[at + 3] ?? 0) << 8);
  const word = isWide(low) ? low | (high << 16) : low;
  const insn = decode(word);
  const raw = isWide(low) ? (word >>> 0).toString(16).padStart(8, '0') : low.toString(16).padStart(4, '0');
  return { pc, instruction: insn ? formatInstruction(insn, pc) : `encoding 0x${raw}`, symbol };
}
