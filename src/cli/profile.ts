// Where a run's cost lies: by function, by source line, by marked stretch.
import { demangle } from '../machine/demangle.ts';
import type { LineTable } from '../machine/dwarf/lines.ts';
import { CHIPS, type Program } from '../machine/index.ts';
import type { CallNode, Cost, MarkTotal, Trace } from '../machine/trace.ts';
import { formatCount, table } from './format.ts';

/** A function, its callees not included; `totalCells` with them. */
export interface FunctionCost extends Cost {
  readonly symbol: string;
  readonly calls: number;
  readonly totalCells: number;
}

/** A source line, or where none is told, an instruction's function. */
export interface LineCost extends Cost {
  readonly line: string;
}

export interface Profile {
  readonly functions: readonly FunctionCost[];
  readonly lines: readonly LineCost[];
  readonly marks: readonly MarkTotal[];
  /** Cells of all rows, for shares. */
  readonly cells: number;
}

const byCells = (a: Cost, b: Cost): number => b.cells - a.cells || b.cycles - a.cycles;

export const symbolName = (program: Program, symbol: number): string => {
  const name = program.elf.symbols[symbol]?.name;
  return name === undefined ? '(no symbol)' : demangle(name);
};

export function profileOf(
  program: Program,
  trace: Trace,
  lines: LineTable,
  widths: Readonly<Record<string, number>>,
): Profile {
  return {
    functions: functionCosts(program, trace.root),
    lines: lines.isEmpty ? [] : lineCosts(program, trace, lines, widths),
    marks: trace.marks,
    cells: CHIPS.reduce((sum, chip) => sum + trace.rows[chip] * (widths[chip] ?? 0), 0),
  };
}

interface Sum {
  cycles: number;
  rows: number;
  cells: number;
}

function functionCosts(program: Program, root: CallNode): FunctionCost[] {
  const totals = new Map<number, Sum & { calls: number; totalCells: number }>();
  const entryOf = (symbol: number): Sum & { calls: number; totalCells: number } => {
    const found = totals.get(symbol) ?? { calls: 0, cycles: 0, rows: 0, cells: 0, totalCells: 0 };
    totals.set(symbol, found);
    return found;
  };
  const open = new Set<number>();
  /** Returns the cells of the node and all below it. */
  const visit = (node: CallNode): number => {
    const entry = entryOf(node.symbol);
    entry.calls += node.calls;
    entry.cycles += node.cycles;
    entry.rows += node.rows;
    entry.cells += node.cells;
    // A recursive call is within the outer one's total already.
    const isOutermost = !open.has(node.symbol);
    open.add(node.symbol);
    let total = node.cells;
    for (const child of node.children.values()) total += visit(child);
    if (isOutermost) {
      entry.totalCells += total;
      open.delete(node.symbol);
    }
    return total;
  };
  for (const child of root.children.values()) visit(child);
  return [...totals].map(([symbol, sum]) => ({ symbol: symbolName(program, symbol), ...sum })).sort(byCells);
}

function lineCosts(
  program: Program,
  { counts, extra }: Trace,
  lines: LineTable,
  widths: Readonly<Record<string, number>>,
): LineCost[] {
  const totals = new Map<string, Sum>();
  for (let idx = 0; idx < program.length; idx++) {
    const count = counts[idx] ?? 0;
    if (count === 0) continue;
    const at = lines.at(program.pc[program.instruction[idx] ?? 0] ?? 0);
    const name = at === undefined ? '(no line)' : `${shorten(at.file)}:${at.line}`;
    const sum = totals.get(name) ?? { cycles: 0, rows: 0, cells: 0 };
    totals.set(name, sum);
    const chip = CHIPS[program.chip[idx] ?? CHIPS.length];
    const more = extra.get(idx);
    sum.cycles += count * (program.first[idx] ?? 0);
    sum.rows += (chip === undefined ? 0 : count) + (more?.rows ?? 0);
    sum.cells += count * (chip === undefined ? 0 : (widths[chip] ?? 0)) + (more?.cells ?? 0);
  }
  return [...totals].map(([line, sum]) => ({ line, ...sum })).sort(byCells);
}

/** The last parts of a path: what tells files apart. */
export const shorten = (path: string): string =>
  path
    .split('/')
    .filter((part) => part !== '.' && part !== '')
    .slice(-3)
    .join('/');

const MAX_ROWS = 15;
const MAX_NAME = 60;

/** Tables for people, with the most costly first. */
export function profileText({ functions, lines, marks, cells }: Profile): string {
  const share = (n: number): string => `${((100 * n) / Math.max(1, cells)).toFixed(1)} %`;
  const cut = (name: string): string => (name.length > MAX_NAME ? `${name.slice(0, MAX_NAME - 1)}…` : name);
  const cost = (c: Cost): string[] => [
    formatCount(c.cycles),
    formatCount(c.rows),
    formatCount(c.cells),
    share(c.cells),
  ];
  const rest = (all: readonly unknown[]): string[][] =>
    all.length > MAX_ROWS ? [[`and ${all.length - MAX_ROWS} more`]] : [];
  const head = ['cycles', 'rows', 'cells', 'share'];
  const parts = [
    `functions\n${table([
      ['', ...head, 'with callees', 'calls'],
      ...functions
        .slice(0, MAX_ROWS)
        .map((f) => [cut(f.symbol), ...cost(f), share(f.totalCells), formatCount(f.calls)]),
      ...rest(functions),
    ])}`,
  ];
  if (lines.length > 0) {
    const rows = lines.slice(0, MAX_ROWS).map((l) => [cut(l.line), ...cost(l)]);
    parts.push(`lines\n${table([['', ...head], ...rows, ...rest(lines)])}`);
  }
  if (marks.length > 0) {
    const rows = marks.slice(0, MAX_ROWS).map((m) => [cut(m.name), ...cost(m), formatCount(m.count)]);
    parts.push(`markers\n${table([['', ...head, 'times'], ...rows, ...rest(marks)])}`);
  }
  return parts.join('\n\n');
}
