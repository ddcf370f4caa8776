// What the methods of the JSON-RPC interface work with.
import type { Block } from '../chain/block.ts';
import type { Hex } from '../chain/bytes.ts';
import type { SequencerNode } from '../pipeline/node.ts';
import { NOT_FOUND, RpcError } from './errors.ts';
import type { Filters } from './filters.ts';
import type { BlockId, Params } from './params.ts';

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
  readonly clientVersion: string;
  /** Accounts that `eth_accounts` names: those of a development chain. */
  readonly accounts: readonly Hex[];
  readonly proofs: ProofStatus | undefined;
  /** Sends a raw transaction to where blocks are made; its hash. */
  submit(raw: Uint8Array): Promise<Uint8Array>;
  readonly limits: RpcLimits;
}

export interface RpcLimits {
  /** Gas of a call; a call runs without pause. */
  readonly callGas: bigint;
  readonly logBlocks: bigint;
  readonly logResults: number;
  readonly syncTimeoutMs: number;
}

export const DEFAULT_RPC_LIMITS: RpcLimits = {
  callGas: 50_000_000n,
  logBlocks: 1_000_000n,
  logResults: 10_000,
  syncTimeoutMs: 20_000,
};

/** A connection that can be told of events. */
export interface Subscriber {
  notify(subscription: string, result: unknown): void;
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
