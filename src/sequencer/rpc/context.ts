// What the methods of the JSON-RPC interface work with.
import type { Block } from '../chain/block.ts';
import type { SequencerNode } from '../pipeline/node.ts';
import type { CallLimits } from './calls/job.ts';
import type { Readers } from './calls/threads.ts';
import type { DevTools } from './dev/tools.ts';
import type { Drops } from './drops.ts';
import { NOT_FOUND, RpcError } from './errors.ts';
import type { Filters } from './filters.ts';
import type { BlockId, Params } from './params.ts';
import type { RawJson } from './raw_json.ts';

/** How far proving has come, for the tags `safe` and `finalized` and the `wisp_` methods. */
export interface ProofStatus {
  /** The last block of the last closed batch, and of the last proven batch of which all before are proven. */
  readonly batched: bigint;
  readonly proven: bigint;
  /** A batch as JSON, or undefined. */
  batch(index: number | 'latest'): unknown;
  batchOfBlock(number: bigint): number | undefined;
  /** The proof's bytes, where it is there. */
  proof(index: number): Uint8Array | undefined;
  status(): unknown;
}

export interface RpcContext {
  readonly node: SequencerNode;
  readonly filters: Filters;
  readonly drops: Drops;
  readonly clientVersion: string;
  /** What runs code, and looks at many blocks. */
  readonly readers: Readers;
  /** Of a development chain only. */
  readonly dev: DevTools | undefined;
  readonly proofs: ProofStatus | undefined;
  /** Sends a raw transaction to where blocks are made; its hash. */
  submit(raw: Uint8Array): Promise<Uint8Array>;
  readonly limits: RpcLimits;
}

export interface RpcLimits extends CallLimits {
  /** Blocks that a query of logs may span. */
  readonly logBlocks: bigint;
  readonly syncTimeoutMs: number;
  readonly callTimeoutMs: number;
  readonly traceTimeoutMs: number;
}

export const DEFAULT_RPC_LIMITS: RpcLimits = {
  callGas: 50_000_000n,
  logBlocks: 1_000_000n,
  logResults: 10_000,
  traceBytes: 16 * 2 ** 20,
  syncTimeoutMs: 20_000,
  callTimeoutMs: 5000,
  traceTimeoutMs: 20_000,
};

/** A connection that can be told of events. */
export interface Subscriber {
  notify(subscription: string, result: RawJson): void;
  /** By id; each ends one subscription. */
  readonly subscriptions: Map<string, () => void>;
}

export type Method = (context: RpcContext, params: Params, subscriber: Subscriber | undefined) => unknown;
export type Methods = Readonly<Record<string, Method>>;

export function numberOf({ node, proofs }: RpcContext, id: BlockId): bigint | undefined {
  if ('number' in id) return id.number;
  if ('hash' in id) return node.chain.blocks.numberOf(id.hash);
  if (id.tag === 'earliest') return 0n;
  if (id.tag === 'safe') return proofs?.batched ?? 0n;
  if (id.tag === 'finalized') return proofs?.proven ?? 0n;
  return node.chain.head.env.number;
}

/** Undefined where there is no such block (yet). */
export function findBlock(context: RpcContext, id: BlockId): Block | undefined {
  const { chain } = context.node;
  const number = numberOf(context, id);
  if (number === undefined || number > chain.head.env.number) return undefined;
  return number === chain.head.env.number ? chain.head : chain.blocks.block(number);
}

/** The block whose state a method reads. */
export function requireBlock(context: RpcContext, id: BlockId): Block {
  const block = findBlock(context, id);
  if (block === undefined) throw new RpcError(NOT_FOUND, 'header not found');
  return block;
}
