// Source lines of addresses, from an executable's debug information.
import { readLinePrograms, type Sequence } from './line_program.ts';
import { sectionsByName } from './sections.ts';

export interface SourceLine {
  readonly file: string;
  readonly line: number;
}

export interface LineTable {
  /** Whether the file has any lines. */
  readonly isEmpty: boolean;
  /** The line that an instruction was compiled from, if it is told. */
  at(addr: number): SourceLine | undefined;
}

const NONE = new Uint8Array(0);

/** Reads an executable's lines; never throws, and is empty where there are none. */
export function readLines(elf: Uint8Array): LineTable {
  const sections = sectionsByName(elf);
  const programs = readLinePrograms({
    line: sections.get('.debug_line') ?? NONE,
    lineStr: sections.get('.debug_line_str') ?? NONE,
    str: sections.get('.debug_str') ?? NONE,
  });
  // Code that the linker left out stands at 0 or at the end of the address space.
  const sequences = programs
    .map(({ rows, end }) => ({ rows: rows.toSorted((a, b) => a.addr - b.addr), end }))
    .filter(({ rows, end }) => (rows[0]?.addr ?? 0) > 0 && end > (rows[0]?.addr ?? 0))
    .sort((a, b) => (a.rows[0]?.addr ?? 0) - (b.rows[0]?.addr ?? 0));
  return { isEmpty: sequences.length === 0, at: (addr) => lookUp(sequences, addr) };
}

/** Position of the last item whose address is at most `addr`, -1 if there is none. */
function lastAtMost<T>(items: readonly T[], addr: number, addrOf: (item: T) => number): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (addrOf(items[middle] as T) <= addr) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function lookUp(sequences: readonly Sequence[], addr: number): SourceLine | undefined {
  const sequence = sequences[lastAtMost(sequences, addr, ({ rows }) => rows[0]?.addr ?? 0)];
  if (sequence === undefined || addr >= sequence.end) return undefined;
  // Of several rows for an address the last one counts.
  const row = sequence.rows[lastAtMost(sequence.rows, addr, (item) => item.addr)];
  return row === undefined || row.line === 0 ? undefined : { file: row.file, line: row.line };
}
