// A short program that is cut in three segments and passes cells of every kind between them.
import { haltingProgram } from '../machine/asm.ts';
import { cutRun, type RunSize, type RunTraces } from './run_harness.ts';

const DATA_WORD = 0x20000 / 4;
const ZERO_BYTES = 0x50000;

/** Addresses of the memory relation. The digest's eight words come first in .data. */
export const CELLS: Readonly<Record<'WRITTEN' | 'IMAGE_READ' | 'IMAGE_IDLE' | 'ZERO' | 'ZERO_READ' | 'RA', number>> = {
  /** An image word that all segments write. */
  WRITTEN: DATA_WORD + 8,
  /** An image word that only the last one reads, and one that nobody touches. */
  IMAGE_READ: DATA_WORD + 9,
  IMAGE_IDLE: DATA_WORD + 10,
  /** A zero word that the first two segments write and the third reads; and one that is only read there. */
  ZERO: ZERO_BYTES / 4,
  ZERO_READ: ZERO_BYTES / 4 + 1,
  /** A register. */
  RA: 2 ** 30 + 1,
};

/** What the last segment loads is forgotten there: other values in the cells change no other cell. */
const SOURCE = haltingProgram(
  `la s0, written; li s1, ${ZERO_BYTES}; li t0, 0x12345; sw t0, 0(s0); sw t0, 0(s1); bnez s1, second
  second: lw t1, 0(s1); addi t1, t1, 1; sw t1, 0(s1); lw t2, 0(s0); sub t2, t2, t1; sw t2, 0(s0); bnez s1, third
  third: lw t3, 0(s1); lw t3, 4(s1); lw t3, 4(s0); sw t1, 0(s0); li t3, 0`,
  'written: .word 0xdeadbeef, 0x12345678, 0xcafebabe',
);

export const segmentedRun = (size: RunSize = { segmentSteps: 12, maxFirstLog: 5 }): RunTraces =>
  cutRun(SOURCE, new Uint8Array(0), size);
