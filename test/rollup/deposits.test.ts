// Deposits that the program would refuse are replaced by ones that it takes, in both builds: none blocks those behind it.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { concat } from '../../src/sequencer/chain/bytes.ts';
import { encodeRlp, type RlpValue } from '../../src/sequencer/chain/rlp.ts';
import { admitDeposit, type DepositOutcome, depositQueue } from '../../src/sequencer/mempool/deposits.ts';
import { type FullStf, loadStf } from '../../src/sequencer/stf/index.ts';
import { settle } from './riscv.ts';
import { batchOf, GENESIS_HEAD, hex, TestState, testEnv, Wallet } from './state.ts';

const [sender, receiver] = [new Wallet(60).address, new Wallet(61).address];
const typed = (fields: RlpValue): Uint8Array => concat([Uint8Array.of(0x7e), encodeRlp(fields)]);
const deposit = (index: bigint, value: bigint, data = new Uint8Array(0)): Uint8Array =>
  typed([index, sender, receiver, value, value, 1_000_000n, data]);

describe('deposits', () => {
  let stf: FullStf;
  before(async () => {
    stf = await loadStf();
  });

  test('that are malformed or too long do not block those behind them', async () => {
    const warnings: object[] = [];
    const queue = depositQueue({ count: 0n, log: { warn: (fields) => void warnings.push(fields) } });
    const huge = deposit(2n, 30n, new Uint8Array(200_000).fill(1));
    const entries: [DepositOutcome, Uint8Array][] = [
      ['taken', deposit(0n, 10n)],
      ['malformed', new Uint8Array(0)],
      ['tooLong', huge],
      ['malformed', new Uint8Array(1_000_000).fill(0x7e)],
      ['wrongIndex', deposit(9n, 50n)],
      ['malformed', typed([5n, sender, receiver, 2n ** 128n, 1n, 1n, new Uint8Array(0)])],
      ['malformed', typed([6n, sender, receiver, 1n, 1n, 1n, []])],
      ['malformed', Uint8Array.of(...deposit(7n, 1n), 0)],
      ['taken', deposit(8n, 90n)],
    ];
    for (const [, raw] of entries) queue.push(raw);
    assert.deepEqual(queue.counts, { taken: 2, tooLong: 1, malformed: 5, wrongIndex: 1 });
    assert.equal(warnings.length, 7);
    assert.deepEqual(warnings[1], { index: 2, outcome: 'tooLong', bytes: huge.length });

    const raws: Uint8Array[] = [];
    for (let raw = queue.peek(); raw !== undefined; raw = queue.peek()) {
      raws.push(raw);
      queue.done();
    }
    assert.equal(queue.waiting, 0);
    const state = new TestState();
    state.genesis([]);
    const { receipts, witness } = settle(stf, batchOf(GENESIS_HEAD, raws.slice(0, 4), raws.slice(4)), state);
    assert.deepEqual(
      receipts.map(({ status }) => status),
      entries.map(([outcome]) => (outcome === 'taken' ? 1 : 0)),
    );
    assert.equal(state.account(receiver)?.balance, 100n);
    assert.equal(state.account(sender)?.balance, 30n, 'what one that is too long mints is its sender’s');
    const { count, hash } = witness.run.head.deposits;
    assert.equal(count, 9n);
    const link = (before: Uint8Array, raw: Uint8Array): Uint8Array =>
      keccak_256(Uint8Array.of(...before, ...keccak_256(raw)));
    const chained = entries.map(([, raw], i) => admitDeposit(BigInt(i), raw).raw).reduce(link, new Uint8Array(32));
    assert.equal(hex(hash), hex(chained), 'whoever has the queue comes to the same');
  });

  test('of all shapes: what is let in, the program takes', () => {
    const state = new TestState();
    state.genesis([]);
    const valid = typed([3n, sender, receiver, 7n, 2n ** 200n, 2n ** 40n, new Uint8Array(60).fill(9)]);
    const shapes: Uint8Array[] = [
      typed([3n, sender, new Uint8Array(0), 0n, 0n, 0n, new Uint8Array(0)]),
      typed([3n, sender, receiver, 2n ** 128n - 1n, 2n ** 256n - 1n, 2n ** 64n - 1n, new Uint8Array(0)]),
      typed([3n, sender, receiver, 1n, 1n, 2n ** 64n, new Uint8Array(0)]),
      typed([3n, sender, receiver.subarray(1), 1n, 1n, 1n, new Uint8Array(0)]),
      typed([3n, sender, receiver, 1n, 1n, 1n]),
      typed([3n, sender, receiver, 1n, 1n, 1n, new Uint8Array(0), 1n]),
      typed([3n, sender, receiver, Uint8Array.of(0, 5), 1n, 1n, new Uint8Array(0)]),
      ...Array.from({ length: valid.length }, (_, cut) => valid.subarray(0, cut)),
    ];
    // Every byte, changed in a few ways.
    for (let at = 0; at < valid.length; at++) {
      for (const to of [0, 0x7f, 0x80, 0xb8, 0xc0, 0xf8, 0xff, valid[at]! ^ 1]) {
        const changed = valid.slice();
        changed[at] = to;
        shapes.push(changed);
      }
    }
    const env = { ...testEnv(), number: 1n, chainId: 1n, parentHash: new Uint8Array(32) };
    let letIn = 0;
    for (const shape of shapes) {
      const { raw, outcome } = admitDeposit(3n, shape);
      if (outcome === 'taken') letIn++;
      const block = stf.beginBlock(env, state, { hash: new Uint8Array(32), count: 3n });
      const result = block.apply(raw);
      assert.ok(!('invalid' in result), `${outcome} ${hex(shape)}`);
      block.discard();
    }
    assert.ok(letIn > 100 && letIn < shapes.length - 100, `${letIn} of ${shapes.length}`);
  });
});
