// Real records for the kernels derived from the chips: a few rows of every chip of the machine. The rows do not add up
// to a whole execution, which parity between tiers does not need.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SegmentInput } from '../../prover/backend.ts';
import { segmentInput } from '../../prover/segment.ts';
import { TEXTS } from '../../src/air/inventory.ts';
import type { TableRule } from '../../src/air/table_choice.ts';
import { testing } from '../../src/core/params.ts';
import { buildProgram, type Execution, execute, loadElf, type Program } from '../../src/machine/index.ts';
import { programTables } from '../../src/machine/tables.ts';
import { ROOT } from '../imports.ts';

export function runGuest(name: string, input: Uint8Array): { readonly program: Program; readonly run: Execution } {
  const program = buildProgram(loadElf(readFileSync(join(ROOT, 'guests/elf', `${name}.elf`))));
  return { program, run: execute(program, input) };
}

/**
 * At most `rows` rows of each chip, taken from the middle of the instruction check or, for what it does not do, of a
 * sort or the check of the precompiles. All rows of the image, whose records go with its table.
 */
export function someOfEverything(rows: number): SegmentInput {
  const { program, run } = runGuest('isa_check', new Uint8Array(0));
  const others = [
    runGuest('sort', new Uint8Array(64).fill(5)).run,
    runGuest('precompile_check', new Uint8Array(100).fill(5)).run,
  ];
  const records = Object.fromEntries(
    TEXTS.filter((chip) => chip.name in run.records).map((chip) => {
      const name = chip.name as keyof Execution['records'];
      const source =
        [run, ...others].map(({ records }) => records[name]).find(({ nRows }) => nRows > 0) ?? run.records[name];
      const nRows = name === 'image' ? source.nRows : Math.min(rows, source.nRows);
      const first = name === 'image' ? 0 : (source.nRows - nRows) >> 1;
      const width = source.fields.length;
      return [name, { ...source, nRows, data: source.data.subarray(first * width, (first + nRows) * width) }];
    }),
  );
  // What can be in place is: the general forms keep what cannot.
  const inPlace: TableRule = (_chip, n, eligible) => ({
    own: n - eligible,
    more: 0,
    inPlace: eligible,
    inPlaceMore: 0,
  });
  return segmentInput(programTables(program), { ...run, records }, testing, undefined, inPlace);
}
