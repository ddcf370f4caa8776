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
import { type Item, NotInterpretable, Schedule } from './schedule.ts';
import { operands, topological, type Word, type WordOp } from './word_graph.ts';

/** As in shaders/lib/word_vm.wgsl. */
const MAX_WORD_REGISTERS = 96;
const NO_REGISTER = 255;

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
}

class Compiler {
  readonly schedule = new Schedule<Payload>();
  #earliest = 0;
  readonly #known = new Map<Word, Item<Payload>>();
  readonly #masks = new Map<Word, Item<Payload>>();

  /** What is compiled from here on goes to this segment at the earliest, and recomputes values of before. */
  begin(segment: number): void {
    this.#earliest = segment;
    this.#known.clear();
    this.#masks.clear();
  }

  tail(payload: Payload, values: readonly Word[]): void {
    const operands = values.map((e) => this.value(e));
    this.#add(payload, PHASES.tail, operands, null);
  }

  value(e: Word): Item<Payload> {
    const known = this.#known.get(e);
    if (known) return known;
    const args = e.kind === 'select' ? [] : operands(e).map((o) => this.value(o));
    const made = this.#make(e, args);
    this.#known.set(e, made);
    return made;
  }

  #add(payload: Payload, phase: number, args: readonly Item<Payload>[], file: number | null = 0): Item<Payload> {
    return this.schedule.add(payload, phase, args, file, this.#earliest);
  }

  #light(op: keyof typeof LIGHT, args: readonly Item<Payload>[]): Item<Payload> {
    return this.#add({ form: 'op', op: LIGHT[op] as number }, PHASES.light, args);
  }

  #make(e: Word, args: readonly Item<Payload>[]): Item<Payload> {
    const load = (source: number, index: number): Item<Payload> =>
      this.#add({ form: 'load', source, index }, PHASES.loads, []);
    switch (e.kind) {
      case 'const':
        return this.#add({ form: 'constant', value: e.value }, PHASES.constants, []);
      case 'record':
        return load(0, e.field);
      case 'column':
        return load(e.fixed ? 1 : 0, e.index);
      case 'row':
        return load(2, 0);
      case 'lookup':
        return this.#add({ form: 'lookup', column: e.column }, PHASES.lookups, args);
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
        return this.#add({ form: 'op', op: HEAVY.finv }, PHASES.heavy, [...args, ...args]);
      case 'mulhi':
      case 'divu':
        return this.#add({ form: 'op', op: HEAVY[e.kind] }, PHASES.heavy, args);
      default:
        return this.#light(e.kind, args);
    }
  }

  finish(): WordBytecode {
    const [registers = 0] = this.schedule.allocate(PHASE_COUNT, 1);
    const segments = this.schedule.segments(PHASE_COUNT);
    const code = [segments.length];
    for (const lists of segments) {
      code.push(...lists.map((list) => list.length));
      for (const list of lists) for (const item of list) code.push(...encode(item));
    }
    return { code: Uint32Array.from(code), registers };
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

/** Compiles in groups of outputs that are stored or used together: the smaller, the fewer values are kept at a time. */
const fit = <T>(outputs: readonly T[], add: (compiler: Compiler, output: T) => void): WordBytecode => {
  for (const perSegment of [Math.max(1, outputs.length), 32, 16, 8, 4, 2, 1]) {
    const compiler = new Compiler();
    outputs.forEach((output, i) => {
      // Values that wait for others may run over into the next segment's numbers, which does no harm.
      if (i % perSegment === 0) compiler.begin(i / perSegment);
      add(compiler, output);
    });
    const compiled = compiler.finish();
    if (compiled.registers <= MAX_WORD_REGISTERS) return compiled;
  }
  throw new NotInterpretable('a word program needs too many registers');
};

export const witnessBytecode = ({ outputs }: WitnessProgram): WordBytecode =>
  fit(outputs, (compiler, { column, value }) => compiler.tail({ form: 'store', column }, [value]));

export const countBytecode = ({ uses }: CountProgram): WordBytecode => {
  // Division, inversion and lookups are left out of the counting kernel, where even an empty list has a cost.
  const isMissing = (e: Word): boolean => ['mulhi', 'divu', 'finv', 'lookup'].includes(e.kind);
  const words = uses.flatMap((u) => [u.numerator, u.row, ...(u.when === null ? [] : [u.when])]);
  if (topological(words).some(isMissing)) throw new NotInterpretable('a counting rule divides or looks up');
  return fit(uses, (compiler, { numerator, when, row, counter }) => {
    const values = [numerator, row, ...(when === null ? [] : [when])];
    compiler.tail({ form: 'use', counter, conditional: when !== null }, values);
  });
};
