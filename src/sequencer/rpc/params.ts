// Parameters of JSON-RPC methods, checked. Every refusal names the argument.
import { hexBytes, least, toHex } from '../chain/bytes.ts';
import type { AccessListEntry } from '../chain/transaction.ts';
import type { LogFilter } from '../storage/logs.ts';
import type { AccountOverride, BlockOverride, Message, Overrides, TraceFormat } from './calls/job.ts';
import { invalidParams } from './errors.ts';

export type Params = readonly unknown[];

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function dataOf(value: unknown, name: string, length?: number): Uint8Array {
  if (typeof value !== 'string') return invalidParams(`invalid ${name}: expected a hex string`);
  const bytes = hexBytes(value);
  if (bytes === undefined) {
    if (!/^0x/i.test(value)) return invalidParams(`invalid ${name}: hex string without 0x prefix`);
    if (!/^[0-9a-f]*$/i.test(value.slice(2))) return invalidParams(`invalid ${name}: invalid hex string`);
    return invalidParams(`invalid ${name}: hex string of odd length`);
  }
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

export const optional = <T>(value: unknown, read: (value: unknown) => T): T | undefined =>
  value === undefined || value === null ? undefined : read(value);

/** `baseFee`: what a price with a tip is made of. */
export function messageOf(value: unknown, baseFee: bigint): Message {
  if (!isObject(value)) return invalidParams('invalid argument 0: expected a transaction object');
  const { from, to, data, input, gas, accessList } = value;
  const quantity = (name: string): bigint | undefined => optional(value[name], (v) => quantityOf(v, name));
  const [dataBytes, inputBytes] = [data, input].map((v) => optional(v, (bytes) => dataOf(bytes, 'data')));
  if (dataBytes !== undefined && inputBytes !== undefined && toHex(dataBytes) !== toHex(inputBytes)) {
    return invalidParams(
      'both "data" and "input" are set and not equal. Please use "input" to pass transaction call data',
    );
  }
  const [price, fee, tip] = [quantity('gasPrice'), quantity('maxFeePerGas'), quantity('maxPriorityFeePerGas')];
  if (price !== undefined && (fee !== undefined || tip !== undefined)) {
    return invalidParams('both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified');
  }
  return {
    from: optional(from, (v) => dataOf(v, 'from', 20)) ?? new Uint8Array(20),
    to: optional(to, (v) => dataOf(v, 'to', 20)),
    data: inputBytes ?? dataBytes ?? new Uint8Array(0),
    value: quantity('value') ?? 0n,
    gas: optional(gas, (v) => quantityOf(v, 'gas')),
    gasPrice: price ?? (fee === undefined ? 0n : least(fee, baseFee + (tip ?? 0n))),
    accessList: optional(accessList, accessListOf) ?? [],
  };
}

/** Slots and addresses of a call's overrides, or of its access list. */
const MAX_PLACES = 10_000;

function accessListOf(value: unknown): AccessListEntry[] {
  if (!Array.isArray(value)) return invalidParams('invalid accessList: expected a list');
  let places = 0;
  return value.map((entry: unknown) => {
    if (!isObject(entry)) return invalidParams('invalid accessList: expected objects');
    const { address, storageKeys } = entry;
    const slots = optional(storageKeys, (v) => (Array.isArray(v) ? v : invalidParams('invalid storageKeys'))) ?? [];
    places += 1 + slots.length;
    if (places > MAX_PLACES) invalidParams('invalid accessList: too long');
    return {
      address: dataOf(address, 'address', 20),
      slots: slots.map((slot: unknown) => dataOf(slot, 'storageKey', 32)),
    };
  });
}

function overrideOf(address: string, value: unknown): AccountOverride {
  if (!isObject(value)) return invalidParams('invalid state override: expected an object');
  if (value.movePrecompileToAddress !== undefined) return invalidParams('precompiles cannot be moved');
  const { state, stateDiff } = value;
  const slotsOf = (slots: unknown): [Uint8Array, Uint8Array][] => {
    if (!isObject(slots)) return invalidParams('invalid state override: expected slots');
    return Object.entries(slots).map(([slot, word]) => [dataOf(slot, 'slot', 32), dataOf(word, 'value', 32)]);
  };
  if (state !== undefined && state !== null && stateDiff !== undefined && stateDiff !== null) {
    return invalidParams(`account ${address.slice(0, 42)} has both 'state' and 'stateDiff'`);
  }
  return {
    address: dataOf(address, 'address', 20),
    balance: optional(value.balance, (v) => quantityOf(v, 'balance')),
    nonce: optional(value.nonce, (v) => u64Of(v, 'nonce')),
    code: optional(value.code, (v) => dataOf(v, 'code')),
    state: optional(state, slotsOf),
    stateDiff: optional(stateDiff, slotsOf),
  };
}

const MAX_U64 = 2n ** 64n - 1n;
function u64Of(value: unknown, name: string): bigint {
  const number = quantityOf(value, name);
  return number > MAX_U64 ? invalidParams(`invalid ${name}: more than 64 bits`) : number;
}

function blockOverrideOf(value: unknown): BlockOverride {
  if (!isObject(value)) return invalidParams('invalid block override: expected an object');
  const u64 = (...names: string[]): bigint | undefined => {
    const name = names.find((n) => value[n] !== undefined && value[n] !== null);
    return name === undefined ? undefined : u64Of(value[name], name);
  };
  return {
    ...{ number: u64('number'), timestamp: u64('time', 'timestamp'), gasLimit: u64('gasLimit') },
    baseFee: u64('baseFeePerGas', 'baseFee'),
    coinbase: optional(value.feeRecipient ?? value.coinbase, (v) => dataOf(v, 'feeRecipient', 20)),
    prevRandao: optional(value.prevRandao ?? value.random, (v) => dataOf(v, 'prevRandao', 32)),
  };
}

export function overridesOf(accounts: unknown, block: unknown): Overrides {
  const list = optional(accounts, (value) => {
    if (!isObject(value)) return invalidParams('invalid state overrides: expected an object');
    return Object.entries(value).map(([address, override]) => overrideOf(address, override));
  });
  const places = (list ?? []).reduce((sum, { state, stateDiff }) => sum + 1 + (state ?? stateDiff ?? []).length, 0);
  if (places > MAX_PLACES) invalidParams('invalid state overrides: too many');
  return { accounts: list ?? [], block: optional(block, blockOverrideOf) ?? {} };
}

/** Of debug_trace*: go-ethereum's tracer configuration. */
export function traceFormatOf(value: unknown): TraceFormat {
  const config = optional(value, (v) => (isObject(v) ? v : invalidParams('invalid tracer configuration'))) ?? {};
  const { tracer, tracerConfig } = config;
  if (tracer === undefined || tracer === null || tracer === '') {
    const { disableStack, enableMemory, enableReturnData, disableStorage, limit } = config;
    const steps = optional(limit, (v) => Number(quantityOf(v, 'limit')));
    if (steps !== undefined && steps > 0xffff_ffff) return invalidParams('invalid limit');
    return {
      ...{ tracer: 'structLogger', stack: disableStack !== true, memory: enableMemory === true },
      ...{
        returnData: enableReturnData === true,
        storage: disableStorage !== true,
        steps: steps === 0 ? undefined : steps,
      },
    };
  }
  if (tracer !== 'callTracer')
    return invalidParams(`tracer ${stringOf(tracer, 'tracer').slice(0, 50)} is not available`);
  const { onlyTopCall, withLog } =
    optional(tracerConfig, (v) => (isObject(v) ? v : invalidParams('invalid tracerConfig'))) ?? {};
  return { tracer, onlyTopCall: onlyTopCall === true, withLog: withLog === true };
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

/** What a query takes to keep: its alternatives, and one. */
export const weightOf = ({ addresses, topics }: LogFilter): number =>
  1 + addresses.length + topics.reduce((sum, any) => sum + any.length, 0);

export function stringOf(value: unknown, name: string): string {
  return typeof value === 'string' ? value : invalidParams(`invalid ${name}: expected a string`);
}
