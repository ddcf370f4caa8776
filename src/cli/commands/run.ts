// wisp run: executes a program and says what proving it would cost, and where.
import { basename } from 'node:path';
import { readBytes, readOptional, writeWhole } from '../../host/files.ts';
import type { Program } from '../../machine/index.ts';
import type { Trace } from '../../machine/trace.ts';
import { integerOption } from '../args.ts';
import { type Command, type CommandResult, type JsonValue, type ParsedArguments, positional } from '../command.ts';
import { diagnose } from '../diagnose.ts';
import { checkExecution, chipSizes, executeProgram, loadProgram } from '../engine.ts';
import { CliError, EXIT_FAILED, EXIT_OK } from '../errors.ts';
import { fields, formatCount, table, toHex } from '../format.ts';
import type { Io } from '../io.ts';
import { type Measured, measure } from '../measure.ts';
import { type Profile, profileOf, profileText } from '../profile.ts';

/** Findings beyond these are counted, not shown. */
const MAX_FINDINGS = 10;
const DEFAULT_MAX_CYCLES = 2 ** 28;

export const command: Command = {
  spec: {
    summary: 'Runs a program without proving it: exit code, journal, instructions, and cells to commit.',
    positionals: ['elf'],
    options: {
      input: { value: 'file', help: "the program's input; empty if absent" },
      check: { help: 'check every row and every relation of the witness' },
      profile: { help: 'show what costs: functions, source lines, marked stretches' },
      flame: { value: 'file', help: 'write a flame graph (SVG)' },
      'max-cycles': { value: 'n', help: `stop after so many instructions; ${DEFAULT_MAX_CYCLES} if absent` },
    },
  },
  async run(args: ParsedArguments, io: Io): Promise<CommandResult> {
    const path = positional(args, 0);
    const elf = readBytes(path, 'program');
    const program = await loadProgram(elf);
    const input = readOptional(args.values.input, 'input');
    const maxCycles = integerOption(args, 'max-cycles', 1, DEFAULT_MAX_CYCLES);
    const measured = await measure(program, input, maxCycles).catch(async (cause: unknown) => {
      const { error, text } = await diagnose(cause, program, elf, input);
      if (text !== '' && !args.flags.has('json')) io.out(endLine(text));
      throw error;
    });
    const checked = args.flags.has('check');
    if (checked) await check(program, input);
    const { outcome, cells } = measured;
    const flame = args.values.flame;
    const profile =
      args.flags.has('profile') || flame !== undefined
        ? await observe(program, elf, input, flame, basename(path))
        : undefined;
    return {
      exitCode: outcome.exitCode === 0 ? EXIT_OK : EXIT_FAILED,
      json: {
        exitCode: outcome.exitCode,
        ...(checked ? { checked } : {}),
        journal: toHex(outcome.journal),
        cycles: outcome.cycles,
        cellsPerInstruction: cells.cellsPerInstruction,
        committedCells: cells.committedCells,
        chips: Object.fromEntries(Object.entries(cells.chips).map(([name, counts]) => [name, { ...counts }])),
        mix: { ...outcome.mix },
        ...(profile === undefined ? {} : { profile: jsonOf(profile) }),
      },
      text: `${checked ? 'checked     every row and every relation holds\n' : ''}${report(measured, profile)}`,
    };
  },
};

const endLine = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`);

async function check(program: Program, input: Uint8Array): Promise<void> {
  const findings = await checkExecution(program, await executeProgram(program, input));
  if (findings.length === 0) return;
  const shown = findings.slice(0, MAX_FINDINGS).join('; ');
  const rest = findings.length > MAX_FINDINGS ? `; and ${findings.length - MAX_FINDINGS} more` : '';
  throw new CliError('check_failed', `the witness is wrong: ${shown}${rest}`);
}

/** Runs the program once more, under observation. */
async function observe(
  program: Program,
  elf: Uint8Array,
  input: Uint8Array,
  flame: string | undefined,
  title: string,
): Promise<Profile> {
  const [{ trace }, { readLines }, sizes] = await Promise.all([
    import('../../machine/trace.ts'),
    import('../../machine/dwarf/lines.ts'),
    chipSizes(),
  ]);
  const widths = Object.fromEntries(sizes.map(({ name, columns, logupWords }) => [name, columns + logupWords]));
  const options = { maxCycles: Number.POSITIVE_INFINITY, widthOf: (chip: string): number => widths[chip] ?? 0 };
  const traced: Trace = trace(program, input, options);
  if (flame !== undefined) {
    const { flameGraph } = await import('../flame.ts');
    writeWhole(flame, new TextEncoder().encode(flameGraph(program, traced.root, title)), 'flame graph');
  }
  return profileOf(program, traced, readLines(elf), widths);
}

/** In JSON, functions, lines and marks are whole lists. */
const jsonOf = ({ functions, lines, marks }: Profile): JsonValue => ({
  functions: functions.map((row) => ({ ...row })),
  lines: lines.map((row) => ({ ...row })),
  marks: marks.map((row) => ({ ...row })),
});

function report({ outcome, cells }: Measured, profile: Profile | undefined): string {
  const { cycles } = outcome;
  const share = (count: number): string => `${((100 * count) / Math.max(1, cycles)).toFixed(1)} %`;
  const mix = Object.entries(outcome.mix)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => [name, String(count), share(count)]);
  const chips = Object.entries(cells.chips)
    .filter(([, chip]) => chip.rows > 0)
    .sort(([, a], [, b]) => b.cells - a.cells)
    .map(([name, chip]) => [name, String(chip.rows), String(chip.columns), formatCount(chip.cells)]);
  const parts = [
    fields([
      ['exit code', String(outcome.exitCode)],
      ['journal', toHex(outcome.journal) || '(empty)'],
      ['cycles', String(cycles)],
      [
        'cells',
        `${cells.cellsPerInstruction.toFixed(1)} an instruction, ${formatCount(cells.committedCells)} committed`,
      ],
    ]),
    `instructions\n${table(mix)}`,
    `chips\n${table([['', 'rows', 'columns', 'cells'], ...chips])}`,
  ];
  if (profile !== undefined) parts.push(profileText(profile));
  if (outcome.text !== '') parts.unshift(outcome.text.replace(/\n$/, ''));
  return parts.join('\n\n');
}
