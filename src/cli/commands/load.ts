// wisp load: sends transfers to a node at a rate and reports what came of them, and what they cost the node.
import { fromHex } from '../../sequencer/chain/bytes.ts';
import { devKeys } from '../../sequencer/chain/dev.ts';
import { STATED_RATE } from '../../sequencer/load/costs.ts';
import { type LoadReport, runLoad } from '../../sequencer/load/run.ts';
import { integerOption } from '../args.ts';
import { type Command, type CommandResult, type JsonValue, type ParsedArguments, positional } from '../command.ts';
import { EXIT_FAILED, EXIT_OK, UsageError } from '../errors.ts';
import { fields, formatMs, table } from '../format.ts';
import type { Io } from '../io.ts';

export const command: Command = {
  spec: {
    summary:
      'Sends pre-signed transfers to a node, times their receipts (eth_sendRawTransactionSync), and asks the node what they cost.',
    positionals: ['url'],
    options: {
      rate: { value: 'n', help: 'transfers a second; 500 if absent' },
      seconds: { value: 'n', help: 'how long; 10 if absent' },
      senders: { value: 'n', help: 'accounts that send, at most 100000; 200 if absent' },
      connections: { value: 'n', help: 'WebSockets; 4 if absent' },
      erc20: { help: 'ERC-20 transfers, of a token that is deployed first' },
      key: { value: 'hex', help: 'private key that pays; the first of the development chain if absent' },
    },
  },
  async run(args: ParsedArguments, io: Io): Promise<CommandResult> {
    const url = positional(args, 0);
    if (!/^https?:\/\//.test(url)) throw new UsageError(`<url> must start with http:// or https://, not "${url}"`);
    const key = args.values.key ?? devKeys()[0]?.secret ?? '';
    if (!/^0x[0-9a-f]{64}$/i.test(key)) throw new UsageError('--key must be 0x and 64 hexadecimal digits');
    const rate = integerOption(args, 'rate', 1, 500);
    const report = await runLoad({
      url,
      rate,
      kind: args.flags.has('erc20') ? 'erc20' : 'transfer',
      seconds: integerOption(args, 'seconds', 1, 10),
      senders: Math.min(100_000, integerOption(args, 'senders', 1, 200)),
      connections: integerOption(args, 'connections', 1, 4),
      secret: fromHex(key),
      onProgress: (text) => io.err(`wisp: ${text}\n`),
    });
    // Fields that are undefined are left out.
    const json = JSON.parse(JSON.stringify({ ...report, rate, ok: report.failed === 0 })) as Record<string, JsonValue>;
    return { exitCode: report.failed === 0 ? EXIT_OK : EXIT_FAILED, json, text: textOf(report, rate) };
  },
};

function textOf(report: LoadReport, rate: number): string {
  const { kind, confirmed, sent, blocks, batchesBehind, batchesCaughtUpSeconds: caughtUp } = report;
  const errors = Object.entries(report.errors).map(([message, count]) => `${count} x ${message}`);
  const rows: [string, string][] = [
    [
      'confirmed',
      `${confirmed} of ${sent} ${kind === 'erc20' ? 'ERC-20 transfers' : 'transfers'}, in ${blocks} blocks`,
    ],
    ['rate', `${report.tps.toFixed(0)} a second over ${report.seconds.toFixed(1)} s, ${rate} asked for`],
    ['receipt', `p50 ${formatMs(report.p50Ms)}, p90 ${formatMs(report.p90Ms)}, p99 ${formatMs(report.p99Ms)}`],
    ['slowest', formatMs(report.maxMs)],
    ['sender', `at most ${formatMs(report.lateMs)} late, ${report.toolMicroseconds.toFixed(0)} µs of a core each`],
    ['stages', stagesOf(report)],
  ];
  if (batchesBehind !== undefined && caughtUp !== undefined) {
    rows.push([
      'batches',
      `${batchesBehind} blocks behind when sending was over, caught up ${caughtUp.toFixed(1)} s later`,
    ]);
  }
  if (errors.length > 0) rows.push(['errors', errors.join('; ')]);
  return [fields(rows), ...costTable(report)].join('\n');
}

function stagesOf({ stages }: LoadReport): string {
  if (stages === undefined) return 'the node does not say';
  const { produces, nativeSignatures, signatureThreads, tree, witness, blockMs } = stages;
  const onOff = (isOn: boolean): string => (isOn ? 'on' : 'off');
  return [
    produces ? `blocks of ${blockMs} ms` : 'follows another node',
    `signatures ${signatureThreads} ${nativeSignatures ? 'native' : 'portable'}`,
    `tree ${onOff(tree)}`,
    `witness ${onOff(witness)}`,
  ].join(', ');
}

function costTable({ cost }: LoadReport): string[] {
  if (cost === undefined) return [];
  const row = ({ stage, microseconds, cores }: (typeof cost)['total']): string[] => [
    stage,
    microseconds.toFixed(1),
    cores.toFixed(2),
  ];
  const head = ['processor time', 'µs each', `cores at ${STATED_RATE}/s`];
  return ['', table([head, ...cost.stages.map(row), row(cost.total)], '')];
}
