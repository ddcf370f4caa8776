// Parameters of JSON-RPC methods, checked. Every refusal names the argument.
import { fromHex } from '../chain/bytes.ts';
import type { LogFilter } from '../storage/logs.ts';
import { invalidParams } from './errors.ts';

export type Params = readonly unknown[];

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function dataOf(value: unknown, name: string, length?: number): Uint8Array {
  if (typeof value !== 'string') return invalidParams(`invalid ${name}: expected a hex string`);
  if (!/^0x/i.test(value)) return invalidParams(`invalid ${name}: hex string without 0x prefix`);
  if (!/^[0-9a-f]*$/i.test(value.slice(2))) return invalidParams(`invalid ${name}: invalid hex string`);
  if (value.length % 2 !== 0) return invalidParams(`invalid ${name}: hex string of odd length`);
  const bytes = fromHex(value);
  if (length !== undefined && bytes.length !== length) {
    return invalidParams(`invalid ${name}: hex string has length ${2 * bytes.length}, want ${2 * length}`);
  }
  return bytes;
}

/** At most 256 bits. Leading zeros are let pass, as many clients send them. */
export function quantityOf(value: unknown, name: string): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  if (typeof value !== 'string' || !/^0x[0-9a-f]{1,64}$/i.test(value)) {
    return invalidParams(`invalid ${name}: expected a hex quantity`);
  }
  return BigInt(value);
}

export type BlockTag = 'latest' | 'pending' | 'earliest' | 'safe' | 'finalized';
export type BlockId = { readonly tag: BlockTag } | { readonly number: bigint } | { readonly hash: Uint8Array };

const TAGS: readonly string[] = ['latest', 'pending', 'earliest', 'safe', 'finalized'];

/** A tag, a number, or an object as in EIP-1898; `latest` where it is absent. */
export function blockIdOf(value: unknown, name = 'block'): BlockId {
  if (value === undefined || value === null) return { tag: 'latest' };
  if (typeof value === 'string' && TAGS.includes(value)) return { tag: value as BlockTag };
  if (isObject(value)) {
    if (value.blockHash !== undefined) return { hash: dataOf(value.blockHash, name, 32) };
    return { number: quantityOf(value.blockNumber, name) };
  }
  if (typeof value === 'string' && value.length === 66) return { hash: dataOf(value, name, 32) };
  return { number: quantityOf(value, name) };
}

export interface CallParams {
  readonly from: Uint8Array;
  readonly to: Uint8Array | undefined;
  readonly data: Uint8Array;
  readonly value: bigint;
  readonly gas: bigint | undefined;
  readonly gasPrice: bigint;
}

const optional = <T>(value: unknown, read: (value: unknown) => T): T | undefined =>
  value === undefined || value === null ? undefined : read(value);

export function callOf(value: unknown): CallParams {
  if (!isObject(value)) return invalidParams('invalid argument 0: expected a transaction object');
  const { from, to, data, input, gas, gasPrice, maxFeePerGas } = value;
  const payload = input ?? data;
  return {
    from: optional(from, (v) => dataOf(v, 'from', 20)) ?? new Uint8Array(20),
    to: optional(to, (v) => dataOf(v, 'to', 20)),
    data: optional(payload, (v) => dataOf(v, 'data')) ?? new Uint8Array(0),
    value: optional(value.value, (v) => quantityOf(v, 'value')) ?? 0n,
    gas: optional(gas, (v) => quantityOf(v, 'gas')),
    gasPrice: optional(gasPrice ?? maxFeePerGas, (v) => quantityOf(v, 'gasPrice')) ?? 0n,
  };
}

export interface LogQuery extends LogFilter {
  readonly from: BlockId;
  readonly to: BlockId;
  readonly blockHash: Uint8Array | undefined;
}

const MAX_ALTERNATIVES = 1000;

export function logQueryOf(value: unknown): LogQuery {
  if (value !== undefined && !isObject(value)) return invalidParams('invalid argument 0: expected a filter object');
  const { address, topics, fromBlock, toBlock, blockHash } = value ?? {};
  if (blockHash !== undefined && (fromBlock !== undefined || toBlock !== undefined)) {
    return invalidParams('cannot specify both blockHash and fromBlock/toBlock, choose one or the other');
  }
  const listOf = (item: unknown, name: string, length: number): Uint8Array[] => {
    if (item === null || item === undefined) return [];
    const list = Array.isArray(item) ? item : [item];
    if (list.length > MAX_ALTERNATIVES) invalidParams(`invalid ${name}: too many alternatives`);
    return list.map((entry) => dataOf(entry, name, length));
  };
  if (topics !== undefined && topics !== null && !Array.isArray(topics))
    invalidParams('invalid topics: expected a list');
  const positions = Array.isArray(topics) ? topics : [];
  if (positions.length > 4) invalidParams('exceed max topics');
  return {
    addresses: listOf(address, 'address', 20),
    topics: positions.map((topic) => listOf(topic, 'topic', 32)),
    from: blockIdOf(fromBlock, 'fromBlock'),
    to: blockIdOf(toBlock, 'toBlock'),
    blockHash: optional(blockHash, (v) => dataOf(v, 'blockHash', 32)),
  };
}

export function stringOf(value: unknown, name: string): string {
  return typeof value === 'string' ? value : invalidParams(`invalid ${name}: expected a string`);
}
