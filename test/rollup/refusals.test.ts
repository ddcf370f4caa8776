// Transactions that no block takes, calls, and instances that broke.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { getContractAddress, toHex } from 'viem';
import { decodeRlp, encodeRlp } from '../../src/sequencer/chain/rlp.ts';
import type { BlockEnv, StateReader } from '../../src/sequencer/contract.ts';
import { type FullBlockExecution, type FullStf, loadStf, runBatch } from '../../src/sequencer/stf/index.ts';
import { token, tokenInit } from './contracts.ts';
import { BASE_FEE, bytes, CHAIN_ID, ETHER, GENESIS_HEAD, hex, TestState, testEnv, Wallet } from './state.ts';

const ENV: BlockEnv = { ...testEnv(), number: 1n, chainId: BigInt(CHAIN_ID), parentHash: GENESIS_HEAD.hash };

describe('refusals', () => {
  let stf: FullStf;
  let state: TestState;
  const [a, poor] = [new Wallet(1), new Wallet(2)];
  before(async () => {
    stf = await loadStf();
    state = new TestState();
    const contract = new Wallet(4);
    state.genesis([
      { address: a.address, balance: 100n * ETHER, nonce: 5n },
      { address: poor.address, balance: 21_000n * BASE_FEE * 3n + 1n },
      { address: contract.address, balance: ETHER, code: bytes('0x00') },
    ]);
  });

  const refused = (block: FullBlockExecution, raw: Uint8Array): string => {
    const result = block.apply(raw);
    return 'invalid' in result ? result.invalid : 'accepted';
  };

  /** The last three fields, signature in words, changed. */
  const resigned = (raw: Uint8Array, change: (parity: bigint, r: bigint, s: bigint) => bigint[]): Uint8Array => {
    const fields = decodeRlp(raw.subarray(1)).items!.map((item) => item.encoded);
    const number = (bytesOf: Uint8Array): bigint => (bytesOf.length === 0 ? 0n : BigInt(hex(bytesOf)));
    const [parity, r, s] = decodeRlp(raw.subarray(1))
      .items!.slice(-3)
      .map((item) => number(item.payload));
    const tail = change(parity!, r!, s!).map((n) => encodeRlp(n));
    const all = [...fields.slice(0, -3), ...tail];
    const size = all.reduce((n, f) => n + f.length, 0);
    return Uint8Array.of(raw[0]!, 0xf8, size, ...all.flatMap((f) => [...f]));
  };

  test('each for its reason, and the state is as it was', async () => {
    const block = stf.beginBlock(ENV, state);
    const to = hex(poor.address);
    const good = await a.sign({ to, nonce: 5, gas: 21_000n });
    const n = secp256k1.Point.Fn.ORDER;
    const cases: [string, Uint8Array][] = [
      ['nonceTooLow', await a.sign({ to, nonce: 4 })],
      ['nonceTooHigh', await a.sign({ to, nonce: 6 })],
      ['insufficientFunds', await poor.sign({ to, nonce: 0, gas: 21_000n, value: 2n })],
      ['insufficientFunds', await new Wallet(9).sign({ to, nonce: 0 })],
      ['wrongChainId', await a.sign({ to, nonce: 5, chainId: CHAIN_ID + 1 })],
      ['wrongChainId', await a.sign({ to, nonce: 5, type: 'legacy', gasPrice: BASE_FEE, chainId: CHAIN_ID + 1 })],
      ['feeTooLow', await a.sign({ to, nonce: 5, maxFeePerGas: BASE_FEE - 1n, maxPriorityFeePerGas: 0n })],
      ['intrinsicGas', await a.sign({ to, nonce: 5, gas: 20_999n })],
      ['gasLimitCap', await a.sign({ to, nonce: 5, gas: 2n ** 24n + 1n })],
      ['blockGasLimit', await a.sign({ to, nonce: 5, gas: 60_000_001n })],
      ['senderHasCode', await new Wallet(4).sign({ to, nonce: 0 })],
      ['initCodeSize', await a.sign({ data: `0x${'00'.repeat(49153)}`, nonce: 5, gas: 10_000_000n })],
      ['signature', resigned(good, (parity, r, s) => [1n - parity, r, n - s])],
      ['signature', resigned(good, (parity, _r, s) => [parity, 0n, s])],
      ['signature', resigned(good, (parity, r) => [parity, r, 0n])],
      ['signature', resigned(good, (parity, r) => [parity, r, n])],
      ['malformed', resigned(good, (_, r, s) => [2n, r, s])],
      ['malformed', new Uint8Array(0)],
      ['malformed', good.subarray(0, good.length - 1)],
      ['malformed', Uint8Array.of(...good, 0)],
      ['malformed', bytes('0xc0')],
      ['unsupportedType', Uint8Array.of(3, ...good.subarray(1))],
      ['unsupportedType', Uint8Array.of(0x55)],
      ['tooLong', new Uint8Array(131_073).fill(0xc0)],
      [
        'depositOrder',
        Uint8Array.of(0x7e, ...encodeRlp([1n, a.address, a.address, 0n, 0n, 21_000n, new Uint8Array(0)])),
      ],
    ];
    for (const [reason, raw] of cases) assert.equal(refused(block, raw), reason);
    assert.equal(refused(block, good), 'accepted');
    const { diff, gasUsed } = block.end();
    assert.equal(gasUsed, 21_000n);
    const clean = stf.beginBlock(ENV, state);
    assert.equal(refused(clean, good), 'accepted');
    const names = (d: typeof diff): string[] =>
      d.accounts.map((x) => `${hex(x.address)} ${x.nonce} ${x.balance}`).sort();
    assert.deepEqual(names(clean.end().diff), names(diff));
  });

  test('a changed byte changes the sender or is refused', async () => {
    const raw = await a.sign({ to: hex(poor.address), nonce: 5, gas: 21_000n });
    for (let i = 0; i < raw.length; i++) {
      const changed = raw.slice();
      changed[i]! ^= 1;
      const sender = stf.sender(changed);
      assert.ok('invalid' in sender || hex(sender) !== hex(a.address), `byte ${i}`);
    }
    assert.equal(hex(stf.sender(raw) as Uint8Array), hex(a.address));
  });

  test('a batch with a refused transaction does not run', async () => {
    const transactions = [await a.sign({ to: hex(poor.address), nonce: 8 })];
    const batch = { chainId: BigInt(CHAIN_ID), head: GENESIS_HEAD, blocks: [{ env: testEnv(), transactions }] };
    assert.throws(() => runBatch(stf, batch, state), /block 1, transaction 0: nonceTooHigh/);
    const early = { ...batch, blocks: [{ env: testEnv(-1n), transactions: [] }] };
    assert.throws(() => runBatch(stf, early, state), /time goes back/);
    assert.throws(() => runBatch(stf, { ...batch, blocks: [] }, state), /a batch has blocks/);
  });

  test('calls need no signature, nonce or fee, and change nothing', () => {
    const data = bytes(tokenInit(1000n));
    const from = a.address;
    const created = stf.call(ENV, state, { from, to: undefined, data, value: 0n, gasLimit: 5_000_000n, gasPrice: 0n });
    assert.equal(created.outcome, 'success');
    const call = { from, to: poor.address, data: new Uint8Array(0), value: 1n, gasLimit: 30_000_000n, gasPrice: 0n };
    assert.deepEqual(stf.call(ENV, state, call), { ...created, output: new Uint8Array(0), gasUsed: 21_000n });
    assert.equal(stf.call(ENV, state, { ...call, value: 200n * ETHER }).reason, 'insufficientFunds');
    assert.equal(stf.call(ENV, state, { ...call, gasPrice: 1n }).reason, 'feeTooLow');
    assert.equal(stf.call(ENV, state, { ...call, gasLimit: 20_000n }).reason, 'intrinsicGas');
    const bad = { ...call, to: undefined, data: bytes('0xfe'), value: 0n, gasLimit: 100_000n };
    assert.equal(stf.call(ENV, state, bad).outcome, 'halt');
    const reverts = { ...bad, data: bytes('0x60016000fd') };
    assert.equal(stf.call(ENV, state, { ...reverts, data: bytes('0x60205ffd') }).outcome, 'revert');
    // Of another contract, as a caller with code may too.
    const at = bytes(getContractAddress({ from: a.account.address, nonce: 5n }));
    const data2 = bytes(token('balanceOf', [hex(a.address)]));
    assert.equal(stf.call(ENV, state, { ...call, value: 0n, to: at, data: data2 }).outcome, 'success');
    assert.equal(toHex(stf.call(ENV, state, call).output), '0x');
  });

  test('a state that throws breaks its block and no other', async () => {
    const block = stf.beginBlock(ENV, state);
    const failing: StateReader = {
      account: () => {
        throw new Error('disk');
      },
      storage: () => new Uint8Array(32),
      code: () => new Uint8Array(0),
      blockHash: () => new Uint8Array(32),
    };
    const broken = stf.beginBlock(ENV, failing);
    const raw = await a.sign({ to: hex(poor.address), nonce: 5, gas: 21_000n });
    assert.throws(() => broken.apply(raw), /disk/);
    assert.throws(() => broken.apply(raw), { code: 'stf_panicked' });
    broken.discard();
    assert.throws(() => broken.end(), { code: 'block_closed' });
    assert.equal(refused(block, raw), 'accepted');
    assert.equal(block.end().gasUsed, 21_000n);
  });
});
