// The indexed Merkle tree against a map, its order, and its proofs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IndexedTree, memoryStore, rootOf } from '../../src/sequencer/stf/index.ts';
import { hex } from './state.ts';

/** Numbers that are the same in every run. */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const keyOf = (random: (below: number) => number): Uint8Array => Uint8Array.from({ length: 32 }, () => random(256));
const value = (n: number): Uint8Array => new Uint8Array(32).fill(n);

test('a tree holds what a map holds', () => {
  const random = generator(1);
  const tree = new IndexedTree();
  const map = new Map<string, Uint8Array>();
  const keys: Uint8Array[] = [];
  for (let round = 0; round < 40; round++) {
    const changes = new Map<string, { key: Uint8Array; value: Uint8Array }>();
    for (let i = random(60); i >= 0; i--) {
      const known = keys.length > 0 && random(2) === 0;
      const key = known ? keys[random(keys.length)]! : keyOf(random);
      if (!known) keys.push(key);
      changes.set(hex(key), { key, value: value(random(4)) });
    }
    tree.apply([...changes.values()]);
    for (const [name, change] of changes) map.set(name, change.value);
  }
  for (const key of keys) assert.deepEqual(tree.get(key), map.get(hex(key)));
  assert.deepEqual(tree.get(keyOf(random)), value(0));
});

test('links lead through all keys in order', () => {
  const random = generator(2);
  const tree = new IndexedTree();
  for (let round = 0; round < 10; round++) {
    tree.apply(Array.from({ length: 30 }, () => ({ key: keyOf(random), value: value(1) })));
  }
  let at = 0;
  let seen = 1;
  for (let leaf = tree.leaf(0); leaf.next !== at; leaf = tree.leaf(at)) {
    assert.equal(Buffer.compare(leaf.key, tree.leaf(leaf.next).key), -1);
    at = leaf.next;
    seen++;
  }
  assert.equal(seen, tree.count);
  assert.equal(tree.count, 302);
});

test('the root depends on order of insertion between batches and not within', () => {
  const random = generator(3);
  const changes = Array.from({ length: 20 }, (_, i) => ({ key: keyOf(random), value: value(i + 1) }));
  const root = (batches: (typeof changes)[]): string => {
    const tree = new IndexedTree();
    for (const batch of batches) tree.apply(batch);
    return tree.root.join();
  };
  assert.equal(root([changes]), root([changes.toReversed()]));
  assert.notEqual(root([changes.slice(0, 10), changes.slice(10)]), root([changes.slice(10), changes.slice(0, 10)]));
});

test('presence and absence are proven', () => {
  const random = generator(4);
  const tree = new IndexedTree(memoryStore());
  const keys = Array.from({ length: 100 }, () => keyOf(random));
  tree.apply(keys.map((key, i) => ({ key, value: value(i + 1) })));
  for (const key of keys) {
    const place = tree.find(key);
    assert.ok(place.present);
    const proof = tree.proof(place.index);
    assert.deepEqual(proof.leaf.key, key);
    assert.deepEqual(rootOf(proof), tree.root);
    const forged = { ...proof, leaf: { ...proof.leaf, value: value(200) } };
    assert.notDeepEqual(rootOf(forged), tree.root);
  }
  for (let i = 0; i < 50; i++) {
    const key = keyOf(random);
    const place = tree.find(key);
    assert.ok(!place.present);
    const low = tree.leaf(place.low);
    assert.equal(low.next, place.high);
    assert.equal(Buffer.compare(low.key, key), -1);
    assert.equal(Buffer.compare(key, tree.leaf(place.high).key), -1);
    assert.deepEqual(rootOf(tree.proof(place.low)), tree.root);
  }
});

test('zero leaves no new leaf and clears an old one', () => {
  const tree = new IndexedTree();
  const key = value(5);
  const before = tree.root.join();
  tree.apply([{ key, value: value(0) }]);
  assert.equal(tree.root.join(), before);
  assert.equal(tree.count, 2);
  tree.apply([{ key, value: value(9) }]);
  tree.apply([{ key, value: value(0) }]);
  assert.equal(tree.count, 3);
  assert.deepEqual(tree.get(key), value(0));
  assert.ok(tree.find(key).present);
});
