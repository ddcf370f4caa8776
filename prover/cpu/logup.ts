/** LogUp columns of one chip (Haböck, ePrint 2022/1530), in the form `constraintCircuit` describes. */
import type { Chip } from '../../src/air/chip.ts';
import { circuitsOf } from '../../src/air/circuit.ts';
import { type LogupChallenges, paramValues } from '../../src/air/evaluate.ts';
import { cosetToStorage } from '../../src/core/circle.ts';
import { inv, Q_ZERO, type Qm31, qAdd, qInv, qMul, qMulBase, qSub } from '../../src/core/field.ts';
import { evaluateRows } from './evaluate_rows.ts';

export interface LogupColumns {
  /** Four base columns for each secure column. */
  readonly columns: Uint32Array[];
  readonly claimedSum: Qm31;
}

const set = (columns: Uint32Array[], k: number, row: number, q: Qm31): void => {
  q.forEach((v, i) => {
    (columns[4 * k + i] as Uint32Array)[row] = v;
  });
};

export const logupColumns = (
  chip: Chip,
  logN: number,
  challenges: LogupChallenges,
  column: (fixed: boolean, index: number) => Uint32Array,
): LogupColumns => {
  const n = 2 ** logN;
  const columns = Array.from({ length: 4 * chip.logupColumns }, () => new Uint32Array(n));
  const circuit = circuitsOf(chip).logup;
  const totals: Qm31[] = [];
  const input = {
    column,
    secure: () => [],
    previousRow: (r: number) => r,
    params: paramValues(circuit, { challenges }),
  };
  evaluateRows(circuit, n, input, (row, outputs) => {
    let sum = Q_ZERO;
    for (let k = 0; k < chip.logupColumns; k++) {
      sum = qAdd(sum, qMul(outputs[2 * k] as Qm31, qInv(outputs[2 * k + 1] as Qm31)));
      set(columns, k, row, sum);
    }
    totals[row] = sum;
  });
  const claimedSum = totals.reduce(qAdd, Q_ZERO);
  const share = qMulBase(claimedSum, inv(n));
  let running = Q_ZERO;
  for (let c = 0; c < n; c++) {
    const row = cosetToStorage(c, logN);
    running = qSub(qAdd(running, totals[row] as Qm31), share);
    set(columns, chip.logupColumns - 1, row, running);
  }
  return { columns, claimedSum };
};
