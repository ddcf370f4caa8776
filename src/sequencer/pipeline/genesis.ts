// Where a chain starts.
import { keccak_256 } from '@noble/hashes/sha3.js';
import type { Block, ChainConfig } from '../chain/block.ts';
import { fromHex } from '../chain/bytes.ts';
import { encodeRlp } from '../chain/rlp.ts';
import type { StateDiff } from '../contract.ts';

const ZERO_HASH = new Uint8Array(32);
export const EMPTY_CODE_HASH: Uint8Array = keccak_256(new Uint8Array(0));

/** Identifies the chain in the log's first record. */
export function genesisBlock(config: ChainConfig): Block {
  const { chainId, gasLimit, baseFee, coinbase, genesisTime, alloc } = config;
  const accounts = alloc.map(({ address, balance, code }) => [fromHex(address), balance, code ?? new Uint8Array(0)]);
  const encoded = encodeRlp([chainId, gasLimit, baseFee, fromHex(coinbase), genesisTime, accounts]);
  return {
    env: {
      ...{ number: 0n, timestamp: genesisTime, gasLimit, baseFee, coinbase: fromHex(coinbase), chainId },
      ...{ prevRandao: ZERO_HASH, parentHash: ZERO_HASH },
    },
    ...{ hash: keccak_256(encoded), header: new Uint8Array(0) },
    gasUsed: 0n,
    transactionsRoot: keccak_256(Uint8Array.of(0x80)),
    receiptsRoot: keccak_256(Uint8Array.of(0x80)),
    logsBloom: new Uint8Array(256),
    transactions: [],
  };
}

/** The state before the first block. A contract's nonce is 1 from its start (EIP-161). */
export function genesisDiff({ alloc }: ChainConfig): StateDiff {
  const code = alloc.flatMap(({ code: bytes }) => (bytes === undefined ? [] : [{ hash: keccak_256(bytes), bytes }]));
  const accounts = alloc.map(({ address, balance, code: bytes }) => ({
    ...{ address: fromHex(address), nonce: bytes === undefined ? 0n : 1n, balance, deleted: false },
    codeHash: bytes === undefined ? EMPTY_CODE_HASH : keccak_256(bytes),
  }));
  return { accounts, storage: [], code };
}
