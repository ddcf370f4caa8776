// Runs against a node: npx wisp node --dev
import assert from 'node:assert/strict';
import { network } from 'hardhat';

const { ethers } = await network.create();
const HOUR = 3600n;

const now = async () => BigInt((await ethers.provider.getBlock('latest')).timestamp);
/** A vault that opens in an hour. The node takes no snapshots: every test deploys its own. */
async function fresh(value = 1_000_000n) {
  await ethers.provider.send('evm_mine', []);
  const vault = await ethers.deployContract('Vault', [(await now()) + HOUR], { value });
  await vault.waitForDeployment();
  return vault;
}
/** The error that a call ends with. */
async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  assert.fail('it succeeds');
}

describe('Vault', () => {
  it('holds what it was made with', async () => {
    const vault = await fresh(7n);
    const [owner] = await ethers.getSigners();
    assert.equal(await vault.owner(), owner.address);
    assert.equal(await ethers.provider.getBalance(vault), 7n);
  });

  it('says why it stays shut: custom errors and reasons', async () => {
    const vault = await fresh();
    const early = await failure(vault.open.staticCall());
    assert.equal(vault.interface.parseError(early.data).name, 'TooEarly');
    const [, stranger] = await ethers.getSigners();
    assert.match((await failure(vault.connect(stranger).open.staticCall())).message, /not yours/);
  });

  it('opens when its time has come', async () => {
    const vault = await fresh(5n);
    await ethers.provider.send('evm_increaseTime', [Number(HOUR)]);
    const receipt = await (await vault.open({ gasLimit: 100_000n })).wait();
    assert.equal(receipt.status, 1);
    const [event] = await vault.queryFilter('Opened', receipt.blockNumber);
    assert.equal(event.args.amount, 5n);
    assert.equal(await ethers.provider.getBalance(vault), 0n);
  });

  it('is made by another contract', async () => {
    const maker = await ethers.deployContract('VaultMaker');
    const receipt = await (await maker.make(0n, { value: 9n })).wait();
    const made = maker.interface.parseLog(receipt.logs[0]).args.vault;
    assert.equal(await ethers.provider.getBalance(made), 9n);
    const trace = await ethers.provider.send('debug_traceTransaction', [receipt.hash, { tracer: 'callTracer' }]);
    assert.deepEqual([trace.calls[0].type, trace.calls[0].to], ['CREATE', made.toLowerCase()]);
  });
});
