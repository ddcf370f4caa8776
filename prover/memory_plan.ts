/**
 * What a proof takes of a GPU's memory, stage by stage, known from its layout alone: the same buffers in the same order
 * as prover/gpu/session.ts acquires them, on paper. A test holds the two together.
 */
import { type Circuit, circuitsOf } from '../src/air/circuit.ts';
import { FIXED_TREES, type Layout, type TreeName } from '../src/air/layout.ts';
import { friLayers, type ProofParams } from '../src/core/params.ts';
import { COUNTERS } from './gpu/air/programs.ts';
import { slotsFor } from './gpu/air/slots.ts';
import { LINE_WORDS } from './gpu/kernels/deep.ts';
import { merkleWords } from './gpu/kernels/merkle.ts';
import { basisWords, pointWords, productWords } from './gpu/kernels/ood.ts';
import { scanWords } from './gpu/kernels/scan.ts';
import { bufferBytes, maxBindingBytes } from './gpu/pool.ts';
import { transcriptWords } from './gpu/transcript.ts';
import { groupMembers, MAX_TREE_BUFFER_BYTES, treeRuns } from './gpu/tree_shape.ts';

/** The stages of prove.ts, after what is made when a session opens: twiddles and the trees of given columns. */
export type PlannedStage = 'open' | 'trace' | 'logup' | 'composition' | 'samples' | 'fri' | 'queries';

export interface MemoryPlan {
  /** Most bytes of GPU buffers that have to exist at one time. */
  readonly peakBytes: number;
  /** The same within each stage. */
  readonly stages: Readonly<Record<PlannedStage, number>>;
  /** Part of the peak that stays on the device for later proofs: twiddles, trees that many proofs share. */
  readonly residentBytes: number;
  readonly largestBuffer: { readonly label: string; readonly bytes: number };
}

export interface PlanInput {
  readonly layout: Layout;
  readonly params: ProofParams;
  /** Of the device. */
  readonly limits: Readonly<Record<string, number>>;
  /** Most bytes of a tree in one buffer. */
  readonly treeBufferBytes?: number;
  /** Rows of a chip's records; as many as its table holds if unknown. */
  readonly rowsOf?: (chip: string) => number;
}

/** Trees of given columns that stay on the device: other proofs of the program have the same. */
export const RESIDENT_TREES: readonly TreeName[] = ['tables', 'program'];

/** Buffers by size. Within a recording a released buffer serves again; later, unused ones can have been destroyed. */
class Ledger {
  readonly #maxBytes: number;
  #live = 0;
  #allocated = 0;
  #free: number[] = [];
  peak = 0;
  stagePeak = 0;
  largest: { label: string; bytes: number } = { label: '', bytes: 0 };

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get live(): number {
    return this.#live;
  }

  /** A new recording begins. */
  recording(): void {
    this.#allocated = this.#live;
    this.#free = [];
  }

  stage(): number {
    const peak = this.stagePeak;
    this.stagePeak = 0;
    return peak;
  }

  acquire(words: number, label: string): number {
    const size = bufferBytes(words, label, this.#maxBytes);
    const at = this.#free.indexOf(size);
    if (at >= 0) this.#free.splice(at, 1);
    else this.#allocated += size;
    this.#live += size;
    this.stagePeak = Math.max(this.stagePeak, this.#allocated);
    this.peak = Math.max(this.peak, this.#allocated);
    if (size > this.largest.bytes) this.largest = { label, bytes: size };
    return size;
  }

  release(size: number): void {
    this.#live -= size;
    this.#free.push(size);
  }
}

interface PlannedTree {
  readonly groups: readonly { readonly logN: number; readonly count: number; readonly forms: Map<string, number> }[];
}

/** Throws DeviceError (`out_of_memory`) where something would exceed a buffer of the device. */
export const planMemory = ({ layout, params, limits, treeBufferBytes, rowsOf }: PlanInput): MemoryPlan => {
  const maxBytes = maxBindingBytes(limits);
  const ledger = new Ledger(maxBytes);
  const b = params.logBlowup;
  const logDomain = layout.maxLogN + b;
  const runs = treeRuns(layout);
  const trees = new Map<TreeName, PlannedTree>();
  const take = (words: number, label: string): number => ledger.acquire(words, label);

  const acquireForm = (name: TreeName, form: string): void => {
    for (const group of (trees.get(name) as PlannedTree).groups) {
      const words = group.count * 2 ** (group.logN + (form === 'extended' ? b : 0));
      if (!group.forms.has(form)) group.forms.set(form, take(words, `${name} ${form} 2^${group.logN}`));
    }
  };
  const releaseForm = (name: TreeName, form: string): void => {
    if (RESIDENT_TREES.includes(name)) return;
    for (const { forms } of trees.get(name)?.groups ?? []) {
      const size = forms.get(form);
      if (size !== undefined) ledger.release(size);
      forms.delete(form);
    }
  };
  const open = (name: TreeName, form: string): void => {
    const logRows = layout.trees[name];
    const maxBufferBytes = Math.min(maxBytes, treeBufferBytes ?? MAX_TREE_BUFFER_BYTES);
    const groups = groupMembers({ name, logRows, runs: runs[name], logBlowup: b, maxBufferBytes });
    const planned = groups.map((members) => ({
      logN: logRows[members[0] as number] as number,
      count: members.length,
      forms: new Map<string, number>(),
    }));
    trees.set(name, { groups: planned });
    acquireForm(name, form);
  };
  const commit = (name: TreeName): void => {
    acquireForm(name, 'coefficients');
    acquireForm(name, 'extended');
    const { groups } = trees.get(name) as PlannedTree;
    take(merkleWords((groups[0]?.logN ?? 0) + b), `${name} Merkle tree`);
    for (const logN of new Set(groups.map((g) => g.logN))) {
      const own = groups.filter((g) => g.logN === logN);
      const copies = straddling(own.map((g) => g.count)).map(() => take(16 * 2 ** (logN + b), 'straddling columns'));
      for (const copy of copies) ledger.release(copy);
    }
  };
  /** Sums of several heights, lifted to the tallest, which is returned. */
  const lifted = (heights: readonly number[], label: string): number => {
    const distinct = [...new Set(heights)];
    const sums = distinct.map((logN) => take(4 * 2 ** logN, label));
    const at = distinct.indexOf(logDomain);
    const tallest = at >= 0 ? (sums[at] as number) : take(4 * 2 ** logDomain, label);
    sums.forEach((size, i) => {
      if (i !== at) ledger.release(size);
    });
    return tallest;
  };

  ledger.recording();
  for (const label of ['twiddles', 'inverse twiddles']) take(2 ** Math.max(1, logDomain - 1), label);
  const fixed = FIXED_TREES.filter((name) => layout.treeNames.includes(name));
  let residentBytes = 0;
  const { foldLogs } = friLayers(params, layout.maxLogN);
  for (const isResident of [true, false]) {
    if (!isResident) {
      for (const words of transcriptWords(layout, foldLogs.length, params.nQueries)) take(words, 'transcript');
      take(pointWords(layout.maxLogN), 'points');
      take(LINE_WORDS, 'lines');
    }
    for (const name of fixed.filter((n) => RESIDENT_TREES.includes(n) === isResident)) open(name, 'values');
    for (const name of fixed.filter((n) => RESIDENT_TREES.includes(n) === isResident)) commit(name);
    if (isResident) residentBytes = ledger.live;
  }
  const stages: Record<PlannedStage, number> = {
    ...{ open: ledger.stage(), trace: 0, logup: 0, composition: 0, samples: 0, fri: 0, queries: 0 },
  };

  ledger.recording();
  open('trace', 'values');
  const heightOf = new Map(layout.active.map((a) => [a.chip, 2 ** a.logN]));
  const counts = take(
    COUNTERS.reduce((n, { chip }) => n + (heightOf.get(chip) ?? 0), 4),
    'multiplicities',
  );
  for (const { chip, logN } of layout.active) {
    const rows = rowsOf?.(chip.name) ?? 2 ** logN;
    ledger.release(take(Math.max(1, rows * chip.record.length), `records of ${chip.name}`));
  }
  ledger.release(counts);
  commit('trace');
  stages.trace = ledger.stage();

  ledger.recording();
  open('logup', 'coefficients');
  const logupSlots = take(
    slotWords(layout, ({ logup }) => logup),
    'slots',
  );
  for (const { logN } of layout.active) {
    const sums = take(4 * 2 ** logN, 'row totals');
    ledger.release(take(scanWords(logN), 'scan blocks'));
    ledger.release(sums);
  }
  ledger.release(logupSlots);
  for (const name of layout.treeNames) releaseForm(name, 'values');
  commit('logup');
  stages.logup = ledger.stage();

  ledger.recording();
  const constraintSlots = take(
    slotWords(layout, ({ constraints }) => constraints),
    'slots',
  );
  const total = lifted(
    layout.active.map((a) => a.logN + b),
    'constraint sums',
  );
  ledger.release(constraintSlots);
  const quotient = take(4 * 2 ** logDomain, 'quotient');
  ledger.release(total);
  open('composition', 'coefficients');
  ledger.release(quotient);
  commit('composition');
  stages.composition = ledger.stage();

  ledger.recording();
  const samples = ['samples', 'samples by height'].map((label) => take(4 * layout.shape.nSamples, label));
  const heights = [...new Set(layout.treeNames.flatMap((name) => layout.trees[name]))];
  const bases = [...heights, ...new Set(layout.shifted.map((c) => layout.trees.logup[c] as number))];
  samples.push(take(productWords(bases.map((logN) => new Array<number>(logN).fill(0))), 'basis products'));
  const allGroups = [...trees.values()].flatMap((t) => t.groups);
  for (const logN of heights) {
    const basis = take(basisWords(logN), `basis 2^${logN}`);
    for (const { count } of allGroups.filter((g) => g.logN === logN)) {
      const chunks = Math.ceil(2 ** logN / 4096);
      if (chunks > 1) ledger.release(take(4 * count * chunks, 'partial sums'));
    }
    ledger.release(basis);
  }
  for (const name of layout.treeNames) releaseForm(name, 'coefficients');
  for (const size of samples) ledger.release(size);
  stages.samples = ledger.stage();

  ledger.recording();
  const gammas = take(4 * layout.shape.nSamples, 'coefficients by height');
  const here = lifted(
    layout.treeNames.flatMap((name) => layout.trees[name].map((logN) => logN + b)),
    'DEEP sums',
  );
  const before = lifted(
    layout.shifted.map((c) => (layout.trees.logup[c] as number) + b),
    'DEEP sums of shifted columns',
  );
  take(4 * 2 ** logDomain, 'FRI word');
  for (const size of [here, before, gammas]) ledger.release(size);
  let logN = logDomain;
  for (const foldLog of foldLogs) {
    logN -= foldLog;
    take(merkleWords(logN), 'FRI Merkle tree');
    take(4 * 2 ** logN, 'FRI word');
  }
  stages.fri = ledger.stage();

  // Answers of every query, tree by tree: rows, then paths.
  ledger.recording();
  for (const width of [
    ...layout.treeNames.map((name) => layout.trees[name].length),
    ...[4 * 2 ** params.foldLog, 8 * logDomain],
  ]) {
    ledger.release(take(params.nQueries * width, 'gathered words'));
  }
  stages.queries = ledger.stage();

  return { peakBytes: ledger.peak, stages, residentBytes, largestBuffer: ledger.largest };
};

/** Words of the slots of all chips' interpreted circuits, at most. */
const slotWords = ({ active }: Layout, of: (circuits: ReturnType<typeof circuitsOf>) => Circuit): number =>
  active.reduce((n, { chip }) => n + slotsFor(2 * of(circuitsOf(chip)).params.length), 0);

/** Blocks of 16 columns, out of groups side by side, that lie in two groups or more. */
const straddling = (counts: readonly number[]): number[] => {
  const groupOf = counts.flatMap((count, group) => Array<number>(count).fill(group));
  const blocks = Array.from({ length: Math.ceil(groupOf.length / 16) }, (_, i) => i);
  return blocks.filter((i) => new Set(groupOf.slice(16 * i, 16 * i + 16)).size > 1);
};
