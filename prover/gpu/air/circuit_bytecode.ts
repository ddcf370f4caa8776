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
  /** The last segment of any instruction so far. */
  #last = 0;
  /** Words loaded since a segment began, and from how many on the next one begins, wherever that is in an expression. */
  #loads = 0;
  readonly #maxLoads: number;
  readonly #denominators = new Map<Value, Value>();
  /** Segment of the last pair, and how many pairs that segment has. */
  #lastPair = 0;
  #pairsThere = 0;

  /** `zeroSlot` is a slot whose value is 0. */
  constructor(zeroSlot: number, maxLoads: number | null) {
    this.#zeroSlot = zeroSlot;
    this.#maxLoads = maxLoads ?? Number.POSITIVE_INFINITY;
  }

  /** What is compiled from here on goes to this segment at the earliest. `forget` recomputes values of before. */
  begin(segment: number, forget: boolean): void {
    this.#earliest = this.#maxLoads === Number.POSITIVE_INFINITY ? segment : Math.max(segment, this.#last + 1);
    this.#loads = 0;
    if (!forget) return;
    this.#known.clear();
    this.#params.clear();
  }

  /** Goes on in a new segment where this one has loaded enough; what is at hand then stays in its register. */
  #relieve(): boolean {
    if (this.#loads < this.#maxLoads) return false;
    this.begin(this.#last + 1, true);
    return true;
  }

  /** Values of both operands, in their order; the one with more below it is made first. */
  #both(a: GraphNode, b: GraphNode): [Value, Value] {
    if (sizeOf(b) > sizeOf(a)) {
      const [y, x] = this.#both(b, a);
      return [x, y];
    }
    const x = this.value(a);
    if (this.#relieve()) this.#known.set(a, x);
    return [x, this.value(b)];
  }

  /** A dot product in parts, each of what is loaded at a time. */
  #dot(init: ExtensionNode | null, all: readonly DotTerm[]): Value {
    const part = (sum: Value | null, terms: readonly DotTerm[], values: readonly Value[]): Value => {
      const form: Payload = { kind: 'dot', init: sum === null ? init : PLACEHOLDER_SUM, terms };
      return this.#add(form, PHASES.dots, sum === null ? values : [...values, sum], ELEMENT);
    };
    let sum = init === null || init.kind === 'param' ? null : this.value(init);
    let [first, values]: [number, Value[]] = [0, []];
    all.forEach((term, i) => {
      values.push(this.value(term.value));
      if (i === all.length - 1 || Math.max(this.#loads, values.length) < this.#maxLoads) return;
      sum = part(sum, all.slice(first, i + 1), values);
      [first, values] = [i + 1, []];
      this.#relieve();
    });
    return part(sum, all.slice(first), values);
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
    // Made first: an expression may begin segments of its own.
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
    this.#last = Math.max(this.#last, item.segment);
    this.#denominators.set(operands[1] as Value, item);
  }

  #add(payload: Payload, phase: number, operands: readonly Value[], file: number | null): Value {
    const item = this.schedule.add(payload, phase, operands, file, this.#earliest);
    this.#last = Math.max(this.#last, item.segment);
    if (phase === PHASES.loads || phase === PHASES.constants) this.#loads++;
    return item;
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
        return this.#add(node, PHASES.base, this.#both(node.a, node.b), WORD);
      case 'param':
        return this.param(node.slot);
      case 'secure':
        return this.#add(node, PHASES.secure, [], ELEMENT);
      case 'dot':
        return this.#dot(node.init, node.terms);
      case 'eadd':
      case 'esub':
        return this.#add(node, PHASES.adds, this.#both(node.a, node.b), ELEMENT);
      case 'mac':
      case 'macb': {
        const operands = [...this.#both(node.b, node.c), ...(node.a === null ? [] : [this.value(node.a)])];
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

const sizes = new WeakMap<GraphNode, number>();

/** Nodes below a node, those that it reaches in two ways counted twice. */
const sizeOf = (node: GraphNode): number => {
  const known = sizes.get(node);
  if (known !== undefined) return known;
  const sum = (list: readonly (GraphNode | null)[]): number =>
    list.reduce((n, x) => n + (x === null ? 0 : sizeOf(x)), 1);
  const size = ((): number => {
    switch (node.kind) {
      case 'add':
      case 'sub':
      case 'mul':
      case 'eadd':
      case 'esub':
        return sum([node.a, node.b]);
      case 'dot':
        return sum([node.init, ...node.terms.map((t) => t.value)]);
      case 'mac':
      case 'macb':
        return sum([node.a, node.b, node.c]);
      default:
        return 1;
    }
  })();
  sizes.set(node, size);
  return size;
};

const PLACEHOLDER: ExtensionNode = { kind: 'param', slot: 0 };
const PLACEHOLDER_SUM: ExtensionNode = { kind: 'eadd', a: PLACEHOLDER, b: PLACEHOLDER };

/** How a program is cut into segments. */
interface Cut {
  readonly pairs: number;
  /** Base terms of a segment; null for all in the first one. */
  readonly terms: number | null;
  /** Words that a segment loads before another one begins, within a term; null for any number. */
  readonly loads: number | null;
}

/**
 * Tried in turn until the registers suffice: more steps a segment run faster but keep more values. With base terms cut
 * too, every segment loads and computes its base values anew.
 */
const CUTS: readonly Cut[] = [
  { pairs: MAX_PAIRS, terms: null, loads: null },
  { pairs: 2, terms: null, loads: null },
  { pairs: 1, terms: null, loads: null },
  { pairs: 1, terms: 4, loads: null },
  { pairs: 1, terms: 1, loads: null },
  { pairs: 1, terms: 1, loads: 32 },
  { pairs: 1, terms: 1, loads: 12 },
];

/** With so many base terms they do not fit together: no time is spent on that. */
const MANY_TERMS = 64;
const FOR_MANY_TERMS = CUTS.filter(({ terms }) => terms === 1);

const fit = (compile: (cut: Cut) => CircuitBytecode, cuts: readonly Cut[] = CUTS): CircuitBytecode => {
  for (const cut of cuts) {
    const compiled = compile(cut);
    if (compiled.words <= MAX_WORDS && compiled.elements <= MAX_ELEMENTS) return compiled;
  }
  throw new NotInterpretable('a circuit needs too many registers');
};

/** The kernel's slots are the graph's, then one that is 0. */
export const logupBytecode = ({ slots, pairs }: LogupGraph): CircuitBytecode =>
  fit((cut) => {
    const compiler = new Compiler(slots.length, cut.loads);
    pairs.forEach((pair, k) => {
      if (k % cut.pairs === 0) compiler.begin(k / cut.pairs, cut.terms !== null);
      compiler.pair(pair);
    });
    return compiler.finish(null);
  });

export const constraintBytecode = ({ slots, baseTerms, extensionTerms }: ConstraintGraph): CircuitBytecode =>
  fit(
    (cut) => {
      const compiler = new Compiler(slots.length, cut.loads);
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
    },
    baseTerms.length > MANY_TERMS ? FOR_MANY_TERMS : CUTS,
  );
