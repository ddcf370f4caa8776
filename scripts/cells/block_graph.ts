// A straight run of micro-ops as a graph of values: what a row that proves all of them would have to hold.
//
// Registers and words at one base and constant offset are accessed once: values flow inside. Two words that differ in
// base are taken to be different ones; where they are not, such a row could not be built and the plain chips would run.
import { OP, REG_SINK } from '../../src/core/isa.ts';
import type { Program } from '../../src/machine/index.ts';

export type Kind = 'const' | 'input' | 'word' | 'sum' | 'bits' | 'not' | 'shift' | 'join' | 'flag' | 'sub' | 'core';

export interface Node {
  readonly kind: Kind;
  /** Operands; of `sum` the terms, of `join` parts without a common bit, of `flag` what is compared. */
  readonly args: readonly Node[];
  /** const: the value. sum: the constant term. bits: the constant operand, if one is constant. shift: the amount. */
  readonly k: number;
  /** bits: xor, or, and. shift: left, right. core: the op. */
  readonly of: string;
  /** Bits that may be 1. */
  readonly mask: number;
  /** Uses other than as a term of one sum. */
  uses: number;
  sumUses: number;
  /** The sum that took this one's terms over, if any. */
  merged: boolean;
}

/** One cell of memory and how it is accessed first; a sub-word access stands alone. */
interface WordAccess {
  readonly base: Node;
  readonly sub: 'word' | 'byte' | 'half';
  /** Whether the first access reads: the old value has columns then, by its node. */
  readonly read: boolean;
  /** What a sub-word access stores, if it does. */
  readonly stored: Node | undefined;
}

export interface Graph {
  readonly nodes: readonly Node[];
  readonly words: readonly WordAccess[];
  /** Registers accessed: whether read before written, and written. */
  readonly registers: ReadonlyMap<number, { readonly read: boolean; readonly written: boolean }>;
  /** Last values of written registers and words. */
  readonly outputs: readonly Node[];
  /** Micro-ops whose proof is more than values: branches, indirect jumps, comparisons, wide arithmetic. */
  readonly cores: readonly { readonly op: string; readonly args: readonly Node[]; readonly k: number }[];
  /** Program-table values that the micro-ops use, those of shifts left out. */
  readonly constants: number;
}

const NAMES = Object.fromEntries(Object.entries(OP).map(([name, id]) => [id, name])) as Readonly<
  Record<number, string>
>;
export const opName = (program: Program, idx: number): string => NAMES[program.columns.op[idx]!] ?? '';

const isConst = (n: Node, value?: number): boolean => n.kind === 'const' && (value === undefined || n.k === value);

/** Terms that one sum may have: its carries are then proven by a constraint of degree three. */
const MAX_TERMS = 3;

/** Micro-ops `from` to `to` - 1, which are run one after the other. */
export function graphOf(program: Program, from: number, to: number): Graph {
  const { columns: c } = program;
  const nodes: Node[] = [];
  const byKey = new Map<string, Node>();
  const ids = new Map<Node, number>();
  const make = (kind: Kind, args: readonly Node[], k = 0, of = '', mask = -1): Node => {
    const key = `${kind} ${of} ${k} ${args.map((a) => ids.get(a)).join()}`;
    const shared = kind === 'input' || kind === 'word' || kind === 'sub' ? undefined : byKey.get(key);
    if (shared) return shared;
    const node: Node = { kind, args, k, of, mask: mask >>> 0, uses: 0, sumUses: 0, merged: false };
    ids.set(node, nodes.push(node) - 1);
    byKey.set(key, node);
    for (const a of args) {
      if (kind === 'sum') a.sumUses++;
      else a.uses++;
    }
    return node;
  };
  const constant = (v: number): Node => make('const', [], v >>> 0, '', v);
  const zero = constant(0);
  const registers = new Map<number, { read: boolean; written: boolean }>();
  const values = new Map<number, Node>([[0, zero]]);
  const words: WordAccess[] = [];
  const wordValues = new Map<string, Node>();
  const cores: { op: string; args: readonly Node[]; k: number }[] = [];
  let constants = 0;

  const read = (r: number): Node => {
    const known = values.get(r);
    if (known) return known;
    registers.set(r, { read: true, written: false });
    const node = make('input', [], r);
    values.set(r, node);
    return node;
  };
  const write = (r: number, node: Node): void => {
    if (r === REG_SINK) return;
    registers.set(r, { read: registers.get(r)?.read ?? false, written: true });
    values.set(r, node);
  };
  const sum = (a: Node, b: Node, subtract: boolean, k: number): Node => {
    if (a.kind === 'const' && b.kind === 'const') return constant(subtract ? a.k - b.k : a.k + b.k + k);
    if (!subtract && k === 0 && (a.mask & b.mask) === 0 && a.kind !== 'const' && b.kind !== 'const') return join(a, b);
    const terms = [a, b].filter((n) => !isConst(n));
    const value = [a, b].reduce((s, n, i) => s + (n.kind === 'const' ? (subtract && i === 1 ? -n.k : n.k) : 0), k);
    if (terms.length === 1 && value >>> 0 === 0 && !(subtract && terms[0] === b)) return terms[0]!;
    return make('sum', terms, value >>> 0, subtract ? 'sub' : 'add');
  };
  const join = (a: Node, b: Node): Node => {
    if (isConst(a, 0)) return b;
    if (isConst(b, 0)) return a;
    return make('join', [a, b], 0, '', a.mask | b.mask);
  };
  const bits = (of: string, a: Node, b: Node): Node => {
    if (a.kind === 'const' && b.kind === 'const')
      return constant(of === 'XOR' ? a.k ^ b.k : of === 'OR' ? a.k | b.k : a.k & b.k);
    if (of !== 'AND' && (a.mask & b.mask) === 0) return join(a, b);
    const [x, y] = a.kind === 'const' ? [b, a] : [a, b];
    if (y.kind !== 'const') return make('bits', [x, y], 0, of, of === 'AND' ? x.mask & y.mask : x.mask | y.mask);
    if (of === 'XOR' && y.k === 0xffffffff) return make('not', [x]);
    return make('bits', [x], y.k, of, of === 'AND' ? x.mask & y.k : x.mask | y.k);
  };
  const shift = (of: 'left' | 'right', a: Node, by: number): Node => {
    if (a.kind === 'const') return constant(of === 'left' ? a.k << by : a.k >>> by);
    return make('shift', [a], by, of, of === 'left' ? a.mask << by : a.mask >>> by);
  };
  /** An address as base + offset, sums with constants folded in. */
  const address = (n: Node, offset: number): { base: Node; offset: number } => {
    if (n.kind === 'const') return { base: zero, offset: (n.k + offset) >>> 0 };
    if (n.kind === 'sum' && n.args.length === 1 && n.of === 'add') return address(n.args[0]!, (n.k + offset) | 0);
    n.uses++;
    return { base: n, offset };
  };
  const access = (n: Node, imm: number, sub: WordAccess['sub'], stored: Node | undefined, at: number): Node => {
    const { base, offset } = address(n, imm);
    const key = `${ids.get(base)} ${offset} ${sub === 'word' ? '' : at}`;
    const before = wordValues.get(key);
    if (!before) words.push({ base, sub, read: stored === undefined, stored: sub === 'word' ? undefined : stored });
    const mask = sub === 'word' ? -1 : sub === 'byte' ? 255 : 65535;
    const node = stored ?? before ?? make(sub === 'word' ? 'word' : 'sub', [], 0, sub, mask);
    wordValues.set(key, node);
    return node;
  };
  const core = (op: string, args: readonly Node[], k = 0): void => {
    for (const a of args) a.uses++;
    cores.push({ op, args, k });
  };

  for (let i = from; i < to; i++) {
    const op = opName(program, i);
    const [rd, rs1, rs2] = [c.rd[i]!, c.rs1[i]!, c.rs2[i]!];
    const imm = (c.k0[i]! | (c.k1[i]! << 16)) >>> 0;
    switch (op) {
      case 'CONST':
        constants += rd === REG_SINK ? 0 : 2;
        write(rd, constant(imm));
        break;
      case 'ADD':
      case 'SUB':
        write(rd, sum(read(rs1), read(rs2), op === 'SUB', 0));
        break;
      case 'ADDI':
        constants += imm === 0 ? 0 : 2;
        write(rd, sum(read(rs1), zero, false, imm));
        break;
      case 'XOR':
      case 'OR':
      case 'AND':
        write(rd, bits(op, read(rs1), read(rs2)));
        break;
      case 'XORI':
      case 'ORI':
      case 'ANDI': {
        const value = c.k0[i]! | (c.k1[i]! << 8) | (c.k2[i]! << 16) | (c.k3[i]! << 24);
        constants += 4;
        write(rd, bits(op.slice(0, -1), read(rs1), constant(value)));
        break;
      }
      case 'SLLI':
      case 'SRLI':
        write(rd, shift(op === 'SLLI' ? 'left' : 'right', read(rs1), c.k0[i]!));
        break;
      case 'SLL':
      case 'SRL':
      case 'MUL':
      case 'MULHU':
      case 'DIVU':
      case 'REMU':
        write(rd, make('core', [read(rs1), read(rs2)], 0, op));
        break;
      case 'SLT':
      case 'SLTU':
        write(rd, make('flag', [read(rs1), read(rs2)], 0, op, 1));
        break;
      case 'LW':
        constants += 1;
        write(rd, access(read(rs1), imm | 0, 'word', undefined, i));
        break;
      case 'LBU':
      case 'LHU':
        constants += 2;
        write(rd, access(read(rs1), imm | 0, op === 'LBU' ? 'byte' : 'half', undefined, i));
        break;
      case 'SW':
        constants += 1;
        access(read(rs1), imm | 0, 'word', read(rs2), i);
        break;
      case 'SB':
      case 'SH':
        constants += 2;
        access(read(rs1), imm | 0, op === 'SB' ? 'byte' : 'half', read(rs2), i);
        break;
      case 'JALR':
        constants += imm === 0 ? 0 : 2;
        core('JALR', [read(rs1)], imm);
        constants += rd === REG_SINK ? 0 : 2;
        write(rd, constant(c.k2[i]! | (c.k3[i]! << 16)));
        break;
      default:
        constants += 1;
        core(op, [read(rs1), read(rs2)]);
    }
  }

  const outputs = [...registers].filter(([, r]) => r.written).map(([r]) => values.get(r)!);
  outputs.push(...wordValues.values());
  for (const node of outputs) node.uses++;
  mergeSums(nodes);
  return { nodes, words, registers, outputs, cores, constants };
}

/** A sum that only another sum uses, once, needs no value of its own as long as the terms stay few. */
function mergeSums(nodes: readonly Node[]): void {
  const extra = new Map<Node, number>();
  const terms = (n: Node): number => n.args.length + (n.k === 0 ? 0 : 1) + (extra.get(n) ?? 0);
  for (const node of nodes) {
    if (node.kind !== 'sum' || isDead(node)) continue;
    for (const arg of node.args) {
      if (arg.kind !== 'sum' || arg.uses > 0 || arg.sumUses !== 1) continue;
      if (terms(node) + terms(arg) - 1 > MAX_TERMS) continue;
      arg.merged = true;
      extra.set(node, (extra.get(node) ?? 0) + terms(arg) - 1);
    }
  }
}

export const isDead = (n: Node): boolean => n.uses + n.sumUses === 0;
