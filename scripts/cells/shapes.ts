// Fused chips: short runs of micro-ops that many programs share, as one row whose registers and constants are columns. A
// shape is what such a chip fixes: the operations, and which registers are the same; of shifts whether they move a limb,
// and which cut at the same bit. One micro-op alone is a shape, too: two-address forms, comparison with x0.
import { OP, REG_SINK } from '../../src/core/isa.ts';
import { blocksOf } from '../../src/machine/blocks.ts';
import type { Program } from '../../src/machine/index.ts';
import { type Cost, cellsOf, rowCost } from './block_cost.ts';
import { opName } from './block_graph.ts';
import type { GuestRun } from './guests.ts';
import { cellsOfChip, chipOfMicroOp, type Table, tablesOf, totals } from './sizes.ts';

interface Place {
  readonly guest: number;
  readonly at: number;
}

export interface Shape {
  readonly text: string;
  readonly length: number;
  /** Cells of the same micro-ops in the chips that there are. */
  readonly plain: number;
  /** A row, as the first places with this shape need it: constants hardly matter, being columns. */
  cost: Cost;
  cells: number;
  readonly places: Place[];
}

const NOTHING: Cost = { columns: 0, fractions: 0 };
const N_COSTED = 3;

const REGISTERS = 'abcdefghijkl';

function shapeText(program: Program, from: number, to: number): string {
  const { columns: c } = program;
  const names = new Map<number, string>([
    [0, '0'],
    [REG_SINK, '-'],
  ]);
  const register = (r: number): string => {
    const known = names.get(r) ?? REGISTERS[names.size - 2]!;
    names.set(r, known);
    return known;
  };
  const cuts = new Map<number, string>();
  const parts: string[] = [];
  for (let i = from; i < to; i++) {
    const op = c.op[i]!;
    const name = opName(program, i);
    const [rs1, rs2, rd] = [c.rs1[i]!, c.rs2[i]!, c.rd[i]!];
    const isBranch = op >= OP.BEQ && op <= OP.BGEU;
    const isStore = op >= OP.SW && op <= OP.SH;
    const isImmediate = name === 'JALR' || name.endsWith('I') || (op >= OP.LW && op <= OP.LHU);
    const operands: string[] = [];
    if (op !== OP.CONST) operands.push(register(rs1));
    if (op !== OP.CONST && (isBranch || isStore || !isImmediate)) operands.push(register(rs2));
    if (name === 'SLLI' || name === 'SRLI') {
      const r = c.k0[i]! % 16;
      const cut = r === 0 ? 0 : name === 'SLLI' ? 16 - r : r;
      const label = cuts.get(cut) ?? `${cut === 0 ? 'limb' : `s${cuts.size}`}`;
      cuts.set(cut, label);
      operands.push(c.k0[i]! < 16 ? label : `${label}+16`);
    } else if (name === 'ADDI' || name === 'JALR') {
      if (c.k0[i]! + c.k1[i]! > 0) operands.push('k');
    }
    const left = isBranch || isStore ? '' : `${register(rd)} = `;
    parts.push(`${left}${name} ${operands.join(' ')}`.trim());
  }
  return parts.join('; ');
}

/** All shapes of up to `longest` micro-ops, anywhere in these runs. */
export function shapesOf(runs: readonly GuestRun[], longest: number): Shape[] {
  const shapes = new Map<string, Shape>();
  runs.forEach((run, guest) => {
    const { program, execution } = run;
    const { ends } = blocksOf(program);
    for (let at = 0; at < program.length; at++) {
      if (execution.counts[at] === 0) continue;
      let plain = 0;
      for (let to = at + 1; to <= Math.min(at + longest, ends[at]!); to++) {
        const chip = chipOfMicroOp(run, to - 1);
        if (!chip) break;
        plain += cellsOfChip(chip);
        const text = shapeText(program, at, to);
        const shape = shapes.get(text) ?? { text, length: to - at, plain, cost: NOTHING, cells: 0, places: [] };
        if (shape.places.length < N_COSTED) {
          const cost = rowCost(program, at, to, 'any');
          if (cellsOf(cost) > shape.cells) Object.assign(shape, { cost, cells: cellsOf(cost) });
        }
        shape.places.push({ guest, at });
        shapes.set(text, shape);
      }
    }
  });
  return [...shapes.values()];
}

/** Micro-ops as the chips there are prove them, and as the chosen shapes do: cheapest tiling of each block. */
class Tiling {
  /** By guest and micro-op: executions, cells of its own chip, chosen shapes that start there. */
  readonly counts: readonly Uint32Array[];
  readonly plain: readonly Float64Array[];
  readonly choices: readonly Map<number, Shape[]>[];
  readonly runs: readonly GuestRun[];
  readonly weights: readonly number[];

  constructor(runs: readonly GuestRun[], leftOut?: GuestRun) {
    this.runs = runs;
    this.counts = runs.map((r) => r.execution.counts);
    this.plain = runs.map((run) =>
      Float64Array.from({ length: run.program.length }, (_, i) => {
        const chip = chipOfMicroOp(run, i);
        return chip ? cellsOfChip(chip) : 0;
      }),
    );
    this.choices = runs.map(() => new Map());
    this.weights = runs.map((r) => (r === leftOut ? 0 : 1 / totals(tablesOf(r.rows)).used));
  }

  add(shape: Shape): void {
    for (const { guest, at } of shape.places) {
      const list = this.choices[guest]!.get(at) ?? [];
      list.push(shape);
      this.choices[guest]!.set(at, list);
    }
  }

  /** Cheapest way through the micro-ops of a block; `trial` is a shape not chosen yet, where it starts. */
  block(guest: number, start: number, end: number, trial?: { shape: Shape; at: ReadonlySet<number> }): Tile[] {
    const n = end - start;
    const best = new Float64Array(n + 1);
    const step: (Shape | undefined)[] = [];
    for (let i = n - 1; i >= 0; i--) {
      best[i] = best[i + 1]! + this.plain[guest]![start + i]!;
      const list = this.choices[guest]!.get(start + i) ?? [];
      for (const s of trial?.at.has(start + i) ? [...list, trial.shape] : list) {
        if (i + s.length > n || best[i + s.length]! + s.cells >= best[i]!) continue;
        best[i] = best[i + s.length]! + s.cells;
        step[i] = s;
      }
    }
    const tiles: Tile[] = [];
    for (let i = 0; i < n; i += step[i]?.length ?? 1) {
      tiles.push({ at: start + i, shape: step[i], cells: best[i]! - best[i + (step[i]?.length ?? 1)]! });
    }
    return tiles;
  }

  /** Weighted cells that a shape would save besides the chosen ones. */
  gain(shape: Shape): number {
    let saved = 0;
    for (const [guest, run] of this.runs.entries()) {
      if (this.weights[guest] === 0) continue;
      const at = new Set(shape.places.filter((p) => p.guest === guest).map((p) => p.at));
      const { ends } = blocksOf(run.program);
      const starts = new Set([...at].map((i) => blockStart(run.program, i)));
      for (const start of starts) {
        const sum = (tiles: readonly Tile[]): number => tiles.reduce((n, t) => n + t.cells, 0);
        const less =
          sum(this.block(guest, start, ends[start]!)) - sum(this.block(guest, start, ends[start]!, { shape, at }));
        saved += less * this.counts[guest]![start]! * this.weights[guest]!;
      }
    }
    return saved;
  }
}

interface Tile {
  readonly at: number;
  readonly shape: Shape | undefined;
  readonly cells: number;
}

const blockStarts = new WeakMap<Program, Uint32Array>();

function blockStart(program: Program, idx: number): number {
  let starts = blockStarts.get(program);
  if (!starts) {
    const { ends } = blocksOf(program);
    starts = new Uint32Array(program.length);
    for (let s = 0; s < program.length; s = ends[s]!) starts.fill(s, s, ends[s]!);
    blockStarts.set(program, starts);
  }
  return starts[idx]!;
}

/**
 * The `n` shapes that save most over all runs but the one left out, each run weighing the same; best first, given those
 * before it.
 */
export function bestShapes(
  runs: readonly GuestRun[],
  shapes: readonly Shape[],
  n: number,
  leftOut?: GuestRun,
): Shape[] {
  const tiling = new Tiling(runs, leftOut);
  const queue = shapes
    .map((shape) => ({ shape, gain: optimistic(tiling, shape) }))
    .filter((c) => c.gain > 0)
    .sort((a, b) => a.gain - b.gain);
  const chosen: Shape[] = [];
  // What a shape saves only falls as others are chosen, so the first whose fresh figure stays on top is the best.
  while (chosen.length < n && queue.length > 0) {
    const top = queue.pop()!;
    top.gain = tiling.gain(top.shape);
    if (queue.length > 0 && top.gain < queue[queue.length - 1]!.gain) {
      const at = queue.findIndex((c) => c.gain >= top.gain);
      if (top.gain > 0) queue.splice(at, 0, top);
      continue;
    }
    chosen.push(top.shape);
    tiling.add(top.shape);
  }
  return chosen;
}

function optimistic(t: Tiling, shape: Shape): number {
  const executions = shape.places.reduce((n, { guest, at }) => n + t.counts[guest]![at]! * t.weights[guest]!, 0);
  return Math.max(0, shape.plain - shape.cells) * executions;
}

/** A run in which these shapes are chips. */
export function planShapes(run: GuestRun, shapes: readonly Shape[], runs: readonly GuestRun[]): Table[] {
  const tiling = new Tiling(runs);
  for (const shape of shapes) tiling.add(shape);
  const guest = runs.indexOf(run);
  const { program, execution } = run;
  const { ends } = blocksOf(program);
  const rows: Record<string, number> = { ...run.rows };
  const shapeRows = new Map<Shape, number>();
  for (let start = 0; start < program.length; start = ends[start]!) {
    const count = execution.counts[start]!;
    if (count === 0) continue;
    for (const { at, shape } of tiling.block(guest, start, ends[start]!)) {
      if (!shape) continue;
      shapeRows.set(shape, (shapeRows.get(shape) ?? 0) + count);
      for (let i = at; i < at + shape.length; i++) rows[chipOfMicroOp(run, i)!.name]! -= count;
    }
  }
  const fused = [...shapeRows].map(([{ text, cost }, n]) => ({
    name: text,
    rows: n,
    ...cost,
    given: 0,
    isRecorded: true,
  }));
  return [...tablesOf(rows), ...fused];
}
