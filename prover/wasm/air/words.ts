/**
 * Prints word programs (`word_graph.ts`) as code on four rows: every node once, in a local that is free again after its
 * last use.
 */
import { P } from '../../../src/core/field.ts';
import { bound, type Word as Node, operands, topological } from '../../gpu/air/word_graph.ts';
import { add, invert, mul, mulDoubled, mulPowerOfTwo, reduce, sub } from '../emit/field.ts';
import { constant, type Vector, v, type Word, w, word } from '../emit/values.ts';
import type { ScopedEmitter } from './scoped.ts';

/** Where a program's inputs come from. */
export interface WordSource {
  readonly column: (fixed: boolean, index: number) => Vector;
  readonly record: (field: number) => Vector;
  /** The numbers of the four rows. */
  readonly row: () => Vector;
  /** Values of the lookup table's column at these rows. */
  readonly lookup: (column: number, rows: Vector) => Vector;
}

const ONE = constant(1);
const ZERO = constant(0);
const LANES = [0, 1, 2, 3] as const;

const opcode = (a: Vector, b: Vector, name: 'i64x2.extmul_low_i32x4_u' | 'i64x2.extmul_high_i32x4_u'): Vector =>
  name === 'i64x2.extmul_low_i32x4_u' ? v.mulLow(a, b) : v.mulHigh(a, b);

/** A word for each lane. */
const byLane = (e: ScopedEmitter, make: (lane: number) => Word): Vector => {
  const out = e.variable('v128', ZERO);
  for (const lane of LANES) {
    e.set(out, {
      type: 'v128',
      push: (f) => {
        out.push(f);
        make(lane).push(f);
        f.lane('i32x4.replace_lane', lane);
      },
    });
  }
  return out;
};

const ifElse = (condition: Word, a: Word, b: Word): Word => ({
  type: 'i32',
  push: (f) => {
    a.push(f);
    b.push(f);
    condition.push(f);
    f.op('select');
  },
});

/** Lanes where a word is not 0, as a mask. */
export const nonZero = (a: Vector): Vector => v.not(v.eq(a, ZERO));
const toBit = (mask: Vector): Vector => v.and(mask, ONE);

const divide = (e: ScopedEmitter, a: Vector, b: Vector): Vector => {
  const divisor = e.variable('i32');
  return byLane(e, (lane) => ({
    type: 'i32',
    push: (f) => {
      e.set(divisor, v.lane(b, lane));
      const quotient = w.divu(v.lane(a, lane), ifElse(divisor, divisor, word(1)));
      ifElse(divisor, quotient, word(-1)).push(f);
    },
  }));
};

const shift = (e: ScopedEmitter, left: boolean, a: Vector, amount: Node, b: Vector): Vector => {
  if (amount.kind === 'const') return (left ? v.shl : v.shr)(a, amount.value & 31);
  return byLane(e, (lane) => (left ? w.shl : w.shr)(v.lane(a, lane), v.lane(b, lane)));
};

const multiply = (e: ScopedEmitter, node: Node & { readonly b: Node }, a: Vector, b: Vector): Vector => {
  if (node.b.kind !== 'const') return mul(e, a, b);
  const log = Math.log2(node.b.value);
  if (Number.isInteger(log)) return mulPowerOfTwo(e, a, log);
  return mulDoubled(e, a, constant(2 * node.b.value));
};

const code = (e: ScopedEmitter, node: Node, source: WordSource, of: (n: Node) => Vector): Vector => {
  switch (node.kind) {
    case 'const':
      return constant(node.value);
    case 'record':
      return source.record(node.field);
    case 'row':
      return source.row();
    case 'column':
      return source.column(node.fixed, node.index);
    case 'lookup':
      return source.lookup(node.column, of(node.a));
    case 'select': {
      const condition = of(node.condition);
      return v.select(of(node.b), of(node.a), v.eq(condition, ZERO));
    }
    case 'reduce':
      return reduce(e, reduce(e, of(node.a)));
    case 'finv':
      return invert(e, of(node.a));
    default:
  }
  const [a, b] = [of(node.a), of(node.b)];
  switch (node.kind) {
    case 'add':
      return v.add(a, b);
    case 'sub':
      return v.sub(a, b);
    case 'mul':
      return v.mulWrap(a, b);
    case 'mulhi': {
      const low = e.keep(opcode(a, b, 'i64x2.extmul_low_i32x4_u'));
      return v.shuffle(low, opcode(a, b, 'i64x2.extmul_high_i32x4_u'), [1, 3, 5, 7]);
    }
    case 'and':
    case 'or':
    case 'xor':
      return v[node.kind](a, b);
    case 'shl':
    case 'shr':
      return shift(e, node.kind === 'shl', a, node.b, b);
    case 'eq':
      return toBit(v.eq(a, b));
    case 'lt':
      return toBit(v.lt(a, b));
    case 'divu':
      return divide(e, a, b);
    case 'fadd':
      return add(e, a, b);
    case 'fsub':
      return sub(e, a, b);
    case 'fmul':
      return multiply(e, node, a, b);
  }
};

/** A statement that takes the values of some nodes. */
export interface Statement {
  readonly needs: readonly Node[];
  readonly write: (...values: readonly Vector[]) => void;
}

/** Writes the statements in order, each preceded by what it needs that is not there yet. */
export const writeStatements = (e: ScopedEmitter, statements: readonly Statement[], source: WordSource): void => {
  const uses = new Map<Node, number>();
  const use = (n: Node): void => void uses.set(n, (uses.get(n) ?? 0) + 1);
  for (const node of topological(statements.flatMap((s) => s.needs))) operands(node).forEach(use);
  for (const { needs } of statements) needs.forEach(use);
  const values = new Map<Node, Vector>();
  const done = (n: Node): void => {
    const left = (uses.get(n) as number) - 1;
    uses.set(n, left);
    if (left === 0) e.release(values.get(n) as Vector);
  };
  const value = (n: Node): Vector => values.get(n) as Vector;
  /** What has been evaluated is not gone into again. */
  const evaluate = (node: Node): void => {
    if (values.has(node)) return;
    if (node.kind === 'const') {
      // Constants are pushed where they are used.
      values.set(node, constant(node.value));
      return;
    }
    operands(node).forEach(evaluate);
    values.set(
      node,
      unshared(e, () => code(e, node, source, value)),
    );
    operands(node).forEach(done);
  };
  for (const { needs, write } of statements) {
    needs.forEach(evaluate);
    e.scope(() => write(...needs.map(value)));
    needs.forEach(done);
  }
};

/** Evaluates into a local that is in no scope: its user releases it. */
const unshared = (e: ScopedEmitter, make: () => Vector): Vector => {
  const out = e.unscoped('v128');
  e.scope(() => e.set(out, make()));
  return out;
};

/** Whether a word can be other than a field element. */
export const mayOverflow = (n: Node): boolean => bound(n) >= P;
