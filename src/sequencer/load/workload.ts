// What a load consists of: accounts with funds, and their signed transfers.
import { keccak_256 } from '@noble/hashes/sha3.js';
import { type Hex, toHex } from '../chain/bytes.ts';
import { addressOfSecret } from '../chain/dev.ts';
import type { RpcClient } from '../rpc/client.ts';
import { signTransfer, type TransferFields } from '../signatures/sign.ts';
import { createdAddress, TOKEN_CODE, TOKEN_DEPLOY_GAS, TOKEN_TRANSFER_GAS, transferCall } from './token.ts';

export type LoadKind = 'transfer' | 'erc20';

export interface WorkloadOptions {
  readonly client: RpcClient;
  readonly kind: LoadKind;
  readonly transactions: number;
  readonly senders: number;
  readonly secret: Uint8Array;
  readonly onProgress: (text: string) => void;
}

interface Sender {
  readonly secret: Uint8Array;
  readonly address: Uint8Array;
}

interface Fees {
  readonly chainId: bigint;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

const TRANSFER_GAS = 21_000n;
const FUNDING_BATCH = 200;
const NO_DATA = new Uint8Array(0);

/** A key that is the same in every run, so that a second run finds its senders funded. */
function sender(i: number): Sender {
  const secret = keccak_256(new TextEncoder().encode(`wisp load sender ${i}`));
  return { secret, address: addressOfSecret(secret) };
}

/** Raw transactions, the senders' in turn; each goes to the next sender. */
export async function prepare(options: WorkloadOptions): Promise<Uint8Array[]> {
  const { client, kind, transactions, senders: count, onProgress } = options;
  const chainId = BigInt(await client.call<Hex>('eth_chainId'));
  const maxFeePerGas = 2n * BigInt(await client.call<Hex>('eth_gasPrice'));
  const fees: Fees = { chainId, maxFeePerGas, maxPriorityFeePerGas: 0n };
  const senders = Array.from({ length: count }, (_, i) => sender(i));
  const each = BigInt(Math.ceil(transactions / count));
  const gasLimit = kind === 'transfer' ? TRANSFER_GAS : TOKEN_TRANSFER_GAS;
  onProgress(`funding ${count} senders`);
  const payer = await payerOf(options, fees);
  await fund(payer, client, senders, each * (gasLimit * maxFeePerGas + 1n));
  const token = kind === 'erc20' ? await deployToken(payer, client, senders, each) : undefined;

  const nonces: bigint[] = [];
  for (let at = 0; at < count; at += FUNDING_BATCH) {
    const part = senders.slice(at, at + FUNDING_BATCH);
    const counts = await client.batch<Hex>(part.map((s) => ['eth_getTransactionCount', toHex(s.address)]));
    nonces.push(...counts.map(BigInt));
  }
  onProgress(`signing ${transactions} ${kind === 'erc20' ? 'ERC-20 transfers' : 'transfers'}`);
  return Array.from({ length: transactions }, (_, i) => {
    const at = i % count;
    const nonce = (nonces[at] as bigint) + BigInt(Math.floor(i / count));
    const receiver = (senders[(at + 1) % count] as Sender).address;
    const call =
      token === undefined
        ? { to: receiver, value: 1n, data: NO_DATA }
        : { to: token, value: 0n, data: transferCall(receiver, 1n) };
    return signTransfer({ ...fees, nonce, gasLimit, ...call }, (senders[at] as Sender).secret);
  });
}

interface Payer {
  readonly address: Uint8Array;
  /** Signs the payer's next transaction. */
  sign(fields: Pick<TransferFields, 'to' | 'value' | 'data' | 'gasLimit'>): Hex;
  readonly nextNonce: bigint;
}

async function payerOf({ client, secret }: WorkloadOptions, fees: Fees): Promise<Payer> {
  const address = addressOfSecret(secret);
  let nonce = BigInt(await client.call<Hex>('eth_getTransactionCount', toHex(address), 'pending'));
  return {
    address,
    sign: (fields) => toHex(signTransfer({ ...fees, ...fields, nonce: nonce++ }, secret)),
    get nextNonce() {
      return nonce;
    },
  };
}

async function confirm(client: RpcClient, raws: readonly Hex[]): Promise<void> {
  for (let at = 0; at < raws.length; at += FUNDING_BATCH) {
    const part = raws.slice(at, at + FUNDING_BATCH);
    const receipts = await client.batch<{ status: Hex }>(part.map((raw) => ['eth_sendRawTransactionSync', raw]));
    if (receipts.some(({ status }) => status !== '0x1')) throw new Error('a transaction that prepares the load failed');
  }
}

async function fund(payer: Payer, client: RpcClient, senders: readonly Sender[], need: bigint): Promise<void> {
  const poor: Sender[] = [];
  for (let at = 0; at < senders.length; at += FUNDING_BATCH) {
    const part = senders.slice(at, at + FUNDING_BATCH);
    const balances = await client.batch<Hex>(part.map((s) => ['eth_getBalance', toHex(s.address)]));
    poor.push(...part.filter((_, i) => BigInt(balances[i] ?? 0) < need));
  }
  const sign = ({ address }: Sender): Hex =>
    payer.sign({ to: address, value: 2n * need, data: NO_DATA, gasLimit: TRANSFER_GAS });
  await confirm(client, poor.map(sign));
}

/** A token of this run, of which every sender has enough. */
async function deployToken(
  payer: Payer,
  client: RpcClient,
  senders: readonly Sender[],
  amount: bigint,
): Promise<Uint8Array> {
  const token = createdAddress(payer.address, payer.nextNonce);
  const deploy = payer.sign({ to: NO_DATA, value: 0n, data: TOKEN_CODE, gasLimit: TOKEN_DEPLOY_GAS });
  await confirm(client, [deploy]);
  const grants = senders.map(({ address }) =>
    payer.sign({ to: token, value: 0n, data: transferCall(address, amount), gasLimit: TOKEN_TRANSFER_GAS }),
  );
  await confirm(client, grants);
  return token;
}
