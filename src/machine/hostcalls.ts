// Host calls: what `ecall` does, by the number in a7. Register accesses: a7 at clk, a0 at clk + 1, a1 at clk + 2 (or the
// result into a0 at clk + 2); memory words at clk + 3.

import { OP } from '../core/isa.ts';
import { peek, peekBytes, poke } from './memory.ts';
import { precompileOf, precompileSteps, runPrecompile } from './precompiles/index.ts';
import { push } from './records.ts';
import { checkedWord, checkWritable, fail, type MachineState, type Output, touchRegister, touchWord } from './state.ts';

export const HOST_CALL = { HALT: 0, READ: 1, INPUT_LENGTH: 2, WRITE: 3 } as const;

/**
 * File descriptors of what a program writes; 1 and 2 are text. A run that wrote to PANIC is refused, with that as the
 * reason. What goes to MARK names stretches of the run for profiles: `+name`, `-name`.
 */
export const FD = { JOURNAL: 3, PANIC: 4, MARK: 5 } as const;
export const DIGEST_WORDS = 8;
/** Bounds on what a program may print, in bytes: past the first it stops, past the second text is dropped. */
const MAX_JOURNAL_BYTES = 2 ** 26;
const MAX_TEXT_BYTES = 2 ** 20;
const MAX_PANIC_BYTES = 2 ** 12;

/** Bound on the words of one read: each is a row, and a segment holds whole host calls. */
export const MAX_READ_WORDS: number = 2 ** 16;

const [A0, A1, A2, A7] = [10, 11, 12, 17];

export interface Halt {
  readonly exitCode: number;
  readonly digest: Uint8Array;
}

/** What the next micro-op counts for in a segment beside itself: words read from the input, the work of a precompile. */
export function extraSteps({ program, idx, regs }: MachineState): number {
  if (program.columns.op[idx] !== OP.ECALL) return 0;
  if (regs[A7] === HOST_CALL.READ) return Math.min(Math.ceil(regs[A1]! / 4), MAX_READ_WORDS);
  return precompileSteps(regs[A7]!, regs);
}

/** Executes the ECALL micro-op at idx; returns the end of the run if it is one. */
export function hostCall(state: MachineState, idx: number, clk: number): Halt | undefined {
  switch (state.regs[A7]) {
    case HOST_CALL.HALT:
      return halt(state, idx, clk);
    case HOST_CALL.READ:
      read(state, idx, clk);
      return undefined;
    case HOST_CALL.INPUT_LENGTH: {
      const value = state.input.length - state.inputAt;
      const old = state.regs[A0]!;
      const prev17 = touchRegister(state, A7, clk);
      const prev10 = touchRegister(state, A0, clk + 2);
      state.regs[A0] = value;
      if (state.recording) push(state.buffers.input_length, [idx, clk, value, old, prev17, prev10]);
      return undefined;
    }
    case HOST_CALL.WRITE:
      write(state, idx, clk);
      return undefined;
    default: {
      const precompile = precompileOf(state.regs[A7]!);
      if (!precompile) return fail(state, 'unknown_host_call', `unknown host call ${state.regs[A7]}`, idx);
      runPrecompile(state, idx, clk, precompile);
      return undefined;
    }
  }
}

function halt(state: MachineState, idx: number, clk: number): Halt {
  const exitCode = state.regs[A0]!;
  const ptr = state.regs[A1]!;
  const word = checkedWord(state, ptr, 4 * DIGEST_WORDS, 4, idx);
  const prevs = [touchRegister(state, A7, clk), touchRegister(state, A0, clk + 1), touchRegister(state, A1, clk + 2)];
  const words = Array.from({ length: DIGEST_WORDS }, (_, i) => peek(state.memory, word + i));
  const wordPrevs = words.map((_, i) => touchWord(state, word + i, clk + 3));
  if (state.recording) push(state.buffers.halt, [idx, clk, exitCode, ptr, ...prevs, ...words, ...wordPrevs]);
  return { exitCode, digest: peekBytes(state.memory, ptr, 4 * DIGEST_WORDS) };
}

function read(state: MachineState, idx: number, clk: number): void {
  const ptr = state.regs[A0]!;
  const len = state.regs[A1]!;
  const left = state.input.length - state.inputAt;
  if (len > left) fail(state, 'input_over_read', `read of ${len} bytes with ${left} bytes of input left`, idx);
  const nWords = Math.ceil(len / 4);
  if (nWords > MAX_READ_WORDS) {
    fail(state, 'read_too_long', `read of ${len} bytes: at most ${4 * MAX_READ_WORDS} bytes in one call`, idx);
  }
  const first = checkedWord(state, ptr, 4 * nWords, 4, idx);
  checkWritable(state, ptr, 4 * nWords, idx);
  const prevs = [touchRegister(state, A7, clk), touchRegister(state, A0, clk + 1), touchRegister(state, A1, clk + 2)];
  if (state.recording) push(state.buffers.read, [idx, clk, ptr, len, ...prevs]);
  for (let i = 0; i < nWords; i++) {
    let value = 0;
    for (let j = 0; j < 4 && 4 * i + j < len; j++) value |= state.input[state.inputAt + 4 * i + j]! << (8 * j);
    const old = peek(state.memory, first + i);
    const prev = touchWord(state, first + i, clk + 3);
    poke(state.memory, first + i, value);
    if (state.recording) push(state.buffers.read_word, [clk, first + i, nWords - i, value, old, prev]);
  }
  state.inputAt += len;
}

/** Host output leaves no trace in the machine: only the call number is read. */
function write(state: MachineState, idx: number, clk: number): void {
  const fd = state.regs[A0]!;
  const ptr = state.regs[A1]!;
  const len = state.regs[A2]!;
  if (fd < 1 || fd > FD.MARK) fail(state, 'unknown_host_call', `write to unknown file descriptor ${fd}`, idx);
  checkedWord(state, ptr, len, 1, idx);
  if (state.output) writeTo(state, state.output, idx);
  const prev17 = touchRegister(state, A7, clk);
  if (state.recording) push(state.buffers.write, [idx, clk, prev17]);
}

function writeTo(state: MachineState, output: Output, idx: number): void {
  const [fd, ptr, len] = [state.regs[A0]!, state.regs[A1]!, state.regs[A2]!];
  if (fd === FD.JOURNAL) {
    if (output.journalBytes + len > MAX_JOURNAL_BYTES) {
      fail(state, 'write_too_long', `journal of more than ${MAX_JOURNAL_BYTES} bytes`, idx);
    }
    append(output.journal, peekBytes(state.memory, ptr, len));
    output.journalBytes += len;
  } else if (fd === FD.PANIC) {
    output.panic = joined(output.panic ?? new Uint8Array(0), state, ptr, len);
  } else if (fd !== FD.MARK) {
    const kept = Math.min(len, MAX_TEXT_BYTES - output.textBytes);
    append(output.text, peekBytes(state.memory, ptr, kept));
    output.textBytes += kept;
  }
}

/** Appends a piece, and joins pieces of like length: a program that writes byte by byte, or nothing, leaves few of them. */
function append(pieces: Uint8Array[], bytes: Uint8Array): void {
  let piece = bytes;
  for (let last = pieces.at(-1); last && last.length < 2 * piece.length; last = pieces.at(-1)) {
    const both = new Uint8Array(last.length + piece.length);
    both.set(last);
    both.set(piece, last.length);
    piece = both;
    pieces.pop();
  }
  if (piece.length > 0) pieces.push(piece);
}

function joined(before: Uint8Array, state: MachineState, ptr: number, len: number): Uint8Array {
  const bytes = new Uint8Array(Math.min(before.length + len, MAX_PANIC_BYTES));
  bytes.set(before);
  bytes.set(peekBytes(state.memory, ptr, bytes.length - before.length), before.length);
  return bytes;
}
