/**
 * How long a segment may be on a device: the most micro-ops whose proof fits a budget of memory, found from the memory plan
 * before anything is allocated.
 */
import type { Chip } from '../src/air/chip.ts';
import { CHIPS, TEXTS } from '../src/air/inventory.ts';
import { buildLayout, checkLogRows, type Layout, MIN_LOG_ROWS } from '../src/air/layout.ts';
import { hasSecondTable, originalOf, splitRows } from '../src/air/second_tables.ts';
import { WispError } from '../src/core/errors.ts';
import type { ProofParams } from '../src/core/params.ts';
import { DeviceError } from './gpu/device_error.ts';
import { type MemoryPlan, planMemory } from './memory_plan.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** Budgets that have a name, for options and tables. Any number of bytes will do. */
export const BUDGET_PRESETS: Readonly<Record<string, number>> = {
  ...{ '1G': GIB, '2G': 2 * GIB, '4G': 4 * GIB, '8G': 8 * GIB, '24G': 24 * GIB },
};

export const MEMORY_HELP: string =
  "memory for a segment's proof: 1G, 2G, 4G, 8G, 24G, any size (with K, M or G), or auto: 2G for wasm, which takes 4G at " +
  'most; on a GPU 4G, 2G where it shares the memory of the host, 1G on a software adapter (WebGPU does not tell how much ' +
  'there is)';

export class BudgetError extends WispError {
  declare readonly code: 'bad_budget' | 'budget_too_small';

  constructor(code: 'bad_budget' | 'budget_too_small', message: string) {
    super(code, message);
  }
}

/** What `auto` goes by. */
export interface AdapterKind {
  readonly vendor: string;
  readonly architecture: string;
  readonly isSoftware: boolean;
}

/** Makers whose GPUs share the host's memory; Intel's discrete ones are taken for such too. */
const SHARED_MEMORY = /intel|apple|qualcomm|arm\b|imagination|broadcom|samsung/i;

/** Conservative: WebGPU tells a buffer's largest size but not how much memory there is. */
export const autoBudget = ({ vendor, architecture, isSoftware }: AdapterKind): number => {
  if (isSoftware) return GIB;
  return SHARED_MEMORY.test(`${vendor} ${architecture}`) ? 2 * GIB : 4 * GIB;
};

/** Bytes of `auto`, a preset, or a number with K, M, G or nothing behind it (powers of 1024). */
export const parseBudget = (text: string, adapter: AdapterKind): number => {
  if (text === 'auto') return autoBudget(adapter);
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)([KMG]?)(?:i?B)?$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(digits) * 1024 ** ' KMG'.indexOf(unit.toUpperCase() || ' '));
  if (digits === '' || !Number.isSafeInteger(bytes) || bytes <= 0) {
    throw new BudgetError('bad_budget', `"${text}" is no amount of memory: expected auto, 1G ... 24G or bytes`);
  }
  return bytes;
};

/** Rows of each chip for 1,000 micro-ops, as counted by `wisp run` on the example programs. */
const MIXES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  sha256: { add: 168, bitwise: 411, shift_imm: 366, addi: 5, load_word: 37, store_word: 12, read_word: 5, const: 2 },
  keccak256: { bitwise: 493, shift_imm: 220, load_word: 165, store_word: 87, bitwise_imm: 19, addi: 13, branch_eq: 4 },
  sort: {
    ...{ bitwise: 177, shift_imm: 175, add: 138, addi: 137, load_word: 134, branch_eq: 98, store_word: 71 },
    ...{ branch_lt: 61, read_word: 6, const: 5, sub: 2, refresh: 11 },
  },
  sieve: {
    ...{ add: 260, addi: 244, branch_eq: 150, branch_lt: 127, store_sub: 90, load_sub: 75, shift_imm: 25, mul: 19 },
    ...{ bitwise: 7, refresh: 16, load_word: 2, const: 1 },
  },
  // Code that jumps, divides and handles bytes, as a check of all instructions and an interpreter do.
  mixed: {
    ...{ addi: 250, branch_eq: 180, const: 90, load_word: 120, bitwise: 80, branch_lt: 60, store_word: 50, add: 50 },
    ...{ load_sub: 30, shift_imm: 25, store_sub: 20, sub: 20, jalr: 20, compare: 15, mul: 15, div: 15, refresh: 20 },
    ...{ bitwise_imm: 10, shift_reg: 10 },
  },
};

/** Cells that a segment touches, for 1,000 micro-ops: more than any example program does in 2^14 or more. */
const TOUCHED_CELLS = 60;
const REGISTERS = 40;
/** Chips that are in every segment or in the last one, in a few rows. */
const RARE: readonly string[] = ['halt', 'read', 'input_length', 'write', 'jalr', 'const', 'sub', 'compare'];
const BOUNDARY: readonly string[] = ['boundary', 'boundary_memory', 'first', 'first_chain'];

export interface ProgramSize {
  /** Rows of the program's table and of its image. */
  readonly programRows: number;
  readonly imageRows: number;
}

/** Larger than all example programs. */
const TYPICAL_PROGRAM: ProgramSize = { programRows: 2 ** 14, imageRows: 2 ** 14 };

const layoutFor = (rows: Readonly<Record<string, number>>, program: ProgramSize): Layout | undefined => {
  const logOf = (count: number): number => Math.max(MIN_LOG_ROWS, Math.ceil(Math.log2(count)));
  const height = (chip: Chip): number => {
    if (chip.tableLog !== null) return chip.tableLog;
    if (chip.name === 'program') return logOf(program.programRows);
    if (chip.name === 'image_table' || chip.name === 'image_once') return logOf(program.imageRows);
    const [own, more] = splitRows(rows[originalOf(chip).name] ?? 0);
    const count = !hasSecondTable(chip) ? (rows[chip.name] ?? 0) : chip.original === null ? own : more;
    return count > 0 ? logOf(count) : -1;
  };
  const logRows = CHIPS.map(height);
  return checkLogRows(logRows, 'last') === undefined ? buildLayout(logRows) : undefined;
};

const rareRows = Object.fromEntries(RARE.map((name) => [name, 1]));
const boundaryRows = (cells: number): Record<string, number> =>
  Object.fromEntries(BOUNDARY.map((name) => [name, cells + REGISTERS]));

/** The layouts of the last segment of `microOps` under every mix; undefined where one would have too many rows. */
const typicalLayouts = (microOps: number, program: ProgramSize): (Layout | undefined)[] =>
  Object.values(MIXES).map((mix) => {
    const rows = Object.entries(mix).map(([name, share]) => [name, Math.ceil((share * microOps) / 1000)]);
    const cells = Math.ceil((microOps * TOUCHED_CELLS) / 1000);
    return layoutFor({ ...rareRows, ...boundaryRows(cells), ...Object.fromEntries(rows) }, program);
  });

/**
 * No segment takes more: every micro-op in the widest chip, in twice the rows (padding to a power of two at most doubles
 * each chip), touching a word of memory of its own (one word a micro-op at most) that is old, so refreshed.
 */
const worstLayout = (microOps: number, program: ProgramSize): Layout | undefined => {
  const width = (chip: Chip): number => chip.columns.length + 4 * chip.logupColumns;
  const steps = TEXTS.filter((c) => c.record.includes('idx') && !RARE.includes(c.name));
  const widest = steps.reduce((a, b) => (width(b) > width(a) ? b : a));
  const cells = { ...boundaryRows(microOps), refresh: microOps + REGISTERS };
  return layoutFor({ ...rareRows, ...cells, [widest.name]: 2 * microOps }, program);
};

export interface SegmentRequest {
  readonly budgetBytes: number;
  /** Of the adapter. */
  readonly limits: Readonly<Record<string, number>>;
  readonly params: ProofParams;
  /** The memory that a layout takes; a GPU's unless given. */
  readonly planOf?: (layout: Layout) => MemoryPlan;
  readonly program?: ProgramSize;
  /** Proofs at work on the device at one time; 1 if absent. */
  readonly sessions?: number;
}

export interface SegmentChoice {
  /** Micro-ops in a segment. */
  readonly microOps: number;
  /** Planned memory of all sessions, for the example programs' mixes of instructions. */
  readonly typicalBytes: number;
  /** Undefined where the worst case could not be proven at all. */
  readonly worstBytes: number | undefined;
  /** The typical plan that takes most. */
  readonly plan: MemoryPlan;
}

/** What is not in the plan: pipelines, constants, what is on its way to and from the host. */
export const reserveBytes = (budgetBytes: number): number => 32 * MIB + budgetBytes / 32;

const SMALLEST_LOG = 12;
/** Clocks, four a micro-op, stay below 2^26. */
const LARGEST_LOG = 23;
const STEPS_PER_OCTAVE = 16;

/** Sizes that may be chosen: 16, 17 ... 31 times a power of two. */
const sizeAt = (step: number): number => {
  const log = SMALLEST_LOG + Math.floor(step / STEPS_PER_OCTAVE);
  return ((STEPS_PER_OCTAVE + (step % STEPS_PER_OCTAVE)) * 2 ** log) / STEPS_PER_OCTAVE;
};

/** Throws BudgetError (`budget_too_small`) where not even 2^12 micro-ops fit. */
export const chooseSegment = (request: SegmentRequest): SegmentChoice => {
  const usable = request.budgetBytes - reserveBytes(request.budgetBytes);
  const fits = (choice: SegmentChoice): boolean => choice.typicalBytes <= usable;
  const smallest = planSegment(sizeAt(0), request);
  if (smallest === undefined || !fits(smallest)) throw tooSmall(request, smallest?.typicalBytes);
  let best = smallest;
  // Larger segments never take less, so a binary search finds the last that fits.
  let low = 0;
  let high = (LARGEST_LOG - SMALLEST_LOG) * STEPS_PER_OCTAVE;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const choice = planSegment(sizeAt(middle), request);
    if (choice !== undefined && fits(choice)) [low, best] = [middle, choice];
    else high = middle - 1;
  }
  return best;
};

const tooSmall = ({ budgetBytes }: SegmentRequest, bytes: number | undefined): BudgetError => {
  const mib = (n: number): string => `${Math.ceil(n / MIB)} MiB`;
  const smallest = 'the smallest segment (2^12 micro-ops and the shared tables of 2^16 rows)';
  if (bytes === undefined)
    return new BudgetError('budget_too_small', `this device's buffers are too small for ${smallest}`);
  const needed = ((bytes + 32 * MIB) * 32) / 31;
  return new BudgetError('budget_too_small', `${smallest} needs ${mib(needed)} of memory, not ${mib(budgetBytes)}`);
};

/** The plans of one size; undefined where a typical one cannot be proven on the device, whatever its memory. */
export const planSegment = (microOps: number, request: SegmentRequest): SegmentChoice | undefined => {
  const { limits, params, program = TYPICAL_PROGRAM, sessions = 1 } = request;
  const all = ({ peakBytes, residentBytes }: MemoryPlan): number =>
    residentBytes + sessions * (peakBytes - residentBytes);
  const planOf = (layout: Layout | undefined): MemoryPlan | undefined => {
    try {
      return layout && (request.planOf?.(layout) ?? planMemory({ layout, params, limits }));
    } catch (error) {
      if (error instanceof DeviceError && error.code === 'out_of_memory') return undefined;
      throw error;
    }
  };
  let plan: MemoryPlan | undefined;
  for (const layout of typicalLayouts(microOps, program)) {
    const own = planOf(layout);
    if (own === undefined) return undefined;
    if (plan === undefined || own.peakBytes > plan.peakBytes) plan = own;
  }
  if (plan === undefined) return undefined;
  const worst = planOf(worstLayout(microOps, program));
  return { microOps, typicalBytes: all(plan), worstBytes: worst && all(worst), plan };
};
