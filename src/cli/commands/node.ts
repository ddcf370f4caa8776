// wisp node: makes blocks of transactions, or follows a node that does, and serves JSON-RPC.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BackendName } from '../../host/backends.ts';
import { DEV_MINER, devChain, devKeys } from '../../sequencer/chain/dev.ts';
import { readSettings, SETTINGS } from '../../sequencer/config.ts';
import { follow } from '../../sequencer/follow.ts';
import { type OpenQueue, type QueueContext, startProving } from '../../sequencer/jobs/service.ts';
import { createLog } from '../../sequencer/log.ts';
import type { Metrics } from '../../sequencer/metrics.ts';
import type { SequencerNode } from '../../sequencer/pipeline/node.ts';
import { devTools } from '../../sequencer/rpc/dev/tools.ts';
import { type Logger, type ProvingService, type Service, startService } from '../../sequencer/service.ts';
import { loadStf } from '../../sequencer/stf/index.ts';
import type { Command, CommandResult, ParsedArguments } from '../command.ts';
import { CliError, EXIT_OK, UsageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { openRollupProver, rollupPlanner, rollupVerifier } from '../rollup.ts';

const options = Object.fromEntries(
  Object.entries(SETTINGS).map(([name, { value, help, fallback }]) => [
    name,
    { value, help: fallback === '' ? help : `${help}; ${fallback} if absent` },
  ]),
);

export const command: Command = {
  spec: {
    summary: 'Runs a rollup node: blocks from transactions, JSON-RPC over HTTP and WebSocket on one port.',
    positionals: [],
    options: {
      ...options,
      dev: { help: 'a fresh development chain in a temporary folder, where --data names none; prints its funded keys' },
      config: { value: 'file', help: 'settings as a JSON object; flags and WISP_NODE_… variables go before it' },
    },
  },
  async run(args: ParsedArguments, io: Io): Promise<CommandResult> {
    const settings = readSettings(args.values, process.env, args.values.config);
    const isDev = args.flags.has('dev');
    const isTemporary = settings.data === '';
    if (isTemporary && !isDev) throw new UsageError('--data is missing (or --dev for a chain in a temporary folder)');
    const folder = isTemporary ? mkdtempSync(join(tmpdir(), 'wisp-node-')) : settings.data;
    try {
      const service = await start(settings, folder, isDev, io);
      if (isDev) io.out(welcome(service));
      const reason = await untilStopped(service);
      await service.stop();
      if (reason !== undefined)
        throw new CliError('node_failed', reason instanceof Error ? reason.message : String(reason));
      const head = Number(service.node.chain.head.env.number);
      return { exitCode: EXIT_OK, json: { ok: true, head }, text: `stopped at block ${head}` };
    } finally {
      if (isTemporary) rmSync(folder, { recursive: true, force: true });
    }
  },
};

type Settings = ReturnType<typeof readSettings>;

async function start(settings: Settings, folder: string, isDev: boolean, io: Io): Promise<Service> {
  const log = createLog(settings['log-level'], io.err);
  const upstream = settings.follow;
  return startService({
    node: {
      folder,
      chain: devChain(BigInt(settings['chain-id'])),
      stf: await loadStf(),
      signatureThreads: settings.number('signature-threads'),
      produces: upstream === '',
      producer: { blockMs: settings.number('block-ms') },
      limits: { transactions: settings.number('pool-size') },
    },
    host: settings.host,
    port: settings.number('port'),
    hosts: settings.hosts.split(',').filter((name) => name !== ''),
    cors: settings.cors === '' ? undefined : settings.cors,
    clientVersion: 'Wisp/0.1.0',
    dev: isDev ? devTools(devKeys(), DEV_MINER) : undefined,
    readerThreads: settings.number('reader-threads'),
    log,
    ...(upstream === '' ? {} : { following: (node) => follow(node, upstream, log) }),
    ...(batchBlocks(settings) === 0 ? {} : { proving: (node, metrics) => prove(node, metrics, settings, log) }),
  });
}

/** Blocks of a batch where something is to prove them and nothing is said about batches. */
const BATCH_BLOCKS = 40;

function batchBlocks(settings: Settings): number {
  const isProving = settings.prove !== 'none' || settings.queue !== 'http';
  return settings.number('batch-blocks') || (isProving ? BATCH_BLOCKS : 0);
}

async function openQueue(url: string, context: QueueContext, node: SequencerNode, log: Logger): Promise<OpenQueue> {
  const { openNatsQueue } = await import('../../sequencer/jobs/nats/queue.ts');
  return openNatsQueue(url, context, { chainId: node.chain.config.chainId, log });
}

/** Batches, their witnesses and jobs; the prover is given from here, so that the sequencer imports none. */
async function prove(node: SequencerNode, metrics: Metrics, settings: Settings, log: Logger): Promise<ProvingService> {
  const backend = settings.prove;
  const warn = (text: string): void => log.warn({}, text);
  const prover = backend === 'none' ? undefined : await openRollupProver({ backend: backend as BackendName }, warn);
  const { queue } = settings;
  if (queue !== 'http' && !/^(nats|tls|wss?):\/\//.test(queue)) {
    throw new UsageError(`queue must be http or start with nats://, not "${queue}"`);
  }
  const segmentSteps = settings.number('segment-steps');
  return startProving(node, metrics, log, {
    blocks: batchBlocks(settings),
    transactions: settings.number('batch-transactions'),
    seconds: settings.number('batch-seconds'),
    gas: settings.number('batch-gas'),
    bytes: settings.number('batch-bytes'),
    leaseMs: 1000 * settings.number('lease-seconds'),
    secret: settings['worker-secret'],
    ...rollupVerifier(),
    ...(segmentSteps === 0 ? {} : { plan: rollupPlanner(), segmentSteps }),
    prover,
    queue: queue === 'http' ? undefined : (context) => openQueue(queue, context, node, log),
  });
}

/** A signal, or the error with which the node ended. */
function untilStopped(service: Service): Promise<unknown> {
  return new Promise((resolve) => {
    const onSignal = (): void => resolve(undefined);
    process.once('SIGINT', onSignal);
    process.once('SIGTERM', onSignal);
    // The database has promises of its own, which fail with a full disk and which no one can wait for.
    process.once('unhandledRejection', resolve);
    void service.ended.then(resolve);
  });
}

function welcome({ server, node }: Service): string {
  const keys = devKeys().map(({ address, secret }) => `  ${address}  ${secret}\n`);
  const { chainId } = node.chain.config;
  return [
    `listening on http://127.0.0.1:${server.port} and ws://127.0.0.1:${server.port}, chain id ${chainId}\n`,
    'funded accounts and their keys, which everyone knows: never send them anything of value\n',
    ...keys,
  ].join('');
}
