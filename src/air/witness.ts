/**
 * The witness language: how a chip's columns are filled from its record. Expressions over u32 words, evaluated on the
 * CPU here and printed as WGSL for the GPU. Values that become columns must be canonical field elements.
 */
import { sub as fSub, inv, P } from '../core/field.ts';

export type WitnessOp =
  | 'add'
  | 'sub'
  | 'mul'
  | 'mulhi'
  | 'and'
  | 'or'
  | 'xor'
  | 'shl'
  | 'shr'
  | 'eq'
  | 'lt'
  | 'divu'
  | 'fsub'
  | 'fmul';

export type W =
  | { readonly kind: 'const'; readonly id: number; readonly value: number }
  /** Word `field` of the row's record. */
  | { readonly kind: 'record'; readonly id: number; readonly field: number }
  /** Preprocessed column `column` of `chip` at row `row`. */
  | { readonly kind: 'lookup'; readonly id: number; readonly chip: string; readonly column: number; readonly row: W }
  /** The row's own number. */
  | { readonly kind: 'row'; readonly id: number }
  /** Argument of a counting rule. */
  | { readonly kind: 'argument'; readonly id: number; readonly index: number }
  | { readonly kind: 'select'; readonly id: number; readonly condition: W; readonly a: W; readonly b: W }
  | { readonly kind: 'finv'; readonly id: number; readonly a: W }
  | { readonly kind: WitnessOp; readonly id: number; readonly a: W; readonly b: W };

export type WTerm = W | number;

const interned = new Map<string, W>();
const intern = (key: string, make: (id: number) => W): W => {
  const known = interned.get(key);
  if (known) return known;
  const node = make(interned.size);
  interned.set(key, node);
  return node;
};

const lift = (t: WTerm): W =>
  typeof t === 'number' ? intern(`k${t >>> 0}`, (id) => ({ kind: 'const', id, value: t >>> 0 })) : t;

const binary =
  (kind: WitnessOp) =>
  (left: WTerm, right: WTerm): W => {
    const a = lift(left);
    const b = lift(right);
    return intern(`${kind}${a.id},${b.id}`, (id) => ({ kind, id, a, b }));
  };

type Binary = (a: WTerm, b: WTerm) => W;

/**
 * The operations. `add sub mul` wrap mod 2^32, `mulhi` is the high word, shifts take amounts in [0, 31], `eq` and `lt`
 * (unsigned) give 0 or 1, `divu` gives 2^32 - 1 for a zero divisor, `fsub fmul finv` work mod p (finv(0) = 0),
 * `select(c, a, b)` is a where c is not 0.
 */
export const w: {
  readonly [K in WitnessOp]: Binary;
} & {
  readonly constant: (n: WTerm) => W;
  readonly record: (field: number) => W;
  readonly argument: (index: number) => W;
  readonly row: () => W;
  readonly lookup: (chip: string, column: number, row: W) => W;
  readonly select: (condition: WTerm, a: WTerm, b: WTerm) => W;
  readonly finv: (a: WTerm) => W;
} = {
  constant: lift,
  record: (field) => intern(`r${field}`, (id) => ({ kind: 'record', id, field })),
  row: () => intern('row', (id) => ({ kind: 'row', id })),
  argument: (index) => intern(`a${index}`, (id) => ({ kind: 'argument', id, index })),
  lookup: (chip, column, row) =>
    intern(`l${chip}:${column},${row.id}`, (id) => ({ kind: 'lookup', id, chip, column, row })),
  select: (condition, a, b) => {
    const [c, x, y] = [lift(condition), lift(a), lift(b)];
    return intern(`?${c.id},${x.id},${y.id}`, (id) => ({ kind: 'select', id, condition: c, a: x, b: y }));
  },
  finv: (a) => {
    const x = lift(a);
    return intern(`i${x.id}`, (id) => ({ kind: 'finv', id, a: x }));
  },
  add: binary('add'),
  sub: binary('sub'),
  mul: binary('mul'),
  mulhi: binary('mulhi'),
  and: binary('and'),
  or: binary('or'),
  xor: binary('xor'),
  shl: binary('shl'),
  shr: binary('shr'),
  eq: binary('eq'),
  lt: binary('lt'),
  divu: binary('divu'),
  fsub: binary('fsub'),
  fmul: binary('fmul'),
};

const mulHigh = (a: number, b: number): number => Number((BigInt(a) * BigInt(b)) >> 32n);

const OPS: { readonly [K in WitnessOp]: (a: number, b: number) => number } = {
  add: (a, b) => (a + b) >>> 0,
  sub: (a, b) => (a - b) >>> 0,
  mul: (a, b) => Math.imul(a, b) >>> 0,
  mulhi: mulHigh,
  and: (a, b) => (a & b) >>> 0,
  or: (a, b) => (a | b) >>> 0,
  xor: (a, b) => (a ^ b) >>> 0,
  shl: (a, b) => (a << b) >>> 0,
  shr: (a, b) => a >>> b,
  eq: (a, b) => (a === b ? 1 : 0),
  lt: (a, b) => (a < b ? 1 : 0),
  divu: (a, b) => (b === 0 ? 0xffffffff : Math.floor(a / b)),
  fsub: (a, b) => fSub(a % P, b % P),
  fmul: (a, b) => Number((BigInt(a) * BigInt(b)) % BigInt(P)),
};

export interface WitnessInput {
  readonly row: number;
  readonly record: (field: number) => number;
  readonly argument: (index: number) => number;
  readonly lookup: (chip: string, column: number, row: number) => number;
}

/** Value of a witness expression; shared nodes are evaluated once through `memo`. */
export const evaluateWitness = (e: W, input: WitnessInput, memo: Map<W, number> = new Map()): number => {
  if (e.kind === 'const') return e.value;
  const known = memo.get(e);
  if (known !== undefined) return known;
  const of = (x: W): number => evaluateWitness(x, input, memo);
  const value = ((): number => {
    switch (e.kind) {
      case 'record':
        return input.record(e.field);
      case 'row':
        return input.row;
      case 'argument':
        return input.argument(e.index);
      case 'lookup':
        return input.lookup(e.chip, e.column, of(e.row));
      case 'select':
        return of(e.condition) !== 0 ? of(e.a) : of(e.b);
      case 'finv':
        return inv(of(e.a) % P);
      default:
        return OPS[e.kind](of(e.a), of(e.b));
    }
  })();
  memo.set(e, value);
  return value;
};
