/**
 * The fingerprints of a chip as sums of challenge-dependent constants times columns, and their numbers for given
 * challenges in the form that the dot routines read.
 */
import type { Chip, Fraction } from '../../../src/air/chip.ts';
import type { LogupChallenges } from '../../../src/air/evaluate.ts';
import { linearForm } from '../../../src/air/expr.ts';
import { onceByText } from '../../../src/air/second_tables.ts';
import { add, fromInt, mul, neg, P, Q_ONE, Q_ZERO, type Qm31, qAdd, qMul, qMulBase } from '../../../src/core/field.ts';
import { CENTRE, doubledStartWord, SHORT_PRODUCTS, START_HIGH, startWord } from './centred.ts';
import { DOT_START, DOT_TERM, SLOT } from './routines.ts';

/** Most terms of one dot: the sum of eight products fits. */
export const MAX_TERMS = 8;

/** A column's slot in every frame: trace columns first. */
export const columnSlot = (chip: Chip, fixed: boolean, index: number): number =>
  fixed ? chip.columns.length + index : index;
export const columnSlots = (chip: Chip): number => chip.columns.length + chip.fixedColumns.length;

/** z - (tag + sum alpha^(j+1) v_j) by column: weights [j, k] stand for the sum of k alpha^j. */
export interface Fingerprint {
  readonly constants: readonly (readonly [power: number, k: number])[];
  readonly bySlot: ReadonlyMap<number, readonly (readonly [power: number, k: number])[]>;
}

const fingerprintOf = (chip: Chip, { relation, tuple }: Fraction): Fingerprint => {
  const constants: [number, number][] = [[0, fromInt(-relation.tag)]];
  const bySlot = new Map<number, [number, number][]>();
  tuple.forEach((e, j) => {
    const form = linearForm(e);
    if (form.constant !== 0) constants.push([j + 1, neg(form.constant)]);
    for (const [column, k] of form.terms) {
      if (k === 0) continue;
      const slot = columnSlot(chip, column.fixed, column.index);
      const list = bySlot.get(slot) ?? [];
      list.push([j + 1, neg(k)]);
      bySlot.set(slot, list);
    }
  });
  return { constants, bySlot };
};

/** Those of a chip's fractions. */
export const fingerprintsOf: (chip: Chip) => readonly Fingerprint[] = onceByText((chip) =>
  chip.fractions.map((f) => fingerprintOf(chip, f)),
);

/** constant + sum of weight times slot. */
export interface LinearSum {
  readonly constant: Qm31;
  readonly weights: ReadonlyMap<number, Qm31>;
}

export const EMPTY_SUM: LinearSum = { constant: Q_ZERO, weights: new Map() };
export const ONE_SUM: LinearSum = { constant: Q_ONE, weights: new Map() };

const weighted = (terms: readonly (readonly [number, number])[], { alphaPowers }: LogupChallenges): Qm31 =>
  terms.reduce<Qm31>((sum, [power, k]) => qAdd(sum, qMulBase(alphaPowers[power] as Qm31, k)), Q_ZERO);

export const fingerprintSum = (f: Fingerprint, challenges: LogupChallenges): LinearSum => ({
  constant: qAdd(challenges.z, weighted(f.constants, challenges)),
  weights: new Map([...f.bySlot].map(([slot, terms]) => [slot, weighted(terms, challenges)])),
});

export const scaleSum = (s: LinearSum, factor: Qm31): LinearSum => ({
  constant: qMul(s.constant, factor),
  weights: new Map([...s.weights].map(([slot, k]) => [slot, qMul(k, factor)])),
});

export const sumOf = (parts: readonly LinearSum[]): LinearSum => {
  const weights = new Map<number, Qm31>();
  for (const part of parts) {
    for (const [slot, k] of part.weights) weights.set(slot, qAdd(weights.get(slot) ?? Q_ZERO, k));
  }
  return { constant: parts.reduce<Qm31>((sum, p) => qAdd(sum, p.constant), Q_ZERO), weights };
};

/** How the slots of a dot are cut into runs of at most MAX_TERMS, each a call of a dot routine; at least one. */
export const cutTerms = (count: number): number[] => {
  const runs = Math.max(1, Math.ceil(count / MAX_TERMS));
  return Array.from({ length: runs }, (_, i) => Math.min(MAX_TERMS, Math.max(0, count - i * MAX_TERMS)));
};

/** Whether a dot's constants are doubled, for the routine of few terms. */
export const isShort = (count: number): boolean => count <= SHORT_PRODUCTS;

/** Bytes of the data of a dot over `count` slots. */
export const dotBytes = (count: number): number => cutTerms(count).length * DOT_START + count * DOT_TERM;

const centredWord = (k: number): number => (k < CENTRE ? k : k - P);

/**
 * Appends what the dot routines read for a sum over `slots` in this order; slots without a weight count as 0. `placeOf` is
 * where in the frame a slot is when its term is read.
 */
export const writeDot = (
  out: number[],
  sum: LinearSum,
  slots: readonly number[],
  placeOf: (slot: number) => number = (slot) => slot,
): void => {
  const short = isShort(slots.length);
  const startOf = short ? doubledStartWord : startWord;
  const factor = short ? 2 : 1;
  let at = 0;
  for (const [i, count] of cutTerms(slots.length).entries()) {
    const run = slots.slice(at, at + count);
    at += count;
    const weights = run.map((slot) => sum.weights.get(slot) ?? Q_ZERO);
    for (let j = 0; j < 4; j++) {
      const total = weights.reduce((s, k) => add(s, k[j] as number), 0);
      const constant = i === 0 ? (sum.constant[j] as number) : 0;
      // Slots hold the column's value less CENTRE, and so should the result.
      out.push(startOf(add(add(constant, mul(CENTRE, total)), CENTRE)), START_HIGH);
    }
    for (const [t, slot] of run.entries())
      out.push(SLOT * placeOf(slot), ...(weights[t] as Qm31).map((k) => factor * centredWord(k)));
  }
};
