/**
 * Values of generated WebAssembly code: an expression is a function that writes the instructions that push it, so that
 * code is composed like arithmetic. Nothing is shared by itself: what is used twice goes through `Emitter.keep`.
 */
import type { FunctionBuilder, MemoryOp, PlainOp } from '../../../src/core/wasm/index.ts';

export interface Value<T extends 'i32' | 'i64' | 'v128'> {
  readonly type: T;
  readonly push: (f: FunctionBuilder) => void;
  /** Set where pushing it is one cheap instruction: a local or a constant. */
  readonly cheap?: true;
  /** The local that holds it, where one does. */
  readonly local?: number;
}
export type Word = Value<'i32'>;
/** Four u32 lanes, or two u64 ones. */
export type Vector = Value<'v128'>;
type Any = Value<'i32' | 'i64' | 'v128'>;

const operation =
  <R extends 'i32' | 'i64' | 'v128'>(type: R, name: PlainOp) =>
  (...operands: readonly Any[]): Value<R> => ({
    type,
    push: (f) => {
      for (const operand of operands) operand.push(f);
      f.op(name);
    },
  });

const loading =
  <R extends 'i32' | 'i64' | 'v128'>(type: R, name: MemoryOp, align?: number) =>
  (address: Word, offset = 0): Value<R> => ({
    type,
    push: (f) => {
      address.push(f);
      f.memory(name, offset, align);
    },
  });

export const word = (value: number): Word => ({ type: 'i32', cheap: true, push: (f) => void f.i32(value) });
const toWord = (value: Word | number): Word => (typeof value === 'number' ? word(value) : value);

type WordBinary = (a: Word | number, b: Word | number) => Word;
const wordBinary = (name: PlainOp): WordBinary => {
  const make = operation('i32', name);
  return (a, b) => make(toWord(a), toWord(b));
};

/** 32-bit operations; comparisons are unsigned and give 0 or 1. */
export const w: Readonly<
  Record<'add' | 'sub' | 'mul' | 'and' | 'or' | 'xor' | 'shl' | 'shr' | 'lt' | 'ge' | 'eq' | 'ne' | 'divu', WordBinary>
> & {
  readonly ctz: (a: Word) => Word;
  readonly load: (address: Word, offset?: number) => Word;
} = {
  add: wordBinary('i32.add'),
  sub: wordBinary('i32.sub'),
  mul: wordBinary('i32.mul'),
  and: wordBinary('i32.and'),
  or: wordBinary('i32.or'),
  xor: wordBinary('i32.xor'),
  shl: wordBinary('i32.shl'),
  shr: wordBinary('i32.shr_u'),
  lt: wordBinary('i32.lt_u'),
  ge: wordBinary('i32.ge_u'),
  eq: wordBinary('i32.eq'),
  ne: wordBinary('i32.ne'),
  divu: wordBinary('i32.div_u'),
  ctz: operation('i32', 'i32.ctz') as (a: Word) => Word,
  load: loading('i32', 'i32.load'),
};

/** A constant with the same word in all lanes. */
export const constant = (value: number): Vector => lanes(value, value, value, value);
export const lanes = (a: number, b: number, c: number, d: number): Vector => ({
  type: 'v128',
  cheap: true,
  push: (f) => void f.v128([a, b, c, d]),
});

type Binary = (a: Vector, b: Vector) => Vector;
type Shift = (a: Vector, count: number) => Vector;
const shift = (name: PlainOp): Shift => {
  const make = operation('v128', name);
  return (a, count) => make(a, word(count));
};
const binary = (name: PlainOp): Binary => operation('v128', name);
/** Columns are aligned to 16 bytes, records and twiddles need not be: the promise is only of 4. */
const WORD_ALIGNED = 2;

/** Operations on four u32 lanes; the ones that end in 64 take two u64 lanes. */
export const v: Readonly<
  Record<'add' | 'sub' | 'min' | 'and' | 'andnot' | 'or' | 'xor' | 'eq' | 'lt' | 'mulWrap', Binary>
> &
  Readonly<Record<'add64' | 'sub64' | 'mulLow' | 'mulHigh' | 'swizzle', Binary>> &
  Readonly<Record<'shl' | 'shr' | 'shl64' | 'shr64', Shift>> & {
    readonly splat: (a: Word) => Vector;
    readonly select: (a: Vector, b: Vector, mask: Vector) => Vector;
    readonly not: (a: Vector) => Vector;
    readonly anyTrue: (a: Vector) => Word;
    readonly load: (address: Word, offset?: number) => Vector;
    /** One word in all lanes. */
    readonly loadSplat: (address: Word, offset?: number) => Vector;
    /** Two words, twice. */
    readonly loadSplat2: (address: Word, offset?: number) => Vector;
    /** Lane i is lane order[i] of a (0..3) and b (4..7). */
    readonly shuffle: (a: Vector, b: Vector, order: readonly [number, number, number, number]) => Vector;
    readonly shuffleBytes: (a: Vector, b: Vector, order: readonly number[]) => Vector;
    readonly lane: (a: Vector, index: number) => Word;
  } = {
  add: binary('i32x4.add'),
  sub: binary('i32x4.sub'),
  min: binary('i32x4.min_u'),
  and: binary('v128.and'),
  andnot: binary('v128.andnot'),
  or: binary('v128.or'),
  xor: binary('v128.xor'),
  eq: binary('i32x4.eq'),
  lt: binary('i32x4.lt_u'),
  mulWrap: binary('i32x4.mul'),
  add64: binary('i64x2.add'),
  sub64: binary('i64x2.sub'),
  mulLow: binary('i64x2.extmul_low_i32x4_u'),
  mulHigh: binary('i64x2.extmul_high_i32x4_u'),
  swizzle: binary('i8x16.swizzle'),
  shl: shift('i32x4.shl'),
  shr: shift('i32x4.shr_u'),
  shl64: shift('i64x2.shl'),
  shr64: shift('i64x2.shr_u'),
  splat: operation('v128', 'i32x4.splat') as (a: Word) => Vector,
  select: operation('v128', 'v128.bitselect') as (a: Vector, b: Vector, mask: Vector) => Vector,
  not: operation('v128', 'v128.not') as (a: Vector) => Vector,
  anyTrue: operation('i32', 'v128.any_true') as (a: Vector) => Word,
  load: loading('v128', 'v128.load', WORD_ALIGNED),
  loadSplat: loading('v128', 'v128.load32_splat'),
  loadSplat2: loading('v128', 'v128.load64_splat', WORD_ALIGNED),
  shuffle: (a, b, order) =>
    v.shuffleBytes(
      a,
      b,
      order.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte)),
    ),
  shuffleBytes: (a, b, order) => ({
    type: 'v128',
    push: (f) => {
      a.push(f);
      b.push(f);
      f.shuffle(order);
    },
  }),
  lane: (a, index) => ({
    type: 'i32',
    push: (f) => {
      a.push(f);
      f.lane('i32x4.extract_lane', index);
    },
  }),
};

/** Lane `lane` of `into` replaced by the word at address + offset. */
export const loadLane = (into: Vector, lane: number, address: Word, offset = 0): Vector => ({
  type: 'v128',
  push: (f) => {
    address.push(f);
    into.push(f);
    f.memoryLane('v128.load32_lane', lane, offset);
  },
});
