// What earlier transactions of a batch leave in memory must not show in later ones: a batch is what its blocks are, each run
// from the state alone.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type FullStf, loadStf } from '../../src/sequencer/stf/index.ts';
import { OtherVm } from './ethereumjs.ts';
import { settle } from './riscv.ts';
import { batchOf, CHAIN_ID, ETHER, GENESIS_HEAD, hex, TestState, testEnv, Wallet } from './state.ts';

describe('a batch of several blocks', () => {
  let stf: FullStf;
  before(async () => {
    stf = await loadStf();
  });

  /** `fresh` is nobody yet; a payment of nothing touches it, then it sets code. */
  const transactions = async (payment: bigint): Promise<{ raw: Uint8Array[]; state: TestState }> => {
    const [a, fresh] = [new Wallet(1), new Wallet(2)];
    const state = new TestState();
    state.genesis([{ address: a.address, balance: 100n * ETHER }]);
    const authorization = await fresh.account.signAuthorization({
      ...{ contractAddress: hex(a.address), chainId: CHAIN_ID, nonce: 0 },
    });
    const raw = [
      await a.sign({ to: hex(fresh.address), value: payment, gas: 21_000n }),
      await a.sign({ to: hex(a.address), authorizationList: [authorization], gas: 100_000n }),
    ];
    return { raw, state };
  };

  for (const payment of [0n, 1n]) {
    // EIP-7702: a refund if the authority exists, of a fifth at most; EIP-161: one that was paid nothing does not.
    const gas = payment === 0n ? 46_000n : 36_800n;

    test(`code set for an account that was paid ${payment}, in one block`, async () => {
      const { raw, state } = await transactions(payment);
      const other = await OtherVm.from(state, {
        ...{ ...testEnv(), number: 1n, chainId: BigInt(CHAIN_ID), parentHash: GENESIS_HEAD.hash },
      });
      const theirs = [await other.apply(raw[0]!), await other.apply(raw[1]!)];
      assert.equal(theirs[1]!.gasUsed, gas);
      const { receipts } = settle(stf, batchOf(GENESIS_HEAD, raw), state);
      assert.equal(receipts[1]!.gasUsed, gas);
    });

    test(`code set for an account that was paid ${payment}, in two blocks`, async () => {
      const { raw, state } = await transactions(payment);
      const { receipts } = settle(stf, batchOf(GENESIS_HEAD, [raw[0]!], [raw[1]!]), state);
      assert.equal(receipts[1]!.gasUsed, gas);
    });
  }
});
