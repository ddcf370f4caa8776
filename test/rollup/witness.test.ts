// What a prover may put into the input: all that is not so is refused, by both builds of the program.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { bytesToWords } from '../../src/core/hash.ts';
import { accountValue } from '../../src/sequencer/stf/hash.ts';
import { accountKey, buildWitness, type FullStf, loadStf, slotKey } from '../../src/sequencer/stf/index.ts';
import { type Lies, READER, RICH, slot, Victim } from './hostile.ts';
import { runGuest } from './riscv.ts';
import { batchOf, bytes, GENESIS_HEAD, hex, TestState } from './state.ts';

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
const asBytes = (words: ArrayLike<number>): Uint8Array => new Uint8Array(Uint32Array.from(words).buffer);

describe('the words of a proof', () => {
  let stf: FullStf;
  let victim: Victim;
  let honest: Uint8Array;
  let journal: Uint8Array;
  before(async () => {
    stf = await loadStf();
    victim = new Victim(stf);
    ({ input: honest, journal } = new Victim(stf).settle());
  });

  const refused = (input: Uint8Array, why: RegExp): void => {
    assert.throws(() => stf.prove(input), why);
    assert.throws(() => runGuest(input), why);
  };
  const lying = (lies: Lies, why: RegExp): void => refused(victim.witness(lies).input, why);
  const only = <T>(key: Uint8Array, lie: (honestly: T) => T) => ({
    at: (asked: Uint8Array, honestly: T): T => (same(asked, key) ? lie(honestly) : honestly),
  });

  test('of an honest one come to the journal, in both builds', () => {
    assert.equal(hex(stf.prove(honest)), hex(journal));
    assert.equal(hex(runGuest(honest).journal), hex(journal));
    assert.equal(hex(victim.witness().input), hex(honest), 'what lies are told about');
  });

  /** Where the words behind the batch's data begin. */
  const privateFrom = (words: Uint32Array): number => 34 + words[33]!;

  test('each matter: with any bit changed the run is refused, or speaks of another state or other data', () => {
    const words = bytesToWords(honest);
    for (let i = 0; i < words.length; i++) {
      for (const bit of [0, 7 + (i % 20), 31]) {
        const changed = words.slice();
        changed[i] = (changed[i]! ^ (1 << bit)) >>> 0;
        let other: Uint8Array;
        try {
          other = stf.prove(asBytes(changed));
        } catch (error) {
          assert.equal((error as { code?: string }).code ?? (error as Error).name, 'stf_panicked', `word ${i}`);
          continue;
        }
        assert.ok(i < privateFrom(words), `word ${i}, bit ${bit} is taken`);
        const about = (j: Uint8Array): string => hex(j.subarray(0, 32)) + hex(j.subarray(64, 96));
        assert.notEqual(about(other), about(journal), `word ${i}, bit ${bit}`);
      }
    }
  });

  test('cannot be fewer or more', () => {
    const words = [...bytesToWords(honest)];
    const from = privateFrom(Uint32Array.from(words));
    for (let i = from; i < words.length; i++) {
      const fewer = words.toSpliced(i, 1);
      const more = words.toSpliced(i, 0, words[i]!);
      for (const changed of [fewer, more]) assert.throws(() => stf.prove(asBytes(changed)), { code: 'stf_panicked' });
    }
    refused(asBytes(words.slice(0, -1)), /words are missing/);
    refused(asBytes([...words, 0]), /words behind the last/);
    refused(asBytes([]), /words are missing/);
    refused(asBytes(words.with(0, 1)), /not a batch/);
  });

  test('name leaves once, in order, and none that is not there', () => {
    const words = bytesToWords(honest);
    const from = privateFrom(words);
    const count = words[from]!;
    assert.ok(count > 4);
    const swapped = words.slice();
    swapped.copyWithin(from + 1, from + 21, from + 41);
    refused(asBytes(swapped), /leaves are not in order/);
    const beyond = words.slice();
    beyond[from + 1 + 20 * (count - 1)] = 1000;
    refused(asBytes(beyond), /a leaf beyond the last/);
  });

  test('of leaves that the tree does not have', () => {
    const rich = { ...victim.state.account(RICH)!, balance: 10n ** 30n };
    const key = accountKey(RICH);
    const { at } = only<Uint8Array>(key, () => accountValue(rich));
    const account = (address: Uint8Array) => (same(address, RICH) ? rich : victim.state.account(address));
    lying(
      { state: { account }, get: at, leaf: (_, leaf) => ({ ...leaf, value: at(leaf.key, leaf.value) }) },
      /leaves are not of the tree/,
    );
    // The leaf as it is, another account for it.
    lying({ state: { account }, get: at }, /an account is not the one in the tree/);
    const value = only<Uint8Array>(slotKey(READER, slot(5)), () => slot(77).reverse());
    lying(
      {
        state: { storage: (a, s) => (same(s, slot(5)) ? slot(77) : victim.state.storage(a, s)) },
        get: value.at,
        leaf: (_, leaf) => ({ ...leaf, value: value.at(leaf.key, leaf.value) }),
      },
      /leaves are not of the tree/,
    );
  });

  test('of another leaf in the place of one', () => {
    const other = victim.tree.find(accountKey(new Uint8Array(20).fill(103)));
    assert.ok(other.present);
    const { value } = victim.tree.leaf(other.index);
    const account = (address: Uint8Array) =>
      victim.state.account(same(address, RICH) ? new Uint8Array(20).fill(103) : address);
    lying(
      {
        state: { account },
        find: only(accountKey(RICH), () => other).at,
        get: only(accountKey(RICH), () => value).at,
      },
      /a leaf has another key/,
    );
  });

  test('that a key is absent which is there', () => {
    const key = slotKey(READER, slot(5));
    const place = victim.tree.find(key);
    assert.ok(place.present);
    const count = victim.tree.count;
    const low = Array.from({ length: count }, (_, i) => i).find((i) => victim.tree.leaf(i).next === place.index)!;
    const high = victim.tree.leaf(place.index).next;
    const absent: Lies = {
      state: { storage: (a, s) => (same(s, slot(5)) ? new Uint8Array(32) : victim.state.storage(a, s)) },
      find: only(key, () => ({ present: false as const, low, high })).at,
      get: only(key, () => new Uint8Array(32)).at,
    };
    // A leaf is skipped; the link over it is made up; neighbours that are none of the key's.
    lying(absent, /leaves are not neighbours/);
    lying(
      { ...absent, leaf: (index, leaf) => (index === low ? { ...leaf, next: high } : leaf) },
      /leaves are not of the tree/,
    );
    const next = victim.tree.leaf(high).next;
    const beside = { present: false as const, low: high, high: next };
    lying({ ...absent, find: only(key, () => beside).at }, /a key is not between leaves/);
    const below = { present: false as const, low, high: place.index };
    lying({ ...absent, find: only(key, () => below).at }, /a key is not between leaves/);
  });

  test('of wrong siblings, stale roots, wrong code, wrong headers', () => {
    lying({ siblings: (all) => [all[0]!.map((w) => w ^ 1), ...all.slice(1)] }, /leaves are not of the tree/);
    lying({ siblings: (all) => [...all.slice(0, -1), all.at(-1)!.map((w) => w ^ 1)] }, /leaves are not of the tree/);
    const later = new TestState();
    lying({ root: () => later.tree.root }, /leaves are not of the tree/);
    lying({ state: { code: () => bytes('00') } }, /code has another hash/);
    const older = victim.state.headers.get(1n)!;
    lying({ header: () => older }, /a header is another block's/);
  });

  test('of a batch without transactions read nothing', () => {
    const state = new TestState();
    state.genesis([]);
    const { input, journal: empty } = buildWitness(stf, batchOf(GENESIS_HEAD, [], []), state, state.tree);
    assert.equal(hex(stf.prove(input)), hex(empty));
    assert.equal(hex(runGuest(input).journal), hex(empty));
    assert.notEqual(hex(empty.subarray(0, 32)), hex(empty.subarray(32, 64)), 'the head moved');
  });
});
