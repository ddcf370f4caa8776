/**
 * Straight-line programs compiled from a chip's constraints and fractions: the one form that the verifier, the CPU
 * tier, the GPU kernels and the interpreter kernel all evaluate. Values are base (M31) or extension (QM31).
 */

import { fromInt, neg } from '../core/field.ts';
import type { Chip, Fraction } from './chip.ts';
import { type Expr, linearForm } from './expr.ts';
import { onceByText } from './second_tables.ts';

/** A scalar that depends on the challenges only. */
export type Param =
  /** z * [z coefficient] + sum of coefficient * alpha^power. */
  | {
      readonly kind: 'fingerprint';
      readonly z: number;
      readonly terms: readonly (readonly [power: number, coefficient: number])[];
    }
  /** The composition coefficient of the chip's constraint `index`. */
  | { readonly kind: 'coefficient'; readonly index: number }
  /** claimed sum / number of rows. */
  | { readonly kind: 'share' };

/** Operands are indices of earlier instructions. `e…` ones give extension values; `emac` is a + b c, `c` base. */
export type Instruction =
  | { readonly op: 'column'; readonly fixed: boolean; readonly index: number }
  | { readonly op: 'const'; readonly value: number }
  | { readonly op: 'add' | 'sub' | 'mul'; readonly a: number; readonly b: number }
  | { readonly op: 'param'; readonly index: number }
  /** Secure LogUp column `index` at this row, or at the row before in coset order. */
  | { readonly op: 'secure'; readonly index: number; readonly previous: boolean }
  | { readonly op: 'eadd' | 'esub' | 'emul'; readonly a: number; readonly b: number }
  /** Extension times base. */
  | { readonly op: 'emulb'; readonly a: number; readonly b: number }
  | { readonly op: 'emac'; readonly a: number; readonly b: number; readonly c: number };

export interface Circuit {
  readonly params: readonly Param[];
  readonly code: readonly Instruction[];
  readonly outputs: readonly number[];
}

export const isExtension = (i: Instruction): boolean => i.op === 'param' || i.op === 'secure' || i.op.startsWith('e');

const builder = () => {
  const params: Param[] = [];
  const code: Instruction[] = [];
  const known = new Map<string, number>();
  const push = (instruction: Instruction): number => {
    const key = Object.values(instruction).join();
    const at = known.get(key);
    if (at !== undefined) return at;
    known.set(key, code.push(instruction) - 1);
    return code.length - 1;
  };
  const knownParams = new Map<string, number>();
  const param = (p: Param): number => {
    const key = Object.values(p).join();
    const index = knownParams.get(key) ?? params.push(p) - 1;
    knownParams.set(key, index);
    return push({ op: 'param', index });
  };
  const memo = new Map<Expr, number>();
  const base = (e: Expr): number => {
    const done = memo.get(e);
    if (done !== undefined) return done;
    const at =
      e.kind === 'const'
        ? push({ op: 'const', value: e.value })
        : e.kind === 'column'
          ? push({ op: 'column', fixed: e.fixed, index: e.index })
          : push({ op: e.kind, a: base(e.a), b: base(e.b) });
    memo.set(e, at);
    return at;
  };
  return { params, code, push, param, base };
};
type Builder = ReturnType<typeof builder>;

/** z - (tag + sum alpha^(j+1) v_j), gathered by column: one extension-by-base product per column. */
const fingerprint = (c: Builder, { relation, tuple }: Fraction): number => {
  const constants: [number, number][] = [[0, fromInt(-relation.tag)]];
  const byColumn = new Map<Expr, [number, number][]>();
  tuple.forEach((e, j) => {
    const form = linearForm(e);
    if (form.constant !== 0) constants.push([j + 1, neg(form.constant)]);
    for (const [column, k] of form.terms) {
      if (k === 0) continue;
      const list = byColumn.get(column) ?? [];
      list.push([j + 1, neg(k)]);
      byColumn.set(column, list);
    }
  });
  let sum = c.param({ kind: 'fingerprint', z: 1, terms: constants });
  for (const [column, terms] of byColumn) {
    const k = c.param({ kind: 'fingerprint', z: 0, terms });
    sum = c.push({ op: 'emac', a: sum, b: k, c: c.base(column) });
  }
  return sum;
};

/** Numerator and denominator of each pair of fractions: n1/d1 + n2/d2 = (n1 d2 + n2 d1) / (d1 d2). */
const pairs = (c: Builder, chip: Chip): { numerator: number; denominator: number }[] => {
  const signedTerm = (sign: 1 | -1, numerator: Expr, other: number): number => {
    const product = c.push({ op: 'emulb', a: other, b: c.base(numerator) });
    if (sign === 1) return product;
    return c.push({ op: 'esub', a: c.param({ kind: 'fingerprint', z: 0, terms: [] }), b: product });
  };
  const one = c.param({ kind: 'fingerprint', z: 0, terms: [[0, 1]] });
  return Array.from({ length: chip.logupColumns }, (_, k) => {
    const first = chip.fractions[2 * k] as Fraction;
    const second = chip.fractions[2 * k + 1];
    const d1 = fingerprint(c, first);
    if (!second) return { numerator: signedTerm(first.sign, first.numerator, one), denominator: d1 };
    const d2 = fingerprint(c, second);
    const denominator = c.push({ op: 'emul', a: d1, b: d2 });
    if (first.numerator === second.numerator) {
      const combined =
        first.sign === second.sign
          ? c.push({ op: 'eadd', a: d1, b: d2 })
          : c.push({ op: 'esub', a: first.sign === 1 ? d2 : d1, b: first.sign === 1 ? d1 : d2 });
      const sign = first.sign === second.sign ? first.sign : 1;
      return { numerator: signedTerm(sign, first.numerator, combined), denominator };
    }
    const n1 = signedTerm(first.sign, first.numerator, d2);
    const n2 = signedTerm(second.sign, second.numerator, d1);
    return { numerator: c.push({ op: 'eadd', a: n1, b: n2 }), denominator };
  });
};

/** Outputs: numerator and denominator of each secure column's own pair, alternating. */
export const logupCircuit = (chip: Chip): Circuit => {
  const c = builder();
  const outputs = pairs(c, chip).flatMap(({ numerator, denominator }) => [numerator, denominator]);
  return { params: c.params, code: c.code, outputs };
};

/** Constraints of a chip that take a composition coefficient: its own, then one per secure LogUp column. */
export const constraintCount = (chip: Chip): number => chip.constraints.length + chip.logupColumns;

/**
 * One output: the sum of coefficient times constraint. Secure column k holds, in a row, the sum of the pairs up to k;
 * the last one also accumulates over the rows before it, minus claimed sum / rows at each, and so is cyclic:
 * (S_k - S_(k-1) [- S_last(previous row) + share]) d1 d2 = numerator.
 */
export const constraintCircuit = (chip: Chip): Circuit => {
  const c = builder();
  let sum: number | undefined;
  const accumulate = (index: number, value: (coefficient: number) => number): void => {
    const term = value(c.param({ kind: 'coefficient', index }));
    sum = sum === undefined ? term : c.push({ op: 'eadd', a: sum, b: term });
  };
  chip.constraints.forEach(({ expr }, i) => {
    const value = c.base(expr);
    const coefficient = c.param({ kind: 'coefficient', index: i });
    sum =
      sum === undefined
        ? c.push({ op: 'emulb', a: coefficient, b: value })
        : c.push({ op: 'emac', a: sum, b: coefficient, c: value });
  });
  pairs(c, chip).forEach(({ numerator, denominator }, k) => {
    accumulate(chip.constraints.length + k, (coefficient) => {
      let step = c.push({ op: 'secure', index: k, previous: false });
      if (k > 0) step = c.push({ op: 'esub', a: step, b: c.push({ op: 'secure', index: k - 1, previous: false }) });
      if (k === chip.logupColumns - 1) {
        step = c.push({ op: 'esub', a: step, b: c.push({ op: 'secure', index: k, previous: true }) });
        step = c.push({ op: 'eadd', a: step, b: c.param({ kind: 'share' }) });
      }
      const difference = c.push({ op: 'esub', a: c.push({ op: 'emul', a: step, b: denominator }), b: numerator });
      return c.push({ op: 'emul', a: coefficient, b: difference });
    });
  });
  return { params: c.params, code: c.code, outputs: sum === undefined ? [] : [sum] };
};

const logupOnce = onceByText(logupCircuit);
const constraintsOnce = onceByText(constraintCircuit);

/** The circuits of a chip, each compiled when first asked for. */
export const circuitsOf = (chip: Chip): { readonly logup: Circuit; readonly constraints: Circuit } => ({
  get logup() {
    return logupOnce(chip);
  },
  get constraints() {
    return constraintsOnce(chip);
  },
});
