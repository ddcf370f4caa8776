// Programs over u32 words, one row at a time: what fills a chip's columns and finds the table rows it uses. A
// hash-consed, constant-folded graph made from witness expressions and field expressions; printed as WGSL
// (word_wgsl.ts) or as bytecode (word_bytecode.ts).
import type { Expr } from '../../../src/air/expr.ts';
import type { W, WitnessOp } from '../../../src/air/witness.ts';
import { add as fAdd, mul as fMul, sub as fSub, inv, P } from '../../../src/core/field.ts';

/** Wrapping u32 operations and comparisons, then field operations on canonical values. */
export type WordOp = Exclude<WitnessOp, 'fsub' | 'fmul'> | 'fadd' | 'fsub' | 'fmul';

export type Word =
  | { readonly kind: 'const'; readonly id: number; readonly value: number }
  | { readonly kind: 'record'; readonly id: number; readonly field: number }
  | { readonly kind: 'row'; readonly id: number }
  | { readonly kind: 'column'; readonly id: number; readonly fixed: boolean; readonly index: number }
  | { readonly kind: 'lookup'; readonly id: number; readonly chip: string; readonly column: number; readonly a: Word }
  | { readonly kind: 'select'; readonly id: number; readonly condition: Word; readonly a: Word; readonly b: Word }
  /** Any word to its canonical residue, and the inverse of a canonical value. */
  | { readonly kind: 'reduce' | 'finv'; readonly id: number; readonly a: Word }
  | { readonly kind: WordOp; readonly id: number; readonly a: Word; readonly b: Word };

const MAX = 0xffffffff;

const FOLD: Readonly<Record<WordOp, (a: number, b: number) => number>> = {
  add: (a, b) => (a + b) >>> 0,
  sub: (a, b) => (a - b) >>> 0,
  mul: (a, b) => Math.imul(a, b) >>> 0,
  mulhi: (a, b) => Number((BigInt(a) * BigInt(b)) >> 32n),
  and: (a, b) => (a & b) >>> 0,
  or: (a, b) => (a | b) >>> 0,
  xor: (a, b) => (a ^ b) >>> 0,
  shl: (a, b) => (a << b) >>> 0,
  shr: (a, b) => a >>> b,
  eq: (a, b) => Number(a === b),
  lt: (a, b) => Number(a < b),
  divu: (a, b) => (b === 0 ? MAX : Math.floor(a / b)),
  fadd: fAdd,
  fsub: fSub,
  fmul: fMul,
};

/** Right operands that change nothing. */
const NEUTRAL: Partial<Record<WordOp, number>> = {
  ...{ add: 0, sub: 0, mul: 1, or: 0, xor: 0, shl: 0, shr: 0, divu: 1, and: MAX },
  ...{ fadd: 0, fsub: 0, fmul: 1 },
};
const COMMUTES: ReadonlySet<WordOp> = new Set(['add', 'mul', 'mulhi', 'and', 'or', 'xor', 'eq', 'fadd', 'fmul']);
const ZERO_ABSORBS: ReadonlySet<WordOp> = new Set(['mul', 'mulhi', 'and', 'fmul']);

/** An upper bound of a word's value. */
export const bound = (e: Word): number => {
  switch (e.kind) {
    case 'const':
      return e.value;
    case 'record':
    case 'row':
      return MAX;
    case 'eq':
    case 'lt':
      return 1;
    case 'and':
      return Math.min(bound(e.a), bound(e.b));
    case 'shr':
      return e.b.kind === 'const' ? bound(e.a) >>> e.b.value : bound(e.a);
    case 'select':
      return Math.max(bound(e.a), bound(e.b));
    case 'column':
    case 'lookup':
    case 'reduce':
    case 'finv':
    case 'fadd':
    case 'fsub':
    case 'fmul':
      return P - 1;
    default:
      return MAX;
  }
};

export class WordGraph {
  readonly #interned = new Map<string, Word>();
  readonly #fromExpr = new Map<Expr, Word>();

  constant(n: number): Word {
    const value = n >>> 0;
    return this.#intern(`k${value}`, (id) => ({ kind: 'const', id, value }));
  }

  binary(kind: WordOp, left: Word, right: Word): Word {
    let [a, b] = [left, right];
    if (a.kind === 'const' && b.kind === 'const') return this.constant(FOLD[kind](a.value, b.value));
    if (COMMUTES.has(kind) && (a.kind === 'const' || (b.kind !== 'const' && a.id > b.id))) [a, b] = [b, a];
    if (b.kind === 'const') {
      if (b.value === NEUTRAL[kind]) return a;
      if (b.value === 0 && ZERO_ABSORBS.has(kind)) return b;
      // Bits that the mask keeps anyway.
      if (kind === 'and' && Math.log2(b.value + 1) % 1 === 0 && bound(a) <= b.value) return a;
    }
    if (a.kind === 'const' && a.value === 0 && (kind === 'shl' || kind === 'shr' || ZERO_ABSORBS.has(kind))) return a;
    return this.#intern(`${kind}${a.id},${b.id}`, (id) => ({ kind, id, a, b }));
  }

  select(condition: Word, a: Word, b: Word): Word {
    if (condition.kind === 'const') return condition.value !== 0 ? a : b;
    if (a === b) return a;
    return this.#intern(`?${condition.id},${a.id},${b.id}`, (id) => ({ kind: 'select', id, condition, a, b }));
  }

  column(fixed: boolean, index: number): Word {
    return this.#intern(`c${fixed},${index}`, (id) => ({ kind: 'column', id, fixed, index }));
  }

  /** A field expression over the row's columns. */
  expr(e: Expr): Word {
    const known = this.#fromExpr.get(e);
    if (known) return known;
    const made =
      e.kind === 'const'
        ? this.constant(e.value)
        : e.kind === 'column'
          ? this.column(e.fixed, e.index)
          : this.binary(`f${e.kind}`, this.expr(e.a), this.expr(e.b));
    this.#fromExpr.set(e, made);
    return made;
  }

  /** A witness expression; `args` stand for the arguments of a counting rule. */
  witness(e: W, args: readonly Word[] = [], memo: Map<W, Word> = new Map()): Word {
    const known = memo.get(e);
    if (known) return known;
    const of = (x: W): Word => this.witness(x, args, memo);
    const make = (): Word => {
      switch (e.kind) {
        case 'const':
          return this.constant(e.value);
        case 'record':
          return this.#intern(`r${e.field}`, (id) => ({ kind: 'record', id, field: e.field }));
        case 'row':
          return this.#intern('row', (id) => ({ kind: 'row', id }));
        case 'argument': {
          const argument = args[e.index];
          if (argument === undefined) throw new Error(`counting rule: no argument ${e.index}`);
          return argument;
        }
        case 'lookup': {
          const { chip, column } = e;
          const a = of(e.row);
          return this.#intern(`l${chip}:${column},${a.id}`, (id) => ({ kind: 'lookup', id, chip, column, a }));
        }
        case 'select':
          return this.select(of(e.condition), of(e.a), of(e.b));
        case 'finv': {
          const a = this.#canonical(of(e.a));
          if (a.kind === 'const') return this.constant(inv(a.value));
          return this.#intern(`i${a.id}`, (id) => ({ kind: 'finv', id, a }));
        }
        case 'fsub':
        case 'fmul':
          return this.binary(e.kind, this.#canonical(of(e.a)), this.#canonical(of(e.b)));
        default:
          return this.binary(e.kind, of(e.a), of(e.b));
      }
    };
    const made = make();
    memo.set(e, made);
    return made;
  }

  #canonical(a: Word): Word {
    if (bound(a) < P) return a;
    if (a.kind === 'const') return this.constant(a.value % P);
    return this.#intern(`m${a.id}`, (id) => ({ kind: 'reduce', id, a }));
  }

  #intern(key: string, make: (id: number) => Word): Word {
    const known = this.#interned.get(key);
    if (known) return known;
    const node = make(this.#interned.size);
    this.#interned.set(key, node);
    return node;
  }
}

/** Operands, in evaluation order. */
export const operands = (e: Word): readonly Word[] => {
  switch (e.kind) {
    case 'const':
    case 'record':
    case 'row':
    case 'column':
      return [];
    case 'lookup':
    case 'reduce':
    case 'finv':
      return [e.a];
    case 'select':
      return [e.condition, e.a, e.b];
    default:
      return [e.a, e.b];
  }
};

/** Every node under the roots, operands before users. */
export const topological = (roots: readonly Word[]): Word[] => {
  const seen = new Set<Word>();
  const order: Word[] = [];
  const visit = (e: Word): void => {
    if (seen.has(e)) return;
    seen.add(e);
    operands(e).forEach(visit);
    order.push(e);
  };
  roots.forEach(visit);
  return order;
};
