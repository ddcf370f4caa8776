/** The public ends of the relations: what the verifier itself emits and takes. */
import { fromInt, Q_ZERO, type Qm31, qAdd, qInv, qMulBase, qSub } from '../core/field.ts';
import { FIRST_CLK, SENTINEL_ADDRESS } from '../core/isa.ts';
import type { LogupChallenges } from './evaluate.ts';
import { CHAIN, OUTPUT, type Relation, SEGMENT, STATE } from './relations.ts';

export interface PublicValues {
  /** Micro-op at which the program starts. */
  readonly entry: number;
  readonly exitCode: number;
  /** The eight words of the output digest. */
  readonly digest: ArrayLike<number>;
}

/** The public ends of one segment of a cut run. */
export interface SegmentEnds {
  /** Its number, from 1. */
  readonly number: number;
  /** Micro-op at which it starts; null after the halt, where a segment has only first tuples. */
  readonly entry: number | null;
  /** Micro-op that the next segment starts with, null if the program halts in this one or before. */
  readonly exit: number | null;
  /** Clock of the state that it leaves. */
  readonly exitClk: number;
  /** Rows of its boundary table that are in use. */
  readonly boundaryRows: number;
}

export interface BoundaryTerm {
  readonly relation: Relation;
  /** Signed: positive where the verifier emits. */
  readonly multiplicity: number;
  readonly tuple: readonly number[];
}

const limbs = (word: number): number[] => [word & 0xffff, word >>> 16];
const term = (relation: Relation, multiplicity: number, tuple: readonly number[]): BoundaryTerm => ({
  relation,
  multiplicity,
  tuple,
});

const output = (values: PublicValues): BoundaryTerm =>
  term(OUTPUT, -1, [...limbs(values.exitCode), ...Array.from(values.digest).flatMap(limbs)]);

/** Of a run that is proven whole. */
export const boundaryTerms = (values: PublicValues): BoundaryTerm[] => [
  term(STATE, 1, [values.entry, FIRST_CLK]),
  term(CHAIN, 1, [0]),
  term(CHAIN, -1, [SENTINEL_ADDRESS + 1]),
  output(values),
];

/** Of one segment: its own relations. */
export const segmentTerms = (values: PublicValues, ends: SegmentEnds): BoundaryTerm[] => {
  const terms = [term(SEGMENT, ends.boundaryRows, [ends.number])];
  if (ends.entry !== null) terms.push(term(STATE, 1, [ends.entry, FIRST_CLK]));
  if (ends.exit !== null) terms.push(term(STATE, -1, [ends.exit, ends.exitClk]));
  else if (ends.entry !== null) terms.push(output(values));
  return terms;
};

/** Number of `runTerms`. */
export const N_RUN_ENDS = 2;

/** Of the relations that span the segments of a run: the chain of first tuples, up to a token that is no cell above. */
export const runTerms = (chainEnd: number): BoundaryTerm[] => [term(CHAIN, 1, [0]), term(CHAIN, -1, [chainEnd])];

/** Sum of the terms' fractions. */
export const boundarySum = (terms: readonly BoundaryTerm[], { z, alphaPowers }: LogupChallenges): Qm31 =>
  terms.reduce<Qm31>((sum, { relation, multiplicity, tuple }) => {
    const combined = [relation.tag, ...tuple].reduce<Qm31>(
      (f, v, j) => qSub(f, qMulBase(alphaPowers[j] as Qm31, v)),
      z,
    );
    return qAdd(sum, qMulBase(qInv(combined), fromInt(multiplicity)));
  }, Q_ZERO);
