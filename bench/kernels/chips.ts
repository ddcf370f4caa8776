// LogUp columns and constraints of some chips, by the interpreters and by kernels of their own. The columns hold field
// elements of no meaning: neither form's work depends on the values.
import { type Form, isInterpretable } from '../../prover/gpu/air/chip_kernels.ts';
import { constraintSlots, constraintSums, logupSlots, logupSums } from '../../prover/gpu/air/circuits.ts';
import { type SlotRange, SlotTable } from '../../prover/gpu/air/slots.ts';
import { type Columns, columnsView, packedColumns, sliceColumns } from '../../prover/gpu/columns.ts';
import type { Constant, Recording } from '../../prover/gpu/recording.ts';
import type { Chip } from '../../src/air/chip.ts';
import { chipByName } from '../../src/air/inventory.ts';
import { constraintWork, logupWork } from '../model/chips.ts';
import { times } from '../model/costs.ts';
import type { Bench, Case } from './suite.ts';

const FORMS: readonly Form[] = ['interpreted', 'generated'];
const LOG_BLOWUP = 1;

/** Slots of kernels, of no meaning either. */
const anySlots = (recording: Recording, ranges: readonly SlotRange[]): Constant[] =>
  ranges.map(({ count }) => recording.constant(Array.from({ length: 4 * count }, (_, i) => i + 1)));

/** Trace, preprocessed (if any) and secure columns of a chip side by side in one buffer each. */
function columnsOf(chip: Chip, logN: number) {
  const widths = [chip.columns.length, Math.max(1, chip.fixedColumns.length), Math.max(1, 4 * chip.logupColumns)];
  return {
    words: widths.map((width) => width * 2 ** logN),
    columns: (buffers: readonly GPUBuffer[]): { trace: Columns; fixed: Columns | undefined; secure: Columns } => {
      const [trace, fixed, secure] = widths.map((width, i) => packedColumns(buffers[i] as GPUBuffer, width, logN));
      return {
        trace: trace as Columns,
        fixed: chip.fixedColumns.length === 0 ? undefined : fixed,
        secure: secure as Columns,
      };
    },
  };
}

export function chipCases({ scale }: Bench): Case[] {
  const cases: Case[] = [];
  for (const name of scale.chips) {
    const chip = chipByName.get(name);
    if (chip === undefined) throw new Error(`no chip ${name}`);
    for (const form of FORMS) {
      const widest = Math.max(chip.columns.length, chip.fixedColumns.length, 4 * chip.logupColumns);
      const logN = Math.min(scale.rowsLog, Math.floor(Math.log2(scale.bufferWords / widest)));
      const own = columnsOf(chip, logN);
      const common = { name: `${name}, ${form}`, size: `2^${logN}`, unit: 'rows', units: 2 ** logN };
      if (form === 'generated' || isInterpretable(chip, 'logup'))
        cases.push({
          ...{ group: 'LogUp columns', ...common },
          work: times(2 ** logN, logupWork(chip)),
          buffers: [...own.words, 4 * 2 ** logN],
          record: (recording, buffers) => {
            const { trace, fixed, secure } = own.columns(buffers);
            const totals = columnsView(packedColumns(buffers[3] as GPUBuffer, 4, logN));
            const out = sliceColumns(secure, 0, 4 * chip.logupColumns);
            const slots = anySlots(recording, logupSlots(new SlotTable(), chip, form, { logup: 0 }));
            logupSums(recording, { chip, trace, fixed, slots, out, totals, form });
          },
        });
      if (form === 'generated' || isInterpretable(chip, 'constraints'))
        cases.push({
          ...{ group: 'constraints', ...common },
          work: times(2 ** logN, constraintWork(chip)),
          buffers: [...own.words, 4 * 2 ** logN],
          record: (recording, buffers) => {
            const sums = columnsView(packedColumns(buffers[3] as GPUBuffer, 4, logN));
            const constraints = { coefficients: 0, claimedSum: 0, logN: logN - LOG_BLOWUP };
            const ranges = constraintSlots(new SlotTable(), chip, form, { logup: 0, constraints });
            const slots = anySlots(recording, ranges);
            const { trace, fixed, secure } = own.columns(buffers);
            const shape = { logBlowup: LOG_BLOWUP, sums, overwrite: true, form };
            constraintSums(recording, { chip, trace, fixed, secure, slots, ...shape });
          },
        });
    }
  }
  return cases;
}
