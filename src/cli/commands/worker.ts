// wisp worker: proves batches for a node.
import { hostname } from 'node:os';
import { BACKEND_NAMES, type BackendName } from '../../host/backends.ts';
import { DEV_CHAIN_ID } from '../../sequencer/chain/dev.ts';
import type { JobSource } from '../../sequencer/jobs/job.ts';
import { httpSource } from '../../sequencer/jobs/sources.ts';
import { type WorkEvent, work } from '../../sequencer/jobs/worker.ts';
import { integerOption } from '../args.ts';
import { type Command, type CommandResult, type ParsedArguments, positional } from '../command.ts';
import { EXIT_OK, UsageError } from '../errors.ts';
import { formatBytes, formatMs } from '../format.ts';
import type { Io } from '../io.ts';
import { openRollupProver } from '../rollup.ts';

export const command: Command = {
  spec: {
    summary: "Proves a rollup node's batches, segment by segment, until it is stopped. The node verifies every proof.",
    positionals: ['url'],
    options: {
      name: { value: 'text', help: "the worker's name; this machine's and the process id if absent" },
      secret: { value: 'text', help: "the node's worker-secret; WISP_WORKER_SECRET if absent" },
      chain: { value: 'n', help: 'chain id, where the url is of NATS; 131071 if absent' },
      jobs: { value: 'n', help: 'stop after so many proofs; none if absent' },
      backend: { value: 'name', choices: BACKEND_NAMES, help: 'auto takes the GPU, or wasm where there is none' },
      adapter: { value: 'name', help: "a part of an adapter's name, or software; see wisp devices" },
      memory: { value: 'size', help: "memory for a segment's proof: 1G, 2G, 4G, 8G, 24G, any size, or auto" },
      threads: { value: 'n', help: 'threads of the wasm backend; all cores if absent' },
    },
  },
  async run(args: ParsedArguments, io: Io): Promise<CommandResult> {
    const url = positional(args, 0);
    if (!/^(https?|nats|tls|wss?):\/\//.test(url)) {
      throw new UsageError(`<url> must start with http://, https:// or nats://, not "${url}"`);
    }
    const { name = `${hostname()}-${process.pid}`, secret = process.env.WISP_WORKER_SECRET ?? '' } = args.values;
    const { adapter, memory, backend = 'auto' } = args.values;
    const wanted = args.values.jobs === undefined ? Number.POSITIVE_INFINITY : integerOption(args, 'jobs', 1, 1);
    const prover = await openRollupProver(
      {
        backend: backend as BackendName,
        ...(adapter === undefined ? {} : { adapter }),
        ...(memory === undefined ? {} : { memory }),
        ...(args.values.threads === undefined ? {} : { threads: integerOption(args, 'threads', 1, 1) }),
      },
      (text) => io.err(`wisp: ${text}\n`),
    );
    const abort = new AbortController();
    process.once('SIGINT', () => abort.abort());
    process.once('SIGTERM', () => abort.abort());
    let proofs = 0;
    const onEvent = (event: WorkEvent): void => {
      io.err(`wisp: ${describe(event)}\n`);
      if (event.kind === 'done' && (event.outcome === 'accepted' || event.outcome === 'sent') && ++proofs >= wanted)
        abort.abort();
    };
    try {
      const source = await openSource(url, name, secret, prover.segmentSteps, args.values.chain);
      await work(source, prover.prove, onEvent, abort.signal);
    } finally {
      await prover.close();
    }
    return {
      exitCode: EXIT_OK,
      json: { ok: true, proofs },
      text: `${proofs} ${/^http/.test(url) ? 'proofs accepted' : 'proofs sent'}`,
    };
  },
};

async function openSource(url: string, name: string, secret: string, steps: number, chain = ''): Promise<JobSource> {
  if (/^https?:/.test(url)) return httpSource(url, name, secret, steps);
  const { openNatsSource } = await import('../../sequencer/jobs/nats/source.ts');
  return openNatsSource(url, { chainId: chain === '' ? DEV_CHAIN_ID : BigInt(chain), worker: name, steps });
}

function describe(event: WorkEvent): string {
  if (event.kind === 'failed') return event.message;
  const { batch, segment, segments, inputBytes } = event.job;
  const what = `batch ${batch}${segment === null ? '' : `, segment ${segment + 1} of ${segments}`}`;
  if (event.kind === 'leased') return `${what}: ${formatBytes(inputBytes)} of input`;
  return `${what}: ${event.outcome}, ${formatBytes(event.bytes)} in ${formatMs(event.ms)}`;
}
