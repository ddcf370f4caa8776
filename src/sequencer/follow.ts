// Follows another node: fetches its blocks, recovers the senders anew, executes everything again and compares hashes.
import { setTimeout as sleep } from 'node:timers/promises';
import { bytesEqual, fromHex, type Hex, toHex, toQuantity } from './chain/bytes.ts';
import { SequencerError } from './errors.ts';
import { replayBlock } from './pipeline/execute.ts';
import type { SequencerNode } from './pipeline/node.ts';
import { rpcClient } from './rpc/client.ts';
import { RpcError } from './rpc/errors.ts';
import type { FollowingService, Logger } from './service.ts';
import { decodeRecord } from './storage/record.ts';

/** Blocks asked for at once, and the pause where there is no new one. */
const MAX_BLOCKS = 32;
const POLL_MS = 100;
const MAX_BACKOFF_MS = 10_000;

/** Resolves when the other node was reached and has the same genesis. */
export async function follow(node: SequencerNode, url: string, log: Logger): Promise<FollowingService> {
  const upstream = rpcClient(url);
  const { chain, signatures } = node;
  const genesis = await upstream.call<{ hash: Hex } | null>('eth_getBlockByNumber', '0x0', false);
  const own = chain.blocks.block(0n)?.hash ?? new Uint8Array(0);
  if (genesis?.hash !== toHex(own)) {
    throw new SequencerError('genesis_mismatch', `${url} has another genesis: ${genesis?.hash}, ours ${toHex(own)}`);
  }
  let stopping = false;

  const take = async (bytes: Uint8Array): Promise<void> => {
    const record = decodeRecord(bytes);
    const { tip } = chain;
    const { number, parentHash, chainId, timestamp } = record.env;
    const mismatch = (why: string): never => {
      throw new SequencerError('replay_mismatch', `block ${number} of ${url}: ${why}`);
    };
    if (number !== tip.env.number + 1n || !bytesEqual(parentHash, tip.hash)) mismatch('does not follow ours');
    if (chainId !== chain.config.chainId || timestamp < tip.env.timestamp) mismatch('its environment is not allowed');
    const recovered = await Promise.all(record.transactions.map(({ raw }) => signatures.recover(raw)));
    const transactions = record.transactions.map(({ raw }, i) => ({ raw, sender: recovered[i]?.sender as Uint8Array }));
    await chain.commit(replayBlock(chain.stf, { ...record, transactions }, chain.stateAt(tip.env.number)));
  };

  const round = async (): Promise<void> => {
    const next = chain.tip.env.number + 1n;
    const head = BigInt(await upstream.call<Hex>('eth_blockNumber'));
    if (head < next) {
      await sleep(POLL_MS);
      return;
    }
    const count = Math.min(MAX_BLOCKS, Number(head - next) + 1);
    const calls = Array.from(
      { length: count },
      (_, i) => ['wisp_getBlockRecord', toQuantity(next + BigInt(i))] as const,
    );
    for (const record of await upstream.batch<Hex | null>(calls)) {
      if (record === null || stopping) return;
      await take(fromHex(record));
    }
    while (chain.lag > MAX_BLOCKS) await sleep(5);
  };

  const run = async (): Promise<unknown> => {
    let backoffMs = POLL_MS;
    while (!stopping) {
      try {
        await round();
        backoffMs = POLL_MS;
      } catch (error) {
        if (error instanceof SequencerError) return error;
        log.warn({ url, error: String(error) }, 'the followed node does not answer');
        await sleep(backoffMs);
        backoffMs = Math.min(2 * backoffMs, MAX_BACKOFF_MS);
      }
    }
    return undefined;
  };
  const running = run();
  return {
    submit: async (raw) => {
      try {
        return fromHex(await upstream.call<Hex>('eth_sendRawTransaction', toHex(raw)));
      } catch (error) {
        if (error instanceof RpcError) throw error;
        throw new SequencerError('follow_failed', 'the followed node does not answer');
      }
    },
    ended: running.then((error) => error ?? new Promise(() => {})),
    stop: async () => {
      stopping = true;
      await running;
    },
  };
}
