// Load: transfers signed beforehand, sent at a rate, each timed from its sending to its receipt.
import { setTimeout as sleep } from 'node:timers/promises';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { fromBigInt, type Hex, toHex } from '../chain/bytes.ts';
import { addressOfSecret } from '../chain/dev.ts';
import { rpcClient } from '../rpc/client.ts';
import { signTransfer } from '../signatures/sign.ts';
import { type LoadSocket, openSocket } from './socket.ts';

export interface LoadOptions {
  readonly url: string;
  /** Transactions a second, and for how many seconds. */
  readonly rate: number;
  readonly seconds: number;
  readonly senders: number;
  readonly connections: number;
  /** Of an account that pays for all. */
  readonly secret: Uint8Array;
  readonly onProgress: (text: string) => void;
}

export interface LoadReport {
  readonly sent: number;
  readonly confirmed: number;
  readonly failed: number;
  /** The commonest errors. */
  readonly errors: Readonly<Record<string, number>>;
  /** From the first sending to the last receipt. */
  readonly seconds: number;
  readonly tps: number;
  /** Milliseconds from sending to the receipt's arrival. */
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Milliseconds by which sending was late at worst: above some 20, the load tool itself was the limit. */
  readonly lateMs: number;
  readonly blocks: number;
}

/** Sending goes on in ticks of this length. */
const TICK_MS = 5;
const TRANSFER_GAS = 21_000n;
/** Receipts that are still out when sending is over are waited for. */
const DRAIN_MS = 20_000;
const FUNDING_BATCH = 200;

interface Sender {
  readonly secret: Uint8Array;
  readonly address: Uint8Array;
}

export async function runLoad(options: LoadOptions): Promise<LoadReport> {
  const { url, rate, seconds, senders: count, onProgress } = options;
  const client = rpcClient(url);
  const chainId = BigInt(await client.call<Hex>('eth_chainId'));
  const maxFeePerGas = 2n * BigInt(await client.call<Hex>('eth_gasPrice'));
  const total = rate * seconds;
  const senders = Array.from({ length: count }, (_, i) => sender(i));
  onProgress(`funding ${count} senders`);
  await fund(options, senders, chainId, maxFeePerGas, BigInt(Math.ceil(total / count)));
  const counts = await client.batch<Hex>(
    senders.slice(0, 1000).map((s) => ['eth_getTransactionCount', toHex(s.address)]),
  );
  const nonces = counts.map(BigInt);
  onProgress(`signing ${total} transfers`);
  const to = fromBigInt(0xdeadbeefn, 20);
  const transfers = Array.from({ length: total }, (_, i) => {
    const at = i % count;
    const nonce = (nonces[at] as bigint) + BigInt(Math.floor(i / count));
    const fields = { chainId, nonce, maxFeePerGas, maxPriorityFeePerGas: 0n, gasLimit: TRANSFER_GAS, to, value: 1n };
    return toHex(signTransfer({ ...fields, data: new Uint8Array(0) }, (senders[at] as Sender).secret));
  });
  const sockets = await Promise.all(Array.from({ length: options.connections }, () => openSocket(url)));
  const before = Number(await client.call<Hex>('eth_blockNumber'));
  onProgress(`sending ${rate} a second for ${seconds} s`);
  const measured = await send(transfers, rate, sockets);
  const after = Number(await client.call<Hex>('eth_blockNumber'));
  for (const socket of sockets) socket.close();
  return { ...measured, blocks: after - before };
}

/** A key that is the same in every run, so that a second run finds its senders funded. */
function sender(i: number): Sender {
  const secret = keccak_256(new TextEncoder().encode(`wisp load sender ${i}`));
  return { secret, address: addressOfSecret(secret) };
}

async function fund(
  { url, secret }: LoadOptions,
  senders: readonly Sender[],
  chainId: bigint,
  maxFeePerGas: bigint,
  transfers: bigint,
): Promise<void> {
  const client = rpcClient(url);
  const need = transfers * (TRANSFER_GAS * maxFeePerGas + 1n);
  const balances = await client.batch<Hex>(senders.map((s) => ['eth_getBalance', toHex(s.address)]));
  const poor = senders.filter((_, i) => BigInt(balances[i] ?? 0) < need);
  let nonce = BigInt(await client.call<Hex>('eth_getTransactionCount', toHex(addressOfSecret(secret)), 'pending'));
  for (let at = 0; at < poor.length; at += FUNDING_BATCH) {
    const calls = poor.slice(at, at + FUNDING_BATCH).map(({ address }) => {
      const fields = { chainId, nonce: nonce++, maxFeePerGas, maxPriorityFeePerGas: 0n, gasLimit: TRANSFER_GAS };
      const raw = signTransfer({ ...fields, to: address, value: 2n * need, data: new Uint8Array(0) }, secret);
      return ['eth_sendRawTransactionSync', toHex(raw)] as const;
    });
    await client.batch(calls);
  }
}

async function send(
  transfers: readonly Hex[],
  rate: number,
  sockets: readonly LoadSocket[],
): Promise<Omit<LoadReport, 'blocks'>> {
  const latencies: number[] = [];
  const errors = new Map<string, number>();
  let [sent, done, lateMs, last] = [0, 0, 0, 0];
  const started = performance.now();
  const one = (raw: string, at: number): void => {
    const sentAt = performance.now();
    // A sender's transfers go through one connection, in order.
    const socket = sockets[at % sockets.length] as LoadSocket;
    socket.send('eth_sendRawTransactionSync', raw, ({ error }) => {
      done++;
      last = performance.now();
      if (error === undefined) latencies.push(last - sentAt);
      else errors.set(error.message, (errors.get(error.message) ?? 0) + 1);
    });
  };
  while (sent < transfers.length) {
    const elapsed = performance.now() - started;
    const due = Math.min(transfers.length, Math.floor((elapsed / 1000) * rate));
    if (sent < due) lateMs = Math.max(lateMs, elapsed - (sent / rate) * 1000);
    for (; sent < due; sent++) one(transfers[sent] as Hex, sent);
    await sleep(TICK_MS);
  }
  const deadline = performance.now() + DRAIN_MS;
  while (done < sent && performance.now() < deadline) await sleep(TICK_MS);
  latencies.sort((a, b) => a - b);
  const percentile = (p: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * p))] ?? 0;
  const seconds = ((last || performance.now()) - started) / 1000;
  return {
    ...{ sent, confirmed: latencies.length, failed: sent - latencies.length, seconds, lateMs },
    errors: Object.fromEntries([...errors].sort((a, b) => b[1] - a[1]).slice(0, 5)),
    tps: latencies.length / seconds,
    ...{ p50Ms: percentile(0.5), p90Ms: percentile(0.9), p99Ms: percentile(0.99), maxMs: latencies.at(-1) ?? 0 },
  };
}
