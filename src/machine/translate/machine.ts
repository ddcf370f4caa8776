// A machine whose blocks run in WebAssembly. What they leave to TypeScript (host calls, traps, ends of a budget, jumps
// into the middle of a block) the interpreter does, on the same memory.

import { CLK_STEP, FIRST_CLK, N_REGISTERS, OP } from '../../core/isa.ts';
import { accessSize } from '../alu.ts';
import { extraSteps, type Halt } from '../hostcalls.ts';
import { interpret, MAX_STEPS } from '../interpreter.ts';
import { indexOfAddress, type Program } from '../lower.ts';
import { createMemory, PAGE_SHIFT, PAGE_WORDS, pageOf, resetMemory, slotOf } from '../memory.ts';
import { appendRows } from '../records.ts';
import {
  checkedWord,
  checkWritable,
  createState,
  fail,
  type MachineState,
  type StateOptions,
  touchWord,
} from '../state.ts';
import { type Form, PAGE_BYTES, RECORD_SLICE, WASM_PAGE } from './layout.ts';
import { type HostFunctions, type Places, placesOf } from './translation.ts';

/** Micro-ops per entry into WebAssembly at plain speed: compilers replace functions only when they are entered. */
const PLAIN_SLICE = 2 ** 20;
/** A run's rows get one part in so many more room than the run before needed. */
const SLACK = 16;
/** Pages of guest memory that are added at a time, at least. */
const MIN_GROWTH = 32;

export class TranslatedMachine {
  #state: MachineState;
  readonly #form: Form;
  readonly #places: Places;
  readonly #memory: WebAssembly.Memory;
  readonly #run: (id: number) => number;
  #words: Int32Array;
  /** Linear address of the next page. */
  #free: number;
  /** Addresses of guest pages, by their position in the machine's memory. */
  readonly #bases: number[] = [0];
  /** Micro-ops since the last \`settle\`: a bound on cycles that are not counted yet. */
  #unsettled = 0;

  constructor(program: Program, module: WebAssembly.Module, input: Uint8Array, options: StateOptions) {
    this.#form = options.recording ? 'records' : 'plain';
    this.#places = placesOf(program, this.#form);
    const { layout } = this.#places;
    this.#free = layout.heap;
    this.#memory = new WebAssembly.Memory({ initial: Math.ceil(layout.heap / WASM_PAGE) + 1 });
    this.#words = new Int32Array(this.#memory.buffer);
    const memory = createMemory((number) => this.#allocate(number));
    this.#state = createState(program, input, { ...options, memory });
    this.#initialize();
    const host: HostFunctions = {
      touch: (address, idx) => this.#touch(address >>> 0, idx),
      checkStore: (address, idx) =>
        checkWritable(this.#state, address >>> 0, accessSize(program.columns.op[idx]!), idx),
      resolve: (target, idx) => this.#resolve(target >>> 0, idx),
    };
    const instance = new WebAssembly.Instance(module, { host: { ...host, memory: this.#memory } });
    this.#run = instance.exports.run as (id: number) => number;
  }

  get state(): MachineState {
    return this.#state;
  }

  /** Fills the tables of the linear memory. */
  #initialize(): void {
    const { layout, targets } = this.#places;
    const words = this.#words;
    words.set(targets, layout.targets / 4);
    for (const [i, { idx }] of this.#state.program.starts.entries()) words.set(idx, layout.jumps[i]! / 4);
    words.set(layout.rows, layout.rowEnds / 4);
    words[layout.logEnd / 4] = layout.log;
  }

  /** Another run of the program, of the same form. */
  restart(input: Uint8Array, options: StateOptions): void {
    const { program, memory, bufferOf } = this.#state;
    const { layout, starts } = this.#places;
    for (const number of memory.touched) {
      this.#words[layout.pageTable / 4 + number] = 0;
    }
    resetMemory(memory, () => this.#words.fill(0, layout.heap / 4, this.#free / 4));
    this.#free = layout.heap;
    this.#bases.length = 1;
    this.#words.fill(0, layout.counters / 4, layout.counters / 4 + starts.length);
    this.#unsettled = 0;
    // Rows of one run foretell those of the next.
    const capacities = bufferOf.map(({ length, width }) => length + width * Math.ceil(length / width / SLACK));
    this.#state = createState(program, input, { ...options, memory, capacities });
  }

  /** As `interpretBlocks`: whole blocks while they fit into `limit` steps, and at least one. */
  runBlocks(limit: number): Halt | undefined {
    const { state } = this;
    const { ends } = this.#places.blocks;
    for (let used = 0; ; ) {
      const length = ends[state.idx]! - state.idx;
      const cost = length + extraSteps(state);
      if (used > 0 && used + cost > limit) return undefined;
      const done = this.#enter(limit - used);
      if (done > 0) {
        used += done;
        continue;
      }
      const halt = this.#interpret(length);
      if (halt) return halt;
      used += cost;
    }
  }

  /** As `interpret`: exactly `steps` micro-ops, unless the machine halts. */
  runSteps(steps: number): Halt | undefined {
    const { state } = this;
    const { ends } = this.#places.blocks;
    for (let left = steps; left > 0; ) {
      const done = this.#enter(left);
      left -= done;
      if (done > 0) continue;
      const length = Math.min(left, ends[state.idx]! - state.idx);
      const halt = this.#interpret(length);
      if (halt) return halt;
      left -= length;
    }
    return undefined;
  }

  #interpret(steps: number): Halt | undefined {
    if (this.state.cycles + this.#unsettled + steps > this.state.maxCycles) this.settle();
    return interpret(this.state, steps);
  }

  /** Adds what the blocks counted to the machine's counts and cycles. */
  settle(): void {
    const { state } = this;
    const { layout, starts, blocks } = this.#places;
    const at = layout.counters / 4;
    for (const [i, start] of starts.entries()) {
      const count = this.#words[at + i]! >>> 0;
      if (count === 0) continue;
      this.#words[at + i] = 0;
      for (let idx = start; idx < blocks.ends[start]!; idx++) {
        state.counts[idx]! += count;
        if (state.program.first[idx] === 1) state.cycles += count;
      }
    }
    this.#unsettled = 0;
  }

  /** Runs blocks from the machine's micro-op on; returns how many micro-ops. */
  #enter(budget: number): number {
    const { state } = this;
    const { layout, targets } = this.#places;
    const id = targets[state.idx]!;
    if (id < 0) return 0;
    const slice = Math.min(budget, this.#form === 'plain' ? PLAIN_SLICE : RECORD_SLICE);
    if (state.cycles + this.#unsettled + slice > state.maxCycles) this.settle();
    const fuel = Math.min(
      slice,
      state.maxCycles - state.cycles - this.#unsettled,
      MAX_STEPS - (state.clk - FIRST_CLK) / CLK_STEP,
    );
    if (fuel <= 0) return 0;
    const { regs, regMarks, clk } = state;
    const recording = this.#form === 'records';
    this.#words.set(regs, layout.regs / 4);
    if (recording) this.#words.set(regMarks, layout.regMarks / 4);
    this.#words[layout.fuel / 4] = fuel;
    this.#words[layout.clk / 4] = clk;
    this.#words[layout.clkLimit / 4] = clk + CLK_STEP * fuel;
    const next = ~this.#run(id);
    const words = this.#words;
    regs.set(words.subarray(layout.regs / 4, layout.regs / 4 + N_REGISTERS));
    if (recording) regMarks.set(words.subarray(layout.regMarks / 4, layout.regMarks / 4 + N_REGISTERS));
    const done = recording ? (words[layout.clk / 4]! - clk) / CLK_STEP : fuel - words[layout.fuel / 4]!;
    state.idx = next;
    state.clk = clk + CLK_STEP * done;
    if (next === state.program.badTargetIdx) state.from = words[layout.from / 4]!;
    this.#unsettled += done;
    if (recording) this.#flush();
    else this.#drain();
    return done;
  }

  /** Notes the words that were touched. */
  #drain(): void {
    const { log, logEnd } = this.#places.layout;
    const { cells, memory } = this.#state;
    const end = this.#words[logEnd / 4]!;
    for (let at = log / 4; cells !== undefined && at < end / 4; at += 2) {
      cells.note(memory, this.#words[at]!, this.#words[at + 1]!);
    }
    this.#words[logEnd / 4] = log;
  }

  /** Moves the rows to the machine's buffers. */
  #flush(): void {
    const { layout } = this.#places;
    for (const [chip, first] of layout.rows.entries()) {
      if (first === 0) continue;
      const at = layout.rowEnds / 4 + chip;
      const end = this.#words[at]!;
      if (end === first) continue;
      appendRows(this.state.bufferOf[chip]!, this.#words.subarray(first / 4, end / 4));
      this.#words[at] = first;
    }
  }

  /** An access to a page that is not there yet, with the log full, or one that is not allowed. */
  #touch(address: number, idx: number): number {
    const { state } = this;
    const op = state.program.columns.op[idx]!;
    const size = accessSize(op);
    const word = checkedWord(state, address, size, size, idx);
    if (op >= OP.SW && op <= OP.SH) checkWritable(state, address, size, idx);
    if (state.recording) pageOf(state.memory, word);
    else {
      this.#drain();
      touchWord(state, word, 0);
    }
    return this.#bases[state.memory.index[word >>> PAGE_SHIFT]!]! + 4 * slotOf(word);
  }

  #resolve(target: number, idx: number): number {
    const found = indexOfAddress(this.state.program, target);
    if (found >= 0) return found;
    return fail(this.state, 'trap_jump', `jump to 0x${target.toString(16)}, which is no instruction`, idx);
  }

  /** A page of guest memory. Growing the linear memory detaches all views of it. */
  #allocate(number: number): Uint32Array {
    const base = this.#free;
    this.#free += 2 * PAGE_BYTES;
    const missing = this.#free - this.#memory.buffer.byteLength;
    if (missing > 0) {
      const pages = Math.max(missing / WASM_PAGE, MIN_GROWTH, this.#memory.buffer.byteLength / WASM_PAGE / 4);
      this.#memory.grow(Math.ceil(pages));
      this.#words = new Int32Array(this.#memory.buffer);
      const { pages: views } = this.state.memory;
      for (let i = 1; i < views.length; i++) views[i] = this.#view(this.#bases[i]!);
    }
    this.#bases.push(base);
    this.#words[this.#places.layout.pageTable / 4 + number] = base;
    return this.#view(base);
  }

  #view(base: number): Uint32Array {
    return new Uint32Array(this.#memory.buffer, base, 2 * PAGE_WORDS);
  }
}
