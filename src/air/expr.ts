/**
 * Base-field expressions over one row of a chip: a hash-consed DAG. A chip is written with these functions once;
 * degree, row check, verifier and GPU kernels are all read off the resulting nodes.
 */
import { add as fAdd, mul as fMul, neg as fNeg, fromInt, sub as fSub } from '../core/field.ts';

export type Expr =
  | { readonly kind: 'const'; readonly id: number; readonly value: number }
  /** Column `index` of the chip's own list: preprocessed (`fixed`) or execution trace. */
  | { readonly kind: 'column'; readonly id: number; readonly fixed: boolean; readonly index: number }
  | { readonly kind: 'add' | 'sub' | 'mul'; readonly id: number; readonly a: Expr; readonly b: Expr };

/** Numbers stand for field constants; negative ones are reduced. */
export type Term = Expr | number;

const interned = new Map<string, Expr>();

const intern = (key: string, make: (id: number) => Expr): Expr => {
  const known = interned.get(key);
  if (known) return known;
  const node = make(interned.size);
  interned.set(key, node);
  return node;
};

export const constant = (n: number): Expr => {
  const value = fromInt(n);
  return intern(`k${value}`, (id) => ({ kind: 'const', id, value }));
};

export const column = (fixed: boolean, index: number): Expr =>
  intern(`${fixed ? 'f' : 't'}${index}`, (id) => ({ kind: 'column', id, fixed, index }));

const lift = (t: Term): Expr => (typeof t === 'number' ? constant(t) : t);

const FOLD = { add: fAdd, sub: fSub, mul: fMul } as const;

const binary = (kind: 'add' | 'sub' | 'mul', left: Term, right: Term): Expr => {
  let a = lift(left);
  let b = lift(right);
  if (a.kind === 'const' && b.kind === 'const') return constant(FOLD[kind](a.value, b.value));
  if (kind !== 'sub' && a.id > b.id) [a, b] = [b, a];
  if (b.kind === 'const' && b.value === 0) return kind === 'mul' ? b : a;
  if (a.kind === 'const' && a.value === 0 && kind !== 'sub') return kind === 'mul' ? a : b;
  if (kind === 'mul' && a.kind === 'const' && a.value === 1) return b;
  if (kind === 'mul' && b.kind === 'const' && b.value === 1) return a;
  if (kind === 'sub' && a === b) return constant(0);
  return intern(`${kind}${a.id},${b.id}`, (id) => ({ kind, id, a, b }));
};

export const add = (...terms: readonly Term[]): Expr =>
  terms.slice(1).reduce<Expr>((sum, t) => binary('add', sum, t), lift(terms[0] ?? 0));
export const sub = (a: Term, b: Term): Expr => binary('sub', a, b);
export const mul = (...terms: readonly Term[]): Expr =>
  terms.slice(1).reduce<Expr>((product, t) => binary('mul', product, t), lift(terms[0] ?? 1));

const degrees = new Map<Expr, number>();

/** Degree in the columns, as a polynomial before any cancellation. */
export const degree = (e: Expr): number => {
  if (e.kind === 'const') return 0;
  if (e.kind === 'column') return 1;
  const known = degrees.get(e);
  if (known !== undefined) return known;
  const [da, db] = [degree(e.a), degree(e.b)];
  const d = e.kind === 'mul' ? da + db : Math.max(da, db);
  degrees.set(e, d);
  return d;
};

/** Calls `visit` once for every column under `e`. */
export const visitColumns = (
  e: Expr,
  visit: (column: Expr & { kind: 'column' }) => void,
  seen: Set<Expr> = new Set(),
): void => {
  if (seen.has(e)) return;
  seen.add(e);
  if (e.kind === 'column') visit(e);
  else if (e.kind !== 'const') {
    visitColumns(e.a, visit, seen);
    visitColumns(e.b, visit, seen);
  }
};

export interface LinearForm {
  readonly constant: number;
  readonly terms: ReadonlyMap<Expr & { kind: 'column' }, number>;
}

/** Writes a degree-1 expression as constant + sum of coefficient times column. Throws on a higher degree. */
export const linearForm = (e: Expr): LinearForm => {
  if (e.kind === 'const') return { constant: e.value, terms: new Map() };
  if (e.kind === 'column') return { constant: 0, terms: new Map([[e, 1]]) };
  const a = linearForm(e.a);
  const b = linearForm(e.b);
  const combine = (x: LinearForm, y: LinearForm, scale: number): LinearForm => {
    const terms = new Map(x.terms);
    for (const [c, k] of y.terms) terms.set(c, fAdd(terms.get(c) ?? 0, fMul(k, scale)));
    return { constant: fAdd(x.constant, fMul(y.constant, scale)), terms };
  };
  if (e.kind === 'add') return combine(a, b, 1);
  if (e.kind === 'sub') return combine(a, b, fNeg(1));
  const empty: LinearForm = { constant: 0, terms: new Map() };
  if (a.terms.size === 0) return combine(empty, b, a.constant);
  if (b.terms.size === 0) return combine(empty, a, b.constant);
  throw new Error('linearForm: the expression is not linear in the columns');
};

/** Value of `e` given the value of each column. */
export const evaluateExpr = (
  e: Expr,
  read: (fixed: boolean, index: number) => number,
  memo: Map<Expr, number> = new Map(),
): number => {
  if (e.kind === 'const') return e.value;
  if (e.kind === 'column') return read(e.fixed, e.index);
  const known = memo.get(e);
  if (known !== undefined) return known;
  const value = FOLD[e.kind](evaluateExpr(e.a, read, memo), evaluateExpr(e.b, read, memo));
  memo.set(e, value);
  return value;
};

export const toExpr: (t: Term) => Expr = lift;
