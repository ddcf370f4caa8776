// Runs of a program, whole: from its entry to its halt, with the record of each chip's row if asked.

import { blake3 } from '@noble/hashes/blake3.js';
import { type ChipName, CLK_STEP, FIRST_CLK } from '../core/isa.ts';
import { createEngine, type EngineName } from './engine.ts';
import { describe, GuestPanic } from './errors.ts';
import { emitFinals } from './finals.ts';
import type { Halt } from './hostcalls.ts';
import { mnemonicOf, type Program } from './lower.ts';
import { type ChipRecords, finish } from './records.ts';
import { fail, loadImage, type MachineState } from './state.ts';

export interface ExecuteOptions {
  /** Bound on RISC-V instructions; default 2^20. */
  readonly maxCycles?: number;
  /** Whether to emit records; default true. */
  readonly records?: boolean;
  /** Default: translated where WebAssembly compiles, but for short runs. */
  readonly engine?: EngineName;
  /** Whether the halt digest must be BLAKE3 of the journal; default true. */
  readonly checkJournal?: boolean;
}

/** What a run that halted leaves. */
export interface Outcome {
  readonly exitCode: number;
  /** The 32 bytes that halt names. */
  readonly digest: Uint8Array;
  /** Bytes written to file descriptor 3. */
  readonly journal: Uint8Array;
  /** Text written to file descriptors 1 and 2. */
  readonly text: string;
  /** RISC-V instructions. */
  readonly cycles: number;
  /** Executed RISC-V instructions per mnemonic. */
  readonly mix: Readonly<Record<string, number>>;
}

export interface Execution extends Outcome {
  /** Micro-ops. */
  readonly steps: number;
  /** Clock of the halting micro-op: the last state token that is consumed. */
  readonly finalClk: number;
  readonly records: Readonly<Record<ChipName, ChipRecords>>;
  /** Executions per micro-op index. */
  readonly counts: Uint32Array;
}

/** Micro-ops that the interpreter runs in the time that a small program's translation takes. */
const SHORT_RUN = 2 ** 14;
export const DEFAULT_MAX_CYCLES: number = 2 ** 20;

/** Runs a program to its halt; throws `MachineError`. */
export function execute(program: Program, input: Uint8Array, options: ExecuteOptions = {}): Execution {
  const { maxCycles = DEFAULT_MAX_CYCLES, records = true, checkJournal = true } = options;
  const stateOptions = { recording: records, maxCycles };
  // A short run is over before its program is translated; a longer one starts again.
  const first = options.engine ?? 'interpreter';
  let engine = createEngine(first, program, input, stateOptions);
  loadImage(engine.state);
  let halt = engine.runSteps(options.engine === undefined ? SHORT_RUN : Number.POSITIVE_INFINITY);
  if (halt === undefined) {
    engine = createEngine(undefined, program, input, stateOptions);
    loadImage(engine.state);
    halt = engine.runSteps(Number.POSITIVE_INFINITY)!;
  }
  const { state } = engine;
  engine.settle();
  const outcome = outcomeOf(state, halt, checkJournal);
  if (records) emitFinals(state);
  return {
    ...outcome,
    steps: (state.clk - FIRST_CLK) / CLK_STEP + 1,
    finalClk: state.clk,
    records: finish(state.buffers),
    counts: Uint32Array.from(state.counts),
  };
}

/** The outcome of a halted machine. */
export function outcomeOf(state: MachineState, halt: Halt, checkJournal: boolean): Outcome {
  const { program, counts } = state;
  if (state.output?.panic !== undefined) throw new GuestPanic(state.output.panic, describe(program, state.idx));
  const journal = concat(state.output?.journal ?? []);
  if (checkJournal && blake3(journal).some((byte, i) => byte !== halt.digest[i])) {
    const what = `the halt digest is not BLAKE3 of the ${journal.length} journal bytes`;
    fail(state, 'journal_mismatch', what, state.idx);
  }
  const mix: Record<string, number> = {};
  let cycles = 0;
  for (let i = 0; i < program.length; i++) {
    if (program.first[i] === 0 || counts[i] === 0) continue;
    const mnemonic = mnemonicOf(program, program.instruction[i]!);
    mix[mnemonic] = (mix[mnemonic] ?? 0) + counts[i]!;
    cycles += counts[i]!;
  }
  return { ...halt, journal, text: new TextDecoder().decode(concat(state.output?.text ?? [])), cycles, mix };
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
