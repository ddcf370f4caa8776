// Blocks as the node keeps and serves them.
import type { BlockEnv, BlockOutput, Receipt } from '../contract.ts';
import type { Hex } from './bytes.ts';

export interface BlockTransaction {
  readonly raw: Uint8Array;
  readonly sender: Uint8Array;
  readonly hash: Uint8Array;
}

/** Why a block was closed. */
export type SealReason = 'time' | 'count' | 'gas' | 'bytes' | 'stop' | 'replay';

export interface Block {
  readonly env: BlockEnv;
  readonly hash: Uint8Array;
  /** RLP; empty of the genesis. */
  readonly header: Uint8Array;
  readonly gasUsed: bigint;
  readonly transactionsRoot: Uint8Array;
  readonly receiptsRoot: Uint8Array;
  readonly logsBloom: Uint8Array;
  readonly transactions: readonly BlockTransaction[];
}

export interface SealedBlock {
  readonly block: Block;
  readonly receipts: readonly Receipt[];
  readonly output: BlockOutput;
  readonly reason: SealReason;
}

/** Where a transaction is. */
export interface TransactionPlace {
  readonly number: bigint;
  readonly index: number;
}

export interface GenesisAccount {
  readonly address: Hex;
  readonly balance: bigint;
  readonly code?: Uint8Array;
}

export interface ChainConfig {
  readonly chainId: bigint;
  readonly gasLimit: bigint;
  /** Wei for a unit of gas, the same in every block. */
  readonly baseFee: bigint;
  readonly coinbase: Hex;
  /** Seconds. */
  readonly genesisTime: bigint;
  readonly alloc: readonly GenesisAccount[];
}
