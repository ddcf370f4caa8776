import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex } from '../../src/sequencer/chain/bytes.ts';
import type { BatchRecord, BatchStore, ProofRecord } from '../../src/sequencer/jobs/batches.ts';
import { createJobs, type Jobs } from '../../src/sequencer/jobs/leases.ts';
import { jobRoutes } from '../../src/sequencer/jobs/routes.ts';
import { httpSource, localSource, type WorkEvent, work } from '../../src/sequencer/jobs/worker.ts';
import { startServer } from '../../src/sequencer/rpc/server.ts';

const record = (index: number): BatchRecord => ({
  ...{ index, firstBlock: index + 1, lastBlock: index + 1, transactions: 1, inputBytes: 4, witnessMs: 1 },
  ...{ journal: toHex(Uint8Array.of(index)), digest: '0x00' },
});

function memoryBatches(count: number): BatchStore & { readonly proofs: Map<number, ProofRecord> } {
  const proofs = new Map<number, ProofRecord>();
  return {
    ...{ count, proofs },
    record: (index) => (index < count ? record(index) : undefined),
    input: (index) => Uint8Array.of(index, 0, 0, 0),
    proof: () => undefined,
    proofRecord: (index) => proofs.get(index),
    put: () => {},
    putProof: async (index, _proof, proof) => proofs.set(index, proof),
  };
}

/** A "proof" is what it would make public; one that starts with 255 does not verify. */
const verify = async (proof: Uint8Array): Promise<{ exitCode: number; journal: Uint8Array }> => {
  if (proof[0] === 255) throw new Error('does not verify');
  return { exitCode: proof[0] === 254 ? 1 : 0, journal: proof };
};

function setUp(count: number): {
  jobs: Jobs;
  outcomes: string[];
  clock: { ms: number };
  batches: ReturnType<typeof memoryBatches>;
} {
  const batches = memoryBatches(count);
  const outcomes: string[] = [];
  const clock = { ms: 1000 };
  const jobs = createJobs({
    ...{ batches, verify, leaseMs: 100, now: () => clock.ms },
    onOutcome: (outcome, batch, worker) => void outcomes.push(`${outcome} ${batch} ${worker}`),
  });
  return { jobs, outcomes, clock, batches };
}

describe('prover jobs', () => {
  it('go out first to last, once, and again when a worker is gone', async () => {
    const { jobs, clock } = setUp(3);
    const [a, b] = [jobs.lease('a'), jobs.lease('b')];
    assert.deepEqual([a?.batch, b?.batch, jobs.waiting, jobs.leased], [0, 1, 1, 2]);
    clock.ms += 60;
    assert.equal(jobs.renew(1, b?.token ?? ''), true);
    assert.equal(jobs.renew(1, 'wrong'), false);
    clock.ms += 60;
    assert.equal(jobs.lease('c')?.batch, 0, 'a gave no sign of life');
    assert.equal(await jobs.submit(0, a?.token ?? '', Uint8Array.of(0)), undefined, 'its lease is gone');
    assert.equal(await jobs.submit(1, b?.token ?? '', Uint8Array.of(1)), 'accepted');
    assert.equal(jobs.provenCount, 0);
  });

  it('count when their proof verifies; a liar costs a retry and nothing else', async () => {
    const { jobs, outcomes, clock, batches } = setUp(2);
    for (const proof of [Uint8Array.of(255), Uint8Array.of(1), Uint8Array.of(254), new Uint8Array(0)]) {
      const lease = jobs.lease('liar');
      assert.equal(lease?.batch, 0);
      assert.equal(await jobs.submit(0, lease?.token ?? '', proof), 'refused');
      assert.equal(jobs.lease('liar'), undefined, 'it has to wait');
      clock.ms += 100_000;
    }
    assert.equal(batches.proofs.size, 0);
    for (const batch of [0, 1]) {
      const lease = jobs.lease('honest');
      assert.equal(await jobs.submit(batch, lease?.token ?? '', Uint8Array.of(batch)), 'accepted');
      assert.equal(await jobs.submit(batch, lease?.token ?? '', Uint8Array.of(batch)), undefined, 'once');
    }
    assert.deepEqual([jobs.provenCount, jobs.waiting, jobs.leased], [2, 0, 0]);
    assert.equal(outcomes.filter((o) => o.startsWith('refused')).length, 4);
  });

  it('are worked on in the process and over HTTP, with a secret', async () => {
    const { jobs, batches } = setUp(6);
    const server = await startServer(
      { handle: async () => undefined },
      { host: '127.0.0.1', port: 0, hosts: [], routes: jobRoutes(jobs, batches, 'secret') },
    );
    const url = `http://127.0.0.1:${server.port}`;
    const abort = new AbortController();
    const events: WorkEvent[] = [];
    const prove = async (input: Uint8Array): Promise<Uint8Array> => input.subarray(0, 1);
    const lie = async (): Promise<Uint8Array> => Uint8Array.of(255, 1);
    const onEvent = (event: WorkEvent): void => void events.push(event);
    const liar = work(httpSource(url, 'liar', 'secret'), lie, onEvent, abort.signal);
    while (!events.some((e) => e.kind === 'done' && e.outcome === 'refused'))
      await new Promise((r) => setTimeout(r, 5));
    const workers = [
      liar,
      work(localSource(jobs, batches, 'local'), prove, onEvent, abort.signal),
      work(httpSource(url, 'remote', 'secret'), prove, onEvent, abort.signal),
      work(httpSource(url, 'stranger', 'wrong'), prove, onEvent, abort.signal),
    ];
    const isTurnedAway = (): boolean => events.some((e) => e.kind === 'failed' && /401/.test(e.message));
    while (jobs.provenCount < 6 || !isTurnedAway()) await new Promise((resolve) => setTimeout(resolve, 5));
    abort.abort();
    await Promise.all(workers);
    const names = new Set([...batches.proofs.values()].map(({ worker }) => worker));
    assert.ok(!names.has('liar') && !names.has('stranger'), [...names].join());
    assert.equal((await fetch(`${url}/jobs/0/proof?token=x`, { method: 'PUT', body: 'x' })).status, 401);
    const headers = { authorization: 'Bearer secret' };
    assert.equal((await fetch(`${url}/jobs/0/proof?token=x`, { method: 'PUT', body: 'x', headers })).status, 409);
    assert.equal((await fetch(`${url}/jobs/../../etc/input`, { headers })).status, 404);
    await server.close();
  });
});
