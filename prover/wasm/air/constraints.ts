/**
 * The kernel that adds up a chip's constraints over its extended rows, and its arguments. With c the composition
 * coefficients the sum is
 *   sum of c_i constraint_i + sum over pairs k of c_k ((S_k - S_(k-1)) d1 d2 - n1 d2 - n2 d1)
 * (see `constraintCircuit`). Coefficients go into the constants of d1, and all terms with one numerator n are n times one
 * linear sum of columns, so that a pair costs two dots and two products. Tried and no faster: one dot over columns and base
 * products for the product of two short fingerprints; both extension products in one loop.
 */
import type { Chip } from '../../../src/air/chip.ts';
import type { ParamInput } from '../../../src/air/evaluate.ts';
import { onceByText } from '../../../src/air/second_tables.ts';
import { inv, Q_ZERO, type Qm31, qMulBase, qNeg } from '../../../src/core/field.ts';
import type { ModuleBuilder } from '../../../src/core/wasm/index.ts';
import { type Word as Node, WordGraph } from '../../gpu/air/word_graph.ts';
import { kernel } from '../emit/emitter.ts';
import { type Vector, v, type Word, w } from '../emit/values.ts';
import type { Columns } from '../memory.ts';
import type { ChipColumns } from '../runtime.ts';
import { blockVectors, COLUMN_ARGUMENTS, columnArguments, forBlocks } from './blocks.ts';
import { CENTRE_VECTOR } from './centred.ts';
import {
  columnSlots,
  dotBytes,
  EMPTY_SUM,
  fingerprintSum,
  fingerprintsOf,
  type LinearSum,
  MAX_TERMS,
  ONE_SUM,
  scaleSum,
  sumOf,
  writeDot,
} from './forms.ts';
import { QUAD, SLOT } from './routines.ts';
import { type Shared, writeDotCalls } from './shared.ts';

/** Constraints evaluated in one loop: more share more, fewer keep fewer values alive. */
const CHUNK = 8;
/** Constraints in a frame at a time, so that frames of wide chips stay small. */
const PASS_CONSTRAINTS = 8 * MAX_TERMS;

/** sign * fraction `other`'s fingerprint (1 where there is none), times the coefficient of its pair. */
interface NumeratorTerm {
  readonly pair: number;
  readonly sign: 1 | -1;
  readonly other: number | null;
}

interface Plan {
  readonly constraints: readonly Node[];
  readonly numerators: readonly {
    readonly node: Node;
    readonly slot: number;
    readonly terms: readonly NumeratorTerm[];
    readonly slots: readonly number[];
  }[];
  /** Slots of each fraction's fingerprint. */
  readonly fingerprints: readonly (readonly number[])[];
  readonly firstConstraint: number;
  readonly sum: number;
  /** Two extension values of scratch. */
  readonly left: number;
  readonly right: number;
  readonly frameBytes: number;
}

const makePlan = (chip: Chip): Plan => {
  const graph = new WordGraph();
  const constraints = chip.constraints.map(({ expr }) => graph.expr(expr));
  const fingerprints = fingerprintsOf(chip).map((f) => [...f.bySlot.keys()]);
  const byNode = new Map<Node, NumeratorTerm[]>();
  chip.fractions.forEach(({ numerator, sign }, i) => {
    const node = graph.expr(numerator);
    const other = (i ^ 1) < chip.fractions.length ? i ^ 1 : null;
    byNode.set(node, [...(byNode.get(node) ?? []), { pair: i >> 1, sign, other }]);
  });
  const firstConstraint = columnSlots(chip);
  const firstNumerator = firstConstraint + Math.min(PASS_CONSTRAINTS, constraints.length);
  const numerators = [...byNode].map(([node, terms], i) => {
    const slots = new Set(terms.flatMap(({ other }) => (other === null ? [] : (fingerprints[other] ?? []))));
    return { node, slot: firstNumerator + i, terms, slots: [...slots] };
  });
  const sum = SLOT * (firstNumerator + numerators.length);
  const [left, right] = [sum + QUAD, sum + 2 * QUAD];
  return {
    ...{ constraints, numerators, fingerprints, firstConstraint },
    ...{ sum, left, right, frameBytes: right + QUAD },
  };
};

const planOf = onceByText(makePlan);

const SECURE = COLUMN_ARGUMENTS;
const PREVIOUS = SECURE + 2;
const SUMS = PREVIOUS + 1;
const ADDS = SUMS + 2;
const SHARE = ADDS + 1;
const DATA = SHARE + 4;

export interface ConstraintJob {
  readonly columns: ChipColumns;
  readonly secure: Columns;
  readonly previous: number;
  readonly params: ParamInput;
  readonly sums: Columns;
  readonly overwrite: boolean;
}

export const constraintArguments = (chip: Chip, job: ConstraintJob): number[] => {
  const { challenges, coefficients = [], claimedSum = Q_ZERO, logN = 0 } = job.params;
  const plan = planOf(chip);
  const coefficient = (i: number): Qm31 => coefficients[i] ?? Q_ZERO;
  const ofPair = (k: number): Qm31 => coefficient(chip.constraints.length + k);
  const sums = fingerprintsOf(chip).map((f) => fingerprintSum(f, challenges));
  const args = [
    ...columnArguments(job.columns),
    ...[job.secure.address, job.secure.stride, job.previous],
    ...[job.sums.address, job.sums.stride, job.overwrite ? 0 : 1],
    ...qMulBase(claimedSum, inv(2 ** logN)),
  ];
  const weights = new Map(plan.constraints.map((_, i) => [plan.firstConstraint + i, coefficient(i)]));
  const placeOf = (slot: number): number => plan.firstConstraint + ((slot - plan.firstConstraint) % PASS_CONSTRAINTS);
  writeDot(args, { constant: Q_ZERO, weights }, [...weights.keys()], placeOf);
  for (const { terms, slots } of plan.numerators) {
    const parts = terms.map(({ pair, sign, other }): LinearSum => {
      const factor = sign === 1 ? qNeg(ofPair(pair)) : ofPair(pair);
      return scaleSum(other === null ? ONE_SUM : (sums[other] as LinearSum), factor);
    });
    writeDot(args, sumOf(parts), slots);
  }
  plan.fingerprints.forEach((slots, i) => {
    const own = sums[i] ?? EMPTY_SUM;
    writeDot(args, i % 2 === 0 ? scaleSum(own, ofPair(i >> 1)) : own, slots);
  });
  return args;
};

export const constraintKernel = (module: ModuleBuilder, name: string, chip: Chip, shared: Shared): void => {
  const plan = planOf(chip);
  const block = blockVectors(plan.frameBytes);
  kernel(module, name, (e, job) => {
    const [secure, secureStride, previous, sums, sumsStride, adds] = [
      ...[SECURE, SECURE + 1, PREVIOUS],
      ...[SUMS, SUMS + 1, ADDS],
    ].map(job.argument) as [Word, Word, Word, Word, Word, Word];
    const share = e.keep(w.add(job.args, 4 * SHARE));
    forBlocks(e.f, job, { chip, frameBytes: plan.frameBytes, block, shared }, (code) => {
      const { s, first, end, stride, rowBytes } = code;
      const frames = [first, end, stride] as const;
      if (plan.numerators.length > 0) {
        code.eachFrame((frame, value) => {
          value(
            plan.numerators.map(({ node }) => node),
            (x, i) => s.store(frame, x, SLOT * (plan.numerators[i]?.slot as number)),
          );
        });
      }
      let data = 4 * DATA;
      const count = plan.constraints.length;
      /** Runs of the constraints' dot that one pass serves. */
      const runs = PASS_CONSTRAINTS / MAX_TERMS;
      for (let from = 0; from === 0 || from < count; from += PASS_CONSTRAINTS) {
        for (let at = from; at < Math.min(count, from + PASS_CONSTRAINTS); at += CHUNK) {
          code.eachFrame((frame, value) => {
            value(plan.constraints.slice(at, at + CHUNK), (x: Vector, i) =>
              s.store(frame, v.sub(x, CENTRE_VECTOR), SLOT * (plan.firstConstraint + at - from + i)),
            );
          });
        }
        const run = from / MAX_TERMS;
        s.scope(() =>
          writeDotCalls(s, shared, frames, plan.sum, s.keep(w.add(job.args, data)), count, run, run + runs),
        );
      }
      data += dotBytes(count);
      const dot = (dst: number, slots: number): void => {
        s.scope(() => writeDotCalls(s, shared, frames, dst, s.keep(w.add(job.args, data)), slots));
        data += dotBytes(slots);
      };
      for (const { slot, slots } of plan.numerators) {
        dot(plan.left, slots.length);
        s.call(shared.scale, ...frames, plan.left, SLOT * slot, plan.sum);
      }
      const own = s.variable('i32', w.add(secure, rowBytes));
      const before = s.variable('i32', { type: 'i32', push: (f) => void f.i32(0) });
      for (let k = 0; k < chip.logupColumns; k++) {
        dot(plan.left, plan.fingerprints[2 * k]?.length ?? 0);
        const second = plan.fingerprints[2 * k + 1];
        if (second) {
          dot(plan.right, second.length);
          s.call(shared.multiply, ...frames, plan.left, plan.right, plan.left);
        }
        s.call(shared.step, ...frames, plan.left, plan.sum, own, before, secureStride);
        if (k === chip.logupColumns - 1) {
          const column = s.keep(w.sub(own, rowBytes));
          const table = s.keep(w.add(previous, rowBytes));
          s.call(shared.previous, ...frames, plan.left, plan.sum, column, table, share, secureStride);
        }
        s.set(before, own);
        s.increment(own, w.shl(secureStride, 2));
      }
      s.call(shared.write, ...frames, plan.sum, w.add(sums, rowBytes), sumsStride, adds);
    });
  });
};
