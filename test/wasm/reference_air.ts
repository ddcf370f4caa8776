// The chips' stages by the reference tier's code, over columns in linear memory: an oracle for the generated kernels, and
// a stand-in that lets the fixed kernels be tested without them.
import type { ChipRows, SegmentInput } from '../../prover/backend.ts';
import { evaluateRows } from '../../prover/cpu/evaluate_rows.ts';
import { fillTrace } from '../../prover/cpu/trace.ts';
import { type Columns, sliceColumns } from '../../prover/wasm/memory.ts';
import type { AirKernels, ChipColumns, WasmRuntime } from '../../prover/wasm/runtime.ts';
import { circuitsOf } from '../../src/air/circuit.ts';
import { paramValues } from '../../src/air/evaluate.ts';
import { Q_ZERO, type Qm31, qAdd, qInv, qMul } from '../../src/core/field.ts';
import { testing } from '../../src/core/params.ts';

export const referenceAir = ({ memory }: WasmRuntime): AirKernels => {
  const arrays = (columns: Columns): Uint32Array[] =>
    Array.from({ length: columns.count }, (_, k) => memory.column(columns, k));
  const column =
    ({ trace, fixed }: ChipColumns) =>
    (isFixed: boolean, i: number): Uint32Array =>
      memory.column((isFixed ? fixed : trace) as Columns, i);
  const write = (columns: Columns, row: number, q: Qm31): void => {
    q.forEach((value, k) => {
      memory.column(columns, k)[row] = value;
    });
  };
  const read = (columns: Columns, row: number): Qm31 =>
    [0, 1, 2, 3].map((k) => memory.column(columns, k)[row]) as unknown as Qm31;
  return {
    prepare: async () => undefined,
    fillTrace: ({ layout, records, traceOf, fixedOf }) => {
      const fixed = new Map(layout.tables.map((t) => [t.name, arrays(fixedOf(t.name) as Columns)]));
      const input: SegmentInput = { layout, params: testing, records: records as ReadonlyMap<string, ChipRows>, fixed };
      for (const [chip, values] of fillTrace(input)) {
        values.forEach((value, k) => {
          memory.column(traceOf(chip) as Columns, k).set(value);
        });
      }
    },
    logup: (jobs) => {
      for (const { active, columns, out, params } of jobs) {
        const circuit = circuitsOf(active.chip).logup;
        const input = {
          column: column(columns),
          secure: () => [],
          previousRow: (r: number) => r,
          params: paramValues(circuit, params),
        };
        evaluateRows(circuit, 2 ** active.logN, input, (row, outputs) => {
          let sum = Q_ZERO;
          for (let k = 0; k < active.chip.logupColumns; k++) {
            sum = qAdd(sum, qMul(outputs[2 * k] as Qm31, qInv(outputs[2 * k + 1] as Qm31)));
            write(sliceColumns(out, 4 * k, 4), row, sum);
          }
        });
      }
    },
    constraints: (jobs) => {
      for (const { active, columns, secure, previous, params, sums, overwrite } of jobs) {
        const circuit = circuitsOf(active.chip).constraints;
        const before = memory.words(previous, 2 ** sums.logN);
        const input = {
          column: column(columns),
          secure: (i: number) => arrays(sliceColumns(secure, 4 * i, 4)),
          previousRow: (row: number) => (before[row] as number) / 4,
          params: paramValues(circuit, params),
        };
        evaluateRows(circuit, 2 ** sums.logN, input, (row, [value]) => {
          write(sums, row, overwrite ? (value as Qm31) : qAdd(read(sums, row), value as Qm31));
        });
      }
    },
  };
};
