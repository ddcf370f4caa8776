// wisp_getProof: an account and slots of it in the state's tree, as of the last batch. Enough to come to the state's
// commitment, which the batch's proof makes public.
import { wordsToBytes } from '../../../core/hash.ts';
import { toHex, toQuantity } from '../../chain/bytes.ts';
import type { AccountState } from '../../contract.ts';
import { batchStore } from '../../jobs/batches.ts';
import { treeStore } from '../../jobs/tree_store.ts';
import { EMPTY_CODE_HASH } from '../../pipeline/genesis.ts';
import { accountKey, commitment, IndexedTree, NO_DEPOSITS, slotKey, type TreeProof } from '../../stf/index.ts';
import { NOT_FOUND, RpcError } from '../errors.ts';
import { blockOf, type Reader } from './reader.ts';

function proofJson({ index, leaf, siblings }: TreeProof): object {
  // All above the last one is empty.
  const used = siblings.findLastIndex((sibling) => sibling !== undefined) + 1;
  return {
    index: toQuantity(index),
    key: toHex(leaf.key),
    value: toHex(leaf.value),
    next: toQuantity(leaf.next),
    siblings: siblings.slice(0, used).map((sibling) => (sibling === undefined ? null : toHex(wordsToBytes(sibling)))),
  };
}

/** Its leaf; or where there is none, the leaf below, whose `next` names the leaf above, and that one. */
function provenKey(tree: IndexedTree, key: Uint8Array): object {
  const place = tree.find(key);
  const indices = place.present ? [place.index] : [place.low, place.high];
  return { key: toHex(key), exists: place.present, leaves: indices.map((index) => proofJson(tree.proof(index))) };
}

const accountJson = ({ nonce, balance, codeHash }: AccountState): object => ({
  ...{ nonce: toQuantity(nonce), balance: toQuantity(balance), codeHash: toHex(codeHash) },
});
const NOTHING: AccountState = { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH };

export function stateProof(reader: Reader, address: Uint8Array, slots: readonly Uint8Array[]): object {
  const { tables } = reader;
  const batches = batchStore(tables);
  const record = batches.record(batches.count - 1);
  if (record === undefined)
    throw new RpcError(NOT_FOUND, 'no batch is made yet: proofs are of the state after the last');
  const number = BigInt(record.lastBlock);
  const { hash, env } = blockOf(reader, number);
  const store = treeStore(tables.tree);
  const tree = new IndexedTree(store);
  const state = reader.stateAt(number);
  const { root } = tree;
  const head = { number, timestamp: env.timestamp, hash, deposits: NO_DEPOSITS };
  return {
    batch: toQuantity(record.index),
    blockNumber: toQuantity(number),
    blockHash: toHex(hash),
    blockTimestamp: toQuantity(env.timestamp),
    root: toHex(wordsToBytes(root)),
    leaves: toQuantity(store.count),
    commitment: toHex(commitment(root, store.count, head)),
    address: toHex(address),
    account: accountJson(state.account(address) ?? NOTHING),
    accountProof: provenKey(tree, accountKey(address)),
    storageProof: slots.map((slot) => ({
      slot: toHex(slot),
      value: toHex(state.storage(address, slot)),
      proof: provenKey(tree, slotKey(address, slot)),
    })),
  };
}
