// Traces of all segments of a cut run, honest or forged, and what the checks find in them: segment by segment, and in the
// relations that span the run.
import type { SegmentInput } from '../../prover/backend.ts';
import {
  boundaryColumns,
  type Cells,
  chainEndOf,
  type FirstCells,
  firstChainRecords,
  firstColumns,
} from '../../prover/boundary_tables.ts';
import { chipTraces, countMultiplicities, fillTrace, type Trace } from '../../prover/cpu/trace.ts';
import { type Records, segmentInput } from '../../prover/segment.ts';
import { type PublicValues, runTerms, type SegmentEnds, segmentTerms } from '../../src/air/boundary.ts';
import type { Chip } from '../../src/air/chip.ts';
import { type ChipTrace, checkRelations, checkRows, describeFailure } from '../../src/air/debug.ts';
import { chipByName } from '../../src/air/inventory.ts';
import type { Role } from '../../src/air/layout.ts';
import { P } from '../../src/core/field.ts';
import { blake3Bytes, bytesToWords } from '../../src/core/hash.ts';
import { testing } from '../../src/core/params.ts';
import type { ProgramTables } from '../../src/core/program_tables.ts';
import {
  buildProgram,
  loadElf,
  type Program,
  recordSegment,
  type SegmentCut,
  startRun,
} from '../../src/machine/index.ts';
import { programTables } from '../../src/machine/tables.ts';
import { assemble } from '../machine/asm.ts';
import { columnIndex, copyTrace } from './harness.ts';

export interface RunSegment {
  readonly role: Role;
  readonly input: SegmentInput;
  readonly trace: Trace;
  readonly ends: SegmentEnds;
}

export interface RunTraces {
  readonly program: Program;
  readonly tables: ProgramTables;
  readonly stdin: Uint8Array;
  readonly cuts: readonly SegmentCut[];
  readonly firstCells: FirstCells;
  readonly maxFirstLog: number;
  readonly values: PublicValues;
  readonly chainEnd: number;
  readonly segments: readonly RunSegment[];
}

/** Most micro-ops of a segment, and log2 of the most rows of a table of first tuples. */
export interface RunSize {
  readonly segmentSteps: number;
  readonly maxFirstLog: number;
}

/** What a prover may choose: cells of the cuts (each segment is recorded from them again) and first tuples. */
export interface Choices {
  readonly cuts?: readonly SegmentCut[];
  readonly firstCells?: FirstCells;
}

const sharesOf = ({ nRows }: FirstCells, maxLog: number): [from: number, to: number][] =>
  Array.from({ length: Math.ceil(nRows / 2 ** maxLog) }, (_, i) => [
    i * 2 ** maxLog,
    Math.min(nRows, (i + 1) * 2 ** maxLog),
  ]);

/** The segments of a run whose prover takes cells and first tuples as given. */
const segmentsOf = (run: Omit<RunTraces, 'segments'>): RunSegment[] => {
  const { program, tables, stdin, cuts, firstCells, maxFirstLog } = run;
  const shares = sharesOf(firstCells, maxFirstLog);
  const count = cuts.length + shares.length - 1;
  return Array.from({ length: count }, (_, index): RunSegment => {
    const role = index === count - 1 ? 'last' : 'segment';
    const cut = cuts[index];
    const share = index < cuts.length - 1 ? undefined : shares[index - cuts.length + 1];
    const boundary = new Map<string, readonly Uint32Array[]>();
    let records: Records = {};
    if (cut) {
      const { finalClk, ...recorded } = recordSegment(program, stdin, cut);
      records = {
        ...recorded.records,
        boundary_memory: { fields: ['finalclk'], nRows: finalClk.length, data: finalClk },
      };
      boundary.set('boundary', boundaryColumns(cut.cells, index + 1));
    }
    if (share) {
      records = { ...records, first_chain: firstChainRecords(firstCells, ...share) };
      boundary.set('first', firstColumns(firstCells, ...share));
    }
    const input = segmentInput(tables, { finalClk: cut?.exitClk ?? 0, records }, testing, { role, boundary });
    const ends = {
      number: index + 1,
      entry: cut?.entry ?? null,
      exit: cut?.exit ?? null,
      exitClk: cut?.exit == null ? 0 : cut.exitClk,
      boundaryRows: cut?.cells.address.length ?? 0,
    };
    return { role, input, trace: fillTrace(input), ends };
  });
};

/** A run of an assembled program, cut. */
export const cutRun = (source: string, stdin: Uint8Array, { segmentSteps, maxFirstLog }: RunSize): RunTraces => {
  const program = buildProgram(loadElf(assemble(source)));
  const tables = programTables(program);
  const machine = startRun(program, stdin, { segmentSteps });
  const cuts: SegmentCut[] = [];
  for (let cut = machine.next(); cut; cut = machine.next()) cuts.push(cut);
  const { exitCode, journal } = machine.result;
  const firstCells = machine.firstCells();
  const run = {
    program,
    tables,
    stdin,
    cuts,
    firstCells,
    maxFirstLog,
    values: { entry: tables.entry, exitCode, digest: bytesToWords(blake3Bytes(journal)) },
    chainEnd: chainEndOf(firstCells),
  };
  return { ...run, segments: segmentsOf(run) };
};

/** The same program, proven from other cells or first tuples; the end of the chain goes with them. */
export const choose = (run: RunTraces, choices: Choices): RunTraces => {
  const changed = { ...run, ...choices };
  const chosen = { ...changed, chainEnd: chainEndOf(changed.firstCells) };
  return { ...chosen, segments: segmentsOf(chosen) };
};

/** A cut whose cell at `address` comes in as said; what it leaves is left to the caller. */
export const withCell = (
  cut: SegmentCut,
  address: number,
  change: Partial<Record<keyof Cells, number>>,
): SegmentCut => {
  const { cells } = cut;
  const at = cells.address.indexOf(address);
  if (at < 0) throw new Error(`segment ${cut.index} has no cell ${address}`);
  const changed = { ...cells };
  for (const [name, value] of Object.entries(change) as [keyof Cells, number][])
    changed[name] = cells[name].with(at, value);
  return { ...cut, cells: changed };
};

/** First cells with a row per list of words, in the order of FIRST_CELL_FIELDS. */
export const firstRows = ({ fields, nRows, data }: FirstCells): number[][] =>
  Array.from({ length: nRows }, (_, i) => [...data.subarray(i * fields.length, (i + 1) * fields.length)]);
export const withFirstRows = ({ fields }: FirstCells, rows: readonly (readonly number[])[]): FirstCells => ({
  fields,
  nRows: rows.length,
  data: Uint32Array.from(rows.flat()),
});

const tracesOf = ({ trace, input }: RunSegment, scope: 'segment' | 'run'): ChipTrace[] =>
  chipTraces(trace, input).filter(({ chip }) => chip.scope === scope);

/** Constraints of all chips of a segment, and balance of its own relations. */
export const segmentFindings = ({ values }: RunTraces, segment: RunSegment): string[] => {
  const rows = checkRows(chipTraces(segment.trace, segment.input));
  const relations = checkRelations(tracesOf(segment, 'segment'), segmentTerms(values, segment.ends), 2000);
  return [...rows, ...relations].map((f) => `segment ${segment.ends.number}: ${describeFailure(f)}`);
};

/** Balance of the relations that span the segments. */
export const runFindings = ({ segments, chainEnd }: RunTraces): string[] =>
  checkRelations(
    segments.flatMap((s) => tracesOf(s, 'run')),
    runTerms(chainEnd),
    2000,
  ).map((f) => `run: ${describeFailure(f)}`);

export const findings = (run: RunTraces): string[] => [
  ...run.segments.flatMap((s) => segmentFindings(run, s)),
  ...runFindings(run),
];

type Edit = Readonly<Record<string, number>>;
const reduce = (v: number): number => ((v % P) + P) % P;

/** A copy of a run under edition: any column of its boundary trees, any trace cell, any public end. */
export class RunForgery {
  readonly run: RunTraces;

  constructor(run: RunTraces) {
    const copyFixed = ({ fixed }: SegmentInput): SegmentInput['fixed'] =>
      new Map(
        [...fixed].map(([name, columns]) => [
          name,
          name === 'boundary' || name === 'first' ? columns.map((c) => c.slice()) : columns,
        ]),
      );
    this.run = {
      ...run,
      segments: run.segments.map((s) => ({
        ...s,
        input: { ...s.input, fixed: copyFixed(s.input) },
        trace: copyTrace(s.trace),
      })),
    };
  }

  segment(index: number): RunSegment {
    return this.run.segments[index] as RunSegment;
  }

  #column(index: number, chip: string, name: string): Uint32Array {
    const { fixedColumns, table } = chipByName.get(chip) as Chip;
    const at = fixedColumns.indexOf(name);
    const { input, trace } = this.segment(index);
    const column = at >= 0 ? input.fixed.get(table)?.[at] : trace.get(chip)?.[columnIndex(chip, name)];
    if (!column) throw new Error(`segment ${index} has no column ${name} of ${chip}`);
    return column;
  }

  get(index: number, chip: string, row: number, column: string): number {
    return this.#column(index, chip, column)[row] as number;
  }

  /** Sets cells of given or trace columns; values are reduced mod p. */
  set(index: number, chip: string, row: number, cells: Edit): this {
    for (const [name, value] of Object.entries(cells)) this.#column(index, chip, name)[row] = reduce(value);
    return this;
  }

  add(index: number, chip: string, row: number, cells: Edit): this {
    for (const [name, by] of Object.entries(cells))
      this.set(index, chip, row, { [name]: this.get(index, chip, row, name) + by });
    return this;
  }

  /** Row of the given columns with this address. */
  rowOf(index: number, chip: 'boundary' | 'first', address: number): number {
    const row = this.#column(index, chip, 'address').indexOf(address);
    if (row < 0) throw new Error(`segment ${index} has no ${chip} row of ${address}`);
    return row;
  }

  /** First row that no cell uses. */
  freeRow(index: number, chip: 'boundary' | 'first'): number {
    const used = this.#column(index, chip, 'address').findLastIndex((a) => a !== 0);
    return used + 1;
  }

  /** Fills what `first_chain` shows of a row, as a prover would. */
  chainRow(index: number, row: number): this {
    const chained = this.get(index, 'first', row, 'chained');
    const address = chained * this.get(index, 'first', row, 'address');
    const gap = reduce(address - chained * this.get(index, 'first', row, 'token'));
    const cells = { address_lo: address & 0x3fff, address_hi: address >>> 14, gap_hi: Math.floor(gap / 65535) };
    return this.set(index, 'first_chain', row, cells);
  }

  ends(index: number, change: Partial<SegmentEnds>): this {
    const s = this.segment(index);
    (this.run.segments as RunSegment[])[index] = { ...s, ends: { ...s.ends, ...change } };
    return this;
  }

  /** The same where all but one segment are honest. */
  findingsOf(index: number): string[] {
    const s = this.segment(index);
    countMultiplicities(s.trace, s.input);
    return [...segmentFindings(this.run, s), ...runFindings(this.run)];
  }

  /** What is found once tables' multiplicities are counted again, as a prover would. */
  findings(change: Partial<Pick<RunTraces, 'chainEnd' | 'values'>> = {}): string[] {
    for (const { trace, input } of this.run.segments) countMultiplicities(trace, input);
    return findings({ ...this.run, ...change });
  }
}
