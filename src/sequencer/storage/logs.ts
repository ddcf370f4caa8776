// Finds logs: an index of blocks by address and by topic, then the receipts of those that come into question.
import type { Block } from '../chain/block.ts';
import { mayContain } from '../chain/bloom.ts';
import { bytesEqual, concat, toBigInt, toHex } from '../chain/bytes.ts';
import type { Log, Receipt } from '../contract.ts';
import type { Tables } from './database.ts';
import { blockKey } from './record.ts';

export interface LogFilter {
  /** Any of these; empty for all. */
  readonly addresses: readonly Uint8Array[];
  /** By position: any of these, or empty for all. */
  readonly topics: readonly (readonly Uint8Array[])[];
}

/** With its length in front: a topic may start with the bytes of an address. */
const keyOf = (value: Uint8Array, number: bigint): Uint8Array =>
  concat([Uint8Array.of(value.length), value, blockKey(number)]);

/** Writes in a database transaction. */
export function indexLogs(tables: Tables, number: bigint, receipts: readonly Receipt[]): void {
  const values = new Map<string, Uint8Array>();
  for (const { logs } of receipts) {
    for (const { address, topics } of logs) {
      for (const value of [address, ...topics]) values.set(toHex(value), value);
    }
  }
  for (const value of values.values()) tables.logs.put(keyOf(value, number), new Uint8Array(0));
}

/** The blocks of a range that have any of the values, ascending. */
export function blocksWith(tables: Tables, values: readonly Uint8Array[], from: bigint, to: bigint): bigint[] {
  const found = new Set<bigint>();
  for (const value of values) {
    for (const key of tables.logs.getKeys({ start: keyOf(value, from), end: keyOf(value, to + 1n) })) {
      found.add(toBigInt(key.subarray(-8)));
    }
  }
  return [...found].sort((a, b) => (a < b ? -1 : 1));
}

/** Whether the block can have logs that the filter wants. */
export const bloomAllows = ({ logsBloom }: Pick<Block, 'logsBloom'>, { addresses, topics }: LogFilter): boolean =>
  [addresses, ...topics].every((any) => any.length === 0 || any.some((value) => mayContain(logsBloom, value)));

export function matches(log: Log, { addresses, topics }: LogFilter): boolean {
  if (addresses.length > 0 && !addresses.some((address) => bytesEqual(address, log.address))) return false;
  if (topics.length > log.topics.length) return false;
  return topics.every((any, i) => {
    const topic = log.topics[i] as Uint8Array;
    return any.length === 0 || any.some((value) => bytesEqual(value, topic));
  });
}
