// Random transactions and contracts, against EthereumJS's VM: receipts, logs, gas, state, refusals; and the same accepted
// transactions as a batch through the program that is proven. WISP_DIFFERENTIAL=<n> runs more rounds, WISP_SEED another
// series.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { BlockEnv } from '../../src/sequencer/contract.ts';
import { type FullStf, loadStf } from '../../src/sequencer/stf/index.ts';
import { OtherVm } from './ethereumjs.ts';
import { generator } from './random.ts';
import { randomWorld } from './random_transactions.ts';
import { settle } from './riscv.ts';
import { CHAIN_ID, GENESIS_HEAD, hex, testEnv } from './state.ts';

const ROUNDS = Number(process.env.WISP_DIFFERENTIAL ?? 3);
const SEED = Number(process.env.WISP_SEED ?? 1);
const PER_ROUND = 60;
/** So that no block is full. */
const env = { ...testEnv(), gasLimit: 10n ** 12n };
const ENV: BlockEnv = { ...env, number: 1n, chainId: BigInt(CHAIN_ID), parentHash: GENESIS_HEAD.hash };

describe('against EthereumJS', () => {
  let stf: FullStf;
  before(async () => {
    stf = await loadStf();
  });

  async function compare(seed: number): Promise<void> {
    const { state, wallets, contracts, next } = randomWorld(generator(seed));
    const other = await OtherVm.from(state, ENV);
    const block = stf.beginBlock(ENV, state);
    const accepted: Uint8Array[] = [];
    let cumulative = 0n;
    for (let i = 0; i < PER_ROUND; i++) {
      const { raw, refused } = await next();
      const [ours, theirs] = [block.apply(raw), await other.apply(raw)];
      const where = `seed ${seed}, transaction ${i}`;
      if ('invalid' in ours) {
        assert.equal(theirs, undefined, `${where}: ${ours.invalid}`);
        refused();
        continue;
      }
      accepted.push(raw);
      const logs = ours.logs.map((l) => ({ address: hex(l.address), topics: l.topics.map(hex), data: hex(l.data) }));
      const { status, gasUsed, output } = ours;
      assert.deepEqual({ status, gasUsed, logs, output: hex(output) }, theirs, `${where} (${ours.halt})`);
      cumulative += gasUsed;
      assert.equal(ours.cumulativeGas, cumulative, where);
    }
    const { diff } = block.end();
    const untouched = new Set([...wallets.map(({ address }) => address), ...contracts].map(hex));
    for (const { address, deleted, nonce, balance, codeHash } of diff.accounts) {
      untouched.delete(hex(address));
      const account = deleted ? undefined : { nonce, balance, codeHash: hex(codeHash) };
      assert.deepEqual(account, await other.account(hex(address)), `seed ${seed}: ${hex(address)}`);
    }
    for (const address of untouched) {
      const account = state.accounts.get(address);
      const unchanged = account && { ...account, codeHash: hex(account.codeHash) };
      assert.deepEqual(unchanged, await other.account(address), `seed ${seed}: ${address}, unchanged`);
    }
    for (const { address, slot, value } of diff.storage) {
      assert.equal(BigInt(hex(value)), await other.slot(hex(address), slot), `seed ${seed}: slot of ${hex(address)}`);
    }
    settle(stf, { chainId: BigInt(CHAIN_ID), head: GENESIS_HEAD, blocks: [{ env, transactions: accepted }] }, state);
  }

  for (let round = 0; round < ROUNDS; round++) {
    test(`round ${round}`, () => compare(1000 * SEED + round));
  }
});
