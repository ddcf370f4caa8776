// What a run commits to, for the comparison of throughputs.
import { segmentInput } from '../../../prover/segment.ts';
import { CHIPS } from '../../air/inventory.ts';
import { presets } from '../../core/params.ts';
import { execute } from '../../machine/index.ts';
import { programTables } from '../../machine/tables.ts';
import type { RunSize } from './api.ts';
import { programOf } from './program.ts';

/** Of a run that fits one proof. Throws what loading and executing throw. */
export function runSize(elf: Uint8Array, input: Uint8Array): RunSize {
  const program = programOf(elf);
  const run = execute(program, input);
  const { layout, records } = segmentInput(programTables(program), run, presets.standard);
  const committed = Object.values(layout.trees).flatMap((logRows) => logRows.map((log) => 2 ** log));
  const used = CHIPS.map(
    (chip) => (records.get(chip.name)?.nRows ?? 0) * (chip.columns.length + 4 * chip.logupColumns),
  );
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  return { cycles: run.cycles, cellsPerCycle: sum(used) / run.cycles, committedCells: sum(committed) };
}
