// A batch that reads all that there is to read, and a tree that lies about some of it.

import type { Digest } from '../../src/core/hash.ts';
import { encodeRlp } from '../../src/sequencer/chain/rlp.ts';
import type { StateReader } from '../../src/sequencer/contract.ts';
import {
  type Batch,
  type BatchWitness,
  buildWitness,
  type FullStf,
  IndexedTree,
  memoryStore,
  type TreeLeaf,
  type TreePlace,
  type TreeStore,
  treeChanges,
} from '../../src/sequencer/stf/index.ts';
import { settle } from './riscv.ts';
import { batchOf, bytes, GENESIS_HEAD, TestState } from './state.ts';

export const READER: Uint8Array = bytes('00000000000000000000000000000000000000aa');
export const RICH: Uint8Array = bytes('00000000000000000000000000000000000000bb');
const ABSENT = '00000000000000000000000000000000000000cc';
export const slot = (n: number): Uint8Array => Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? n : 0));
/** Slots 5 (there) and 6 (not) added into 7; a balance that is there and one that is not; the hash of the block before the last. */
const CODE = bytes(`600554600654016007557300000000000000000000000000000000000000bb315073${ABSENT}31506002430340506000`);

/** What a liar may say otherwise. */
export interface Lies {
  root?(tree: IndexedTree): Digest;
  find?(key: Uint8Array, honest: TreePlace): TreePlace;
  get?(key: Uint8Array, honest: Uint8Array): Uint8Array;
  leaf?(index: number, honest: TreeLeaf): TreeLeaf;
  siblings?(honest: Digest[]): Digest[];
  header?(number: bigint, honest: Uint8Array): Uint8Array;
  state?: Partial<StateReader>;
}

class LyingTree extends IndexedTree {
  readonly #lies: Lies;

  constructor(store: TreeStore, lies: Lies) {
    super(store);
    this.#lies = lies;
  }

  override get root(): Digest {
    return this.#lies.root?.(this) ?? super.root;
  }

  override find(key: Uint8Array): TreePlace {
    const honest = super.find(key);
    return this.#lies.find?.(key, honest) ?? honest;
  }

  override get(key: Uint8Array): Uint8Array {
    const place = super.find(key);
    const honest = place.present ? super.leaf(place.index).value : new Uint8Array(32);
    return this.#lies.get?.(key, honest) ?? honest;
  }

  override leaf(index: number): TreeLeaf {
    const honest = super.leaf(index);
    return this.#lies.leaf?.(index, honest) ?? honest;
  }

  override siblings(indices: readonly number[], added: number): Digest[] {
    const honest = super.siblings(indices, added);
    return this.#lies.siblings?.(honest) ?? honest;
  }

  /** The lie is told by then. */
  override apply(): void {}
}

/** A chain of three blocks, its tree in a store that other trees can be over, and the batch that follows. */
export class Victim {
  readonly #stf: FullStf;
  readonly state: TestState = new TestState();
  readonly #store: TreeStore = memoryStore();
  readonly tree: IndexedTree = new IndexedTree(this.#store);
  readonly batch: Batch;

  constructor(stf: FullStf) {
    this.#stf = stf;
    const { state } = this;
    state.genesis([
      { address: READER, code: CODE, nonce: 1n },
      { address: RICH, balance: 1000n },
      ...Array.from({ length: 20 }, (_, i) => ({ address: new Uint8Array(20).fill(i + 100), balance: BigInt(i) })),
    ]);
    state.settle({ accounts: [], code: [], storage: [{ address: READER, slot: slot(5), value: slot(55) }] });
    const head = settle(stf, batchOf(GENESIS_HEAD, [], [], [deposit(0n)]), state).witness.run.head;
    // The same content in a tree of its own: order of insertion is all that differs from the state's.
    this.tree.apply(
      treeChanges({
        accounts: [...state.accounts].map(([address, account]) => ({
          ...{ ...account, address: bytes(address), deleted: false },
        })),
        storage: [...state.slots].map(([key, value]) => ({
          ...{ address: bytes(key.slice(0, 42)), slot: bytes(key.slice(44)), value },
        })),
      }),
    );
    this.batch = batchOf(head, [deposit(1n)]);
  }

  /** Honest, and the tree moves on. */
  settle(): BatchWitness {
    const { state, batch, tree } = this;
    return buildWitness(this.#stf, batch, state, tree, (number) => state.headers.get(number)!);
  }

  /** As a liar makes it; its journal is none. */
  witness(lies: Lies = {}): BatchWitness {
    const { state, batch } = this;
    const reader: StateReader = {
      account: (address) => state.account(address),
      storage: (address, at) => state.storage(address, at),
      code: (hash) => state.code(hash),
      blockHash: (number) => state.blockHash(number),
      ...lies.state,
    };
    const header = (number: bigint): Uint8Array => {
      const honest = state.headers.get(number)!;
      return lies.header?.(number, honest) ?? honest;
    };
    return buildWitness(this.#stf, batch, reader, new LyingTree(this.#store, lies), header);
  }
}

/** Unsigned, so that nothing else costs time: calls READER. */
const deposit = (index: bigint): Uint8Array =>
  Uint8Array.of(0x7e, ...encodeRlp([index, RICH, READER, 0n, 0n, 200_000n, new Uint8Array(0)]));
