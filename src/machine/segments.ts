// Runs that are cut into segments: clocks start afresh in each, and memory crosses from one to the next cell by cell.

import { type ChipName, CLK_STEP, FIRST_CLK, N_REGISTERS } from '../core/isa.ts';
import { CellLog, type SegmentCells } from './cells.ts';
import { borrowEngine, createEngine, type EngineName, giveBackEngine } from './engine.ts';
import { type Outcome, outcomeOf } from './execute.ts';
import type { Program } from './lower.ts';
import { forEachPage, PAGE_WORDS, slotOf } from './memory.ts';
import { type ChipRecords, finish } from './records.ts';
import { fail, loadImage, type MachineState } from './state.ts';

/** One segment of a cut run: all that is needed to record it. */
export interface SegmentCut {
  readonly index: number;
  /** Micro-op that it starts with, and that the next one starts with: null where the program halts. */
  readonly entry: number;
  readonly exit: number | null;
  /** Micro-ops. */
  readonly steps: number;
  /** Clock of the state token that it leaves, or of the halting micro-op. */
  readonly exitClk: number;
  /** Input bytes consumed before it. */
  readonly inputAt: number;
  readonly cells: SegmentCells;
}

export interface RunOptions {
  /** Bound on RISC-V instructions of the whole run; default 2^32. */
  readonly maxCycles?: number;
  /** Bound on a segment's micro-ops and read words: 1 to MAX_SEGMENT_STEPS. It holds at least one basic block. */
  readonly segmentSteps: number;
  /** Default: translated where WebAssembly compiles. */
  readonly engine?: EngineName;
  /** Whether the halt digest must be BLAKE3 of the journal; default true. */
  readonly checkJournal?: boolean;
}

export interface RunResult extends Outcome {
  /** Micro-ops. */
  readonly steps: number;
}

/** A run that is under way. */
export interface CutRun {
  /** The next segment, or undefined after the one that halted; throws `MachineError`. */
  next(): SegmentCut | undefined;
  /** After the last segment. */
  readonly result: RunResult;
  /** After the last segment: rows of FIRST_CELL_FIELDS, first and last values of all cells. */
  firstCells(): ChipRecords;
}

export interface SegmentRecords {
  readonly records: Readonly<Record<ChipName, ChipRecords>>;
  /** Clock of the last access per cell of the cut, 0 for registers that rested. */
  readonly finalClk: Uint32Array;
}

export const DEFAULT_MAX_RUN_CYCLES: number = 2 ** 32;
/** Clocks of a segment stay below 2^26, the bound of one proof. */
export const MAX_SEGMENT_STEPS: number = 2 ** 24 - 2 ** 17;
/** Segment numbers are 16-bit. */
export const MAX_SEGMENTS: number = 2 ** 16 - 1;

/** Starts a run that is cut where its next basic block would take a segment above `segmentSteps`. */
export function startRun(program: Program, input: Uint8Array, options: RunOptions): CutRun {
  const { segmentSteps, maxCycles = DEFAULT_MAX_RUN_CYCLES, checkJournal = true } = options;
  if (!Number.isInteger(segmentSteps) || segmentSteps < 1 || segmentSteps > MAX_SEGMENT_STEPS) {
    throw new RangeError(`segmentSteps ${segmentSteps}: a whole number from 1 to ${MAX_SEGMENT_STEPS} is needed`);
  }
  const cells = new CellLog();
  const engine = createEngine(options.engine, program, input, { recording: false, maxCycles, cells });
  const { state } = engine;
  loadImage(state);
  let index = 0;
  let steps = 0;
  let result: RunResult | undefined;
  const next = (): SegmentCut | undefined => {
    if (result) return undefined;
    if (index === MAX_SEGMENTS) {
      fail(state, 'limit_exceeded', `limit of ${MAX_SEGMENTS} segments reached`, state.idx);
    }
    state.clk = FIRST_CLK;
    const { idx: entry, inputAt } = state;
    const regsIn = state.regs.slice();
    const halt = engine.runBlocks(segmentSteps);
    const taken = (state.clk - FIRST_CLK) / CLK_STEP + (halt ? 1 : 0);
    steps += taken;
    if (halt) engine.settle();
    if (halt) result = { ...outcomeOf(state, halt, checkJournal), steps };
    return {
      index: index++,
      entry,
      exit: halt ? null : state.idx,
      steps: taken,
      exitClk: state.clk,
      inputAt,
      cells: cells.cut(state.memory, regsIn, state.regs),
    };
  };
  const finished = (): RunResult => {
    if (!result) throw new Error('the run has not halted yet');
    return result;
  };
  return {
    next,
    get result() {
      return finished();
    },
    firstCells: () => {
      finished();
      return cells.firstCells(program, state.memory, state.regs);
    },
  };
}

/** Records of exactly the steps of one segment, from the cells that its cut names. */
export function recordSegment(
  program: Program,
  input: Uint8Array,
  cut: SegmentCut,
  options: { readonly engine?: EngineName } = {},
): SegmentRecords {
  const engine = borrowEngine(options.engine, program, input, {
    recording: true,
    maxCycles: Number.POSITIVE_INFINITY,
    silent: true,
  });
  const { state } = engine;
  enter(state, cut);
  engine.runSteps(cut.steps);
  const result = { records: finish(state.buffers), finalClk: finalClocks(state, cut.cells) };
  giveBackEngine(program, engine);
  return result;
}

/** Puts the machine before a segment's first micro-op. */
function enter(state: MachineState, { cells, entry, inputAt }: SegmentCut): void {
  const nWords = cells.address.length - N_REGISTERS;
  forEachPage(state.memory, cells.address, nWords, (page, from, to) => {
    for (let i = from; i < to; i++) page[slotOf(cells.address[i]!)] = cells.valueIn[i]!;
  });
  state.regs.set(cells.valueIn.subarray(nWords));
  state.idx = entry;
  state.inputAt = inputAt;
}

function finalClocks({ memory, regMarks }: MachineState, { address }: SegmentCells): Uint32Array {
  const clocks = new Uint32Array(address.length);
  const nWords = address.length - N_REGISTERS;
  forEachPage(memory, address, nWords, (page, from, to) => {
    for (let i = from; i < to; i++) clocks[i] = page[slotOf(address[i]!) + PAGE_WORDS]!;
  });
  clocks.set(regMarks, nWords);
  return clocks;
}
