// Foundry's cast against a node, where it is on the path. (npm has it: `npm install -g @foundry-rs/cast`, 70 MB.)
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { devKeys } from '../../src/sequencer/chain/dev.ts';
import { startDevRig, TOKEN } from './dev_rig.ts';
import type { Rig } from './service.ts';

const hasCast = spawnSync('cast', ['--version']).status === 0;
const [first, second] = devKeys();
let rig: Rig;

/** What cast prints; it fails with what cast says. */
async function cast(...args: string[]): Promise<string> {
  const env = { ...process.env, ETH_RPC_URL: rig.url, FOUNDRY_OFFLINE: 'true' };
  const { stdout } = await promisify(execFile)('cast', args, { env, timeout: 60_000 });
  return stdout.trim();
}
const sends = async (...args: string[]): Promise<Record<string, string>> =>
  JSON.parse(await cast('send', '--private-key', first!.secret, '--json', ...args)) as Record<string, string>;
const failure = async (...args: string[]): Promise<string> =>
  cast(...args).then(
    (text) => assert.fail(text),
    (error: { stderr: string }) => error.stderr,
  );

describe('cast', { skip: hasCast ? false : 'no cast on the path' }, () => {
  before(async () => {
    rig = await startDevRig();
  });
  after(() => rig.close());

  it('sends, deploys, calls, and reads', async () => {
    assert.equal(await cast('chain-id'), '131071');
    const sent = await sends(second!.address, '--value', '1ether');
    assert.equal(sent.status, '0x1');
    const args = ['Test', first!.address, '1000'];
    const made = await sends('--create', TOKEN.bytecode, 'constructor(string,address,uint256)', ...args);
    const token = made.contractAddress ?? '';
    assert.equal(await cast('call', token, 'name()(string)'), '"Test"');
    const moved = await sends(token, 'transfer(address,uint256)', second!.address, '10');
    assert.equal(await cast('call', token, 'balanceOf(address)(uint256)', second!.address), '10');
    assert.match(await cast('logs', '--address', token, '--from-block', '0'), /transactionHash/);
    assert.match(
      await cast('estimate', token, 'transfer(address,uint256)', second!.address, '1', '--from', first!.address),
      /^\d+$/,
    );
    assert.match(
      await cast('access-list', token, 'transfer(address,uint256)', second!.address, '1', '--from', first!.address),
      /access list/,
    );
    assert.equal(BigInt(await cast('storage', token, '1')), 1000n);
    assert.equal(await cast('nonce', first!.address), '3');
    assert.match(await cast('run', '--quick', moved.transactionHash ?? ''), /Transaction successfully executed/);
    assert.match(await cast('rpc', '--rpc-url', rig.url.replace('http', 'ws'), 'wisp_status'), /"head":"0x3"/);
  });

  it('says what the node says', async () => {
    const made = await sends(
      '--create',
      TOKEN.bytecode,
      'constructor(string,address,uint256)',
      'T',
      first!.address,
      '1',
    );
    const token = made.contractAddress ?? '';
    assert.match(await failure('call', token, 'refuse()'), /execution reverted: refused/);
    assert.match(
      await failure('send', '--private-key', first!.secret, '--nonce', '0', second!.address),
      /nonce too low/,
    );
    assert.match(await failure('proof', first!.address), /wisp_getProof/);
  });

  it('uses the accounts of the node', async () => {
    const args = ['--unlocked', '--from', second!.address, first!.address, '--value', '1', '--json'];
    assert.equal((JSON.parse(await cast('send', ...args)) as { status: string }).status, '0x1');
  });
});
