// Bytecode of word programs for shaders/lib/word_vm.wgsl. Layout: the number of segments, then for each segment the
// lengths of its six lists and the lists:
//   constants  dst, value
//   loads      dst | source << 8 | index << 16     (source: 0 record field or trace column, 1 fixed column, 2 row number)
//   lookups    dst | row << 8 | column << 16
//   light      op | dst << 8 | a << 16 | b << 24
//   heavy      op | dst << 8 | a << 16 | b << 24
//   tail       a store: column << 8 | register, or a use: numerator | when << 8 | row << 16 | counter << 24
// Registers are numbers below MAX_WORD_REGISTERS; NO_REGISTER stands for "no condition".
import type { CountProgram, WitnessProgram } from './programs.ts';
import { type Item, Schedule } from './schedule.ts';
import { operands, type Word, type WordOp } from './word_graph.ts';

/** As in shaders/lib/word_vm.wgsl. */
export const MAX_WORD_REGISTERS = 96;
export const NO_REGISTER = 255;

const LIGHT: Readonly<Partial<Record<WordOp | 'reduce' | 'mask', number>>> = {
  ...{ add: 0, sub: 1, mul: 2, and: 3, or: 4, xor: 5, shl: 6, shr: 7, eq: 8, lt: 9 },
  ...{ fadd: 10, fsub: 11, fmul: 12, reduce: 13, mask: 14 },
};
const HEAVY = { mulhi: 0, divu: 1, finv: 2 } as const;
const PHASES = { constants: 0, loads: 1, lookups: 2, light: 3, heavy: 4, tail: 5 } as const;
const PHASE_COUNT = 6;

/** One form of all instructions: what is encoded besides registers. */
type Payload =
  | { readonly form: 'constant'; readonly value: number }
  | { readonly form: 'load'; readonly source: number; readonly index: number }
  | { readonly form: 'lookup'; readonly column: number }
  | { readonly form: 'op'; readonly op: number }
  | { readonly form: 'store'; readonly column: number }
  | { readonly form: 'use'; readonly counter: number; readonly conditional: boolean };

export interface WordBytecode {
  readonly code: Uint32Array;
  readonly registers: number;
  /** The chip whose preprocessed columns the program looks up, if any. */
  readonly lookupChip: string | null;
}

class Compiler {
  readonly schedule = new Schedule<Payload>();
  readonly #known = new Map<Word, Item<Payload>>();
  readonly #masks = new Map<Word, Item<Payload>>();
  lookupChip: string | null = null;

  value(e: Word): Item<Payload> {
    const known = this.#known.get(e);
    if (known) return known;
    const args = e.kind === 'select' ? [] : operands(e).map((o) => this.value(o));
    const made = this.#make(e, args);
    this.#known.set(e, made);
    return made;
  }

  #light(op: keyof typeof LIGHT, args: readonly Item<Payload>[]): Item<Payload> {
    return this.schedule.add({ form: 'op', op: LIGHT[op] as number }, PHASES.light, args, 0);
  }

  #make(e: Word, args: readonly Item<Payload>[]): Item<Payload> {
    const load = (source: number, index: number): Item<Payload> =>
      this.schedule.add({ form: 'load', source, index }, PHASES.loads, [], 0);
    switch (e.kind) {
      case 'const':
        return this.schedule.add({ form: 'constant', value: e.value }, PHASES.constants, [], 0);
      case 'record':
        return load(0, e.field);
      case 'column':
        return load(e.fixed ? 1 : 0, e.index);
      case 'row':
        return load(2, 0);
      case 'lookup':
        if (this.lookupChip !== null && this.lookupChip !== e.chip)
          throw new Error('lookups of two chips in one program');
        this.lookupChip = e.chip;
        return this.schedule.add({ form: 'lookup', column: e.column }, PHASES.lookups, args, 0);
      case 'select': {
        // b ^ ((a ^ b) & mask): every instruction then has two operands.
        const [a, b] = [this.value(e.a), this.value(e.b)];
        let mask = this.#masks.get(e.condition);
        if (mask === undefined) {
          const condition = this.value(e.condition);
          mask = this.#light('mask', [condition, condition]);
          this.#masks.set(e.condition, mask);
        }
        return this.#light('xor', [b, this.#light('and', [this.#light('xor', [a, b]), mask])]);
      }
      case 'reduce':
        return this.#light('reduce', [args[0] as Item<Payload>, args[0] as Item<Payload>]);
      case 'finv':
        return this.schedule.add({ form: 'op', op: HEAVY.finv }, PHASES.heavy, [...args, ...args], 0);
      case 'mulhi':
      case 'divu':
        return this.schedule.add({ form: 'op', op: HEAVY[e.kind] }, PHASES.heavy, args, 0);
      default:
        return this.#light(e.kind, args);
    }
  }

  finish(): WordBytecode {
    const [registers = 0] = this.schedule.allocate(PHASE_COUNT, 1);
    if (registers > MAX_WORD_REGISTERS) throw new Error(`word program needs ${registers} registers`);
    const segments = this.schedule.segments(PHASE_COUNT);
    const code = [segments.length];
    for (const lists of segments) {
      code.push(...lists.map((list) => list.length));
      for (const list of lists) for (const item of list) code.push(...encode(item));
    }
    return { code: Uint32Array.from(code), registers, lookupChip: this.lookupChip };
  }
}

const encode = ({ payload, register, operands: args }: Item<Payload>): number[] => {
  const at = (i: number): number => args[i]?.register ?? 0;
  switch (payload.form) {
    case 'constant':
      return [register, payload.value];
    case 'load':
      return [register | (payload.source << 8) | (payload.index << 16)];
    case 'lookup':
      return [register | (at(0) << 8) | (payload.column << 16)];
    case 'op':
      return [(payload.op | (register << 8) | (at(0) << 16) | (at(1) << 24)) >>> 0];
    case 'store':
      return [at(0) | (payload.column << 8)];
    case 'use':
      return [
        (at(0) | ((payload.conditional ? at(2) : NO_REGISTER) << 8) | (at(1) << 16) | (payload.counter << 24)) >>> 0,
      ];
  }
};

/** Outputs of a witness program are stored in groups, each as early as it is known, so that few values stay live. */
export const witnessBytecode = ({ outputs }: WitnessProgram): WordBytecode => {
  const compiler = new Compiler();
  for (const { column, value } of outputs) {
    compiler.schedule.add({ form: 'store', column }, PHASES.tail, [compiler.value(value)], null);
  }
  return compiler.finish();
};

export const countBytecode = ({ uses }: CountProgram): WordBytecode => {
  const compiler = new Compiler();
  for (const { numerator, when, row, counter } of uses) {
    const args = [numerator, row, ...(when === null ? [] : [when])].map((e) => compiler.value(e));
    compiler.schedule.add({ form: 'use', counter, conditional: when !== null }, PHASES.tail, args, null);
  }
  // Nor are there lookups: the two are left out of the kernel, where even an empty list has a cost.
  if (compiler.schedule.items.some((i) => i.phase === PHASES.heavy || i.phase === PHASES.lookups)) {
    throw new Error('a counting rule divides or looks up');
  }
  return compiler.finish();
};
