/** The public ends of the relations: what the verifier itself emits and takes. */
import { Q_ZERO, type Qm31, qAdd, qInv, qMulBase, qNeg, qSub } from '../core/field.ts';
import { FIRST_CLK, SENTINEL_ADDRESS } from '../core/isa.ts';
import type { LogupChallenges } from './evaluate.ts';
import { CHAIN, OUTPUT, type Relation, STATE } from './relations.ts';

export interface PublicValues {
  /** Micro-op at which the program starts. */
  readonly entry: number;
  readonly exitCode: number;
  /** The eight words of the output digest. */
  readonly digest: ArrayLike<number>;
}

export interface BoundaryTerm {
  readonly relation: Relation;
  readonly sign: 1 | -1;
  readonly tuple: readonly number[];
}

const limbs = (word: number): number[] => [word & 0xffff, word >>> 16];

export const boundaryTerms = (values: PublicValues): BoundaryTerm[] => [
  { relation: STATE, sign: 1, tuple: [values.entry, FIRST_CLK] },
  { relation: CHAIN, sign: 1, tuple: [0] },
  { relation: CHAIN, sign: -1, tuple: [SENTINEL_ADDRESS + 1] },
  { relation: OUTPUT, sign: -1, tuple: [...limbs(values.exitCode), ...Array.from(values.digest).flatMap(limbs)] },
];

/** Sum of the boundary terms' fractions. */
export const boundarySum = (values: PublicValues, { z, alphaPowers }: LogupChallenges): Qm31 =>
  boundaryTerms(values).reduce<Qm31>((sum, { relation, sign, tuple }) => {
    const combined = [relation.tag, ...tuple].reduce<Qm31>(
      (f, v, j) => qSub(f, qMulBase(alphaPowers[j] as Qm31, v)),
      z,
    );
    const inverse = qInv(combined);
    return qAdd(sum, sign === 1 ? inverse : qNeg(inverse));
  }, Q_ZERO);
