// wisp run: executes a program and says what proving it would cost.

import { readBytes, readOptional } from '../../host/files.ts';
import type { Execution, Program } from '../../machine/index.ts';
import { type CellCounts, countCells } from '../cells.ts';
import { type Command, type CommandResult, type ParsedArguments, positional } from '../command.ts';
import { checkExecution, chipSizes, executeProgram, loadProgram, minChipRows } from '../engine.ts';
import { CliError, EXIT_FAILED, EXIT_OK } from '../errors.ts';
import { fields, formatCount, table, toHex } from '../format.ts';
import { hottest } from '../profile.ts';

/** Findings beyond these are counted, not shown. */
const MAX_FINDINGS = 10;
const PROFILE_ROWS = 15;

export const command: Command = {
  spec: {
    summary: 'Runs a program without proving it: exit code, journal, instructions, and cells to commit.',
    positionals: ['elf'],
    options: {
      input: { value: 'file', help: "the program's input; empty if absent" },
      check: { help: 'check every row and every relation of the witness' },
      profile: { help: 'show where the instructions are spent' },
    },
  },
  async run(args: ParsedArguments): Promise<CommandResult> {
    const program = await loadProgram(readBytes(positional(args, 0), 'program'));
    const execution = await executeProgram(program, readOptional(args.values.input, 'input'));
    const checked = args.flags.has('check');
    if (checked) await check(program, execution);
    const cells = await measure(program, execution);
    const profile = args.flags.has('profile') ? hottest(program, execution, PROFILE_ROWS) : undefined;
    return {
      exitCode: execution.exitCode === 0 ? EXIT_OK : EXIT_FAILED,
      json: {
        exitCode: execution.exitCode,
        ...(checked ? { checked } : {}),
        journal: toHex(execution.journal),
        cycles: execution.cycles,
        cellsPerInstruction: cells.cellsPerInstruction,
        committedCells: cells.committedCells,
        chips: Object.fromEntries(Object.entries(cells.chips).map(([name, counts]) => [name, { ...counts }])),
        mix: { ...execution.mix },
        ...(profile === undefined ? {} : { profile: profile.map((row) => ({ ...row })) }),
      },
      text: `${checked ? 'checked     every row and every relation holds\n' : ''}${report(execution, cells, profile)}`,
    };
  },
};

async function check(program: Program, execution: Execution): Promise<void> {
  const findings = await checkExecution(program, execution);
  if (findings.length === 0) return;
  const shown = findings.slice(0, MAX_FINDINGS).join('; ');
  const rest = findings.length > MAX_FINDINGS ? `; and ${findings.length - MAX_FINDINGS} more` : '';
  throw new CliError('check_failed', `the witness is wrong: ${shown}${rest}`);
}

async function measure(program: Program, execution: Execution): Promise<CellCounts> {
  const rows: Record<string, number> = { program: program.length };
  for (const [name, { nRows }] of Object.entries(execution.records)) rows[name] = nRows;
  return countCells(await chipSizes(), rows, execution.cycles, await minChipRows());
}

function report(execution: Execution, cells: CellCounts, profile: ReturnType<typeof hottest> | undefined): string {
  const { cycles } = execution;
  const share = (count: number): string => `${((100 * count) / Math.max(1, cycles)).toFixed(1)} %`;
  const mix = Object.entries(execution.mix)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => [name, String(count), share(count)]);
  const chips = Object.entries(cells.chips)
    .filter(([, chip]) => chip.rows > 0)
    .sort(([, a], [, b]) => b.cells - a.cells)
    .map(([name, chip]) => [name, String(chip.rows), String(chip.columns), formatCount(chip.cells)]);
  const parts = [
    fields([
      ['exit code', String(execution.exitCode)],
      ['journal', toHex(execution.journal) || '(empty)'],
      ['cycles', String(cycles)],
      [
        'cells',
        `${cells.cellsPerInstruction.toFixed(1)} an instruction, ${formatCount(cells.committedCells)} committed`,
      ],
    ]),
    `instructions\n${table(mix)}`,
    `chips\n${table([['', 'rows', 'columns', 'cells'], ...chips])}`,
  ];
  if (profile !== undefined) {
    const rows = profile.map(({ symbol, instructions }) => [symbol, String(instructions), share(instructions)]);
    parts.push(`functions\n${table(rows)}`);
  }
  if (execution.text !== '') parts.unshift(execution.text.replace(/\n$/, ''));
  return parts.join('\n\n');
}
