import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromHex, toHex } from '../../src/sequencer/chain/bytes.ts';
import { devChain, devKeys } from '../../src/sequencer/chain/dev.ts';
import { batchStore } from '../../src/sequencer/jobs/batches.ts';
import { startProving } from '../../src/sequencer/jobs/service.ts';
import { rpcClient } from '../../src/sequencer/rpc/client.ts';
import { loadStf } from '../../src/sequencer/stf/index.ts';
import { sign } from './keys.ts';
import { startProcess } from './processes.ts';
import { silent, startRig, temporary } from './service.ts';

/** Kills: a few, or a hundred with WISP_LONG. */
const ROUNDS = process.env.WISP_LONG === undefined ? 3 : 100;
/** A call that takes longer is an error of its own, however loaded the machine is. */
const PATIENCE_MS = 120_000;
const folder = temporary();
after(() => rmSync(folder, { recursive: true, force: true }));
const chain = devChain();
const [dev] = devKeys();
const key = { secret: fromHex(dev?.secret ?? ''), address: fromHex(dev?.address ?? '') };

describe('a node killed while it makes batches', () => {
  let confirmed = 0;

  const load = async (url: string): Promise<void> => {
    const client = rpcClient(url, PATIENCE_MS);
    try {
      let nonce = BigInt(await client.call<string>('eth_getTransactionCount', toHex(key.address)));
      for (; ; nonce++) {
        // New accounts, so that the tree grows.
        const to = new Uint8Array(20).fill(Number(nonce % 251n) + 1);
        const raw = sign(key, { nonce, to, chainId: chain.chainId });
        await client.call('eth_sendRawTransactionSync', toHex(raw));
        confirmed++;
      }
    } catch (error) {
      if (error instanceof Error && 'code' in error && typeof error.code === 'number') throw error;
    }
  };

  it(`has batches without gaps, whose witnesses hold, after ${ROUNDS} kills`, { timeout: 3_600_000 }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { child, url } = await startProcess(folder, './batch_process.ts');
      let isOver = false;
      const loading = load(url).finally(() => {
        isOver = true;
      });
      const before = confirmed;
      while (!isOver && confirmed < before + 4) await sleep(5);
      await sleep(300 * Math.random());
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
      await loading;
      assert.ok(confirmed >= before + 4, 'the node ended by itself');
    }
    const stf = await loadStf();
    const options = { blocks: 2, transactions: 1000, seconds: 1, leaseMs: 60_000, secret: '' };
    const verify = async (): Promise<never> => assert.fail('nothing is proven here');
    let proving: Awaited<ReturnType<typeof startProving>> | undefined;
    const rig = await startRig({
      node: { folder, chain, stf },
      proving: async (node, metrics) => {
        proving = await startProving(node, metrics, silent, { ...options, verify });
        return proving;
      },
    });
    const nonce = Number((await rig.call('eth_getTransactionCount', toHex(key.address))).result);
    // The last of each round may be durable although its receipt did not get out any more.
    assert.ok(nonce >= confirmed && nonce <= confirmed + ROUNDS, `${nonce} in blocks, ${confirmed} confirmed`);
    await proving?.flush();
    const { head, tables } = rig.node.chain;
    const batches = batchStore(tables);
    let last = 0;
    let state: string | undefined;
    for (let index = 0; index < batches.count; index++) {
      const record = batches.record(index);
      assert.ok(record !== undefined);
      assert.equal(record.firstBlock, last + 1);
      last = record.lastBlock;
      const [before, after] = [record.journal.slice(2, 66), record.journal.slice(66, 130)];
      if (state !== undefined) assert.equal(before, state, `batch ${index} starts where the one before ended`);
      state = after;
      const input = batches.input(index);
      assert.ok(input !== undefined);
      assert.equal(toHex(stf.prove(input)), record.journal, 'the proven program comes to the same');
    }
    assert.equal(last, Number(head.env.number));
    await rig.close();
  });
});
