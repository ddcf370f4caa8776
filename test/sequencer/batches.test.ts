import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fromHex, toHex } from '../../src/sequencer/chain/bytes.ts';
import { devChain, devKeys } from '../../src/sequencer/chain/dev.ts';
import type { BatchRecord } from '../../src/sequencer/jobs/batches.ts';
import type { JobSpec } from '../../src/sequencer/jobs/job.ts';
import { type FlushableProving, startProving } from '../../src/sequencer/jobs/service.ts';
import { httpSource } from '../../src/sequencer/jobs/sources.ts';
import { type WorkEvent, work } from '../../src/sequencer/jobs/worker.ts';
import { type FullStf, loadStf } from '../../src/sequencer/stf/index.ts';
import { sign } from './keys.ts';
import { type Rig, silent, startRig, temporary, until } from './service.ts';

const chain = devChain();
const key = { secret: fromHex(devKeys()[0]!.secret), address: fromHex(devKeys()[0]!.address) };
const folder = temporary();
let stf: FullStf;
before(async () => {
  stf = await loadStf();
});
/** Of workers, who go on where a test fails. */
const aborts: AbortController[] = [];
after(() => {
  for (const abort of aborts) abort.abort();
  rmSync(folder, { recursive: true, force: true });
});

/** In place of a proof: what it would make public. */
const verify = async (proof: Uint8Array): Promise<{ exitCode: number; journal: Uint8Array }> => {
  if (proof.length !== 208) throw new Error('no proof');
  return { exitCode: 0, journal: proof };
};

interface ProvingRig extends Rig {
  readonly proving: FlushableProving;
  transfer(): Promise<void>;
  batch(which: string): Promise<(BatchRecord & { status: string }) | null>;
}

let nonce = 0n;

async function start(): Promise<ProvingRig> {
  let proving: FlushableProving | undefined;
  const rig = await startRig({
    node: { folder, chain, stf },
    proving: async (node) => {
      const options = { blocks: 2, transactions: 1000, seconds: 3600, leaseMs: 60_000, secret: '', verify };
      proving = await startProving(node, { job: () => {} }, silent, options);
      return proving;
    },
  });
  return {
    ...rig,
    proving: proving as unknown as FlushableProving,
    transfer: async () => {
      const to = new Uint8Array(20).fill(Number(nonce) + 16);
      const raw = sign(key, { nonce: nonce++, to, chainId: chain.chainId });
      const answer = await rig.call('eth_sendRawTransactionSync', toHex(raw));
      assert.equal((answer.result as { status: string } | undefined)?.status, '0x1', JSON.stringify(answer));
    },
    batch: async (which) =>
      (await rig.call('wisp_getBatch', which)).result as (BatchRecord & { status: string }) | null,
  };
}

/** Of the journal: commitments to the state before and after. */
const ends = ({ journal }: BatchRecord): [string, string] => [journal.slice(2, 66), journal.slice(66, 130)];

describe('batches', () => {
  const records: BatchRecord[] = [];

  it('follow each other from state to state, over restarts', async () => {
    for (let round = 0; round < 3; round++) {
      const rig = await start();
      for (let i = 0; i < 3; i++) await rig.transfer();
      await rig.proving.flush();
      const latest = await rig.batch('latest');
      assert.equal(latest?.lastBlock, 3 * (round + 1));
      for (let index = records.length; index <= (latest?.index ?? 0); index++) {
        const record = await rig.batch(toHex(Uint8Array.of(index)));
        assert.ok(record !== null);
        assert.equal(record.firstBlock, (records.at(-1)?.lastBlock ?? 0) + 1);
        if (index > 0) assert.equal(ends(record)[0], ends(records[index - 1]!)[1]);
        records.push(record);
      }
      assert.equal((await rig.call('wisp_getBatchOfBlock', '0x2')).result, '0x0');
      assert.equal((await rig.call('wisp_getBatchOfBlock', '0x63')).result, null);
      await rig.close();
    }
    assert.deepEqual(
      records.map(({ transactions }) => transactions),
      [2, 1, 2, 1, 2, 1],
    );
  });

  it('come to the same state when the database is made again', async () => {
    rmSync(join(folder, 'db'), { recursive: true });
    const rig = await start();
    await rig.proving.flush();
    const latest = await rig.batch('latest');
    assert.equal(latest?.lastBlock, 9);
    // Batches end elsewhere now, and the order of the tree's leaves follows them; the last state is that of block 9.
    assert.equal(
      await rig.call('eth_getBlockByNumber', 'safe', false).then((r) => (r.result as { number: string }).number),
      '0x9',
    );
    assert.equal(
      await rig.call('eth_getBlockByNumber', 'finalized', false).then((r) => (r.result as { number: string }).number),
      '0x0',
    );
    await rig.close();
  });

  it('are proven by workers, whatever a lying one sends', async () => {
    const rig = await start();
    const abort = new AbortController();
    const outcomes: string[] = [];
    const onEvent = (event: WorkEvent): void => void outcomes.push(event.kind === 'done' ? event.outcome : event.kind);
    const liars = [async () => new Uint8Array(7), async () => new Uint8Array(208)].map((lie, i) =>
      work(httpSource(rig.url, `liar ${i}`, ''), lie, onEvent, abort.signal),
    );
    aborts.push(abort);
    await until(() => outcomes.filter((o) => o === 'refused').length >= 2, 'two lies are refused');
    const count = ((await rig.batch('latest'))?.index ?? 0) + 1;
    // The honest worker is told the journals beforehand; a real one proves them.
    const journals: Uint8Array[] = [];
    for (let i = 0; i < count; i++) journals.push(fromHex((await rig.batch(toHex(Uint8Array.of(i))))!.journal));
    const tell = async ({ batch }: JobSpec): Promise<Uint8Array> => journals[batch]!;
    const honest = work(httpSource(rig.url, 'honest', ''), tell, onEvent, abort.signal);
    const status = async (): Promise<number> =>
      ((await rig.call('wisp_status')).result as { proofs: { provenBatches: number } }).proofs.provenBatches;
    await until(async () => (await status()) === count, 'all batches are proven');
    abort.abort();
    await Promise.all([...liars, honest]);
    const finalized = (await rig.call('eth_getBlockByNumber', 'finalized', false)).result as { number: string };
    assert.equal(finalized.number, '0x9');
    assert.equal((await rig.call('wisp_getBatchProof', '0x0')).result, toHex(journals[0]!));
    assert.equal((await rig.batch('0x0'))?.status, 'proven');
    await rig.close();
    const again = await start();
    assert.equal(
      ((await again.call('wisp_status')).result as { proofs: { provenBatches: number } }).proofs.provenBatches,
      count,
    );
    await again.close();
  });
});
