// Load: transfers signed beforehand, sent at a rate, each timed from its sending to its receipt.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Hex, toHex } from '../chain/bytes.ts';
import { rpcClient } from '../rpc/client.ts';
import type { NodeStatus } from '../service.ts';
import { costBetween, type NodeCost, nodeStatus } from './costs.ts';
import { type Measured, send } from './send.ts';
import { openSocket } from './socket.ts';
import { type LoadKind, prepare } from './workload.ts';

export interface LoadOptions {
  readonly url: string;
  readonly kind: LoadKind;
  /** Transactions a second, and for how many seconds. */
  readonly rate: number;
  readonly seconds: number;
  readonly senders: number;
  readonly connections: number;
  /** Of an account that pays for all. */
  readonly secret: Uint8Array;
  readonly onProgress: (text: string) => void;
}

export interface LoadReport extends Measured {
  readonly kind: LoadKind;
  readonly blocks: number;
  /** What the node does besides making blocks; undefined where it does not say. */
  readonly stages: NodeStatus['stages'] | undefined;
  /** Blocks without a batch when sending was over, and seconds until there were none. */
  readonly batchesBehind: number | undefined;
  readonly batchesCaughtUpSeconds: number | undefined;
  /** Processor time of the node. */
  readonly cost: NodeCost | undefined;
  /** Microseconds of a core that this tool took a transaction while sending. */
  readonly toolMicroseconds: number;
}

/** The witnesses of what was sent are waited for, since they are part of the cost. */
const CATCH_UP_MS = 60_000;

interface Batches {
  readonly batchedBlock: number;
}

const behindOf = ({ head, proofs }: NodeStatus): number | undefined =>
  proofs === null ? undefined : head - (proofs as Batches).batchedBlock;

async function caughtUp(url: string, last: NodeStatus | undefined): Promise<NodeStatus | undefined> {
  const deadline = performance.now() + CATCH_UP_MS;
  let status = last;
  while (status !== undefined && (behindOf(status) ?? 0) > 0 && performance.now() < deadline) {
    await sleep(250);
    status = await nodeStatus(url);
  }
  return status;
}

export async function runLoad(options: LoadOptions): Promise<LoadReport> {
  const { url, kind, rate, seconds, onProgress } = options;
  const client = rpcClient(url);
  const raws = await prepare({ ...options, client, transactions: rate * seconds });
  const sockets = await Promise.all(Array.from({ length: options.connections }, () => openSocket(url)));
  const first = Number(await client.call<Hex>('eth_blockNumber'));
  const before = await caughtUp(url, await nodeStatus(url));
  onProgress(`sending ${rate} a second for ${seconds} s`);
  const own = process.cpuUsage();
  const measured = await send(raws.map(toHex), rate, sockets);
  const { user, system } = process.cpuUsage(own);
  const blocks = Number(await client.call<Hex>('eth_blockNumber')) - first;
  for (const socket of sockets) socket.close();
  const sent = await nodeStatus(url);
  const started = performance.now();
  const after = await caughtUp(url, sent);
  const behind = sent === undefined ? undefined : behindOf(sent);
  return {
    ...{ ...measured, kind, blocks, stages: after?.stages, batchesBehind: behind },
    batchesCaughtUpSeconds: behind === undefined ? undefined : (performance.now() - started) / 1000,
    cost: before === undefined || after === undefined ? undefined : costBetween(before, after, measured.confirmed),
    toolMicroseconds: (user + system) / Math.max(1, measured.sent),
  };
}
