// wisp cost: what proving transfers costs the rollup, by phase, in cells and in money.
import { readBytes } from '../../host/files.ts';
import type { WorkloadName } from '../../sequencer/cost/workload.ts';
import { integerOption } from '../args.ts';
import type { Command, CommandResult, JsonValue, ParsedArguments } from '../command.ts';
import { type Cost, costOf, dollarsOf, EQUIVALENT_CELLS, type Phase } from '../cost.ts';
import { EXIT_OK, UsageError } from '../errors.ts';
import { fields, formatCount, table } from '../format.ts';
import type { Io } from '../io.ts';
import { ROLLUP_ELF } from '../rollup.ts';

const LABELS: Readonly<Record<WorkloadName, string>> = { transfer: 'transfer', erc20: 'ERC-20 transfer' };
const DEFAULT_COUNT = 100;
const DEFAULT_ACCOUNTS = 20_000;
/** Dollars for an hour of a rented GPU, and millions of cycle equivalents that it proves in a second. */
const DEFAULT_PRICE = 2.5;
const DEFAULT_MHZ = 1;

export const command: Command = {
  spec: {
    summary: 'Says what proving a transfer in a batch costs: nothing is proven, every row and cell is counted.',
    positionals: [],
    options: {
      workload: { value: 'name', help: 'transfer or erc20; both if absent', choices: ['transfer', 'erc20'] },
      count: { value: 'n', help: `transactions in the batch; ${DEFAULT_COUNT} if absent` },
      accounts: { value: 'n', help: `accounts of the state; ${DEFAULT_ACCOUNTS} if absent` },
      price: { value: 'dollars', help: `of an hour of a GPU; ${DEFAULT_PRICE} if absent` },
      mhz: { value: 'n', help: `millions of cycle equivalents that it proves in a second; ${DEFAULT_MHZ} if absent` },
      elf: { value: 'file', help: 'another build of guests/rollup' },
    },
  },
  async run(args: ParsedArguments, io: Io): Promise<CommandResult> {
    const count = integerOption(args, 'count', 1, DEFAULT_COUNT);
    const accounts = integerOption(args, 'accounts', 1, DEFAULT_ACCOUNTS);
    const rate = { price: decimalOption(args, 'price', DEFAULT_PRICE), mhz: decimalOption(args, 'mhz', DEFAULT_MHZ) };
    const chosen = args.values.workload;
    const names = (Object.keys(LABELS) as WorkloadName[]).filter((name) => chosen === undefined || name === chosen);
    const [{ loadStf }, { workload }, { readArtefact }] = await Promise.all([
      import('../../sequencer/stf/index.ts'),
      import('../../sequencer/cost/workload.ts'),
      import('../../sequencer/stf/instance.ts'),
    ]);
    const stf = await loadStf();
    const elf = args.values.elf === undefined ? readArtefact(ROLLUP_ELF) : readBytes(args.values.elf, 'program');
    const json: Record<string, JsonValue> = {};
    const text: string[] = [];
    for (const name of names) {
      io.err(`wisp: running ${count} of ${LABELS[name]}\n`);
      const cost = await costOf(stf, elf, workload(name, stf, count, accounts));
      const dollars = dollarsOf(cost.equivalents, rate);
      json[name] = { ...cost, phases: cost.phases.map((phase) => ({ ...phase })), dollars };
      text.push(report(LABELS[name], cost, dollars));
    }
    const head = `A batch of ${count}, ${accounts} accounts; ${EQUIVALENT_CELLS} committed cells are a cycle equivalent; $${rate.price} an hour, ${rate.mhz} million equivalents a second`;
    return { exitCode: EXIT_OK, json: { count, accounts, ...rate, ...json }, text: [head, ...text].join('\n\n') };
  },
};

function decimalOption(args: ParsedArguments, name: string, fallback: number): number {
  const text = args.values[name];
  if (text === undefined) return fallback;
  const value = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : 0;
  if (!(value > 0)) throw new UsageError(`--${name} must be a positive number, not "${text}"`);
  return value;
}

const whole = (n: number): string => Math.round(n).toLocaleString('en');

function report(label: string, cost: Cost, dollars: number): string {
  const rows = cost.phases.map(({ name, instructions, equivalents }: Phase) => [
    name,
    whole(instructions),
    whole(equivalents),
  ]);
  return [
    fields([
      [`${label}, each`, `${whole(cost.equivalents)} cycle equivalents all in, $${dollars.toPrecision(3)}`],
      ['of these', `${whole(cost.usedEquivalents)} in rows; the rest pads tables and commits those of the program`],
      ['instructions', `${whole(cost.instructions)}, in ${cost.segments} segments for the batch`],
      ['input', `${whole(cost.inputBytes)} bytes`],
      ['committed', `${formatCount(cost.committedCells)} cells for the batch`],
    ]),
    table([['', 'instructions', 'equivalents'], ...rows]),
  ].join('\n');
}
