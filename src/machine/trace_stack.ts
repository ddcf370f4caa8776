// A call stack beside the program's own: calls and returns are told by the link registers, as the RISC-V calling
// convention has it (ra, and t0 for the compiler's register-saving routines).

import { OP } from '../core/isa.ts';
import { NO_INSTRUCTION, type Program } from './lower.ts';
import type { CallNode, Cost } from './trace.ts';

/** A function on the stack, and the instruction that it is at. */
export interface Frame {
  /** Position in `elf.symbols`, or -1. */
  readonly symbol: number;
  readonly pc: number;
}

interface Node extends CallNode {
  calls: number;
  cycles: number;
  rows: number;
  cells: number;
  readonly children: Map<number, Node>;
}

interface Entry {
  node: Node;
  /** Micro-op that a return leads to, -1 for the entry. */
  readonly returnsTo: number;
}

const [RA, T0] = [1, 5];
/** Deeper calls are counted where the limit was reached. */
const MAX_DEPTH = 256;

const newNode = (symbol: number): Node => ({ symbol, calls: 0, cycles: 0, rows: 0, cells: 0, children: new Map() });

/** Position in `elf.symbols` of the function that each micro-op belongs to, -1 before the first symbol. */
function symbolsOf({ elf, length, instruction, pc }: Program): Int32Array {
  const { symbols } = elf;
  const out = new Int32Array(length).fill(-1);
  let at = -1;
  for (let idx = 0; idx < length; idx++) {
    const number = instruction[idx]!;
    if (number === NO_INSTRUCTION) continue;
    const addr = pc[number]!;
    while (at + 1 < symbols.length && symbols[at + 1]!.addr <= addr) at++;
    // Of several names for one address, the first sorted one covers the most.
    let first = at;
    while (first > 0 && symbols[first - 1]!.addr === symbols[at]!.addr) first--;
    out[idx] = first;
  }
  return out;
}

export class CallStack {
  readonly root: Node;
  readonly #program: Program;
  readonly #symbols: Int32Array;
  readonly #entries: Entry[];

  constructor(program: Program) {
    this.#program = program;
    this.#symbols = symbolsOf(program);
    this.root = newNode(-1);
    this.#entries = [{ node: this.#child(this.root, program.entryIdx), returnsTo: -1 }];
  }

  #top(): Entry {
    return this.#entries[this.#entries.length - 1]!;
  }

  #child(parent: Node, idx: number): Node {
    const symbol = this.#symbols[idx]!;
    let child = parent.children.get(symbol);
    if (child === undefined) {
      child = newNode(symbol);
      parent.children.set(symbol, child);
    }
    child.calls++;
    return child;
  }

  /** Books a cost to the function that is running. */
  spend({ cycles, rows, cells }: Cost): void {
    const { node } = this.#top();
    node.cycles += cycles;
    node.rows += rows;
    node.cells += cells;
  }

  /** Control went from micro-op `from`, the last of its block, to `to`. */
  step(from: number, to: number): void {
    const { op, rd, k2 } = this.#program.columns;
    // A jump to what follows ends no block, so it is not seen.
    if (to === from + 1 && op[from] !== OP.JALR) return;
    const isJump = op[from] === OP.JALR || (op[from] === OP.CONST && k2[from] === to);
    if (!isJump) return;
    if (rd[from] === RA || (rd[from] === T0 && op[from] === OP.CONST)) {
      this.#call(to, from + 1);
      return;
    }
    if (op[from] === OP.JALR && this.#return(to)) return;
    this.#tailCall(to);
  }

  #call(to: number, returnsTo: number): void {
    const { node } = this.#top();
    const deeper = this.#entries.length < MAX_DEPTH ? this.#child(node, to) : node;
    this.#entries.push({ node: deeper, returnsTo });
  }

  #return(to: number): boolean {
    // Mostly the last one; an earlier one where a function left its callers behind.
    for (let i = this.#entries.length - 1; i > 0; i--) {
      if (this.#entries[i]!.returnsTo !== to) continue;
      this.#entries.length = i;
      return true;
    }
    return false;
  }

  /** A jump into another function takes the place of the one that is running. */
  #tailCall(to: number): void {
    const top = this.#top();
    const symbol = this.#symbols[to]!;
    if (symbol === top.node.symbol || symbol < 0) return;
    const { pc, instruction, elf } = this.#program;
    if (pc[instruction[to]!] !== elf.symbols[symbol]!.addr) return;
    const parent = this.#entries[this.#entries.length - 2]?.node ?? this.root;
    const node = this.#entries.length < MAX_DEPTH ? this.#child(parent, to) : top.node;
    this.#entries[this.#entries.length - 1] = { node, returnsTo: top.returnsTo };
  }

  /** Innermost first; `idx` is what the innermost function is at. */
  frames(idx: number): Frame[] {
    const frames: Frame[] = [];
    let at = idx;
    for (const { node, returnsTo } of this.#entries.toReversed()) {
      frames.push({ symbol: node.symbol, pc: this.#pcOf(at) });
      // The call itself, not what follows it: that may be another line.
      at = returnsTo - 1;
    }
    return frames;
  }

  #pcOf(idx: number): number {
    const { pc, instruction } = this.#program;
    const number = idx < 0 ? NO_INSTRUCTION : (instruction[idx] ?? NO_INSTRUCTION);
    return number === NO_INSTRUCTION ? 0 : pc[number]!;
  }
}
