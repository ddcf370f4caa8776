import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { toHex } from '../../src/sequencer/chain/bytes.ts';
import { follow } from '../../src/sequencer/follow.ts';
import { fakeStf } from './fake_stf.ts';
import { chainOf, sign } from './keys.ts';
import { keys, type Rig, silent, startRig } from './service.ts';

const [a, b] = keys as [(typeof keys)[0], (typeof keys)[0]];
let leader: Rig;
before(async () => {
  leader = await startRig();
  for (let i = 0n; i < 5n; i++) await leader.call('eth_sendRawTransactionSync', toHex(sign(a, { nonce: i })));
});
after(() => leader.close());

const quiet = { ...silent, error: () => {} };

describe('a following node', () => {
  it('comes to the same blocks, and passes transactions on', async () => {
    const follower = await startRig({
      node: { produces: false },
      following: (node) => follow(node, leader.url, silent),
    });
    const sent = await follower.call('eth_sendRawTransactionSync', toHex(sign(b, { nonce: 0n })));
    const receipt = sent.result as { blockHash: string; transactionHash: string };
    const theirs = await leader.call('eth_getTransactionReceipt', receipt.transactionHash);
    assert.deepEqual(theirs.result, receipt);
    for (const number of ['0x1', '0x3', 'latest']) {
      const [own, other] = await Promise.all(
        [follower, leader].map((rig) => rig.call('eth_getBlockByNumber', number, true)),
      );
      assert.deepEqual(own?.result, other?.result);
    }
    const refused = await follower.call('eth_sendRawTransaction', toHex(sign(b, { nonce: 0n })));
    assert.match(refused.error?.message ?? '', /nonce too low/);
    await follower.close();
  });

  it('ends where a block comes out different', async () => {
    const follower = await startRig({
      node: { produces: false, stf: fakeStf(1) },
      log: quiet,
      following: (node) => follow(node, leader.url, silent),
    });
    const error = await follower.service.ended;
    assert.match(String(error), /comes out different/);
    assert.equal((await fetch(`${follower.url}/health`)).status, 503);
    await follower.close();
  });

  it('refuses another chain', async () => {
    const options = { node: { produces: false, chain: chainOf([a]) } };
    const rig = startRig({ ...options, following: (node) => follow(node, leader.url, silent) });
    await assert.rejects(rig, { code: 'genesis_mismatch' });
  });
});
