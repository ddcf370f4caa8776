// Accounts with keys, signed transactions, and the blocks that tests build on.
import { keccak_256 } from '@noble/hashes/sha3.js';
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import type { Batch, BatchBlock, ChainHead } from '../../src/sequencer/stf/index.ts';
import { NO_DEPOSITS } from '../../src/sequencer/stf/index.ts';

export { MemoryState as TestState } from '../../src/sequencer/stf/index.ts';

export const CHAIN_ID = 7001;
export const ETHER: bigint = 10n ** 18n;
export const hex = (bytes: Uint8Array): `0x${string}` => `0x${Buffer.from(bytes).toString('hex')}`;
export const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replace(/^0x/, ''), 'hex'));

export const GENESIS_HEAD: ChainHead = {
  number: 0n,
  timestamp: 1_700_000_000n,
  hash: new Uint8Array(32).fill(7),
  deposits: NO_DEPOSITS,
};

export const BASE_FEE = 1_000_000_000n;

export const testEnv = (seconds = 1n): BatchBlock['env'] => ({
  timestamp: GENESIS_HEAD.timestamp + seconds,
  gasLimit: 60_000_000n,
  baseFee: BASE_FEE,
  coinbase: bytes('00000000000000000000000000000000000c0ffe'),
  prevRandao: new Uint8Array(32).fill(9),
});

export const batchOf = (head: ChainHead, ...blocks: Uint8Array[][]): Batch => ({
  chainId: BigInt(CHAIN_ID),
  head,
  blocks: blocks.map((transactions, i) => ({
    env: { ...testEnv(), timestamp: head.timestamp + BigInt(i) },
    transactions,
  })),
});

export class Wallet {
  readonly account: PrivateKeyAccount;
  readonly address: Uint8Array;
  nonce = 0;

  constructor(index: number) {
    this.account = privateKeyToAccount(hex(keccak_256(new TextEncoder().encode(`wallet ${index}`))));
    this.address = bytes(this.account.address);
  }

  /** Signed; type 2 if nothing else is said. The nonce counts on. */
  async sign(fields: Readonly<Record<string, unknown>> = {}): Promise<Uint8Array> {
    const base = { chainId: CHAIN_ID, nonce: this.nonce, gas: 1_000_000n };
    const hasPrice = 'gasPrice' in fields || fields.type === 'legacy' || fields.type === 'eip2930';
    const fees = hasPrice ? { gasPrice: 3n * BASE_FEE } : { maxFeePerGas: 3n * BASE_FEE, maxPriorityFeePerGas: 100n };
    const transaction = { ...base, ...fees, ...fields };
    if (!('nonce' in fields)) this.nonce++;
    return bytes(
      await this.account.signTransaction(transaction as Parameters<PrivateKeyAccount['signTransaction']>[0]),
    );
  }
}
