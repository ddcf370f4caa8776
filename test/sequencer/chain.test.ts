import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { toHex } from '../../src/sequencer/chain/bytes.ts';
import { decodeTransaction } from '../../src/sequencer/chain/transaction.ts';
import { type Mempool, mempool } from '../../src/sequencer/mempool/mempool.ts';
import { type Chain, openChain } from '../../src/sequencer/pipeline/chain.ts';
import { DEFAULT_PRODUCER, type Producer, startProducer } from '../../src/sequencer/pipeline/producer.ts';
import { fakeStf } from './fake_stf.ts';
import { chainOf, ETHER, GWEI, type Key, keyOf, sign } from './keys.ts';

const root = mkdtempSync(join(tmpdir(), 'wisp-chain-'));
/** Those that a test that failed left behind. */
const open = new Set<() => Promise<void>>();
after(async () => {
  await Promise.allSettled([...open].map((close) => close()));
  rmSync(root, { recursive: true, force: true });
});
const keys = [0, 1, 2].map(keyOf);
const config = chainOf(keys);

interface Rig {
  readonly chain: Chain;
  readonly pool: Mempool;
  readonly producer: Producer;
  send(key: Key, nonce: bigint, data?: Uint8Array): string;
  until(number: bigint): Promise<void>;
  close(): Promise<void>;
}

async function start(name: string, options: Partial<typeof DEFAULT_PRODUCER> = {}): Promise<Rig> {
  const chain = await openChain(join(root, name), config, fakeStf());
  const account = (address: Uint8Array) => chain.stateAt(chain.tip.env.number).account(address);
  let producer: Producer | undefined;
  const pool = mempool({ account, baseFee: config.baseFee }, undefined, () => producer?.wake());
  producer = startProducer(chain, pool, { ...DEFAULT_PRODUCER, blockMs: 20, ...options });
  const made = producer;
  const close = async (): Promise<void> => {
    open.delete(close);
    await made.stop();
    await chain.close();
  };
  open.add(close);
  return {
    ...{ chain, pool, producer: made },
    send: (key, nonce, data = new Uint8Array(0)) => {
      const raw = sign(key, { nonce, data, gasLimit: 50_000n });
      pool.add(decodeTransaction(raw), keccak_256(raw), key.address);
      return toHex(keccak_256(raw));
    },
    until: (number) =>
      new Promise((resolve) => {
        if (chain.head.env.number >= number) resolve();
        const off = chain.onBlock(({ block }) => {
          if (block.env.number < number) return;
          off();
          resolve();
        });
      }),
    close,
  };
}

const [a] = keys as [Key];

describe('the chain', () => {
  it('makes blocks, and finds what is in them', async () => {
    const rig = await start('blocks');
    assert.equal(rig.chain.head.env.number, 0n);
    const hash = rig.send(a, 0n, Uint8Array.of(5));
    await rig.until(1n);
    const { chain } = rig;
    const place = chain.blocks.placeOf(Buffer.from(hash.slice(2), 'hex'));
    assert.equal(place?.number, 1n);
    const receipt = chain.blocks.receipts(1n)?.[place?.index ?? 0];
    assert.equal(receipt?.logs.length, 1);
    assert.equal(chain.stateAt(1n).account(a.address)?.nonce, 1n);
    rig.send(a, 1n);
    await rig.until(2n);
    assert.equal(chain.stateAt(1n).account(a.address)?.nonce, 1n, 'the past stays');
    assert.equal(chain.stateAt(0n).account(a.address)?.balance, 1000n * ETHER);
    assert.equal(chain.stateAt(2n).account(a.address)?.nonce, 2n);
    assert.deepEqual(chain.head.env.parentHash, chain.blocks.block(1n)?.hash);
    await rig.close();

    const again = await start('blocks');
    assert.equal(again.chain.recovered.replayed, 0);
    assert.equal(again.chain.head.env.number, 2n);
    assert.equal(again.chain.blocks.placeOf(Buffer.from(hash.slice(2), 'hex'))?.number, 1n);
    assert.equal(again.chain.blocks.receipts(1n)?.[place?.index ?? 0]?.logs.length, 1);
    for (const [n, nonce] of [
      [0n, 0n],
      [1n, 1n],
      [2n, 2n],
    ] as const) {
      assert.equal(again.chain.stateAt(n).account(a.address)?.nonce, nonce);
    }
    await again.close();
  });

  it('makes the database again from the log', async () => {
    const rig = await start('rebuild');
    for (let i = 0n; i < 5n; i++) {
      rig.send(a, i);
      await rig.until(i + 1n);
    }
    const { hash } = rig.chain.head;
    await rig.close();
    rmSync(join(root, 'rebuild/db'), { recursive: true });
    const again = await start('rebuild');
    assert.equal(again.chain.recovered.replayed, 5);
    assert.deepEqual(again.chain.head.hash, hash);
    assert.equal(again.chain.stateAt(3n).account(a.address)?.nonce, 3n);
    again.send(a, 5n);
    await again.until(6n);
    await again.close();
  });

  it('forgets a database that is ahead of its log', async () => {
    const rig = await start('ahead');
    rig.send(a, 0n);
    await rig.until(1n);
    await rig.close();
    rmSync(join(root, 'ahead/wal'), { recursive: true });
    const again = await start('ahead');
    assert.equal(again.chain.head.env.number, 0n);
    assert.equal(again.chain.stateAt(0n).account(a.address)?.nonce, 0n);
    await again.close();
  });

  it('stops where replay comes out different', async () => {
    const rig = await start('mismatch');
    rig.send(a, 0n);
    await rig.until(1n);
    await rig.close();
    rmSync(join(root, 'mismatch/db'), { recursive: true });
    await assert.rejects(openChain(join(root, 'mismatch'), config, fakeStf(1)), { code: 'replay_mismatch' });
    await assert.rejects(openChain(join(root, 'mismatch'), { ...config, chainId: 1n }, fakeStf()), {
      code: 'genesis_mismatch',
    });
    const [file] = readdirSync(join(root, 'mismatch/wal'));
    const path = join(root, 'mismatch/wal', file as string);
    const bytes = readFileSync(path);
    bytes[4] = (bytes[4] as number) ^ 1;
    writeFileSync(path, bytes);
    await assert.rejects(openChain(join(root, 'mismatch'), config, fakeStf()), { code: 'wal_damaged' });
  });

  it('is of one process at a time', async () => {
    const rig = await start('lock');
    await assert.rejects(openChain(join(root, 'lock'), config, fakeStf()), { code: 'wal_locked' });
    await rig.close();
    writeFileSync(join(root, 'lock/lock'), '999999999 1');
    await (await start('lock')).close();
  });
});

describe('the producer', () => {
  it('closes blocks for time, count and bytes', async () => {
    const reasons: string[] = [];
    const onSealed = ({ reason }: { reason: string }): void => void reasons.push(reason);
    // Where a block is full, its time is not over, however slow the machine is.
    const full = { blockMs: 3_600_000, onSealed };
    const rig = await start('seal_count', { ...full, maxTransactions: 3 });
    for (let i = 0n; i < 4n; i++) rig.send(a, i);
    await rig.until(1n);
    assert.equal(rig.chain.blocks.block(1n)?.transactions.length, 3);
    await rig.close();
    assert.deepEqual(reasons.splice(0), ['count', 'stop']);
    const small = await start('seal_bytes', { ...full, maxBytes: 150 });
    for (let i = 0n; i < 4n; i++) small.send(a, i);
    await small.until(2n);
    assert.deepEqual(reasons.splice(0), ['bytes', 'bytes']);
    await small.close();
    const timed = await start('seal_time', { onSealed });
    timed.send(a, 0n);
    await timed.until(1n);
    assert.deepEqual(reasons, ['time']);
    await timed.close();
  });

  it('keeps time where the clock does not', async () => {
    const clock = [2_000_000_000_000, 1_000, 2_000_000_005_000];
    const rig = await start('clock', { now: () => clock.shift() ?? 0 });
    for (let i = 0n; i < 3n; i++) {
      rig.send(a, i);
      await rig.until(i + 1n);
    }
    const times = [1n, 2n, 3n].map((n) => rig.chain.blocks.block(n)?.env.timestamp);
    assert.deepEqual(times, [2_000_000_000n, 2_000_000_000n, 2_000_000_005n]);
    await rig.close();
  });

  it('drops what execution refuses, and makes no block of it', async () => {
    let onDropped = (): void => {};
    const dropped = new Promise<void>((resolve) => {
      onDropped = resolve;
    });
    const rig = await start('drop', { onDropped: () => onDropped() });
    const raw = sign(a, { nonce: 0n, value: 999n * ETHER, maxFee: 10n * GWEI });
    rig.pool.add(decodeTransaction(raw), keccak_256(raw), a.address);
    rig.send(a, 1n);
    // The first leaves too little for the second.
    const second = sign(a, { nonce: 2n, value: 2n * ETHER });
    rig.pool.add(decodeTransaction(second), keccak_256(second), a.address);
    await dropped;
    // Seals what is open.
    await rig.producer.stop();
    assert.equal(rig.pool.size, 0);
    const { head, blocks } = rig.chain;
    const counts = Array.from({ length: Number(head.env.number) }, (_, i) => blocks.block(BigInt(i + 1)));
    assert.equal(
      counts.reduce((sum, block) => sum + (block?.transactions.length ?? 0), 0),
      2,
    );
    assert.ok(counts.every((block) => (block?.transactions.length ?? 0) > 0));
    await rig.close();
  });
});
