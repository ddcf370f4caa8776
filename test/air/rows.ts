// One row of a chip on its own: which constraints fail, which looked-up tuples are in no table, what it emits and takes.
import type { Chip } from '../../src/air/chip.ts';
import type { Expr } from '../../src/air/expr.ts';
import {
  BITWISE,
  JUMP,
  KECCAK_CONSTANTS,
  PROGRAM,
  RANGE,
  type Relation,
  SHA256_CONSTANTS,
  SHIFT,
  XOR_CUT,
} from '../../src/air/relations.ts';
import { add, fromInt, mul, sub } from '../../src/core/field.ts';
import type { Segment } from './harness.ts';

const OPS = { add, sub, mul } as const;
export type Evaluate = (values: readonly number[]) => number;

/** An expression over a row's trace columns; `fixed` are its preprocessed values. */
export const compile = (e: Expr, fixed: readonly number[]): Evaluate => {
  if (e.kind === 'const') return () => e.value;
  if (e.kind === 'column') return e.fixed ? () => fixed[e.index] as number : (values) => values[e.index] as number;
  const [op, a, b] = [OPS[e.kind], compile(e.a, fixed), compile(e.b, fixed)];
  return (values) => op(a(values), b(values));
};

export interface RowFraction {
  readonly relation: Relation;
  readonly sign: 1 | -1;
  readonly numerator: Evaluate;
  readonly tuple: readonly Evaluate[];
}

export interface RowModel {
  readonly chip: Chip;
  readonly row: number;
  readonly honest: readonly number[];
  readonly constraints: readonly { readonly name: string; readonly value: Evaluate }[];
  readonly fractions: readonly RowFraction[];
}

export const rowModel = (s: Segment, chip: Chip, row: number): RowModel => {
  const fixed = (s.input.fixed.get(chip.table) ?? []).map((c) => c[row] as number);
  return {
    chip,
    row,
    honest: (s.trace.get(chip.name) ?? []).map((c) => c[row] as number),
    constraints: chip.constraints.map(({ name, expr }) => ({ name, value: compile(expr, fixed) })),
    fractions: chip.fractions.map(({ relation, sign, numerator, tuple }) => ({
      relation,
      sign,
      numerator: compile(numerator, fixed),
      tuple: tuple.map((e) => compile(e, fixed)),
    })),
  };
};

const isPrime = (n: number): boolean =>
  n > 1 && Array.from({ length: n }, (_, d) => d).every((d) => d < 2 || n % d > 0);
/** First 32 bits of the fractional parts of the cube roots of the first 64 primes, FIPS 180-4, section 4.2.2. */
const SHA256_K = Array.from({ length: 312 }, (_, n) => n)
  .filter(isPrime)
  .map((p) => Math.floor((Math.cbrt(p) % 1) * 2 ** 32));

/** FIPS 202, section 3.2.5: bit 2^j - 1 of round r is rc(j + 7 r), a linear feedback shift register's output. */
const keccakConstant = (round: number): bigint => {
  const rc = (t: number): bigint => {
    let r = 1;
    for (let i = 0; i < t % 255; i++) r = r & 0x80 ? (r << 1) ^ 0x171 : r << 1;
    return BigInt(r & 1);
  };
  return [0, 1, 2, 3, 4, 5, 6].reduce((c, j) => c | (rc(j + 7 * round) << BigInt(2 ** j - 1)), 0n);
};

/** Whether a tuple is in the table that backs its relation; written from the tables' meaning, not from their columns. */
export const inTable = (s: Segment, relation: Relation, tuple: readonly number[]): boolean => {
  const [a, b, c, d, e] = tuple as [number, number, number, number, number];
  if (relation === RANGE) return a <= 65536 && a > 0 && Number.isInteger(Math.log2(a)) && b < a;
  if (relation === BITWISE) return b < 256 && c < 256 && d === [b ^ c, b | c, b & c][a];
  if (relation === XOR_CUT)
    return (a === 4 || a === 7) && b < 256 && c < 256 && e === (b ^ c) >> a && d === (b ^ c) % 2 ** a;
  if (relation === SHA256_CONSTANTS) {
    const limbs = SHA256_K.slice(4 * a, 4 * a + 4).flatMap((k) => [k % 65536, Math.floor(k / 65536)]);
    return a < 16 && b === (a < 4 ? 1 : 0) && limbs.every((limb, i) => limb === tuple[2 + i]);
  }
  if (relation === KECCAK_CONSTANTS)
    return (
      a < 24 && [0, 1, 3, 7, 15, 31, 63].every((z, k) => tuple[1 + k] === Number((keccakConstant(a) >> BigInt(z)) & 1n))
    );
  if (relation === SHIFT) return a < 32 && b === 2 ** (a % 16) && c === a >> 4;
  const { program } = s.tables;
  if (relation === PROGRAM) return tuple.every((v, k) => program[k]?.[a] === v);
  if (relation === JUMP) return program[9]?.[c] === a && program[10]?.[c] === b;
  throw new Error(`relation ${relation.name} has no table`);
};

const isLookUp = ({ relation, sign }: RowFraction): boolean => relation.counted !== undefined && sign === -1;

/** Names of the constraints and lookups that fail. */
export const failures = (s: Segment, model: RowModel, values: readonly number[]): string[] => [
  ...model.constraints.filter(({ value }) => value(values) !== 0).map(({ name }) => name),
  ...model.fractions.flatMap((f, i) =>
    isLookUp(f) &&
    f.numerator(values) !== 0 &&
    !inTable(
      s,
      f.relation,
      f.tuple.map((e) => e(values)),
    )
      ? [`${f.relation.name} ${i}`]
      : [],
  ),
];

/** What the row adds to the relations that no table backs, one string a fraction. */
export const effect = (model: RowModel, values: readonly number[]): string[] =>
  model.fractions.map((f) => {
    const n = f.numerator(values);
    return isLookUp(f) ? '' : n === 0 ? '-' : `${fromInt(f.sign * n)}:${f.tuple.map((e) => e(values)).join(',')}`;
  });
