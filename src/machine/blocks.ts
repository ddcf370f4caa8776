// Basic blocks: where a run may be cut, and what the translator compiles. They depend on the program alone.

import { OP } from '../core/isa.ts';
import { indexOfAddress, type Program } from './lower.ts';

/** Longest block, in micro-ops: straight code is split, so that a segment's budget binds within so many. */
export const MAX_BLOCK = 128;

export interface Blocks {
  /** 1 where a block starts. */
  readonly starts: Uint8Array;
  /** Per micro-op: one past the last micro-op of its block. */
  readonly ends: Uint32Array;
}

const known = new WeakMap<Program, Blocks>();

/** Blocks of a program. Host calls and traps stand alone. */
export function blocksOf(program: Program): Blocks {
  let blocks = known.get(program);
  if (blocks === undefined) {
    blocks = findBlocks(program);
    known.set(program, blocks);
  }
  return blocks;
}

/** Whether control does not simply go on to the next micro-op. */
export function endsBlock(program: Program, idx: number): boolean {
  const op = program.columns.op[idx]!;
  if (op === OP.CONST) return program.columns.k2[idx] !== idx + 1;
  return (op >= OP.BEQ && op <= OP.JALR) || op === OP.ECALL || op === OP.TRAP;
}

function findBlocks(program: Program): Blocks {
  const { length, columns, elf } = program;
  const starts = new Uint8Array(length + 1);
  starts[0] = 1;
  starts[program.entryIdx] = 1;
  starts[program.badTargetIdx] = 1;
  for (let i = 0; i < length; i++) {
    const op = columns.op[i]!;
    if (!endsBlock(program, i)) continue;
    starts[i + 1] = 1;
    if (op === OP.ECALL || op === OP.TRAP) starts[i] = 1;
    else if (op === OP.CONST) starts[columns.k2[i]!] = 1;
    else if (op !== OP.JALR) starts[columns.k0[i]!] = 1;
  }
  // Jump tables and function pointers: words that are addresses of instructions. Other targets of indirect jumps lie in
  // the middle of a block, which is allowed.
  for (const value of elf.image.value) {
    const idx = indexOfAddress(program, value);
    if (idx >= 0) starts[idx] = 1;
  }
  const ends = new Uint32Array(length);
  for (let start = 0; start < length; ) {
    let end = start + 1;
    while (end < length && starts[end] === 0 && end - start < MAX_BLOCK) end++;
    starts[end] = 1;
    ends.fill(end, start, end);
    start = end;
  }
  return { starts: starts.subarray(0, length), ends };
}
