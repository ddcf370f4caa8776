// Traces for the tests of the chips: honest ones from assembled programs or guests, and forged copies of them.
import { readFileSync } from 'node:fs';
import type { SegmentInput } from '../../prover/backend.ts';
import { chipTraces, countMultiplicities, fillTrace, type Trace } from '../../prover/cpu/trace.ts';
import { segmentInput } from '../../prover/segment.ts';
import { boundaryTerms, type PublicValues } from '../../src/air/boundary.ts';
import { checkRelations, checkRows, describeFailure } from '../../src/air/debug.ts';
import { chipByName, TEXTS } from '../../src/air/inventory.ts';
import type { TableRule } from '../../src/air/table_choice.ts';
import { P } from '../../src/core/field.ts';
import { blake3Bytes, bytesToWords } from '../../src/core/hash.ts';
import { testing } from '../../src/core/params.ts';
import { PRECOMPILES } from '../../src/core/precompiles.ts';
import type { ProgramTables } from '../../src/core/program_tables.ts';
import { buildProgram, type Execution, execute, loadElf } from '../../src/machine/index.ts';
import { programTables } from '../../src/machine/tables.ts';
import { assemble, haltingProgram } from '../machine/asm.ts';

/** A run's rows by chip, each row a list of record words; free to be edited. */
export type Rows = Record<string, number[][]>;

export interface Segment {
  readonly tables: ProgramTables;
  readonly run: Execution;
  readonly input: SegmentInput;
  readonly trace: Trace;
  readonly publicValues: PublicValues;
}

/** All rows in the chip's own table, so that tests find them there. */
export const inOneTable: TableRule = (_chip, own) => ({ own, more: 0, inPlace: 0, inPlaceMore: 0 });

const segmentOf = (elf: Uint8Array, stdin: Uint8Array, rule?: TableRule): Segment => {
  const program = buildProgram(loadElf(elf));
  const run = execute(program, stdin);
  const tables = programTables(program);
  const input = segmentInput(tables, run, testing, undefined, rule);
  const digest = bytesToWords(blake3Bytes(run.journal));
  return {
    tables,
    run,
    input,
    trace: fillTrace(input),
    publicValues: { entry: tables.entry, exitCode: run.exitCode, digest },
  };
};

/** An assembled body that then halts with code 0. */
export const segment = (body: string, data = '', stdin: Uint8Array = new Uint8Array(0)): Segment =>
  segmentOf(assemble(haltingProgram(body, data)), stdin, inOneTable);

/** A whole assembled program. */
export const wholeProgram = (source: string, stdin: Uint8Array = new Uint8Array(0)): Segment =>
  segmentOf(assemble(source), stdin, inOneTable);

export const guest = (name: string, stdin: Uint8Array, rule: TableRule = inOneTable): Segment => {
  const elf = readFileSync(new URL(`../../guests/elf/${name}.elf`, import.meta.url));
  return segmentOf(new Uint8Array(elf), stdin, rule);
};

export const copyTrace = (trace: Trace): Trace =>
  new Map([...trace].map(([name, columns]) => [name, columns.map((c) => c.slice())]));

/** What the checks find in a trace, one line each. */
export const findings = (s: Segment, trace: Trace = s.trace, publicValues: PublicValues = s.publicValues): string[] => {
  const traces = chipTraces(trace, s.input);
  return [...checkRows(traces), ...checkRelations(traces, boundaryTerms(publicValues), 2000)].map(describeFailure);
};

export const columnIndex = (chip: string, column: string): number => {
  const index = chipByName.get(chip)?.columns.findIndex((c) => c.name === column) ?? -1;
  if (index < 0) throw new Error(`chip ${chip} has no column ${column}`);
  return index;
};

/** A copy of a trace under edition, as an attacker would: tables' multiplicities are counted again at the end. */
export class Forgery {
  readonly trace: Trace;
  readonly #segment: Segment;

  constructor(s: Segment, trace: Trace = s.trace) {
    this.#segment = s;
    this.trace = copyTrace(trace);
  }

  get(chip: string, row: number, column: string): number {
    return this.trace.get(chip)?.[columnIndex(chip, column)]?.[row] as number;
  }

  /** Sets cells; values are reduced mod p. */
  set(chip: string, row: number, cells: Readonly<Record<string, number>>): this {
    for (const [column, value] of Object.entries(cells)) {
      const values = this.trace.get(chip)?.[columnIndex(chip, column)] as Uint32Array;
      values[row] = ((value % P) + P) % P;
    }
    return this;
  }

  /** Adds to cells. */
  add(chip: string, row: number, cells: Readonly<Record<string, number>>): this {
    for (const [column, by] of Object.entries(cells))
      this.set(chip, row, { [column]: this.get(chip, row, column) + by });
    return this;
  }

  recount(): this {
    countMultiplicities(this.trace, this.#segment.input);
    return this;
  }

  findings(publicValues: PublicValues = this.#segment.publicValues): string[] {
    return findings(this.#segment, this.trace, publicValues);
  }
}

export const rowsOf = ({ run }: Segment): Rows =>
  Object.fromEntries(
    Object.entries(run.records).map(([chip, { fields, nRows, data }]) => [
      chip,
      Array.from({ length: nRows }, (_, i) => [...data.subarray(i * fields.length, (i + 1) * fields.length)]),
    ]),
  );

/** The segment whose records are `rows`; the executor's program and public values stay. */
export const withRows = (s: Segment, rows: Rows): Segment => {
  const records = Object.fromEntries(
    Object.entries(s.run.records).map(([chip, { fields }]) => {
      const own = rows[chip] ?? [];
      return [chip, { fields, nRows: own.length, data: Uint32Array.from(own.flat()) }];
    }),
  );
  const run = { ...s.run, records } as Execution;
  const input = segmentInput(s.tables, run, testing, undefined, inOneTable);
  return { ...s, run, input, trace: fillTrace(input) };
};

/** Position of a field in a chip's record. */
export const field = (chip: string, name: string): number => {
  const index = chipByName.get(chip)?.record.indexOf(name) ?? -1;
  if (index < 0) throw new Error(`chip ${chip} has no field ${name}`);
  return index;
};

/** Mulberry32: seeded integers below a bound. */
export const random = (seed: number): ((below: number) => number) => {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
};

const isOfPrecompile = (name: string): boolean =>
  /^call\d$/.test(name) || Object.keys(PRECOMPILES).some((precompile) => name.startsWith(precompile));
const IN_PLACE = new Set(TEXTS.flatMap((c) => c.inPlace ?? []));
const WITH_ROWS = TEXTS.filter((c) => c.record.length > 0 && c.fixedTree !== 'boundary' && !IN_PLACE.has(c)).map(
  (c) => c.name,
);

/** Chips with rows of their own: not the tables. Those of precompiles are wide, and tested apart. */
export const RECORDED_CHIPS: readonly string[] = WITH_ROWS.filter((name) => !isOfPrecompile(name));
export const PRECOMPILE_CHIPS: readonly string[] = WITH_ROWS.filter(isOfPrecompile);
