import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { devKeys } from '../../src/sequencer/chain/dev.ts';
import { devClock } from '../../src/sequencer/rpc/dev/tools.ts';
import { startDevRig } from './dev_rig.ts';
import { type Rig, startRig } from './service.ts';

let rig: Rig;
before(async () => {
  rig = await startDevRig();
});
after(() => rig.close());

const head = async (): Promise<{ number: bigint; timestamp: bigint }> => {
  const block = (await rig.call('eth_getBlockByNumber', 'latest', false)).result as Record<string, string>;
  return { number: BigInt(block.number ?? 0), timestamp: BigInt(block.timestamp ?? 0) };
};

describe('a development chain', () => {
  it('makes blocks on demand, at times that are asked for', async () => {
    const start = await head();
    assert.equal((await rig.call('evm_mine')).result, '0x0');
    assert.equal((await head()).number, start.number + 1n);
    assert.equal((await rig.call('hardhat_mine', '0x3', '0x64')).result, true);
    const mined = await head();
    assert.equal(mined.number, start.number + 4n);
    assert.ok(mined.timestamp >= start.timestamp + 200n, 'two intervals of 100 seconds');
    const later = mined.timestamp + 5000n;
    assert.equal((await rig.call('evm_setNextBlockTimestamp', Number(later))).error, undefined);
    await rig.call('evm_mine');
    assert.equal((await head()).timestamp, later);
    await rig.call('evm_increaseTime', '0xe10');
    await rig.call('evm_mine');
    assert.ok((await head()).timestamp >= later + 3600n);
    await rig.call('evm_mine', `0x${(later + 9000n).toString(16)}`);
    assert.equal((await head()).timestamp, later + 9000n);
    assert.match((await rig.call('evm_setNextBlockTimestamp', 5)).error?.message ?? '', /lower than/);
    assert.equal((await rig.call('hardhat_mine', '0x10000')).error?.code, -32602);
  });

  it('signs for its own accounts only', async () => {
    const [from, to] = devKeys().map(({ address }) => address);
    assert.deepEqual(
      (await rig.call('eth_accounts')).result,
      devKeys().map(({ address }) => address),
    );
    const hash = (await rig.call('eth_sendTransaction', { from, to, value: '0x1' })).result;
    assert.match(String(hash), /^0x[0-9a-f]{64}$/);
    const signed = (await rig.call('eth_signTransaction', { from, to, value: '0x1' })).result as { raw: string };
    assert.equal((await rig.call('eth_sendRawTransaction', signed.raw)).error, undefined);
    const stranger = await rig.call('eth_sendTransaction', { from: `0x${'11'.repeat(20)}`, to });
    assert.match(stranger.error?.message ?? '', /^unknown account/);
    const { result } = await rig.call('hardhat_metadata');
    assert.equal((result as { chainId: number }).chainId, 131_071);
  });

  it('says which methods of other development chains it refuses, and why', async () => {
    const why: [string, RegExp][] = [
      ['evm_snapshot', /only ever added to/],
      ['evm_revert', /only ever added to/],
      ['hardhat_setBalance', /by transactions only/],
      ['anvil_setCode', /by transactions only/],
      ['hardhat_impersonateAccount', /signature of its sender/],
      ['evm_setAutomine', /when there are transactions/],
      ['eth_getProof', /wisp_getProof/],
    ];
    for (const [method, reason] of why) {
      const { error } = await rig.call(method);
      assert.equal(error?.code, -32601);
      assert.match(error.message, reason);
    }
  });

  it('has no such methods elsewhere', async () => {
    const plain = await startRig();
    assert.deepEqual((await plain.call('eth_accounts')).result, []);
    for (const method of ['evm_mine', 'evm_increaseTime', 'eth_sendTransaction', 'eth_sign', 'hardhat_metadata']) {
      const { error } = await plain.call(method, { from: `0x${'11'.repeat(20)}` }, '0x00');
      assert.ok(error !== undefined && [-32601, -32602].includes(error.code), `${method}: ${JSON.stringify(error)}`);
    }
    await plain.close();
  });
});

describe('its clock', () => {
  it('goes forward, with the system\u2019s and beyond it', () => {
    let system = 1_000_000;
    const clock = devClock(() => system);
    assert.equal(clock.now(), 1_000_000);
    assert.equal(clock.increase(60n), 60n);
    assert.equal(clock.now(), 1_060_000);
    clock.setNext(5000n, 1060n);
    assert.equal(clock.now(), 5_000_000);
    system += 500;
    assert.equal(clock.now(), 5_000_500, 'it goes on from there');
    assert.throws(() => clock.setNext(1n, 5000n), /lower than/);
    assert.throws(() => clock.increase(10n ** 12n), /too far ahead/);
  });
});
