import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { toHex } from '../../src/sequencer/chain/bytes.ts';
import { openChain } from '../../src/sequencer/pipeline/chain.ts';
import { rpcClient } from '../../src/sequencer/rpc/client.ts';
import { fakeStf } from './fake_stf.ts';
import { sign } from './keys.ts';
import { startProcess } from './processes.ts';
import { config, keys, temporary } from './service.ts';

/** Kills: tens, or hundreds with WISP_LONG. */
const ROUNDS = process.env.WISP_LONG === undefined ? 12 : 300;
/** A call that takes longer is an error of its own, however loaded the machine is. */
const PATIENCE_MS = 120_000;
const folder = temporary();
after(() => rmSync(folder, { recursive: true, force: true }));

interface Receipt {
  readonly transactionHash: string;
  readonly blockNumber: string;
  readonly blockHash: string;
}

describe('a node killed under load', () => {
  const confirmed: Receipt[] = [];

  /** Sends transfers of one key one after another until the node is gone. */
  const load = async (url: string, n: number): Promise<void> => {
    const key = keys[n] as (typeof keys)[0];
    const client = rpcClient(url, PATIENCE_MS);
    try {
      let nonce = BigInt(await client.call<string>('eth_getTransactionCount', toHex(key.address)));
      for (;;) {
        const raws = [0n, 1n, 2n].map((i) => sign(key, { nonce: nonce + i }));
        const calls = raws.map((raw) => ['eth_sendRawTransactionSync', toHex(raw)] as const);
        confirmed.push(...(await client.batch<Receipt>(calls)));
        nonce += 3n;
      }
    } catch (error) {
      // A refusal, or no answer in time (both have a number for a code), is no end of the node.
      if (error instanceof Error && 'code' in error && typeof error.code === 'number') throw error;
    }
  };

  it(`loses nothing that was confirmed, in ${ROUNDS} kills`, { timeout: 3_600_000 }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { child, url } = await startProcess(folder);
      const clients = [0, 1, 2].map((n) => load(url, n));
      const before = confirmed.length;
      // Some while it starts, most while it confirms.
      const deadline = performance.now() + (round % 5 === 4 ? 500 * Math.random() : PATIENCE_MS);
      while (confirmed.length === before && performance.now() < deadline) await sleep(5);
      await sleep(300 * Math.random());
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
      await Promise.all(clients);
      if (round % 4 === 3) rmSync(join(folder, 'db'), { recursive: true, force: true });
    }
    assert.ok(confirmed.length > ROUNDS, `only ${confirmed.length} confirmed`);

    for (const fresh of [false, true]) {
      if (fresh) rmSync(join(folder, 'db'), { recursive: true });
      const chain = await openChain(folder, config, fakeStf());
      for (const receipt of confirmed) {
        const place = chain.blocks.placeOf(Buffer.from(receipt.transactionHash.slice(2), 'hex'));
        assert.ok(place !== undefined, `lost ${receipt.transactionHash}`);
        assert.equal(place.number, BigInt(receipt.blockNumber));
        assert.equal(toHex(chain.blocks.block(place.number)?.hash ?? new Uint8Array(0)), receipt.blockHash);
      }
      const seen = new Set<string>();
      let parent = toHex(chain.blocks.block(0n)?.hash ?? new Uint8Array(0));
      for (let n = 1n; n <= chain.head.env.number; n++) {
        const block = chain.blocks.block(n);
        assert.ok(block !== undefined, `no block ${n}`);
        assert.equal(toHex(block.env.parentHash), parent);
        parent = toHex(block.hash);
        for (const { raw, hash } of block.transactions) {
          assert.equal(toHex(keccak_256(raw)), toHex(hash));
          assert.ok(!seen.has(toHex(hash)), `twice: ${toHex(hash)}`);
          seen.add(toHex(hash));
        }
      }
      const nonces = [0, 1, 2].map((n) => chain.stateAt(chain.head.env.number).account(keys[n]!.address)?.nonce ?? 0n);
      assert.equal(
        nonces.reduce((a, b) => a + b, 0n),
        BigInt(seen.size),
      );
      if (fresh) assert.equal(chain.recovered.replayed, Number(chain.head.env.number));
      await chain.close();
    }
  });
});
