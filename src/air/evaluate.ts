/** Values of circuit parameters, and the evaluation of a circuit at one point (the verifier's). */
import { inv, Q_ZERO, type Qm31, qAdd, qFromBase, qMul, qMulBase, qSub } from '../core/field.ts';
import type { Scope } from './chip.ts';
import type { Circuit, Instruction, Param } from './circuit.ts';
import { MAX_TUPLE_WIDTH } from './relations.ts';

/** The LogUp challenges. */
export interface LogupChallenges {
  readonly z: Qm31;
  /** alpha^0 .. alpha^(MAX_TUPLE_WIDTH - 1). */
  readonly alphaPowers: readonly Qm31[];
}

/** The challenges of the relations of one proof, and of those that span the segments of a run. */
export type ChallengeSets = Readonly<Record<Scope, LogupChallenges>>;

export const logupChallenges = (z: Qm31, alpha: Qm31): LogupChallenges => {
  const alphaPowers: Qm31[] = [[1, 0, 0, 0]];
  while (alphaPowers.length < MAX_TUPLE_WIDTH) alphaPowers.push(qMul(alphaPowers.at(-1) as Qm31, alpha));
  return { z, alphaPowers };
};

export interface ParamInput {
  readonly challenges: LogupChallenges;
  /** This chip's composition coefficients; unused by the LogUp circuit. */
  readonly coefficients?: readonly Qm31[];
  readonly claimedSum?: Qm31;
  readonly logN?: number;
}

const paramValue = (p: Param, input: ParamInput): Qm31 => {
  if (p.kind === 'coefficient') return input.coefficients?.[p.index] ?? Q_ZERO;
  if (p.kind === 'share') return qMulBase(input.claimedSum ?? Q_ZERO, inv(2 ** (input.logN ?? 0)));
  const start = p.z === 1 ? input.challenges.z : Q_ZERO;
  return p.terms.reduce(
    (sum, [power, k]) => qAdd(sum, qMulBase(input.challenges.alphaPowers[power] as Qm31, k)),
    start,
  );
};

export const paramValues = (circuit: Circuit, input: ParamInput): Qm31[] =>
  circuit.params.map((p) => paramValue(p, input));

/** What a circuit reads at a point where every column's value is an extension element. */
export interface PointInput {
  readonly column: (fixed: boolean, index: number) => Qm31;
  readonly secure: (index: number, previous: boolean) => Qm31;
  readonly params: readonly Qm31[];
}

/** Evaluates a circuit with extension-valued columns; returns its outputs. */
export const evaluateAtPoint = (circuit: Circuit, input: PointInput): Qm31[] => {
  const values: Qm31[] = [];
  const at = (i: number): Qm31 => values[i] as Qm31;
  const step = (i: Instruction): Qm31 => {
    switch (i.op) {
      case 'column':
        return input.column(i.fixed, i.index);
      case 'const':
        return qFromBase(i.value);
      case 'param':
        return input.params[i.index] as Qm31;
      case 'secure':
        return input.secure(i.index, i.previous);
      case 'add':
      case 'eadd':
        return qAdd(at(i.a), at(i.b));
      case 'sub':
      case 'esub':
        return qSub(at(i.a), at(i.b));
      case 'mul':
      case 'emul':
      case 'emulb':
        return qMul(at(i.a), at(i.b));
      case 'emac':
        return qAdd(at(i.a), qMul(at(i.b), at(i.c)));
    }
  };
  for (const instruction of circuit.code) values.push(step(instruction));
  return circuit.outputs.map(at);
};
