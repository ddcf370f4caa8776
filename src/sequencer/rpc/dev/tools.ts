// What a development chain has besides: keys that everyone knows, a clock that can be set forward, blocks on demand.
import { bytesEqual, fromHex, type Hex, toHex } from '../../chain/bytes.ts';
import type { DevKey } from '../../chain/dev.ts';
import { RpcError, SERVER_ERROR } from '../errors.ts';

/** Milliseconds since 1970, as the chain's next block has them. */
export interface DevClock {
  /** For the producer: once a block. */
  now(): number;
  /** Seconds that it is ahead by now. */
  increase(seconds: bigint): bigint;
  /** Of the next block, in seconds; not before `least`. */
  setNext(seconds: bigint, least: bigint): void;
}

export interface DevTools {
  /** Those that `eth_accounts` names. */
  readonly accounts: readonly Hex[];
  /** Signs what makes a block where there is nothing else to make one of. */
  readonly miner: DevKey;
  readonly clock: DevClock;
  /** Throws where the account is none of these. */
  secretOf(address: Uint8Array): Uint8Array;
}

/** Beyond the year 9999 dates are none in JavaScript's libraries. */
const MAX_SECONDS = 253_402_300_799n;

export function devClock(system: () => number = Date.now): DevClock {
  let aheadMs = 0;
  let nextMs: number | undefined;
  return {
    now: () => {
      if (nextMs !== undefined) aheadMs = nextMs - system();
      const now = nextMs ?? system() + aheadMs;
      nextMs = undefined;
      return now;
    },
    increase: (seconds) => {
      const ahead = aheadMs + 1000 * Number(seconds);
      if (system() + ahead > 1000 * Number(MAX_SECONDS)) throw new RpcError(SERVER_ERROR, 'that is too far ahead');
      aheadMs = ahead;
      return BigInt(Math.floor(aheadMs / 1000));
    },
    setNext: (seconds, least) => {
      if (seconds < least || seconds > MAX_SECONDS) {
        const message = `Timestamp ${seconds} is lower than the previous block's timestamp ${least}, or too far ahead`;
        throw new RpcError(SERVER_ERROR, message);
      }
      nextMs = 1000 * Number(seconds);
    },
  };
}

export const devTools = (keys: readonly DevKey[], miner: DevKey, clock: DevClock = devClock()): DevTools => ({
  ...{ accounts: keys.map(({ address }) => address), miner, clock },
  secretOf: (address) => {
    const key = [...keys, miner].find((known) => bytesEqual(fromHex(known.address), address));
    if (key === undefined) throw new RpcError(SERVER_ERROR, `unknown account ${toHex(address)}`);
    return fromHex(key.secret);
  },
});
