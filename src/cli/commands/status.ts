// wisp status: what a node is at, once or again and again.
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeStatus } from '../../sequencer/service.ts';
import { integerOption } from '../args.ts';
import { type Command, type CommandResult, type JsonValue, type ParsedArguments, positional } from '../command.ts';
import { CliError, EXIT_FAILED, EXIT_OK, UsageError } from '../errors.ts';
import { fields, formatCount } from '../format.ts';
import type { Io } from '../io.ts';

const REQUEST_MS = 10_000;

export const command: Command = {
  spec: {
    summary: 'Shows what a node is at: blocks, pool, batches, proofs, and how far each is behind.',
    positionals: ['url'],
    options: {
      watch: { value: 'n', help: 'show it again every n seconds, until stopped' },
    },
  },
  async run(args: ParsedArguments, io: Io): Promise<CommandResult> {
    const url = positional(args, 0);
    if (!/^https?:\/\//.test(url)) throw new UsageError(`<url> must start with http:// or https://, not "${url}"`);
    const seconds = args.values.watch === undefined ? 0 : integerOption(args, 'watch', 1, 1);
    let status = await fetchStatus(url);
    if (seconds > 0) {
      const abort = new AbortController();
      process.once('SIGINT', () => abort.abort());
      process.once('SIGTERM', () => abort.abort());
      let earlier: NodeStatus | undefined;
      while (!abort.signal.aborted) {
        const screen = args.flags.has('json') ? JSON.stringify(status) : statusText(url, status, earlier);
        // On a terminal the one before is overwritten.
        io.out(`${io.isTerminal ? '\x1b[H\x1b[2J' : ''}${screen}\n`);
        await sleep(1000 * seconds, undefined, { signal: abort.signal }).catch(() => {});
        if (abort.signal.aborted) break;
        earlier = status;
        status = await fetchStatus(url);
      }
    }
    const json = status as unknown as Record<string, JsonValue>;
    return { exitCode: status.ok ? EXIT_OK : EXIT_FAILED, json, text: statusText(url, status) };
  },
};

async function fetchStatus(url: string): Promise<NodeStatus> {
  try {
    const response = await fetch(new URL('/status', url), { signal: AbortSignal.timeout(REQUEST_MS) });
    if (!response.ok) throw new Error(`it answers ${response.status}`);
    return (await response.json()) as NodeStatus;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new CliError('no_status', `no status of ${url}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** As jobs/service.ts has it. */
interface Proofs {
  readonly batches: number;
  readonly provenBatches: number;
  readonly waiting: number;
  readonly leased: number;
  readonly batchedBlock: number;
  readonly provenBlock: number;
  readonly planning: number;
  readonly segments: { readonly proven: number; readonly all: number };
  readonly provesHere: boolean;
}

export function statusText(url: string, status: NodeStatus, earlier?: NodeStatus): string {
  const { head, pool, proofs, following, stages, lag } = status;
  const age = Math.max(0, Math.round(Date.now() / 1000 - status.headTimestamp));
  const rows: [string, string][] = [
    [
      'node',
      `${url}, ${status.version}, chain ${status.chainId}, up ${status.uptimeSeconds} s${status.ok ? '' : ', STOPPED'}`,
    ],
    ['blocks', `${head} (${status.headHash.slice(0, 18)}…), the last ${age} s ago, ${lag} not in the database`],
    ['pool', `${pool.transactions} transactions, ${pool.bytes} bytes; ${pool.waitingSignatures} signatures wait`],
  ];
  if (following !== null) rows.push(['follows', `${following.url}, ${following.behind} blocks behind`]);
  rows.push(...proofRows(head, proofs as Proofs | null));
  const { process: all = 0 } = status.cpuSeconds;
  const cores =
    (all - (earlier?.cpuSeconds.process ?? 0)) / Math.max(1, status.uptimeSeconds - (earlier?.uptimeSeconds ?? 0));
  rows.push([
    'cores',
    `${cores.toFixed(2)} in use${earlier === undefined ? ' since the start' : ''}; ${busiest(status, earlier)}`,
  ]);
  rows.push([
    'makes',
    stages.produces ? `a block every ${stages.blockMs} ms while there are transactions` : 'no blocks',
  ]);
  return fields(rows);
}

function proofRows(head: number, proofs: Proofs | null): [string, string][] {
  if (proofs === null) return [['batches', 'none are made']];
  const { batches, provenBatches, batchedBlock, provenBlock, waiting, leased, segments, planning } = proofs;
  return [
    [
      'batches',
      `${batches}, up to block ${batchedBlock}, ${head - batchedBlock} blocks behind; ${planning} without a plan`,
    ],
    ['proofs', `${provenBatches} batches, up to block ${provenBlock}, ${head - provenBlock} blocks behind`],
    ['jobs', `${waiting} wait, ${leased} under way; ${segments.proven} of ${segments.all} open segments proven`],
  ];
}

function busiest(status: NodeStatus, earlier: NodeStatus | undefined): string {
  const spent = Object.entries(status.cpuSeconds)
    .filter(([name]) => name !== 'process')
    .map(([name, seconds]) => [name, seconds - (earlier?.cpuSeconds[name] ?? 0)] as const)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 3);
  return spent.map(([name, seconds]) => `${name} ${formatCount(Math.round(1000 * seconds))} ms`).join(', ');
}
