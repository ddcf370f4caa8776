// Bytecode of circuits for shaders/lib/circuit_vm.wgsl. Layout: the number of segments, the register of the result
// (constraints only), then for each segment the lengths of its ten lists and the lists:
//   loads      dst | source << 8 | column << 16        (source: 0 trace, 1 preprocessed)
//   constants  dst, value
//   base       op | dst << 8 | a << 16 | b << 24         (0 add, 1 sub, 2 mul)
//   params     dst | slot << 8
//   secure     dst | previous << 8 | index << 16
//   dots       dst | init << 8 | terms << 16, slot, then for each term: register | slot << 16
//              (dst = init + sum of slots times registers, init being a register or, if NONE, the slot's value)
//   adds       op | dst << 8 | a << 16 | b << 24         (0 add, 1 sub)
//   macbs      dst | negate << 7 | a << 8 | b << 16 | c << 24  (b c, plus or minus a unless it is NONE; c base)
//   macs       likewise, c an extension value
//   pairs      numerator | negative << 7 | denominator << 8   (LogUp only)
// There is a file of registers for base values and one for extension values.
import type {
  BaseNode,
  ConstraintGraph,
  DotTerm,
  ExtensionNode,
  GraphNode,
  LogupGraph,
  LogupPair,
} from './circuit_graph.ts';
import { type Item, NotInterpretable, Schedule } from './schedule.ts';

/** As in shaders/lib/circuit_vm.wgsl. */
const MAX_WORDS = 96;
const MAX_ELEMENTS = 32;
const [WORD, ELEMENT] = [0, 1];
const NONE = 255;
/** Pairs that shaders/logup_interpret.wgsl inverts together. */
const MAX_PAIRS = 4;

const PHASES = {
  ...{ loads: 0, constants: 1, base: 2, params: 3, secure: 4, dots: 5, adds: 6, macbs: 7, macs: 8, pairs: 9 },
} as const;
const PHASE_COUNT = 10;
const BASE_OPS = { add: 0, sub: 1, mul: 2 } as const;

type Payload = BaseNode | ExtensionNode | { readonly kind: 'pair'; readonly negative: boolean };
type Value = Item<Payload>;

export interface CircuitBytecode {
  readonly code: Uint32Array;
  /** Registers needed of the two files. */
  readonly words: number;
  readonly elements: number;
}

class Compiler {
  readonly schedule = new Schedule<Payload>();
  readonly #known = new Map<GraphNode, Value>();
  readonly #params = new Map<number, Value>();
  readonly #zeroSlot: number;
  #earliest = 0;
  readonly #denominators = new Map<Value, Value>();
  /** Segment of the last pair, and how many pairs that segment has. */
  #lastPair = 0;
  #pairsThere = 0;

  /** `zeroSlot` is a slot whose value is 0. */
  constructor(zeroSlot: number) {
    this.#zeroSlot = zeroSlot;
  }

  /** What is compiled from here on goes to this segment at the earliest. `forget` recomputes values of before. */
  begin(segment: number, forget: boolean): void {
    this.#earliest = segment;
    if (!forget) return;
    this.#known.clear();
    this.#params.clear();
  }

  value(node: GraphNode): Value {
    const known = this.#known.get(node);
    if (known) return known;
    const made = this.#make(node);
    this.#known.set(node, made);
    return made;
  }

  dot(terms: readonly DotTerm[], init: ExtensionNode | null): Value {
    return this.value({ kind: 'dot', init, terms });
  }

  /** sum + the terms. */
  addDot(sum: Value, terms: readonly DotTerm[]): Value {
    const values = terms.map((t) => this.value(t.value));
    // Only the form matters to the encoding: the operands are the items.
    return this.#add({ kind: 'dot', init: PLACEHOLDER_SUM, terms }, PHASES.dots, [...values, sum], ELEMENT);
  }

  param(slot: number): Value {
    const known = this.#params.get(slot);
    if (known) return known;
    const made = this.#add({ kind: 'param', slot }, PHASES.params, [], ELEMENT);
    this.#params.set(slot, made);
    return made;
  }

  mac(a: Value | null, b: Value, c: Value): Value {
    // Only the form matters to the encoding: the operands are the items.
    const form: ExtensionNode = { kind: 'mac', negate: false, a: null, b: PLACEHOLDER, c: PLACEHOLDER };
    return this.#add(form, PHASES.macs, a === null ? [b, c] : [b, c, a], ELEMENT);
  }

  /**
   * Pairs are run in the order of the calls, at most MAX_PAIRS a segment. The kernel puts the pair's value where its
   * denominator was, so nothing else may read that afterwards.
   */
  pair({ numerator, denominator, negative }: LogupPair): void {
    const operands = [this.value(numerator), this.value(denominator)];
    const earliest = Math.max(this.#earliest, this.#lastPair);
    const ready = this.schedule.ready(PHASES.pairs, operands, earliest);
    this.#pairsThere = ready === this.#lastPair ? this.#pairsThere : 0;
    this.#lastPair = this.#pairsThere === MAX_PAIRS ? ready + 1 : ready;
    this.#pairsThere = this.#pairsThere === MAX_PAIRS ? 1 : this.#pairsThere + 1;
    const item = this.schedule.add({ kind: 'pair', negative }, PHASES.pairs, operands, null, this.#lastPair);
    this.#denominators.set(operands[1] as Value, item);
  }

  #add(payload: Payload, phase: number, operands: readonly Value[], file: number | null): Value {
    return this.schedule.add(payload, phase, operands, file, this.#earliest);
  }

  #make(node: GraphNode): Value {
    switch (node.kind) {
      case 'column':
        return this.#add(node, PHASES.loads, [], WORD);
      case 'const':
        return this.#add(node, PHASES.constants, [], WORD);
      case 'add':
      case 'sub':
      case 'mul':
        return this.#add(node, PHASES.base, [this.value(node.a), this.value(node.b)], WORD);
      case 'param':
        return this.param(node.slot);
      case 'secure':
        return this.#add(node, PHASES.secure, [], ELEMENT);
      case 'dot': {
        const terms = node.terms.map((t) => this.value(t.value));
        const init = node.init === null || node.init.kind === 'param' ? [] : [this.value(node.init)];
        return this.#add(node, PHASES.dots, [...terms, ...init], ELEMENT);
      }
      case 'eadd':
      case 'esub':
        return this.#add(node, PHASES.adds, [this.value(node.a), this.value(node.b)], ELEMENT);
      case 'mac':
      case 'macb': {
        const operands = [this.value(node.b), this.value(node.c), ...(node.a === null ? [] : [this.value(node.a)])];
        return this.#add(node, PHASES[`${node.kind}s`], operands, ELEMENT);
      }
    }
  }

  finish(result: Value | null): CircuitBytecode {
    for (const item of this.schedule.items) {
      for (const operand of item.operands) {
        const pair = this.#denominators.get(operand);
        if (pair === undefined || pair === item) continue;
        if (item.payload.kind === 'pair' || item.segment > pair.segment) throw new Error('a denominator is used again');
      }
    }
    const [words = 0, elements = 0] = this.schedule.allocate(PHASE_COUNT, 2);
    const segments = this.schedule.segments(PHASE_COUNT);
    const code = [segments.length, result?.register ?? 0];
    for (const lists of segments) {
      code.push(...lists.map((list) => list.length));
      for (const list of lists) for (const item of list) code.push(...this.#encode(item));
    }
    return { code: Uint32Array.from(code), words, elements };
  }

  #encode({ payload, register, operands }: Value): number[] {
    const at = (i: number): number => operands[i]?.register ?? NONE;
    const four = (a: number, b: number, c: number, d: number): number => (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
    switch (payload.kind) {
      case 'column':
        return [register | ((payload.fixed ? 1 : 0) << 8) | (payload.index << 16)];
      case 'const':
        return [register, payload.value];
      case 'add':
      case 'sub':
      case 'mul':
        return [four(BASE_OPS[payload.kind], register, at(0), at(1))];
      case 'param':
        return [register | (payload.slot << 8)];
      case 'secure':
        return [register | ((payload.previous ? 1 : 0) << 8) | (payload.index << 16)];
      case 'dot': {
        const { init, terms } = payload;
        const slot = init?.kind === 'param' ? init.slot : this.#zeroSlot;
        const head = four(register, init === null || init.kind === 'param' ? NONE : at(terms.length), 0, 0);
        return [head | (terms.length << 16), slot, ...terms.map((t, i) => at(i) | (t.slot << 16))];
      }
      case 'eadd':
      case 'esub':
        return [four(payload.kind === 'eadd' ? 0 : 1, register, at(0), at(1))];
      case 'mac':
      case 'macb':
        return [four(register | (payload.negate ? 128 : 0), at(2), at(0), at(1))];
      case 'pair':
        return [four(at(0) | (payload.negative ? 128 : 0), at(1), 0, 0)];
    }
  }
}

const PLACEHOLDER: ExtensionNode = { kind: 'param', slot: 0 };
const PLACEHOLDER_SUM: ExtensionNode = { kind: 'eadd', a: PLACEHOLDER, b: PLACEHOLDER };

/** How a program is cut into segments. */
interface Cut {
  readonly pairs: number;
  /** Base terms of a segment; null for all in the first one. */
  readonly terms: number | null;
}

/**
 * Tried in turn until the registers suffice: more steps a segment run faster but keep more values. With base terms cut
 * too, every segment loads and computes its base values anew.
 */
const CUTS: readonly Cut[] = [
  { pairs: MAX_PAIRS, terms: null },
  { pairs: 2, terms: null },
  { pairs: 1, terms: null },
  { pairs: 1, terms: 4 },
  { pairs: 1, terms: 1 },
];

const fit = (compile: (cut: Cut) => CircuitBytecode): CircuitBytecode => {
  for (const cut of CUTS) {
    const compiled = compile(cut);
    if (compiled.words <= MAX_WORDS && compiled.elements <= MAX_ELEMENTS) return compiled;
  }
  throw new NotInterpretable('a circuit needs too many registers');
};

/** The kernel's slots are the graph's, then one that is 0. */
export const logupBytecode = ({ slots, pairs }: LogupGraph): CircuitBytecode =>
  fit((cut) => {
    const compiler = new Compiler(slots.length);
    pairs.forEach((pair, k) => {
      if (k % cut.pairs === 0) compiler.begin(k / cut.pairs, cut.terms !== null);
      compiler.pair(pair);
    });
    return compiler.finish(null);
  });

export const constraintBytecode = ({ slots, baseTerms, extensionTerms }: ConstraintGraph): CircuitBytecode =>
  fit((cut) => {
    const compiler = new Compiler(slots.length);
    const perSegment = cut.terms ?? Math.max(1, baseTerms.length);
    let segment = 0;
    let sum = compiler.dot(baseTerms.slice(0, perSegment), null);
    for (let first = perSegment; first < baseTerms.length; first += perSegment) {
      compiler.begin(++segment, true);
      sum = compiler.addDot(sum, baseTerms.slice(first, first + perSegment));
    }
    if (cut.terms !== null) segment++;
    extensionTerms.forEach(({ slot, value }, k) => {
      if (k % cut.pairs === 0) compiler.begin(segment + k / cut.pairs, cut.terms !== null);
      sum = compiler.mac(sum, compiler.param(slot), compiler.value(value));
    });
    return compiler.finish(sum);
  });
