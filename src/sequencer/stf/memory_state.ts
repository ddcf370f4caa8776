// A state in memory, with its tree: for cost figures and tests.
import { keccak_256 } from '@noble/hashes/sha3.js';
import { toHex } from '../chain/bytes.ts';
import type { AccountState, StateDiff, StateReader } from '../contract.ts';
import { NO_CODE } from './hash.ts';
import { SYSTEM_CONTRACTS } from './system.ts';
import { IndexedTree } from './tree.ts';
import { treeChanges } from './witness.ts';

export interface GenesisAccount {
  readonly address: Uint8Array;
  readonly balance?: bigint;
  readonly nonce?: bigint;
  readonly code?: Uint8Array;
}

const ZERO = new Uint8Array(32);
const NO_BYTES = new Uint8Array(0);

export class MemoryState implements StateReader {
  readonly accounts: Map<string, AccountState> = new Map();
  readonly slots: Map<string, Uint8Array> = new Map();
  readonly codes: Map<string, Uint8Array> = new Map();
  readonly headers: Map<bigint, Uint8Array> = new Map();
  readonly tree: IndexedTree = new IndexedTree();

  account(address: Uint8Array): AccountState | undefined {
    return this.accounts.get(toHex(address));
  }

  storage(address: Uint8Array, slot: Uint8Array): Uint8Array {
    return this.slots.get(toHex(address) + toHex(slot)) ?? ZERO;
  }

  code(codeHash: Uint8Array): Uint8Array {
    return this.codes.get(toHex(codeHash)) ?? NO_BYTES;
  }

  blockHash(number: bigint): Uint8Array {
    const header = this.headers.get(number);
    return header === undefined ? ZERO : keccak_256(header);
  }

  /** All but the tree, which a witness moves on. */
  apply(diff: StateDiff): void {
    for (const { address, deleted, nonce, balance, codeHash } of diff.accounts) {
      if (deleted) this.accounts.delete(toHex(address));
      else this.accounts.set(toHex(address), { nonce, balance, codeHash });
    }
    for (const { address, slot, value } of diff.storage) this.slots.set(toHex(address) + toHex(slot), value);
    for (const { hash, bytes } of diff.code) this.codes.set(toHex(hash), bytes);
  }

  /** The same for the tree. */
  settle(diff: StateDiff): void {
    this.apply(diff);
    this.tree.apply(treeChanges(diff));
  }

  /** Sets accounts, those of the system contracts among them, in state and tree. */
  genesis(accounts: readonly GenesisAccount[]): void {
    const all: GenesisAccount[] = [...SYSTEM_CONTRACTS.map((c) => ({ ...c, nonce: 1n })), ...accounts];
    this.settle({
      accounts: all.map(({ address, nonce = 0n, balance = 0n, code }) => ({
        ...{ address, deleted: false, nonce, balance },
        codeHash: code === undefined ? NO_CODE : keccak_256(code),
      })),
      storage: [],
      code: all.flatMap(({ code }) => (code === undefined ? [] : [{ hash: keccak_256(code), bytes: code }])),
    });
  }

  /** Another state with the same content and the tree of an empty one. */
  copy(): MemoryState {
    const copy = new MemoryState();
    for (const [k, v] of this.accounts) copy.accounts.set(k, v);
    for (const [k, v] of this.slots) copy.slots.set(k, v);
    for (const [k, v] of this.codes) copy.codes.set(k, v);
    for (const [k, v] of this.headers) copy.headers.set(k, v);
    return copy;
  }
}
