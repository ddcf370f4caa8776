// Versioned state. A key is a tag, the address (and slot), and the block number counted down, so that the newest value
// at or before a block is the first key from there on: a historical read is one seek. Addresses and slots are not
// hashed: they have one length, and nothing needs them spread.
import { bytesEqual, concat, fromBigInt, toBigInt, toHex } from '../chain/bytes.ts';
import type { AccountState, StateDiff, StateReader } from '../contract.ts';
import { LruMap } from '../lru.ts';
import type { Tables } from './database.ts';

const ACCOUNT_TAG = Uint8Array.of(0x61);
const SLOT_TAG = Uint8Array.of(0x73);
const MAX_NUMBER = 2n ** 64n - 1n;
/** Entries of the newest state kept decoded: some 100 MB. */
const CACHED_ACCOUNTS = 200_000;
const CACHED_SLOTS = 200_000;
const ZERO_WORD = new Uint8Array(32);
const NO_BYTES = new Uint8Array(0);

interface Pending {
  readonly number: bigint;
  readonly accounts: ReadonlyMap<string, AccountState | undefined>;
  readonly slots: ReadonlyMap<string, Uint8Array>;
  readonly code: ReadonlyMap<string, Uint8Array>;
}

export interface VersionedState {
  /** The state after block `number`. */
  at(number: bigint): Omit<StateReader, 'blockHash'>;
  /** Readable at once; `store` writes it in a database transaction, and `stored` says that it was committed. */
  add(number: bigint, diff: StateDiff): void;
  store(number: bigint, diff: StateDiff): void;
  stored(number: bigint): void;
}

const countdown = (number: bigint): Uint8Array => fromBigInt(MAX_NUMBER - number, 8);
const accountPrefix = (address: Uint8Array): Uint8Array => concat([ACCOUNT_TAG, address]);
const slotPrefix = (address: Uint8Array, slot: Uint8Array): Uint8Array => concat([SLOT_TAG, address, slot]);
const slotKey = (address: Uint8Array, slot: Uint8Array): string => toHex(address) + toHex(slot);

const encodeAccount = ({ nonce, balance, codeHash }: AccountState): Uint8Array =>
  concat([fromBigInt(nonce, 8), fromBigInt(balance, 32), codeHash]);

const decodeAccount = (bytes: Uint8Array): AccountState => ({
  nonce: toBigInt(bytes.subarray(0, 8)),
  balance: toBigInt(bytes.subarray(8, 40)),
  codeHash: bytes.slice(40, 72),
});

/** `committed`: the newest block that the database holds. */
export function versionedState(tables: Tables, committed: bigint): VersionedState {
  const accounts = new LruMap<string, AccountState | undefined>(CACHED_ACCOUNTS);
  const slots = new LruMap<string, Uint8Array>(CACHED_SLOTS);
  const pending: Pending[] = [];
  let newest = committed;

  /** The newest value at or before `number` in the database; empty means deleted. */
  const seek = (prefix: Uint8Array, number: bigint): Uint8Array | undefined => {
    const start = concat([prefix, countdown(number)]);
    for (const { key, value } of tables.state.getRange({ start, limit: 1 })) {
      if (bytesEqual(key.subarray(0, prefix.length), prefix) && key.length === start.length) return value;
    }
    return undefined;
  };

  const readAccount = (address: Uint8Array, number: bigint): AccountState | undefined => {
    const key = toHex(address);
    for (let i = pending.length - 1; i >= 0; i--) {
      const block = pending[i] as Pending;
      if (block.number <= number && block.accounts.has(key)) return block.accounts.get(key);
    }
    if (number >= newest && accounts.has(key)) return accounts.get(key);
    const bytes = seek(accountPrefix(address), number);
    const account = bytes === undefined || bytes.length === 0 ? undefined : decodeAccount(bytes);
    if (number >= newest) accounts.set(key, account);
    return account;
  };

  const readSlot = (address: Uint8Array, slot: Uint8Array, number: bigint): Uint8Array => {
    const key = slotKey(address, slot);
    for (let i = pending.length - 1; i >= 0; i--) {
      const block = pending[i] as Pending;
      const value = block.number <= number ? block.slots.get(key) : undefined;
      if (value !== undefined) return value;
    }
    const cached = number >= newest ? slots.get(key) : undefined;
    if (cached !== undefined) return cached;
    const bytes = seek(slotPrefix(address, slot), number);
    const value = bytes === undefined || bytes.length === 0 ? ZERO_WORD : new Uint8Array(bytes);
    if (number >= newest) slots.set(key, value);
    return value;
  };

  const readCode = (codeHash: Uint8Array): Uint8Array => {
    const key = toHex(codeHash);
    for (const { code } of pending) {
      const bytes = code.get(key);
      if (bytes !== undefined) return bytes;
    }
    const bytes = tables.code.get(codeHash);
    return bytes === undefined ? NO_BYTES : new Uint8Array(bytes);
  };

  return {
    at: (number) => ({
      account: (address) => readAccount(address, number),
      storage: (address, slot) => readSlot(address, slot, number),
      code: readCode,
    }),
    add: (number, diff) => {
      pending.push({
        number,
        accounts: new Map(diff.accounts.map((a) => [toHex(a.address), a.deleted ? undefined : a])),
        slots: new Map(diff.storage.map(({ address, slot, value }) => [slotKey(address, slot), value])),
        code: new Map(diff.code.map(({ hash, bytes }) => [toHex(hash), bytes])),
      });
    },
    store: (number, diff) => {
      const suffix = countdown(number);
      const { state, code } = tables;
      for (const account of diff.accounts) {
        const value = account.deleted ? NO_BYTES : encodeAccount(account);
        state.put(concat([accountPrefix(account.address), suffix]), value);
      }
      for (const { address, slot, value } of diff.storage) {
        const isZero = value.every((byte) => byte === 0);
        state.put(concat([slotPrefix(address, slot), suffix]), isZero ? NO_BYTES : value);
      }
      for (const { hash, bytes } of diff.code) code.put(hash, bytes);
    },
    stored: (number) => {
      const at = pending.findIndex((block) => block.number === number);
      const [block] = at < 0 ? [] : pending.splice(at, 1);
      newest = number;
      for (const [key, value] of block?.accounts ?? []) accounts.set(key, value);
      for (const [key, value] of block?.slots ?? []) slots.set(key, value);
    },
  };
}
