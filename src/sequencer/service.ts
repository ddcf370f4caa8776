// The node as a service: sequencer, server, metrics, health, and a stop in good order.
import { toHex } from './chain/bytes.ts';
import { stage } from './cpu.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { type NodeOptions, openNode, type SequencerNode } from './pipeline/node.ts';
import { DEFAULT_PRODUCER } from './pipeline/producer.ts';
import { startReaders } from './rpc/calls/threads.ts';
import { DEFAULT_RPC_LIMITS, type ProofStatus, type RpcContext, type RpcLimits } from './rpc/context.ts';
import type { DevTools } from './rpc/dev/tools.ts';
import { type Dispatcher, dispatcher } from './rpc/dispatch.ts';
import { dropFeed } from './rpc/drops.ts';
import { filterStore } from './rpc/filters.ts';
import { type Route, type RunningServer, type ServerLimits, startServer } from './rpc/server.ts';
import { isNative } from './signatures/recover.ts';

/** As pino has it. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ServiceOptions {
  readonly node: NodeOptions;
  readonly host: string;
  readonly port: number;
  readonly hosts?: readonly string[];
  readonly cors?: string | undefined;
  readonly clientVersion: string;
  /** Of a development chain. */
  readonly dev?: DevTools | undefined;
  /** Threads that run calls and read many blocks; 1 if absent. */
  readonly readerThreads?: number;
  readonly log: Logger;
  readonly rpcLimits?: Partial<RpcLimits>;
  readonly serverLimits?: Partial<ServerLimits>;
  /** Opens what proves batches, once the node is open. */
  readonly proving?: (node: SequencerNode, metrics: Metrics) => Promise<ProvingService>;
  /** Opens what follows another node, which also takes this node's transactions. */
  readonly following?: (node: SequencerNode) => Promise<FollowingService>;
}

export interface ProvingService {
  readonly proofs: ProofStatus;
  readonly routes: readonly Route[];
  stop(): Promise<void>;
}

export interface FollowingService {
  readonly url: string;
  /** Blocks of the followed node that are not here. */
  readonly behind: number;
  submit(raw: Uint8Array): Promise<Uint8Array>;
  /** Resolves with an error where it cannot go on, such as a block whose hash differs. */
  readonly ended: Promise<unknown>;
  stop(): Promise<void>;
}

/** What `/status` answers. */
export interface NodeStatus {
  readonly version: string;
  readonly chainId: number;
  readonly ok: boolean;
  readonly uptimeSeconds: number;
  readonly head: number;
  readonly headHash: string;
  readonly headTimestamp: number;
  /** Blocks that are not in the database. */
  readonly lag: number;
  readonly pool: { readonly transactions: number; readonly bytes: number; readonly waitingSignatures: number };
  /** What the node does with a transaction, and with what. */
  readonly stages: {
    readonly produces: boolean;
    readonly blockMs: number;
    readonly signatureThreads: number;
    readonly nativeSignatures: boolean;
    readonly batches: boolean;
    readonly tree: boolean;
    readonly witness: boolean;
  };
  readonly proofs: unknown;
  readonly following: { readonly url: string; readonly behind: number } | null;
  readonly cpuSeconds: Readonly<Record<string, number>>;
}

export interface Service {
  readonly node: SequencerNode;
  readonly server: RunningServer;
  readonly proofs: ProofStatus | undefined;
  /** Resolves with an error where the node cannot go on. */
  readonly ended: Promise<unknown>;
  stop(): Promise<void>;
}

const never: Promise<unknown> = new Promise(() => {});

export async function startService(options: ServiceOptions): Promise<Service> {
  const { log } = options;
  const startedMs = performance.now();
  const metrics = createMetrics();
  const drops = dropFeed();
  const producer = {
    ...options.node.producer,
    ...(options.dev === undefined ? {} : { now: options.dev.clock.now }),
    onSealed: metrics.sealed,
    onDropped: (taken: { hash: Uint8Array }, why: string) => {
      metrics.dropped();
      drops.tell(toHex(taken.hash), why);
      log.debug({ hash: toHex(taken.hash), why }, 'transaction dropped');
    },
  };
  const node = await openNode({ ...options.node, producer });
  const { replayed, tornBytes } = node.chain.recovered;
  if (tornBytes > 0) log.warn({ tornBytes }, 'the last record of the log was torn and is cut off');
  log.info({ head: Number(node.chain.head.env.number), replayed }, 'chain opened');

  let proving: ProvingService | undefined;
  let following: FollowingService | undefined;
  try {
    proving = await options.proving?.(node, metrics);
    following = await options.following?.(node);
  } catch (error) {
    await proving?.stop();
    await node.stop();
    throw error;
  }
  const filters = filterStore();
  node.onPending(({ hashKey }) => {
    drops.forget(hashKey);
    filters.pending(hashKey);
  });
  const limits: RpcLimits = { ...DEFAULT_RPC_LIMITS, ...options.rpcLimits };
  const { callGas, logResults, traceBytes } = limits;
  const readers = startReaders({
    threads: options.readerThreads ?? 1,
    databaseFolder: node.chain.databaseFolder,
    limits: { callGas, logResults, traceBytes },
    stored: () => node.chain.stored,
    onError: (message) => log.error({ error: message }, 'a reader failed'),
  });
  const context: RpcContext = {
    ...{ node, filters, drops, readers, clientVersion: options.clientVersion, dev: options.dev },
    proofs: proving?.proofs,
    submit: following?.submit ?? node.submit,
    limits,
  };
  let failure: unknown;
  let stopping = false;
  const ended = Promise.race([node.ended, following?.ended ?? never]).then((error) => {
    failure = error;
    if (!stopping) log.error({ error: String(error) }, 'the node cannot go on');
    return error;
  });
  const health: Route = {
    method: 'GET',
    path: '/health',
    handle: async () => {
      const { head, lag } = node.chain;
      const ok = failure === undefined && !stopping;
      const body = { ok, head: Number(head.env.number), lag, pool: node.pool.size };
      return { status: ok ? 200 : 503, body: JSON.stringify(body) };
    },
  };
  const measured: Route = {
    method: 'GET',
    path: '/metrics',
    handle: async () => ({ status: 200, type: metrics.contentType, body: await metrics.text() }),
  };
  const status: Route = {
    method: 'GET',
    path: '/status',
    handle: async () => {
      const { chain, pool, signatures } = node;
      const body: NodeStatus = {
        ...{
          version: options.clientVersion,
          chainId: Number(chain.config.chainId),
          ok: failure === undefined && !stopping,
        },
        uptimeSeconds: Math.round((performance.now() - startedMs) / 1000),
        head: Number(chain.head.env.number),
        headHash: toHex(chain.head.hash),
        headTimestamp: Number(chain.head.env.timestamp),
        lag: chain.lag,
        pool: { transactions: pool.size, bytes: pool.bytes, waitingSignatures: signatures.waiting },
        stages: {
          produces: options.node.produces,
          blockMs: producer.blockMs ?? DEFAULT_PRODUCER.blockMs,
          signatureThreads: options.node.signatureThreads,
          nativeSignatures: isNative,
          batches: proving !== undefined,
          ...{ tree: proving !== undefined, witness: proving !== undefined },
        },
        proofs: proving?.proofs.status() ?? null,
        following: following === undefined ? null : { url: following.url, behind: following.behind },
        cpuSeconds: metrics.cpu(),
      };
      return { status: 200, body: JSON.stringify(body) };
    },
  };
  const inner = dispatcher(context, {
    onRequest: metrics.request,
    onUnexpected: (method, error) =>
      log.error({ method, error: error instanceof Error ? error.stack : String(error) }, 'request failed'),
  });
  // Up to where it waits: parsing, decoding and checking.
  const rpc: Dispatcher = { handle: (text, subscriber) => stage('admit', () => inner.handle(text, subscriber)) };
  const server = await startServer(rpc, {
    ...{ host: options.host, port: options.port, hosts: options.hosts ?? [], cors: options.cors },
    ...(options.serverLimits === undefined ? {} : { limits: options.serverLimits }),
    routes: [health, status, measured, ...(proving?.routes ?? [])],
  });
  metrics.watch(node, server);
  if (proving !== undefined) metrics.watchProofs(proving.proofs);
  if (following !== undefined) metrics.watchUpstream(() => following?.behind ?? 0);
  node.chain.onBlock(({ block, reason }) =>
    log.debug(
      { number: Number(block.env.number), hash: toHex(block.hash), transactions: block.transactions.length, reason },
      'block',
    ),
  );
  log.info({ host: options.host, port: server.port }, 'listening');
  return {
    node,
    server,
    proofs: proving?.proofs,
    ended,
    stop: async () => {
      stopping = true;
      log.info({}, 'stopping');
      await following?.stop();
      await proving?.stop();
      await readers.close();
      // Blocks first: who waits for a receipt gets it before the connections close.
      await node.stop().finally(async () => {
        await server.close();
        metrics.close();
      });
      log.info({}, 'stopped');
    },
  };
}
