// What runs micro-ops: the reference interpreter, or the program translated to WebAssembly.

import type { Halt } from './hostcalls.ts';
import { interpret, interpretBlocks } from './interpreter.ts';
import type { Program } from './lower.ts';
import { createState, type MachineState, type StateOptions } from './state.ts';
import { TranslatedMachine } from './translate/machine.ts';
import { moduleOf } from './translate/translation.ts';

export type EngineName = 'interpreter' | 'translated';

export interface Engine {
  readonly state: MachineState;
  /** Runs whole blocks while they fit into `limit` steps, and at least one. */
  runBlocks(limit: number): Halt | undefined;
  /** Runs so many micro-ops, unless the machine halts. */
  runSteps(steps: number): Halt | undefined;
  /** Brings the state's counts and cycles up to date. */
  settle(): void;
}

/** A machine before its first micro-op. Without a name, the fastest that runs here. */
export function createEngine(
  name: EngineName | undefined,
  program: Program,
  input: Uint8Array,
  options: StateOptions,
): Engine {
  if (name !== 'interpreter') {
    const module = moduleOf(program, options.recording ? 'records' : 'plain');
    if (module) return new TranslatedMachine(program, module, input, options);
    if (name === 'translated') throw new Error('WebAssembly does not compile here');
  }
  const state = createState(program, input, options);
  return {
    state,
    runBlocks: (limit) =>
      limit === Number.POSITIVE_INFINITY ? interpret(state, limit) : interpretBlocks(state, limit),
    runSteps: (steps) => interpret(state, steps),
    settle: () => {},
  };
}

/** Idle machines of programs whose segments are recorded one after another: a new one costs milliseconds. */
const idle = new WeakMap<Program, TranslatedMachine>();

/** As `createEngine`, for a run that ends with `giveBackEngine`, or with an error. */
export function borrowEngine(
  name: EngineName | undefined,
  program: Program,
  input: Uint8Array,
  options: StateOptions,
): Engine {
  const machine = idle.get(program);
  if (name === 'interpreter' || machine === undefined) return createEngine(name, program, input, options);
  idle.delete(program);
  machine.restart(input, options);
  return machine;
}

export function giveBackEngine(program: Program, engine: Engine): void {
  if (engine instanceof TranslatedMachine) idle.set(program, engine);
}
