// Sends raw transactions at a rate and times their receipts.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hex } from '../chain/bytes.ts';
import type { LoadSocket } from './socket.ts';

export interface Measured {
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
}

/** Sending goes on in ticks of this length. */
const TICK_MS = 5;
/** Receipts that are still out when sending is over are waited for. */
const DRAIN_MS = 20_000;
const NAMED_ERRORS = 5;

export async function send(raws: readonly Hex[], rate: number, sockets: readonly LoadSocket[]): Promise<Measured> {
  const latencies: number[] = [];
  const errors = new Map<string, number>();
  let [sent, done, lateMs, last] = [0, 0, 0, 0];
  const started = performance.now();
  const one = (raw: string, at: number): void => {
    const sentAt = performance.now();
    const socket = sockets[at % sockets.length] as LoadSocket;
    socket.send('eth_sendRawTransactionSync', raw, ({ result, error }) => {
      done++;
      last = performance.now();
      if (result === true) {
        latencies.push(last - sentAt);
        return;
      }
      const why = error?.message ?? 'the transaction failed';
      errors.set(why, (errors.get(why) ?? 0) + 1);
    });
  };
  while (sent < raws.length) {
    const elapsed = performance.now() - started;
    const due = Math.min(raws.length, Math.floor((elapsed / 1000) * rate));
    if (sent < due) lateMs = Math.max(lateMs, elapsed - (sent / rate) * 1000);
    const first = sent;
    sockets.forEach((socket, i) => {
      socket.together(() => {
        for (let at = first; at < due; at++) if (at % sockets.length === i) one(raws[at] as Hex, at);
      });
    });
    sent = due;
    await sleep(TICK_MS);
  }
  const deadline = performance.now() + DRAIN_MS;
  while (done < sent && performance.now() < deadline) await sleep(TICK_MS);
  latencies.sort((a, b) => a - b);
  const percentile = (p: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * p))] ?? 0;
  const seconds = ((last || performance.now()) - started) / 1000;
  const named = [...errors].sort((a, b) => b[1] - a[1]).slice(0, NAMED_ERRORS);
  return {
    ...{ sent, confirmed: latencies.length, failed: sent - latencies.length, seconds, lateMs },
    errors: Object.fromEntries(named),
    tps: latencies.length / seconds,
    ...{ p50Ms: percentile(0.5), p90Ms: percentile(0.9), p99Ms: percentile(0.99), maxMs: latencies.at(-1) ?? 0 },
  };
}
