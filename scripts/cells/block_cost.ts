// Cells of one row that proves a straight run of micro-ops, from the building blocks that the chips use.
import type { Program } from '../../src/machine/index.ts';
import { type Graph, graphOf, isDead, type Node } from './block_graph.ts';

export interface Cost {
  readonly columns: number;
  readonly fractions: number;
}

/** Base-field cells of a row: fractions come in pairs, four words each. */
export const cellsOf = ({ columns, fractions }: Cost): number => columns + 4 * Math.ceil(fractions / 2);

/**
 * `program`: generated from one program, whose constants, registers and micro-op numbers are the chip's own; no lookup of
 * the program. `any`: one chip for all programs, with those as columns, looked up in one tuple.
 */
export type Form = 'program' | 'any';

const popcount = (n: number): number => (n === 0 ? 0 : (n & 1) + popcount(n >>> 1));

/** Bytes of a value: which limbs are split (bit 0 lower, bit 1 upper), which bytes a lookup already checks. */
interface Bytes {
  limbs: number;
  checked: number;
}

/** Bytes i of a bitwise operation with a constant that need a lookup. */
const lookedUp = (of: string, k: number): number[] =>
  [0, 1, 2, 3].filter((i) => {
    const byte = (k >>> (8 * i)) & 255;
    return byte !== 0 && (byte !== 255 || of === 'none');
  });

/** The bit at which a shift cuts limbs, and which limbs of its operand matter. */
const cutOf = (n: Node): { at: number; limbs: number } => {
  const r = n.k % 16;
  const at = n.of === 'left' ? 16 - r : r;
  return { at: r === 0 ? 0 : at, limbs: n.k < 16 ? 3 : n.of === 'left' ? 1 : 2 };
};

/** Cells of micro-ops `from` to `to` - 1 as one row. */
export const rowCost = (program: Program, from: number, to: number, form: Form): Cost =>
  costOf(graphOf(program, from, to), form);

export function costOf(graph: Graph, form: Form): Cost {
  const any = form === 'any';
  const bytes = bytesNeeded(graph, any);
  // Enabler and clock; the state taken and emitted.
  let columns = 2;
  let fractions = 2;
  const add = (c: number, f: number): void => {
    columns += c;
    fractions += f;
  };
  if (any) add(1 + graph.registers.size + graph.constants, 1);

  /** Splitting a value's limbs into bytes: a column for each limb (its other byte is linear), checks of 8 bits. */
  const split = (n: Node, skipped = 0): void => {
    const need = bytes.get(n);
    if (!need) return;
    for (let limb = 0; limb < 2; limb++) {
      const isWide = (n.mask >>> (16 * limb + 8)) & 255;
      if ((need.limbs & ~skipped & (1 << limb)) === 0 || !isWide) continue;
      add(1, popcount(~need.checked & (3 << (2 * limb))));
    }
  };
  /** Two fresh limbs, checked to 16 bits unless their bytes are. */
  const checkedLimbs = (n: Node): void => {
    const limbs = bytes.get(n)?.limbs ?? 0;
    add(2, 2 - popcount(limbs));
    split(n);
  };

  const cuts = new Set<string>();
  const shiftsByAmount = new Set<number>();
  const ids = new Map(graph.nodes.map((n, i) => [n, i]));
  const pairs = new Set<string>();
  for (const n of graph.nodes) {
    if (isDead(n) || n.merged) continue;
    const args = n.args.filter((a) => a.kind !== 'const');
    switch (n.kind) {
      case 'input':
      case 'word':
        add(2, 0);
        split(n);
        break;
      case 'sum':
        checkedLimbs(n);
        break;
      case 'bits':
        if (args.length === 2) {
          const pair = n.args.map((a) => ids.get(a)).join();
          // Conjunction and the other two are linear in each other.
          if (!pairs.has(pair)) add(4, 4);
          pairs.add(pair);
        } else {
          const n8 = any ? 4 : lookedUp(n.of, n.k).length;
          add(n8, n8);
        }
        break;
      case 'shift': {
        const { at, limbs } = cutOf(n);
        if (any) shiftsByAmount.add(at);
        for (const limb of [1, 2]) {
          const key = `${ids.get(n.args[0]!)} ${at} ${limb}`;
          if ((limbs & limb) === 0 || (at === 0 && !any) || (at === 8 && !any) || cuts.has(key)) continue;
          cuts.add(key);
          add(any ? 2 : 1, 2);
        }
        // Where amounts are columns the result is of degree two: limbs of its own, unless it is only joined.
        if (any && n.uses > joins(graph, n)) add(2, 0);
        split(n);
        break;
      }
      case 'join':
        if (any && n.args.some((a) => a.kind === 'shift')) add(2, 0);
        split(n);
        break;
      case 'flag':
        comparison(n.of === 'SLT', n.args, add);
        break;
      case 'core':
        wide(n.of, args.length, add);
        split(n);
        break;
    }
  }
  if (any) add(2 * shiftsByAmount.size, 0);

  for (const r of graph.registers.values()) add(r.read ? 1 : 3, 3);
  const bases = new Set<Node>();
  for (const { base, sub, read, stored } of graph.words) {
    const isConstant = base.kind === 'const';
    if (sub === 'word') {
      add(read ? 1 : 3, 3);
      // Alignment and room above, once for all offsets from a base.
      if (!isConstant && !bases.has(base)) add(0, 2);
      bases.add(base);
      continue;
    }
    // Old word, clock, its access; address limbs and low bits.
    add(3, 3);
    if (!isConstant) add(sub === 'byte' ? 4 : 3, 2);
    if (sub === 'byte') add(2, 2);
    // Result; or new limb and the new word's limbs.
    add(stored ? (sub === 'byte' ? 3 : 2) : 1, 0);
  }
  for (const { op, args, k } of graph.cores) branch(op, args, k, any, add);
  return { columns, fractions };
}

type Add = (columns: number, fractions: number) => void;

const joins = (graph: Graph, n: Node): number =>
  graph.nodes.filter((m) => m.kind === 'join' && !isDead(m) && m.args.includes(n)).length;

function bytesNeeded(graph: Graph, any: boolean): Map<Node, Bytes> {
  const map = new Map<Node, Bytes>();
  const need = (n: Node, limbs: number, checked: number): void => {
    if (n.kind === 'const') return;
    if (n.kind === 'not') {
      need(n.args[0]!, limbs, checked);
      return;
    }
    const known = map.get(n) ?? { limbs: 0, checked: 0 };
    map.set(n, { limbs: known.limbs | limbs, checked: known.checked | checked });
  };
  for (const n of graph.nodes) {
    if (isDead(n)) continue;
    if (n.kind === 'bits') {
      if (n.args.length === 2 || any) {
        for (const a of n.args) need(a, 3, 15);
      } else {
        const at = lookedUp(n.of, n.k);
        // A limb of which one byte is kept whole and the other cleared is split, too.
        const mixed = [0, 1].filter((l) => ((n.k >>> (16 * l)) & 255) !== ((n.k >>> (16 * l + 8)) & 255));
        const limbs = [...at.map((i) => i >> 1), ...mixed].reduce((m, l) => m | (1 << l), 0);
        need(
          n.args[0]!,
          limbs,
          at.reduce((m, i) => m | (1 << i), 0),
        );
      }
    } else if (n.kind === 'shift' && cutOf(n).at === 8 && !any) need(n.args[0]!, cutOf(n).limbs, 0);
    else if (n.kind === 'core' && n.of.startsWith('MUL')) for (const a of n.args) need(a, 3, 0);
    else if (n.kind === 'core' && (n.of === 'DIVU' || n.of === 'REMU')) need(n.args[1]!, 3, 0);
  }
  for (const { stored, sub } of graph.words) if (stored && sub === 'byte') need(stored, 1, 0);
  return map;
}

/** Whether one value is below another: difference limbs, checked; signed operands with their top limb moved. */
function comparison(isSigned: boolean, [x, y]: readonly Node[], add: Add): void {
  const [isZeroX, isZeroY] = [x, y].map((n) => n?.kind === 'const' && n.k === 0);
  if (isSigned && isZeroY) add(1, 1);
  else if (!isSigned && isZeroX) add(2, 0);
  else {
    const tops = isSigned ? [x, y].filter((n) => n?.kind !== 'const').length : 0;
    add(2 + tops, 2 + tops);
  }
}

/** Results of wide arithmetic beside their operands, whose bytes are counted with them. */
function wide(op: string, variables: number, add: Add): void {
  if (op === 'SLL' || op === 'SRL') add(12, 6);
  else if (op === 'MUL') add(4, 4);
  else if (op === 'MULHU') add(7, 6);
  else add(variables === 2 ? 11 : 9, 9);
}

function branch(op: string, args: readonly Node[], k: number, any: boolean, add: Add): void {
  if (op === 'JALR') {
    add(k === 0 ? 2 : 4, k === 0 ? 2 : 3);
    return;
  }
  // The next micro-op is a column of its own only where the target is one.
  if (any) add(1, 0);
  if (op === 'BEQ' || op === 'BNE') add(args.some((a) => a.kind === 'const' && a.k === 0) ? 2 : 3, 0);
  else comparison(op === 'BLT' || op === 'BGE', args, add);
}
