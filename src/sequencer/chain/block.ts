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

/** The three bits that an address or topic sets in a bloom filter of 2048 (Yellow Paper 4.3.1), from its Keccak hash. */
export const bloomBits = (hash: Uint8Array): number[] =>
  [0, 2, 4].map((at) => (((hash[at] as number) << 8) | (hash[at + 1] as number)) & 2047);

export interface GenesisAccount {
  readonly address: Hex;
  readonly balance: bigint;
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
