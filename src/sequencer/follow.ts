// Follows another node: fetches its blocks, recovers the senders anew, executes everything again and compares hashes.
import { setTimeout as sleep } from 'node:timers/promises';
import { bytesEqual, fromHex, type Hex, toHex, toQuantity } from './chain/bytes.ts';
import type { BlockEnv } from './contract.ts';
import { SequencerError } from './errors.ts';
import { replayBlock } from './pipeline/execute.ts';
import type { SequencerNode } from './pipeline/node.ts';
import { rpcClient } from './rpc/client.ts';
import { RpcError } from './rpc/errors.ts';
import type { FollowingService, Logger } from './service.ts';
import { type BlockRecord, decodeRecord, encodeRecord } from './storage/record.ts';

/** Blocks asked for at once, and the pause where there is no new one. */
const MAX_BLOCKS = 32;
const POLL_MS = 100;
const MAX_BACKOFF_MS = 10_000;

function recordOf(text: unknown): BlockRecord | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    const bytes = fromHex(text);
    return toHex(bytes) === text ? decodeRecord(bytes) : undefined;
  } catch {
    return undefined;
  }
}

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
  let upstreamHead = chain.head.env.number;

  /** Throws `SequencerError` where the block is none that may follow ours. */
  const take = async (text: Hex): Promise<void> => {
    const { tip } = chain;
    const mismatch = (why: string): never => {
      throw new SequencerError('replay_mismatch', `block ${tip.env.number + 1n} of ${url}: ${why}`);
    };
    const record = recordOf(text) ?? mismatch('its record is none');
    const { env, blockHash } = record;
    if (env.number !== tip.env.number + 1n || !bytesEqual(env.parentHash, tip.hash)) mismatch('does not follow ours');
    // Replay would come to the same hash whatever the environment is: it is part of what is hashed.
    const own: BlockEnv = { ...chain.nextEnv(0), timestamp: env.timestamp };
    const [theirs, ours] = [env, own].map((e) => encodeRecord({ env: e, transactions: [], blockHash }));
    const isAllowed = env.timestamp >= tip.env.timestamp && bytesEqual(theirs as Uint8Array, ours as Uint8Array);
    if (!isAllowed) mismatch('its environment is not allowed');
    const recovered = await Promise.all(record.transactions.map(({ raw }) => signatures.recover(raw))).catch((error) =>
      mismatch(error instanceof Error ? error.message : String(error)),
    );
    const transactions = record.transactions.map(({ raw }, i) => ({ raw, sender: recovered[i]?.sender as Uint8Array }));
    if (!stopping)
      await chain.commit(replayBlock(chain.stf, { ...record, transactions }, chain.stateAt(tip.env.number)));
  };
  let taking: Promise<void> = Promise.resolve();
  const stopped = new AbortController();
  const pause = (ms: number): Promise<unknown> => sleep(ms, undefined, { signal: stopped.signal }).catch(() => {});

  const round = async (): Promise<void> => {
    const next = chain.tip.env.number + 1n;
    const head = BigInt(await upstream.call<Hex>('eth_blockNumber'));
    upstreamHead = head;
    if (head < next) {
      await pause(POLL_MS);
      return;
    }
    const count = Math.min(MAX_BLOCKS, Number(head - next) + 1);
    const calls = Array.from(
      { length: count },
      (_, i) => ['wisp_getBlockRecord', toQuantity(next + BigInt(i))] as const,
    );
    for (const record of await upstream.batch<Hex | null>(calls)) {
      if (record === null || stopping) return;
      taking = take(record);
      await taking;
    }
    while (chain.lag > MAX_BLOCKS && chain.failure === undefined) await pause(5);
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
        await pause(backoffMs);
        backoffMs = Math.min(2 * backoffMs, MAX_BACKOFF_MS);
      }
    }
    return undefined;
  };
  const running = run();
  return {
    url,
    get behind() {
      return Math.max(0, Number(upstreamHead - chain.head.env.number));
    },
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
      stopped.abort();
      // Not for an answer of the other node.
      await taking.catch(() => {});
    },
  };
}
