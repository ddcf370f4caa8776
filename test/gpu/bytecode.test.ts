import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  constraintCode,
  constraintsOf,
  isInterpretable,
  logupCode,
  logupOf,
  PROGRAM_KINDS,
} from '../../prover/gpu/air/chip_kernels.ts';
import type { Slot } from '../../prover/gpu/air/circuit_graph.ts';
import { type Circuit, circuitsOf, constraintCount } from '../../src/air/circuit.ts';
import { evaluateAtPoint, logupChallenges, type PointInput, paramValues } from '../../src/air/evaluate.ts';
import { TEXTS } from '../../src/air/inventory.ts';
import { Q_ZERO, type Qm31, qAdd, qAt, qFromBase, qInv, qMul, qNeg } from '../../src/core/field.ts';
import { randomField } from '../random_words.ts';
import { walk } from './bytecode_walk.ts';
import { wideChip } from './wide_chip.ts';

const challenges = logupChallenges(qAt(randomField(1, 4), 0), qAt(randomField(2, 4), 0));
const columns = randomField(3, 6000);
const secures = randomField(4, 2400);
const row = {
  column: (fixed: boolean, index: number): number => columns[2 * index + (fixed ? 1 : 0)] as number,
  secure: (index: number, previous: boolean): Qm31 => qAt(secures, 2 * index + (previous ? 1 : 0)),
};

function slotsOf(slots: readonly Slot[], values: readonly Qm31[]): Qm31[] {
  return [...slots.map((s) => (s.negative ? qNeg(values[s.param] as Qm31) : (values[s.param] as Qm31))), Q_ZERO];
}

function atPoint(circuit: Circuit, params: readonly Qm31[]): Qm31[] {
  const input: PointInput = { ...row, column: (fixed, index) => qFromBase(row.column(fixed, index)), params };
  return evaluateAtPoint(circuit, input);
}

test('the bytecode of every chip computes what its circuits say', () => {
  for (const [i, chip] of [...TEXTS, wideChip].entries()) {
    // A table alone has nothing to compute.
    if (chip.logupColumns === 0) continue;
    const { logup, constraints } = circuitsOf(chip);
    const drawn = paramValues(logup, { challenges });
    const pairs = atPoint(logup, drawn);
    const sums = walk(logupCode(chip).code, { ...row, slots: slotsOf(logupOf(chip).slots, drawn) }).sums;
    let sum = Q_ZERO;
    const expected = sums.map((_, k) => {
      sum = qAdd(sum, qMul(pairs[2 * k] as Qm31, qInv(pairs[2 * k + 1] as Qm31)));
      return sum;
    });
    assert.equal(sums.length, chip.logupColumns);
    assert.deepEqual(sums, expected, chip.name);

    const words = randomField(100 + i, 4 * constraintCount(chip));
    const coefficients = Array.from({ length: constraintCount(chip) }, (_, k) => qAt(words, k));
    const values = paramValues(constraints, { challenges, coefficients, claimedSum: [5, 6, 7, 8], logN: 9 });
    const { result } = walk(constraintCode(chip).code, { ...row, slots: slotsOf(constraintsOf(chip).slots, values) });
    assert.deepEqual(result, atPoint(constraints, values)[0], chip.name);
  }
});

test('every program of the machine fits the interpreters', () => {
  const misfits = TEXTS.flatMap((chip) =>
    PROGRAM_KINDS.filter((kind) => !isInterpretable(chip, kind)).map((kind) => `${chip.name}: ${kind}`),
  );
  assert.deepEqual(misfits, []);
});
