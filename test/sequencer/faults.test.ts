// Disks that are full, logs that are torn, clocks that jump.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it, mock } from 'node:test';
import { toHex } from '../../src/sequencer/chain/bytes.ts';
import { createLeases } from '../../src/sequencer/jobs/leases.ts';
import { rpcClient } from '../../src/sequencer/rpc/client.ts';
import { openWal } from '../../src/sequencer/storage/wal.ts';
import { sign } from './keys.ts';
import { startProcess } from './processes.ts';
import { keys, PATIENCE_MS, type Rig, type RpcAnswer, silent, startRig, temporary } from './service.ts';

const root = temporary();
after(() => rmSync(root, { recursive: true, force: true }));
const quiet = { ...silent, error: () => {} };
const [a, b] = keys as [(typeof keys)[0], (typeof keys)[0]];

const FULL = '/dev/full';
const noFull = existsSync(FULL) ? false : `there is no ${FULL} here`;

const isConfirmed = ({ result }: RpcAnswer): boolean => (result as { status?: string } | undefined)?.status === '0x1';
/** `ms`: how long to wait for the receipt, where there may be none. */
const transfer = (rig: Rig, key: typeof a, nonce: bigint, ms = PATIENCE_MS): Promise<RpcAnswer> =>
  rig.call('eth_sendRawTransactionSync', toHex(sign(key, { nonce })), `0x${ms.toString(16)}`);
const nonceOf = async (rig: Rig, key: typeof a): Promise<number> =>
  Number((await rig.call('eth_getTransactionCount', toHex(key.address))).result);
const walFiles = (folder: string): string[] =>
  readdirSync(join(folder, 'wal'))
    .sort()
    .map((name) => join(folder, 'wal', name));

describe('a full disk', () => {
  it('ends the log, which is as it was before', { skip: noFull }, async () => {
    const folder = join(root, 'wal');
    const wal = openWal(folder, 1);
    await wal.append(new Uint8Array(10).fill(1));
    symlinkSync(FULL, join(folder, '000000000001.wal'));
    await assert.rejects(wal.append(new Uint8Array(10).fill(2)), { code: 'ENOSPC' });
    await assert.rejects(wal.append(new Uint8Array(10).fill(3)), { code: 'ENOSPC' }, 'it stays failed');
    await wal.close();
    rmSync(join(folder, '000000000001.wal'));
    const again = openWal(folder, 1);
    assert.deepEqual([again.length, [...again.records()].length, again.tornBytes], [1, 1, 0]);
    await again.close();
  });

  it('ends the node, which confirms nothing that is not durable', { skip: noFull }, async () => {
    const folder = join(root, 'full');
    mkdirSync(folder);
    const first = await startRig({ node: { folder, walFileBytes: 1 }, log: quiet });
    for (let nonce = 0n; nonce < 3n; nonce++) assert.ok(isConfirmed(await transfer(first, a, nonce)));
    const next = first.node.chain.tip.env.number + 1n;
    symlinkSync(FULL, join(folder, 'wal', `${String(next).padStart(12, '0')}.wal`));
    const answers = await Promise.all([transfer(first, a, 3n, 2000), transfer(first, b, 0n, 2000)]);
    assert.ok(!answers.some(isConfirmed), JSON.stringify(answers));
    assert.match(String(await first.service.ended), /ENOSPC/);
    assert.equal((await fetch(`${first.url}/health`)).status, 503);
    assert.equal((await first.call('eth_blockNumber')).result, '0x3');
    await assert.rejects(first.service.stop(), /ENOSPC/);

    rmSync(join(folder, 'wal', `${String(next).padStart(12, '0')}.wal`));
    const second = await startRig({ node: { folder } });
    assert.deepEqual([await nonceOf(second, a), await nonceOf(second, b)], [3, 0]);
    assert.ok(isConfirmed(await transfer(second, a, 3n)));
    await second.close();
  });

  const disk = join(root, 'disk');
  mkdirSync(disk);
  const mount = (options: string): boolean =>
    spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]).status === 0;
  const canMount = process.getuid?.() === 0 && mount('size=3m');
  const noMount = canMount ? false : 'no file system can be mounted here';

  it('of log and database: what was confirmed is there when there is room again', { skip: noMount }, async () => {
    try {
      const { child, url } = await startProcess(disk);
      const gone = new Promise<number | null>((resolve) => child.once('exit', resolve));
      const client = rpcClient(url, PATIENCE_MS);
      let confirmed = 0;
      const data = new Uint8Array(100_000).fill(1);
      try {
        for (let nonce = 0n; nonce < 200n; nonce++) {
          const raw = toHex(sign(a, { nonce, data, gasLimit: 2_000_000n }));
          await client.call('eth_sendRawTransactionSync', raw);
          confirmed++;
        }
      } catch {}
      assert.ok(confirmed > 2 && confirmed < 200, `${confirmed} confirmed`);
      assert.equal(await gone, 1);
      assert.ok(mount('remount,size=200m'));
      const second = await startRig({ node: { folder: disk } });
      const nonce = await nonceOf(second, a);
      // The last block may be durable although its receipt did not get out any more.
      assert.ok(nonce === confirmed || nonce === confirmed + 1, `${nonce}, ${confirmed} confirmed`);
      assert.ok(isConfirmed(await transfer(second, b, 0n)));
      await second.service.stop();
    } finally {
      spawnSync('umount', ['-l', disk]);
    }
  });
});

describe('a torn log', () => {
  it('loses its last block, which a crash kept from being confirmed, and the database follows', async () => {
    const folder = join(root, 'torn');
    mkdirSync(folder);
    const first = await startRig({ node: { folder } });
    for (let nonce = 0n; nonce < 4n; nonce++) assert.ok(isConfirmed(await transfer(first, a, nonce)));
    const hash = toHex(first.node.chain.blocks.block(3n)?.hash as Uint8Array);
    await first.service.stop();
    const file = walFiles(folder).at(-1) as string;
    truncateSync(file, statSync(file).size - 7);
    const warnings: string[] = [];
    const log = { ...silent, warn: (_: object, message: string) => void warnings.push(message) };
    const second = await startRig({ node: { folder }, log });
    assert.deepEqual(warnings, ['the last record of the log was torn and is cut off']);
    assert.equal(toHex(second.node.chain.head.hash), hash);
    assert.equal(await nonceOf(second, a), 3);
    assert.ok(isConfirmed(await transfer(second, a, 3n)));
    await second.service.stop();
    const third = await startRig({ node: { folder } });
    assert.equal(await nonceOf(third, a), 4);
    await third.close();
  });
});

describe('a clock that jumps', () => {
  it('takes no block back, and no receipt longer', async () => {
    const folder = join(root, 'clock');
    mkdirSync(folder);
    const real = Date.now;
    let offset = 0;
    const jumping = mock.method(Date, 'now', () => real() + offset);
    try {
      const rig = await startRig({ node: { folder } });
      const day = 86_400_000;
      for (const [nonce, jump] of [0, day, -day, 30 * day, -365 * day, 0].entries()) {
        offset = jump;
        assert.ok(isConfirmed(await transfer(rig, a, BigInt(nonce))), `a jump to ${jump} ms`);
      }
      const times = [1n, 2n, 3n, 4n, 5n, 6n].map((n) => rig.node.chain.blocks.block(n)?.env.timestamp ?? 0n);
      assert.ok(
        times.every((time, i) => i === 0 || time >= (times[i - 1] as bigint)),
        String(times),
      );
      await rig.service.stop();
      offset = -1000 * day;
      const again = await startRig({ node: { folder } });
      assert.equal(again.node.chain.recovered.replayed, 0);
      assert.ok(isConfirmed(await transfer(again, a, 6n)));
      await again.close();
    } finally {
      jumping.mock.restore();
    }
  });

  it('ends no lease', () => {
    const real = Date.now;
    let offset = 0;
    const jumping = mock.method(Date, 'now', () => real() + offset);
    try {
      const leases = createLeases({ leaseMs: 60_000, submit: async () => 'accepted', onEvent: () => {} });
      const job = { batch: 0, segment: null, segments: 1, segmentSteps: 0, inputBytes: 4, digest: '0x' };
      leases.add(job);
      const { token = '' } = leases.lease('worker') ?? {};
      for (offset of [10 ** 9, -(10 ** 9)]) assert.equal(leases.renew('0', token), true);
    } finally {
      jumping.mock.restore();
    }
  });
});
