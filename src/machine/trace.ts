// A run under observation, for profiles and for errors: which functions called which, what each of them costs in rows and
// cells, and the stretches that the program marks. It runs on the interpreter, basic block by basic block.

import { CHIPS, type ChipName, OP } from '../core/isa.ts';
import { blocksOf } from './blocks.ts';
import { MachineError } from './errors.ts';
import { type Outcome, outcomeOf } from './execute.ts';
import { emitFinals } from './finals.ts';
import { FD, HOST_CALL } from './hostcalls.ts';
import { interpret } from './interpreter.ts';
import type { Program } from './lower.ts';
import { peekBytes } from './memory.ts';
import { createState, loadImage, type MachineState } from './state.ts';
import { CallStack, type Frame } from './trace_stack.ts';

/** RISC-V instructions, rows of the chips, and cells of those rows. */
export interface Cost {
  readonly cycles: number;
  readonly rows: number;
  readonly cells: number;
}

/** A function as called along one path from the entry. Costs are its own, without what it calls. */
export interface CallNode extends Cost {
  /** Position in `elf.symbols`, or -1. */
  readonly symbol: number;
  readonly calls: number;
  readonly children: ReadonlyMap<number, CallNode>;
}

/** All stretches of one name, with what they call. */
export interface MarkTotal extends Cost {
  readonly name: string;
  readonly count: number;
}

export interface Trace {
  /** How the run ended. */
  readonly outcome: Outcome | MachineError;
  readonly root: CallNode;
  readonly marks: readonly MarkTotal[];
  /** Rows by chip of the whole run, those of first and last memory values included. */
  readonly rows: Readonly<Record<ChipName, number>>;
  /** Per micro-op: times executed, and rows and cells beside its own, such as words read. */
  readonly counts: Float64Array;
  readonly extra: ReadonlyMap<number, Omit<Cost, 'cycles'>>;
  /** Where the run was when it ended, or first said that it gives up: innermost first. */
  readonly stack: readonly Frame[];
  /** What the program printed. */
  readonly text: string;
}

export type { Frame } from './trace_stack.ts';

export interface TraceOptions {
  /** Bound on RISC-V instructions. */
  readonly maxCycles: number;
  /** Columns of a chip. */
  readonly widthOf?: (chip: ChipName) => number;
}

const [A0, A1, A2, A7] = [10, 11, 12, 17];
/** Blocks after which the record buffers are emptied: they are only counted. */
const DRAIN_EVERY = 4096;
const MAX_MARK_BYTES = 256;

/** Sums over micro-ops [0, i), so that a block's cost is a difference. */
interface Prefix {
  readonly cycles: Float64Array;
  readonly rows: Float64Array;
  readonly cells: Float64Array;
}

function prefixSums({ length, first, chip }: Program, widths: readonly number[]): Prefix {
  const sums = {
    cycles: new Float64Array(length + 1),
    rows: new Float64Array(length + 1),
    cells: new Float64Array(length + 1),
  };
  for (let i = 0; i < length; i++) {
    const width = widths[chip[i]!];
    sums.cycles[i + 1] = sums.cycles[i]! + first[i]!;
    sums.rows[i + 1] = sums.rows[i]! + (width === undefined ? 0 : 1);
    sums.cells[i + 1] = sums.cells[i]! + (width ?? 0);
  }
  return sums;
}

/** Runs a program to its end, whatever that is. */
export function trace(program: Program, input: Uint8Array, options: TraceOptions): Trace {
  const state = createState(program, input, { recording: true, maxCycles: options.maxCycles });
  loadImage(state);
  const widths = CHIPS.map((chip) => options.widthOf?.(chip) ?? 0);
  const prefix = prefixSums(program, widths);
  const { ends } = blocksOf(program);
  const stack = new CallStack(program);
  const marks = new Marks();
  const counter = new RowCounter(state, widths);
  const total = { cycles: 0, rows: 0, cells: 0 };
  const decoder = new TextDecoder();
  let givenUpAt: readonly Frame[] | undefined;
  let outcome: Outcome | MachineError | undefined;
  let block = 0;
  try {
    while (outcome === undefined) {
      const start = state.idx;
      const end = ends[start]!;
      const isCall = program.columns.op[start] === OP.ECALL;
      if (isCall) {
        if (givesUp(state)) givenUpAt ??= stack.frames(start);
        marks.note(state, total);
      }
      const before = isCall ? counter.all() : undefined;
      const halt = interpret(state, end - start);
      const cost = {
        cycles: prefix.cycles[end]! - prefix.cycles[start]!,
        rows: prefix.rows[end]! - prefix.rows[start]!,
        cells: prefix.cells[end]! - prefix.cells[start]!,
      };
      const extra = before === undefined ? counter.refreshed() : counter.since(before);
      if (extra.rows > 0) {
        // Of a refreshed cell it is only known in which block it was accessed.
        counter.book(start, extra);
        cost.rows += extra.rows;
        cost.cells += extra.cells;
      }
      stack.spend(cost);
      total.cycles += cost.cycles;
      total.rows += cost.rows;
      total.cells += cost.cells;
      if (halt) {
        outcome = outcomeOf(state, halt, true);
        emitFinals(state);
      } else stack.step(end - 1, state.idx);
      if (++block % DRAIN_EVERY === 0) counter.drain();
    }
  } catch (error) {
    if (!(error instanceof MachineError)) throw error;
    outcome = error;
  }
  counter.drain();
  return {
    outcome,
    root: stack.root,
    marks: marks.finish(total),
    rows: counter.byChip(),
    counts: state.counts,
    extra: counter.extra,
    stack: givenUpAt ?? stack.frames(state.idx),
    text: (state.output?.text ?? []).map((part) => decoder.decode(part, { stream: true })).join(''),
  };
}

const isWrite = ({ regs }: MachineState, fd: number): boolean => regs[A7] === HOST_CALL.WRITE && regs[A0] === fd;
const givesUp = (state: MachineState): boolean => isWrite(state, FD.PANIC);

/** Counts the rows in the record buffers. */
class RowCounter {
  readonly extra: Map<number, { rows: number; cells: number }> = new Map();
  readonly #state: MachineState;
  readonly #widths: readonly number[];
  readonly #drained: number[] = CHIPS.map(() => 0);
  readonly #refresh: number = CHIPS.indexOf('refresh');
  #refreshSeen = 0;

  constructor(state: MachineState, widths: readonly number[]) {
    this.#state = state;
    this.#widths = widths;
  }

  #rows(id: number): number {
    const { length, width } = this.#state.bufferOf[id]!;
    return length / width;
  }

  all(): number[] {
    return CHIPS.map((_, id) => this.#rows(id));
  }

  /** Rows since `before` was taken. */
  since(before: readonly number[]): { rows: number; cells: number } {
    let [rows, cells] = [0, 0];
    for (const [id, earlier] of before.entries()) {
      const more = this.#rows(id) - earlier;
      rows += more;
      cells += more * this.#widths[id]!;
    }
    this.#refreshSeen = this.#rows(this.#refresh);
    return { rows, cells };
  }

  /** Refresh rows since they were last asked for. */
  refreshed(): { rows: number; cells: number } {
    const now = this.#rows(this.#refresh);
    const rows = now - this.#refreshSeen;
    this.#refreshSeen = now;
    return { rows, cells: rows * this.#widths[this.#refresh]! };
  }

  book(idx: number, { rows, cells }: { rows: number; cells: number }): void {
    const entry = this.extra.get(idx) ?? { rows: 0, cells: 0 };
    entry.rows += rows;
    entry.cells += cells;
    this.extra.set(idx, entry);
  }

  drain(): void {
    for (const [id, buffer] of this.#state.bufferOf.entries()) {
      this.#drained[id]! += this.#rows(id);
      buffer.length = 0;
    }
    this.#refreshSeen = 0;
  }

  byChip(): Record<ChipName, number> {
    return Object.fromEntries(CHIPS.map((chip, id) => [chip, this.#drained[id]!])) as Record<ChipName, number>;
  }
}

/** Stretches between `+name` and `-name`; an end without a begin is ignored, an open stretch ends with the run. */
class Marks {
  readonly #open: { name: string; from: Cost }[] = [];
  readonly #totals = new Map<string, { name: string; count: number; cycles: number; rows: number; cells: number }>();

  note(state: MachineState, now: Cost): void {
    if (!isWrite(state, FD.MARK)) return;
    const bytes = peekBytes(state.memory, state.regs[A1]!, Math.min(state.regs[A2]!, MAX_MARK_BYTES));
    const text = new TextDecoder().decode(bytes).replace(/[\s\p{C}]+/gu, ' ');
    const name = text.slice(1);
    if (text[0] === '+') this.#open.push({ name, from: { ...now } });
    if (text[0] === '-') this.#close(name, now);
  }

  #close(name: string, now: Cost): void {
    const at = this.#open.findLastIndex((mark) => mark.name === name);
    if (at < 0) return;
    const { from } = this.#open[at]!;
    this.#open.splice(at, 1);
    const entry = this.#totals.get(name) ?? { name, count: 0, cycles: 0, rows: 0, cells: 0 };
    entry.count++;
    entry.cycles += now.cycles - from.cycles;
    entry.rows += now.rows - from.rows;
    entry.cells += now.cells - from.cells;
    this.#totals.set(name, entry);
  }

  finish(now: Cost): MarkTotal[] {
    for (const { name } of this.#open.toReversed()) this.#close(name, now);
    return [...this.#totals.values()].sort((a, b) => b.cells - a.cells || b.cycles - a.cycles);
  }
}
