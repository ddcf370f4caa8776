// What the node counts and measures, in Prometheus' text form.
import { createRequire } from 'node:module';
import type { SealReason } from './chain/block.ts';
import { cpuMeter } from './cpu.ts';
import type { QueueEvent } from './jobs/job.ts';
import type { SequencerNode } from './pipeline/node.ts';
import type { ProofStatus } from './rpc/context.ts';
import type { RunningServer } from './rpc/server.ts';

interface ProofCounts {
  readonly batches: number;
  readonly provenBatches: number;
  readonly batchedBlock: number;
  readonly provenBlock: number;
  readonly waiting: number;
  readonly leased: number;
  readonly segments: { readonly proven: number; readonly all: number };
}

export interface Metrics {
  request(method: string, ms: number, ok: boolean): void;
  sealed(timing: { readonly executeMs: number; readonly sealMs: number; readonly reason: SealReason }): void;
  dropped(): void;
  /** Reads the node's gauges whenever the metrics are asked for. */
  watch(node: SequencerNode, server: RunningServer): void;
  job(event: QueueEvent): void;
  /** Likewise, of batches and proofs. */
  watchProofs(proofs: ProofStatus): void;
  /** Likewise, how far a following node is behind. */
  watchUpstream(behind: () => number): void;
  text(): Promise<string>;
  readonly contentType: string;
  /** Seconds of processor time by stage and thread. */
  cpu(): Readonly<Record<string, number>>;
  close(): void;
}

export function createMetrics(): Metrics {
  const client = createRequire(import.meta.url)('prom-client') as typeof import('prom-client');
  const register = new client.Registry();
  client.collectDefaultMetrics({ register, prefix: 'wisp_process_' });
  const registers = [register];
  const requests = new client.Histogram({
    name: 'wisp_rpc_request_seconds',
    help: 'JSON-RPC requests, those that wait for a block included',
    labelNames: ['method', 'ok'],
    buckets: [0.0005, 0.002, 0.01, 0.05, 0.2, 0.35, 0.5, 1, 5, 20],
    registers,
  });
  /** Of each method: finding one by its labels takes longer than counting. */
  const children = new Map<string, ReturnType<typeof requests.labels>>();
  const execute = new client.Histogram({
    name: 'wisp_block_execute_seconds',
    help: 'Execution of the transactions of a block',
    buckets: [0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 1],
    registers,
  });
  const seal = new client.Histogram({
    name: 'wisp_block_seal_seconds',
    help: 'Closing a block: roots, hash and state difference',
    buckets: [0.0005, 0.002, 0.01, 0.05, 0.2],
    registers,
  });
  const blocks = new client.Counter({
    name: 'wisp_blocks_total',
    help: 'Blocks made',
    labelNames: ['reason'],
    registers,
  });
  const transactions = new client.Counter({
    name: 'wisp_transactions_total',
    help: 'Transactions in blocks',
    registers,
  });
  const dropped = new client.Counter({ name: 'wisp_dropped_total', help: 'Refused when executed', registers });
  const jobs = new client.Counter({ name: 'wisp_jobs_total', help: 'Prover jobs', labelNames: ['outcome'], registers });
  const meter = cpuMeter();
  new client.Gauge({
    ...{ name: 'wisp_cpu_seconds_total', help: 'Processor time by stage and thread', labelNames: ['stage'], registers },
    collect() {
      for (const [stage, seconds] of Object.entries(meter.seconds())) this.set({ stage }, seconds);
    },
  });
  const gauge = (name: string, help: string, read: () => number): void => {
    new client.Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(read());
      },
    });
  };
  return {
    request: (method, ms, ok) => {
      const name = ok ? method : `${method} failed`;
      let child = children.get(name);
      if (child === undefined) {
        child = requests.labels(method, String(ok));
        children.set(name, child);
      }
      child.observe(ms / 1000);
    },
    sealed: ({ executeMs, sealMs, reason }) => {
      execute.observe(executeMs / 1000);
      seal.observe(sealMs / 1000);
      blocks.inc({ reason });
    },
    dropped: () => dropped.inc(),
    job: (outcome) => jobs.inc({ outcome }),
    cpu: meter.seconds,
    close: meter.close,
    watch: (node, server) => {
      node.chain.onBlock(({ block }) => transactions.inc(block.transactions.length));
      gauge('wisp_head_block', 'Newest durable block', () => Number(node.chain.head.env.number));
      gauge('wisp_pool_transactions', 'Transactions in the pool', () => node.pool.size);
      gauge('wisp_pool_bytes', 'Bytes of transactions in the pool', () => node.pool.bytes);
      gauge('wisp_signatures_waiting', 'Transactions whose signatures wait', () => node.signatures.waiting);
      gauge('wisp_database_lag_blocks', 'Blocks that are not in the database', () => node.chain.lag);
      gauge('wisp_http_connections', 'Open HTTP connections', () => server.connections.http);
      gauge('wisp_websocket_connections', 'Open WebSockets', () => server.connections.webSockets);
    },
    watchProofs: (proofs) => {
      const of = (read: (status: ProofCounts) => number) => (): number => read(proofs.status() as ProofCounts);
      gauge(
        'wisp_batches',
        'Batches with a witness',
        of((s) => s.batches),
      );
      gauge(
        'wisp_proven_batches',
        'Batches from the first on that are proven without a gap',
        of((s) => s.provenBatches),
      );
      gauge(
        'wisp_batched_block',
        'Last block of the last batch',
        of((s) => s.batchedBlock),
      );
      gauge(
        'wisp_proven_block',
        'Last block of the last proven batch',
        of((s) => s.provenBlock),
      );
      gauge(
        'wisp_jobs_waiting',
        'Prover jobs that no one has',
        of((s) => s.waiting),
      );
      gauge(
        'wisp_jobs_leased',
        'Prover jobs that workers have',
        of((s) => s.leased),
      );
      gauge(
        'wisp_segments_open',
        'Segments of planned batches without a proof',
        of((s) => s.segments.all - s.segments.proven),
      );
    },
    watchUpstream: (behind) =>
      gauge('wisp_upstream_lag_blocks', 'Blocks of the followed node that are not here', behind),
    text: () => register.metrics(),
    contentType: register.contentType,
  };
}
