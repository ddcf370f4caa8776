// Proofs of the state's tree, checked as a client would: with nothing of the node but its answer.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { bytesToWords } from '../../src/core/hash.ts';
import { fromHex, toHex } from '../../src/sequencer/chain/bytes.ts';
import { devKeys } from '../../src/sequencer/chain/dev.ts';
import { type FlushableProving, startProving } from '../../src/sequencer/jobs/service.ts';
import { accountValue, wordOf } from '../../src/sequencer/stf/hash.ts';
import { accountKey, commitment, NO_DEPOSITS, rootOf, slotKey } from '../../src/sequencer/stf/index.ts';
import { deploy, startDevRig, TOKEN } from './dev_rig.ts';
import { type Rig, silent, until } from './service.ts';

interface Leaf {
  readonly index: string;
  readonly key: string;
  readonly value: string;
  readonly next: string;
  readonly siblings: readonly (string | null)[];
}
interface Proven {
  readonly key: string;
  readonly exists: boolean;
  readonly leaves: readonly Leaf[];
}
interface StateProof {
  readonly batch: string;
  readonly blockNumber: string;
  readonly blockHash: string;
  readonly blockTimestamp: string;
  readonly root: string;
  readonly leaves: string;
  readonly commitment: string;
  readonly account: { readonly nonce: string; readonly balance: string; readonly codeHash: string };
  readonly accountProof: Proven;
  readonly storageProof: readonly { readonly slot: string; readonly value: string; readonly proof: Proven }[];
}

let rig: Rig;
let proving: FlushableProving;
let token: `0x${string}`;
before(async () => {
  rig = await startDevRig({
    proving: async (node) => {
      const verify = async (): Promise<never> => assert.fail('nothing is proven here');
      const options = { blocks: 1000, transactions: 1000, seconds: 3600, leaseMs: 60_000, secret: '', verify };
      proving = await startProving(node, { job: () => {} }, silent, options);
      return proving;
    },
  });
  token = await deploy(rig.url, 0, TOKEN, ['Test', devKeys()[0]?.address, 1000n]);
});
after(() => rig.close());

/** The value of a key under a root: zero where the tree has none. */
function provenValue({ key, exists, leaves }: Proven, root: string): Uint8Array {
  for (const { index, siblings, ...leaf } of leaves) {
    const digests = siblings.map((sibling) => (sibling === null ? undefined : bytesToWords(fromHex(sibling))));
    const all = [...digests, ...new Array<undefined>(64 - digests.length).fill(undefined)];
    const place = { key: fromHex(leaf.key), value: fromHex(leaf.value), next: Number(leaf.next) };
    const words = rootOf({ index: Number(index), leaf: place, siblings: all });
    assert.deepEqual(words, bytesToWords(fromHex(root)));
  }
  const [low, high] = leaves as [Leaf, Leaf];
  if (exists) {
    assert.equal(low.key, key);
    return fromHex(low.value);
  }
  assert.ok(low.key < key && key < high.key && low.next === high.index, 'neighbours');
  return new Uint8Array(32);
}

describe('wisp_getProof', () => {
  it('needs a batch', async () => {
    assert.equal((await rig.call('wisp_getProof', token, [])).error?.code, -32001);
  });

  it('proves accounts, slots, and that there are none, up to what a batch makes public', async () => {
    await proving.flush();
    const supply = '0x1';
    const absent = '0x1234567890';
    const proof = (await rig.call('wisp_getProof', token, [supply, absent])).result as StateProof;
    const batch = (await rig.call('wisp_getBatch', proof.batch)).result as { journal: string; lastBlock: number };
    assert.equal(Number(proof.blockNumber), batch.lastBlock);
    const head = {
      ...{ number: BigInt(proof.blockNumber), timestamp: BigInt(proof.blockTimestamp) },
      ...{ hash: fromHex(proof.blockHash), deposits: NO_DEPOSITS },
    };
    const committed = commitment(bytesToWords(fromHex(proof.root)), Number(proof.leaves), head);
    assert.equal(toHex(committed), proof.commitment);
    // The state after, in the journal.
    assert.equal(toHex(fromHex(batch.journal).subarray(32, 64)), proof.commitment);

    const address = fromHex(token);
    assert.equal(proof.accountProof.key, toHex(accountKey(address)));
    const { nonce, balance, codeHash } = proof.account;
    const account = { nonce: BigInt(nonce), balance: BigInt(balance), codeHash: fromHex(codeHash) };
    assert.deepEqual(provenValue(proof.accountProof, proof.root), accountValue(account));
    const [own, none] = proof.storageProof;
    assert.equal(own?.proof.key, toHex(slotKey(address, fromHex(`0x${'1'.padStart(64, '0')}`))));
    assert.equal(BigInt(own?.value ?? 0), 1000n);
    assert.deepEqual(provenValue(own!.proof, proof.root), wordOf(fromHex(own!.value)));
    assert.deepEqual([none?.proof.exists, BigInt(none?.value ?? 1)], [false, 0n]);
    assert.deepEqual(provenValue(none!.proof, proof.root), new Uint8Array(32));

    const nobody = (await rig.call('wisp_getProof', `0x${'77'.repeat(20)}`)).result as StateProof;
    assert.equal(nobody.accountProof.exists, false);
    assert.deepEqual(provenValue(nobody.accountProof, nobody.root), new Uint8Array(32));
    assert.equal(nobody.commitment, proof.commitment);
  });

  it('says how far a transaction is', async () => {
    const [from, to] = devKeys().map(({ address }) => address);
    const send = async (): Promise<unknown> => (await rig.call('eth_sendTransaction', { from, to })).result;
    const status = async (hash: unknown): Promise<string> =>
      ((await rig.call('wisp_getTransactionStatus', hash)).result as { status: string }).status;
    const hash = await send();
    const seen = new Set<string>();
    await until(async () => seen.add(await status(hash)).has('included'), 'it is in a block');
    assert.ok(!seen.has('unknown'), [...seen].join());
    await proving.flush();
    assert.equal(await status(hash), 'batched');
    assert.equal(await status(`0x${'00'.repeat(32)}`), 'unknown');
    assert.equal((await rig.call('wisp_getProof', to, new Array(1025).fill('0x0'))).error?.code, -32602);
  });
});
