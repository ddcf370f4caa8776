// What a batch costs to prove, per transaction: counted, from a run on its witness.
import type { Workload } from '../sequencer/cost/workload.ts';
import type { FullStf } from '../sequencer/stf/index.ts';
import { chipSizes, loadProgram } from './engine.ts';
import { CliError } from './errors.ts';
import { measure } from './measure.ts';

/** Committed cells that count as one cycle. */
export const EQUIVALENT_CELLS = 64;
const MAX_CYCLES = 2 ** 40;

/** A marked stretch; an outer one has what is within it too. In-place forms of instructions are counted as the others. */
export interface Phase {
  readonly name: string;
  readonly instructions: number;
  readonly equivalents: number;
}

/** All figures but `segments` and `committedCells` are for one transaction. */
export interface Cost {
  /** Cycle equivalents of all that is committed: padding, the program's table, every segment's tables. */
  readonly equivalents: number;
  /** Of rows in use. */
  readonly usedEquivalents: number;
  readonly instructions: number;
  readonly inputBytes: number;
  readonly phases: readonly Phase[];
  readonly segments: number;
  readonly committedCells: number;
}

/** Runs the batch forward and as the program that is proven; both must come to the same digest. */
export async function costOf(stf: FullStf, elf: Uint8Array, { batch, state }: Workload): Promise<Cost> {
  const [{ buildWitness }, { trace }] = await Promise.all([
    import('../sequencer/stf/index.ts'),
    import('../machine/trace.ts'),
  ]);
  const count = batch.blocks.reduce((n, { transactions }) => n + transactions.length, 0);
  const { input, digest } = buildWitness(stf, batch, state, state.tree);
  const program = await loadProgram(elf);
  const { outcome, segments, cells } = await measure(program, input, MAX_CYCLES);
  if (Buffer.compare(outcome.digest, digest) !== 0) {
    throw new CliError('digest_differs', 'the proven run has another digest than the forward run');
  }
  const sizes = await chipSizes();
  const widths = Object.fromEntries(sizes.map(({ name, columns, logupWords }) => [name, columns + logupWords]));
  const { marks } = trace(program, input, { maxCycles: MAX_CYCLES, widthOf: (chip) => widths[chip] ?? 0 });
  const equivalents = (n: number): number => n / EQUIVALENT_CELLS / count;
  return {
    equivalents: equivalents(cells.committedCells),
    usedEquivalents: equivalents(cells.cellsPerInstruction * outcome.cycles),
    instructions: outcome.cycles / count,
    inputBytes: input.length / count,
    phases: marks.map((m) => ({
      ...{ name: m.name, instructions: m.cycles / count, equivalents: equivalents(m.cells) },
    })),
    ...{ segments, committedCells: cells.committedCells },
  };
}

/** Of so many cycle equivalents. */
export const dollarsOf = (equivalents: number, rate: { readonly price: number; readonly mhz: number }): number =>
  ((equivalents / (rate.mhz * 1e6)) * rate.price) / 3600;
