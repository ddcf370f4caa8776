// wisp load: sends transfers to a node at a rate and reports what came of them.
import { fromHex } from '../../sequencer/chain/bytes.ts';
import { devKeys } from '../../sequencer/chain/dev.ts';
import { runLoad } from '../../sequencer/load/run.ts';
import { integerOption } from '../args.ts';
import { type Command, type CommandResult, type ParsedArguments, positional } from '../command.ts';
import { EXIT_FAILED, EXIT_OK, UsageError } from '../errors.ts';
import { fields, formatMs } from '../format.ts';
import type { Io } from '../io.ts';

export const command: Command = {
  spec: {
    summary: 'Sends pre-signed transfers to a node and times their receipts (eth_sendRawTransactionSync).',
    positionals: ['url'],
    options: {
      rate: { value: 'n', help: 'transfers a second; 500 if absent' },
      seconds: { value: 'n', help: 'how long; 10 if absent' },
      senders: { value: 'n', help: 'accounts that send, at most 1000; 200 if absent' },
      connections: { value: 'n', help: 'WebSockets; 4 if absent' },
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
      seconds: integerOption(args, 'seconds', 1, 10),
      senders: Math.min(1000, integerOption(args, 'senders', 1, 200)),
      connections: integerOption(args, 'connections', 1, 4),
      secret: fromHex(key),
      onProgress: (text) => io.err(`wisp: ${text}\n`),
    });
    const errors = Object.entries(report.errors).map(([message, count]) => `${count} x ${message}`);
    return {
      exitCode: report.failed === 0 ? EXIT_OK : EXIT_FAILED,
      json: { ...report, rate, ok: report.failed === 0 },
      text: fields([
        ['confirmed', `${report.confirmed} of ${report.sent} transfers, in ${report.blocks} blocks`],
        ['rate', `${report.tps.toFixed(0)} a second over ${report.seconds.toFixed(1)} s, ${rate} asked for`],
        ['receipt', `p50 ${formatMs(report.p50Ms)}, p90 ${formatMs(report.p90Ms)}, p99 ${formatMs(report.p99Ms)}`],
        ['slowest', formatMs(report.maxMs)],
        ['sender', `at most ${formatMs(report.lateMs)} late`],
        ...(errors.length === 0 ? [] : [['errors', errors.join('; ')] as [string, string]]),
      ]),
    };
  },
};
