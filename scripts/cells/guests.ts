// Runs of guests with their records: what docs/cells.md is counted on.
import { readFileSync } from 'node:fs';
import { rowsByText } from '../../prover/chip_rows.ts';
import { TEXTS } from '../../src/air/inventory.ts';
import { MIN_LOG_ROWS } from '../../src/air/layout.ts';
import type { TableRule } from '../../src/air/table_choice.ts';
import { buildProgram, type Execution, execute, loadElf, type Program } from '../../src/machine/index.ts';
import { programTables } from '../../src/machine/tables.ts';

export interface GuestRun {
  readonly name: string;
  readonly what: string;
  readonly program: Program;
  readonly execution: Execution;
  /** Rows in use of each chip that a proof of the whole run has. */
  readonly rows: Readonly<Record<string, number>>;
  /** The same with rows in place, as a proof has them. */
  readonly chosen: Readonly<Record<string, number>>;
}

/** Bytes with no meaning, the same everywhere. */
const message = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7 + 3) & 255);

const u32s = (...values: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);

const ledger = (): Uint8Array => {
  const rows = Array.from({ length: 100 }, (_, i) => ({ account: `account${i % 10}`, amount: i * 37 - 500 }));
  return new TextEncoder().encode(JSON.stringify(rows));
};

const GUESTS: Readonly<Record<string, { readonly what: string; readonly input: () => Uint8Array }>> = {
  sha256: { what: '2,048 bytes', input: () => message(2048) },
  keccak256: { what: '2,048 bytes', input: () => message(2048) },
  sort: {
    what: '1,024 words',
    input: () => u32s(...Array.from({ length: 1024 }, (_, i) => Math.imul(i + 1, 0x9e3779b1))),
  },
  sieve: { what: 'primes to 20,000', input: () => u32s(20_000) },
  interpreter: {
    what: 'sums 2,000 .. 1',
    input: () => new TextEncoder().encode('0 2000 dup [ swap over + swap 1 - dup ] drop .'),
  },
  rust_json: { what: '100 entries', input: ledger },
};

const known = new Map<string, GuestRun>();

/** Runs a guest once; later calls give the same run. */
export function guestRun(name: string): GuestRun {
  const before = known.get(name);
  if (before) return before;
  const guest = GUESTS[name];
  if (!guest) throw new Error(`no input for a guest called ${name}; there are ${Object.keys(GUESTS).join(', ')}`);
  const run = runOf(name, guest.what, guest.input());
  known.set(name, run);
  return run;
}

/** A run of a guest that hashes its input. */
export const hashRun = (name: 'sha256' | 'keccak256', length: number): GuestRun =>
  runOf(name, `${length.toLocaleString('en-US')} bytes`, message(length));

function runOf(name: string, what: string, input: Uint8Array): GuestRun {
  const elf = readFileSync(new URL(`../../guests/elf/${name}.elf`, import.meta.url));
  const program = buildProgram(loadElf(elf));
  const execution = execute(program, input, { maxCycles: 2 ** 24 });
  return { name, what, program, execution, ...rowsOf(program, execution) };
}

function rowsOf(program: Program, execution: Execution): Pick<GuestRun, 'rows' | 'chosen'> {
  const tables = programTables(program);
  const general: TableRule = (_chip, own) => ({ own, more: 0, inPlace: 0, inPlaceMore: 0 });
  const given: Record<string, number> = { program: tables.program[0]!.length, image_table: tables.image[0]!.length };
  for (const { name, tableLog } of TEXTS) if (tableLog !== null) given[name] = 2 ** tableLog;
  return {
    rows: { ...given, ...rowsByText(execution.records, program.columns, general) },
    chosen: { ...given, ...rowsByText(execution.records, program.columns) },
  };
}

/** Height of a table with so many rows in use. */
export const heightOf = (rows: number): number =>
  rows === 0 ? 0 : 2 ** Math.max(MIN_LOG_ROWS, Math.ceil(Math.log2(rows)));
