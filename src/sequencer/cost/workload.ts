// Batches whose cost is told: one block of plain transfers, or of ERC-20 transfers, among many accounts.
import { keccak_256 } from '@noble/hashes/sha3.js';
import { fromBigInt } from '../chain/bytes.ts';
import { addressOfSecret } from '../chain/dev.ts';
import { encodeRlp } from '../chain/rlp.ts';
import { signTransfer } from '../signatures/sign.ts';
import { type Batch, type ChainHead, type FullStf, MemoryState, NO_DEPOSITS } from '../stf/index.ts';
import { tokenCode, tokenTransfer } from './token.ts';

export interface Workload {
  readonly batch: Batch;
  /** The state before, with its tree. */
  readonly state: MemoryState;
}

export type WorkloadName = 'transfer' | 'erc20';

interface Signer {
  readonly secret: Uint8Array;
  readonly address: Uint8Array;
}

const CHAIN_ID = 131_071n;
const BASE_FEE = 10_000_000n;
const ETHER = 10n ** 18n;
const TRANSFER_GAS = 21_000n;
const TOKEN_GAS = 100_000n;
const DEPLOY_GAS = 2_000_000n;
const GENESIS: ChainHead = {
  ...{ number: 0n, timestamp: 1_767_225_600n, hash: new Uint8Array(32).fill(7), deposits: NO_DEPOSITS },
};

const text = (words: string): Uint8Array => keccak_256(new TextEncoder().encode(words));

function signer(name: string): Signer {
  const secret = text(`wisp cost ${name}`);
  return { secret, address: addressOfSecret(secret) };
}

const receiver = (i: number): Uint8Array => text(`wisp cost receiver ${i}`).subarray(12);

const env = (timestamp: bigint): Batch['blocks'][number]['env'] => ({
  ...{ timestamp, gasLimit: 300_000_000n, baseFee: BASE_FEE },
  ...{ coinbase: fromBigInt(0xfeen, 20), prevRandao: new Uint8Array(32).fill(9) },
});

interface Call {
  readonly to: Uint8Array;
  readonly data?: Uint8Array;
  readonly value?: bigint;
  readonly gasLimit: bigint;
}

const sign = ({ secret }: Signer, nonce: bigint, { to, gasLimit, value = 0n, data = new Uint8Array(0) }: Call) =>
  signTransfer(
    { chainId: CHAIN_ID, nonce, maxFeePerGas: 2n * BASE_FEE, maxPriorityFeePerGas: 1n, gasLimit, to, value, data },
    secret,
  );

/** `count` senders and as many receivers, among `accounts` in all; no account twice. */
function population(count: number, accounts: number): { state: MemoryState; senders: Signer[] } {
  const state = new MemoryState();
  const senders = Array.from({ length: count }, (_, i) => signer(`sender ${i}`));
  const others = Array.from({ length: Math.max(count, accounts - count) }, (_, i) => receiver(i));
  state.genesis([
    ...senders.map(({ address }) => ({ address, balance: ETHER })),
    ...others.map((address) => ({ address, balance: 1n })),
  ]);
  return { state, senders };
}

const batchOf = (transactions: readonly Uint8Array[], head: ChainHead): Batch => ({
  chainId: CHAIN_ID,
  head,
  blocks: [{ env: env(head.timestamp + 1n), transactions }],
});

/** Each sender pays another account. */
function transfers(count: number, accounts: number): Workload {
  const { state, senders } = population(count, accounts);
  const transactions = senders.map((from, i) => sign(from, 0n, { to: receiver(i), value: 1n, gasLimit: TRANSFER_GAS }));
  return { state, batch: batchOf(transactions, GENESIS) };
}

/** Each sender, who has tokens, pays an account that has some too. */
function tokenTransfers(stf: FullStf, count: number, accounts: number): Workload {
  const { state, senders } = population(count, accounts);
  const owner = signer('owner');
  state.genesis([{ address: owner.address, balance: 1000n * ETHER }]);
  const token = keccak_256(encodeRlp([owner.address, 0n])).subarray(12);
  const setUp: Call[] = [{ to: new Uint8Array(0), data: tokenCode(10n ** 24n), gasLimit: DEPLOY_GAS }];
  for (const [i, { address }] of senders.entries()) {
    setUp.push({ to: token, data: tokenTransfer(address, 1000n), gasLimit: TOKEN_GAS });
    setUp.push({ to: token, data: tokenTransfer(receiver(i), 1n), gasLimit: TOKEN_GAS });
  }
  const head = settle(
    stf,
    state,
    setUp.map((call, i) => sign(owner, BigInt(i), call)),
    owner.address,
  );
  const pay = (from: Signer, i: number): Uint8Array =>
    sign(from, 0n, { to: token, data: tokenTransfer(receiver(i), 5n), gasLimit: TOKEN_GAS });
  return { state, batch: batchOf(senders.map(pay), head) };
}

/** A block that the batch builds on. */
function settle(stf: FullStf, state: MemoryState, transactions: readonly Uint8Array[], from: Uint8Array): ChainHead {
  const [number, timestamp] = [1n, GENESIS.timestamp + 1n];
  const block = stf.beginBlock({ ...env(timestamp), number, chainId: CHAIN_ID, parentHash: GENESIS.hash }, state);
  for (const raw of transactions) {
    const result = block.apply(raw, from);
    if ('invalid' in result || result.status === 0) throw new Error(`the set-up fails: ${JSON.stringify(result)}`);
  }
  const { diff, blockHash, deposits } = block.end();
  state.settle(diff);
  return { number, timestamp, hash: blockHash, deposits };
}

/** `count` transactions in a state of `accounts` accounts. */
export const workload = (name: WorkloadName, stf: FullStf, count: number, accounts: number): Workload =>
  name === 'transfer' ? transfers(count, accounts) : tokenTransfers(stf, count, accounts);
