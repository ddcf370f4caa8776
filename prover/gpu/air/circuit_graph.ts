// Circuits (src/air/circuit.ts) brought into the form that suits kernels: sums of challenge-dependent scalars times base
// values become dot products, products are fused with the sums they enter, signs move to where they cost nothing.
import type { Circuit, Instruction } from '../../../src/air/circuit.ts';

export type BaseNode =
  | { readonly kind: 'column'; readonly fixed: boolean; readonly index: number }
  | { readonly kind: 'const'; readonly value: number }
  | { readonly kind: 'add' | 'sub' | 'mul'; readonly a: BaseNode; readonly b: BaseNode };

/** One product of a dot: the parameter in `slot` times a base value. */
export interface DotTerm {
  readonly slot: number;
  readonly value: BaseNode;
}

export type ExtensionNode =
  | { readonly kind: 'param'; readonly slot: number }
  | { readonly kind: 'secure'; readonly index: number; readonly previous: boolean }
  | { readonly kind: 'dot'; readonly init: ExtensionNode | null; readonly terms: readonly DotTerm[] }
  | { readonly kind: 'eadd' | 'esub'; readonly a: ExtensionNode; readonly b: ExtensionNode }
  /** b c, plus or minus (`negate`) a where it is not null; c an extension value, or a base value in `macb`. */
  | {
      readonly kind: 'mac';
      readonly negate: boolean;
      readonly a: ExtensionNode | null;
      readonly b: ExtensionNode;
      readonly c: ExtensionNode;
    }
  | {
      readonly kind: 'macb';
      readonly negate: boolean;
      readonly a: ExtensionNode | null;
      readonly b: ExtensionNode;
      readonly c: BaseNode;
    };

export type GraphNode = BaseNode | ExtensionNode;

/** The values that a node is computed from. */
export const childrenOf = (n: GraphNode): readonly GraphNode[] => {
  switch (n.kind) {
    case 'column':
    case 'const':
    case 'param':
    case 'secure':
      return [];
    case 'dot':
      return [...(n.init === null ? [] : [n.init]), ...n.terms.map((t) => t.value)];
    case 'mac':
    case 'macb':
      return [...(n.a === null ? [] : [n.a]), n.b, n.c];
    default:
      return [n.a, n.b];
  }
};

/** A value as plus or minus a node; null is zero. */
interface Signed {
  readonly node: ExtensionNode | null;
  readonly negative: boolean;
}

/** A parameter of the circuit, or its negative. */
export interface Slot {
  readonly param: number;
  readonly negative: boolean;
}

/** The sum of base values times coefficients and of extension values times coefficients. */
export interface ConstraintGraph {
  readonly slots: readonly Slot[];
  readonly baseTerms: readonly DotTerm[];
  readonly extensionTerms: readonly { readonly slot: number; readonly value: ExtensionNode }[];
}

export interface LogupPair {
  /** The pair's sum is numerator / denominator, or minus that. */
  readonly numerator: ExtensionNode;
  readonly denominator: ExtensionNode;
  readonly negative: boolean;
}

export interface LogupGraph {
  readonly slots: readonly Slot[];
  readonly pairs: readonly LogupPair[];
}

const argumentsOf = (i: Instruction): readonly number[] => {
  switch (i.op) {
    case 'column':
    case 'const':
    case 'param':
    case 'secure':
      return [];
    case 'emac':
      return [i.a, i.b, i.c];
    default:
      return [i.a, i.b];
  }
};

class Lowering {
  readonly circuit: Circuit;
  readonly slots: Slot[] = [];
  readonly #uses: number[];
  readonly #base = new Map<number, BaseNode>();
  readonly #extension = new Map<number, Signed>();

  constructor(circuit: Circuit) {
    this.circuit = circuit;
    this.#uses = circuit.code.map(() => 0);
    const needed = new Set(circuit.outputs);
    for (let at = circuit.code.length - 1; at >= 0; at--) {
      if (!needed.has(at)) continue;
      for (const a of argumentsOf(this.at(at))) {
        needed.add(a);
        this.#uses[a] = (this.#uses[a] as number) + 1;
      }
    }
  }

  at(index: number): Instruction {
    return this.circuit.code[index] as Instruction;
  }

  slot(param: number, negative: boolean): number {
    const known = this.slots.findIndex((s) => s.param === param && s.negative === negative);
    return known >= 0 ? known : this.slots.push({ param, negative }) - 1;
  }

  base(index: number): BaseNode {
    const known = this.#base.get(index);
    if (known) return known;
    const i = this.at(index);
    const make = (): BaseNode => {
      switch (i.op) {
        case 'column':
          return { kind: 'column', fixed: i.fixed, index: i.index };
        case 'const':
          return { kind: 'const', value: i.value };
        case 'add':
        case 'sub':
        case 'mul':
          return { kind: i.op, a: this.base(i.a), b: this.base(i.b) };
        default:
          throw new Error(`circuit: ${i.op} where a base value is due`);
      }
    };
    const made = make();
    this.#base.set(index, made);
    return made;
  }

  extension(index: number): Signed {
    const known = this.#extension.get(index);
    if (known) return known;
    const made = this.#make(index);
    this.#extension.set(index, made);
    return made;
  }

  #make(index: number): Signed {
    const i = this.at(index);
    switch (i.op) {
      case 'param': {
        const p = this.circuit.params[i.index];
        if (p?.kind === 'fingerprint' && p.z === 0 && p.terms.length === 0) return { node: null, negative: false };
        return { node: { kind: 'param', slot: this.slot(i.index, false) }, negative: false };
      }
      case 'secure':
        return { node: { kind: 'secure', index: i.index, previous: i.previous }, negative: false };
      case 'eadd':
      case 'esub': {
        const b = this.extension(i.b);
        return this.#sum(this.extension(i.a), i.a, { ...b, negative: b.negative !== (i.op === 'esub') }, i.b);
      }
      case 'emul': {
        const [a, b] = [this.extension(i.a), this.extension(i.b)];
        if (a.node === null || b.node === null) return { node: null, negative: false };
        const node: ExtensionNode = { kind: 'mac', negate: false, a: null, b: a.node, c: b.node };
        return { node, negative: a.negative !== b.negative };
      }
      case 'emulb':
        return this.#scaled(i.a, i.b);
      case 'emac': {
        const a = this.extension(i.a);
        const product = this.#scaled(i.b, i.c);
        if (product.node?.kind !== 'dot' || product.negative || a.negative) return this.#sum(a, i.a, product, null);
        const { terms } = product.node;
        // A partial sum that others use too stays a value of its own.
        if (a.node?.kind === 'dot' && this.#uses[i.a] === 1) {
          return { node: { kind: 'dot', init: a.node.init, terms: [...a.node.terms, ...terms] }, negative: false };
        }
        return { node: { kind: 'dot', init: a.node, terms }, negative: false };
      }
      default:
        throw new Error(`circuit: ${i.op} where an extension value is due`);
    }
  }

  /** Extension value times base value. */
  #scaled(a: number, b: number): Signed {
    const { node, negative } = this.extension(a);
    if (node === null) return { node, negative: false };
    const value = this.base(b);
    if (node.kind === 'param')
      return { node: { kind: 'dot', init: null, terms: [{ slot: node.slot, value }] }, negative };
    return { node: { kind: 'macb', negate: false, a: null, b: node, c: value }, negative };
  }

  /** A sum; `ia`, `ib` are the summands' instructions, null for one that nothing else uses. */
  #sum(a: Signed, ia: number | null, b: Signed, ib: number | null): Signed {
    if (a.node === null) return b;
    if (b.node === null) return a;
    const fuse = (product: Signed, at: number | null, other: Signed): Signed | null => {
      const node = product.node;
      if (node?.kind !== 'mac' && node?.kind !== 'macb') return null;
      if (node.a !== null || (at !== null && this.#uses[at] !== 1)) return null;
      return {
        node: { ...node, negate: other.negative !== product.negative, a: other.node },
        negative: product.negative,
      };
    };
    const fused = fuse(b, ib, a) ?? fuse(a, ia, b);
    if (fused) return fused;
    if (a.negative === b.negative) return { node: { kind: 'eadd', a: a.node, b: b.node }, negative: a.negative };
    const [x, y] = a.negative ? [b, a] : [a, b];
    return { node: { kind: 'esub', a: x.node as ExtensionNode, b: y.node as ExtensionNode }, negative: false };
  }
}

export const lowerLogup = (circuit: Circuit): LogupGraph => {
  const lowering = new Lowering(circuit);
  const pairs = Array.from({ length: circuit.outputs.length / 2 }, (_, k): LogupPair => {
    const numerator = lowering.extension(circuit.outputs[2 * k] as number);
    const denominator = lowering.extension(circuit.outputs[2 * k + 1] as number);
    if (numerator.node === null || denominator.node === null) throw new Error('circuit: a LogUp pair is zero');
    return {
      numerator: numerator.node,
      denominator: denominator.node,
      negative: numerator.negative !== denominator.negative,
    };
  });
  return { slots: lowering.slots, pairs };
};

export const lowerConstraints = (circuit: Circuit): ConstraintGraph => {
  const lowering = new Lowering(circuit);
  const baseTerms: DotTerm[] = [];
  const extensionTerms: { slot: number; value: ExtensionNode }[] = [];
  const coefficient = (index: number): number => {
    const i = lowering.at(index);
    if (i.op !== 'param') throw new Error('circuit: a constraint without its coefficient');
    return i.index;
  };
  const collect = (index: number): void => {
    const i = lowering.at(index);
    switch (i.op) {
      case 'eadd':
        collect(i.a);
        collect(i.b);
        return;
      case 'emac':
        collect(i.a);
        baseTerms.push({ slot: lowering.slot(coefficient(i.b), false), value: lowering.base(i.c) });
        return;
      case 'emulb':
        baseTerms.push({ slot: lowering.slot(coefficient(i.a), false), value: lowering.base(i.b) });
        return;
      case 'emul': {
        const { node, negative } = lowering.extension(i.b);
        if (node !== null) extensionTerms.push({ slot: lowering.slot(coefficient(i.a), negative), value: node });
        return;
      }
      default:
        throw new Error(`circuit: ${i.op} among the constraints`);
    }
  };
  for (const output of circuit.outputs) collect(output);
  return { slots: lowering.slots, baseTerms, extensionTerms };
};
