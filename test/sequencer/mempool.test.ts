import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { toHex } from '../../src/sequencer/chain/bytes.ts';
import { decodeTransaction } from '../../src/sequencer/chain/transaction.ts';
import type { AccountState } from '../../src/sequencer/contract.ts';
import { SequencerError } from '../../src/sequencer/errors.ts';
import { checkAdmission } from '../../src/sequencer/mempool/admission.ts';
import { DEFAULT_LIMITS, type Mempool, type MempoolLimits, mempool } from '../../src/sequencer/mempool/mempool.ts';
import { EMPTY_CODE_HASH } from '../../src/sequencer/pipeline/genesis.ts';
import { ETHER, type Fields, GWEI, type Key, keyOf, sign } from './keys.ts';

function setUp(limits: Partial<MempoolLimits> = {}): {
  pool: Mempool;
  accounts: Map<string, AccountState>;
  add(key: Key, fields: Fields): string;
} {
  const accounts = new Map<string, AccountState>();
  for (let i = 0; i < 8; i++) {
    accounts.set(toHex(keyOf(i).address), { nonce: 0n, balance: ETHER, codeHash: EMPTY_CODE_HASH });
  }
  const chain = { account: (address: Uint8Array) => accounts.get(toHex(address)), baseFee: GWEI };
  const pool = mempool(chain, { ...DEFAULT_LIMITS, ...limits });
  const add = (key: Key, fields: Fields): string => {
    const raw = sign(key, fields);
    try {
      pool.add(decodeTransaction(raw), keccak_256(raw), key.address);
      return 'added';
    } catch (error) {
      assert.ok(error instanceof SequencerError, String(error));
      return error.code;
    }
  };
  return { pool, accounts, add };
}

const drain = (pool: Mempool): string[] => {
  const out: string[] = [];
  for (let next = pool.take(); next !== undefined; next = pool.take()) {
    out.push(`${toHex(next.sender).slice(2, 6)}:${next.tx.nonce}`);
    pool.done(next, true);
  }
  return out;
};
const [a, b] = [keyOf(0), keyOf(1)];
const name = ({ address }: Key, nonce: number): string => `${toHex(address).slice(2, 6)}:${nonce}`;

describe('the pool', () => {
  it('gives nonce order within senders, fee order among them, first come first served', () => {
    const { pool, add } = setUp();
    add(a, { nonce: 1n, maxFee: 90n * GWEI, tip: 80n * GWEI });
    add(a, { nonce: 0n });
    add(b, { nonce: 0n, maxFee: 5n * GWEI, tip: 4n * GWEI });
    add(keyOf(2), { nonce: 0n });
    assert.deepEqual(drain(pool), [name(b, 0), name(a, 0), name(a, 1), name(keyOf(2), 0)]);
    assert.deepEqual([pool.size, pool.bytes], [0, 0]);
  });

  it('keeps what waits for a missing nonce', () => {
    const { pool, add } = setUp();
    assert.equal(add(a, { nonce: 2n }), 'added');
    assert.equal(add(a, { nonce: 0n }), 'added');
    assert.equal(pool.nextNonce(a.address), 1n);
    assert.deepEqual(drain(pool), [name(a, 0)]);
    assert.equal(add(a, { nonce: 0n }), 'nonce_too_low');
    assert.equal(add(a, { nonce: 1n }), 'added');
    assert.deepEqual(drain(pool), [name(a, 1), name(a, 2)]);
    assert.equal(pool.nextNonce(a.address), 3n);
  });

  it('replaces for ten per cent more on both fees', () => {
    const { pool, add } = setUp();
    const fees = { maxFee: 10n * GWEI, tip: 10n * GWEI };
    assert.equal(add(a, { nonce: 0n, ...fees }), 'added');
    assert.equal(add(a, { nonce: 0n, ...fees }), 'already_known');
    assert.equal(add(a, { nonce: 0n, maxFee: 11n * GWEI, tip: 10n * GWEI }), 'replacement_underpriced');
    assert.equal(add(a, { nonce: 0n, maxFee: 11n * GWEI - 1n, tip: 11n * GWEI - 1n }), 'replacement_underpriced');
    assert.equal(add(a, { nonce: 0n, maxFee: 11n * GWEI, tip: 11n * GWEI, value: 5n }), 'added');
    assert.equal(pool.size, 1);
    const taken = pool.take();
    assert.equal(taken?.tx.value, 5n);
    assert.equal(add(a, { nonce: 0n, maxFee: 20n * GWEI, tip: 20n * GWEI }), 'nonce_too_low');
  });

  it('bounds senders and the whole', () => {
    const { pool, add } = setUp({ perSender: 3, transactions: 5, nonceGap: 10n });
    for (let i = 0n; i < 3n; i++) assert.equal(add(a, { nonce: i }), 'added');
    assert.equal(add(a, { nonce: 3n }), 'sender_limit');
    assert.equal(add(b, { nonce: 11n }), 'nonce_too_high');
    assert.equal(add(b, { nonce: 5n }), 'added');
    assert.equal(add(b, { nonce: 6n }), 'added');
    assert.equal(add(keyOf(3), { nonce: 4n }), 'pool_full');
    assert.equal(add(keyOf(3), { nonce: 0n }), 'added', 'one that can run takes the place of one that cannot');
    assert.equal(pool.size, 5);
    assert.equal(add(keyOf(99), { nonce: 0n }), 'insufficient_funds');
    assert.equal(add(b, { nonce: 0n, value: ETHER }), 'insufficient_funds');
  });

  it('knows the nonces of the open block', () => {
    const { pool, accounts, add } = setUp();
    add(a, { nonce: 0n });
    drain(pool);
    assert.equal(add(a, { nonce: 0n }), 'nonce_too_low');
    assert.equal(add(a, { nonce: 1n }), 'added');
    drain(pool);
    accounts.set(toHex(a.address), { nonce: 2n, balance: ETHER, codeHash: EMPTY_CODE_HASH });
    pool.settle();
    assert.equal(pool.nextNonce(a.address), 2n);
  });

  it('knows what was taken until it is in a block, or dropped', () => {
    const { pool, add } = setUp();
    add(a, { nonce: 0n });
    add(b, { nonce: 0n });
    const [first, second] = [pool.take(), pool.take()];
    assert.ok(first && second);
    assert.deepEqual([pool.size, pool.has(first.hashKey), pool.get(second.hashKey)], [0, true, second]);
    pool.done(first, true);
    pool.done(second, false);
    assert.deepEqual([pool.has(first.hashKey), pool.has(second.hashKey)], [true, false]);
    pool.published([first.hashKey]);
    assert.equal(pool.has(first.hashKey), false);
  });

  it('goes on after a transaction that was refused at execution', () => {
    const { pool, add } = setUp();
    add(a, { nonce: 0n });
    add(a, { nonce: 1n });
    const taken = pool.take();
    assert.ok(taken);
    assert.equal(pool.take(), undefined, 'one of a sender at a time');
    pool.done(taken, false);
    assert.equal(pool.take(), undefined);
    assert.equal(add(a, { nonce: 0n, value: 2n }), 'added');
    assert.deepEqual(drain(pool), [name(a, 0), name(a, 1)]);
  });

  it('forgets what waits too long', async () => {
    const { pool, add } = setUp();
    add(a, { nonce: 1n });
    add(b, { nonce: 0n });
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(pool.expire(60_000), 0);
    assert.equal(pool.expire(1), 1);
    assert.deepEqual(drain(pool), [name(b, 0)]);
  });
});

describe('admission', () => {
  const rules = { chainId: 1337n, baseFee: GWEI, gasLimit: 30_000_000n };
  const code = (fields: Fields): string => {
    try {
      checkAdmission(decodeTransaction(sign(a, fields)), rules);
      return 'added';
    } catch (error) {
      return (error as SequencerError).code;
    }
  };
  it('refuses what can never run', () => {
    assert.equal(code({ nonce: 0n }), 'added');
    assert.equal(code({ nonce: 0n, chainId: 1n }), 'invalid_chain_id');
    assert.equal(code({ nonce: 2n ** 64n - 1n }), 'nonce_too_high');
    assert.equal(code({ nonce: 0n, gasLimit: 30_000_001n }), 'gas_limit');
    assert.equal(code({ nonce: 0n, gasLimit: 2n ** 24n + 1n }), 'gas_limit', 'EIP-7825');
    assert.equal(code({ nonce: 0n, gasLimit: 20_999n }), 'intrinsic_gas');
    assert.equal(code({ nonce: 0n, maxFee: GWEI - 1n, tip: 0n }), 'fee_cap_too_low');
    assert.equal(code({ nonce: 0n, maxFee: GWEI, tip: 2n * GWEI }), 'tip_above_fee_cap');
    const data = new Uint8Array(49_153);
    assert.equal(code({ nonce: 0n, to: undefined, data, gasLimit: 16_000_000n }), 'init_code_too_big');
  });
});
