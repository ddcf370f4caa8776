import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { type JobSpec, jobName } from '../../src/sequencer/jobs/job.ts';
import { createLeases, type Leases } from '../../src/sequencer/jobs/leases.ts';
import { createLedger, type Ledger } from '../../src/sequencer/jobs/ledger.ts';
import { createPlanner } from '../../src/sequencer/jobs/planner.ts';
import { jobRoutes } from '../../src/sequencer/jobs/routes.ts';
import { httpSource, localSource } from '../../src/sequencer/jobs/sources.ts';
import { type WorkEvent, work } from '../../src/sequencer/jobs/worker.ts';
import { startServer } from '../../src/sequencer/rpc/server.ts';
import { checks, journalOf, type MemoryBatches, memoryBatches, planOf, prove, record } from './jobs.ts';
import { until } from './service.ts';

interface Rig {
  readonly leases: Leases;
  readonly ledger: Ledger;
  readonly outcomes: string[];
  readonly clock: { ms: number };
  readonly batches: MemoryBatches;
}

/** `segments`: of each batch; 0 where it is proven whole. */
function setUp(segments: readonly number[], batches: MemoryBatches = memoryBatches(segments)): Rig {
  const outcomes: string[] = [];
  const clock = { ms: 1000 };
  const ledger = createLedger({
    ...{ batches, ...checks },
    onOutcome: (outcome, job, worker) => void outcomes.push(`${outcome} ${job} ${worker}`),
  });
  const leases = createLeases({
    ...{ leaseMs: 100, longestMs: 1000, submit: ledger.submit, now: () => clock.ms },
    onEvent: (event, job, worker) => void outcomes.push(`${event} ${job} ${worker}`),
  });
  segments.forEach((_, index) => {
    for (const job of ledger.open(record(index))) leases.add(job);
  });
  return { leases, ledger, outcomes, clock, batches };
}

const take = (leases: Leases, worker: string): { name: string; token: string; job: JobSpec } => {
  const lease = leases.lease(worker);
  assert.ok(lease !== undefined, `${worker} gets a job`);
  return { name: jobName(lease.job), token: lease.token, job: lease.job };
};

describe('leases', () => {
  it('go out first to last, once, and again when a worker is gone', async () => {
    const { leases, ledger, clock } = setUp([0, 0, 0]);
    const [a, b] = [take(leases, 'a'), take(leases, 'b')];
    assert.deepEqual([a.name, b.name, leases.waiting, leases.leased], ['0', '1', 1, 2]);
    clock.ms += 60;
    assert.equal(leases.renew('1', b.token), true);
    assert.equal(leases.renew('1', 'wrong'), false);
    clock.ms += 60;
    assert.equal(take(leases, 'c').name, '0', 'a gave no sign of life');
    assert.equal(await leases.submit('0', a.token, await prove(a.job)), 'late', 'its lease is gone');
    assert.equal(leases.lease('a'), undefined, 'it has to wait');
    assert.equal(await leases.submit('1', b.token, await prove(b.job)), 'accepted');
    assert.equal(ledger.provenCount, 0);
  });

  it('end, however often they are renewed, and can be given back', () => {
    const { leases, clock } = setUp([0]);
    const { token } = take(leases, 'slow');
    for (let ms = 0; ms < 990; ms += 90) {
      assert.equal(leases.renew('0', token), true);
      clock.ms += 90;
    }
    clock.ms += 20;
    assert.equal(leases.renew('0', token), false);
    const other = take(leases, 'other');
    assert.equal(leases.release('0', 'wrong'), false);
    assert.equal(leases.release('0', other.token), true);
    assert.equal(take(leases, 'third').name, '0');
  });

  it('that expired still count while nobody else is at the job', async () => {
    const { leases, ledger, clock } = setUp([0, 0]);
    const [slow, slower] = [take(leases, 'slow'), take(leases, 'slower')];
    clock.ms += 200;
    assert.equal(leases.waiting, 2);
    assert.equal(await leases.submit('0', slow.token, Uint8Array.of(255)), 'refused', 'once');
    assert.equal(await leases.submit('0', slow.token, await prove(slow.job)), 'late');
    assert.equal(await leases.submit('1', slower.token, await prove(slower.job)), 'accepted');
    assert.equal(take(leases, 'other').name, '0');
    assert.equal(ledger.provenCount, 0);
  });

  it('are of segments that the worker can prove', () => {
    const { leases } = setUp([2]);
    assert.equal(leases.lease('small', 99), undefined);
    assert.equal(leases.lease('enough', 100)?.job.segment, 0);
  });
});

describe('proofs', () => {
  it('count when they verify; a liar costs a retry and nothing else', async () => {
    const { leases, ledger, outcomes, clock, batches } = setUp([0, 2]);
    const lies = [Uint8Array.of(255), journalOf(1), Uint8Array.of(254), new Uint8Array(0)];
    for (const proof of lies) {
      const { name, token } = take(leases, 'liar');
      assert.equal(name, '0');
      assert.equal(await leases.submit(name, token, proof), 'refused');
      assert.equal(leases.lease('liar'), undefined, 'it has to wait');
      clock.ms += 100_000;
    }
    assert.equal(batches.proofs.size, 0);
    for (const name of ['0', '1.0', '1.1']) {
      const { token, job } = take(leases, 'honest');
      assert.equal(jobName(job), name);
      const proof = await prove(job);
      assert.equal(await leases.submit(name, token, proof), 'accepted');
      assert.equal(await leases.submit(name, token, proof), 'late', 'once');
    }
    assert.deepEqual([ledger.provenCount, leases.waiting, leases.leased], [2, 0, 0]);
    assert.equal(outcomes.filter((o) => o.startsWith('refused')).length, lies.length);
  });

  it('of segments make the proof of the batch, in whatever order they come, over restarts', async () => {
    const segments = [3, 2];
    const first = setUp(segments);
    const [a, b, c] = ['a', 'b', 'c'].map((worker) => take(first.leases, worker));
    assert.ok(a && b && c);
    assert.equal(await first.leases.submit(c.name, c.token, await prove(c.job)), 'accepted');
    assert.equal(await first.leases.submit(a.name, a.token, await prove(b.job)), 'refused', 'of another segment');
    assert.deepEqual(first.ledger.progress, { proven: 1, all: 5 });

    const again = setUp(segments, first.batches);
    assert.deepEqual(again.ledger.progress, { proven: 1, all: 5 });
    for (const name of ['0.0', '0.1', '1.0', '1.1']) {
      const { token, job } = take(again.leases, 'd');
      assert.equal(jobName(job), name);
      assert.equal(await again.leases.submit(name, token, await prove(job)), 'accepted');
    }
    assert.equal(again.ledger.provenCount, 2);
    const proof = first.batches.proof(0) as Uint8Array;
    assert.ok(proof.length > (planOf(0, 3).header?.length ?? 0));
    assert.deepEqual([...proof.subarray(-9)], [7, 0, 0, 7, 0, 1, 7, 0, 2], 'the header, then the segments in order');
    assert.equal(first.batches.segments.size, 0, 'the parts are forgotten');
    assert.equal(first.batches.proofs.get(0)?.worker, 'd');
  });

  it('are planned; a plan of something else is an error of the node, which is tried again', async () => {
    const batches = memoryBatches([0, 0, 0], false);
    const seen: string[] = [];
    let ms = 0;
    let isWrong = true;
    const planner = createPlanner({
      ...{ batches, segmentSteps: 100, now: () => ms },
      plan: async (input) => {
        if (input[0] === 2) return undefined;
        return planOf(input[0] === 1 && isWrong ? 9 : (input[0] ?? 0), 4).header;
      },
      onPlanned: ({ index }, { segments }) => void seen.push(`${index}: ${segments}`),
      onError: (batch, message) => void seen.push(`${batch}: ${message}`),
    });
    for (const index of [0, 1, 2]) planner.add(record(index));
    await planner.idle();
    const wrong = "1: the program's journal is not the forward run's";
    assert.deepEqual(seen.splice(0), ['0: 4', wrong, '2: 1']);
    assert.equal(planner.waiting, 1);
    for (const [at, expected] of [
      [9_999, []],
      [10_000, [wrong]],
      [29_999, []],
      [30_000, [wrong]],
    ] as const) {
      ms = at;
      await planner.idle();
      assert.deepEqual(seen.splice(0), expected, `${at}`);
    }
    ms = 10_000_000;
    isWrong = false;
    await planner.idle();
    assert.deepEqual([seen, planner.waiting], [['1: 4'], 0]);
  });
});

describe('workers', () => {
  it('work in the process and over HTTP, with a secret', async () => {
    const { leases, ledger, batches } = setUp([0, 3, 0, 2]);
    const server = await startServer(
      { handle: async () => undefined },
      { host: '127.0.0.1', port: 0, hosts: [], routes: jobRoutes(leases, batches, 'secret') },
    );
    const url = `http://127.0.0.1:${server.port}`;
    const abort = new AbortController();
    // Where the test fails, its server and its workers would hold this file.
    after(async () => {
      abort.abort();
      await server.close();
    });
    const events: WorkEvent[] = [];
    const lie = async (): Promise<Uint8Array> => Uint8Array.of(255, 1);
    const crash = async (): Promise<Uint8Array> => {
      throw new Error('out of memory');
    };
    const onEvent = (event: WorkEvent): void => void events.push(event);
    const liar = work(httpSource(url, 'liar', 'secret'), lie, onEvent, abort.signal);
    await until(() => events.some((e) => e.kind === 'done' && e.outcome === 'refused'), 'a lie is refused');
    const workers = [
      liar,
      work(httpSource(url, 'crash', 'secret'), crash, onEvent, abort.signal),
      work(localSource(leases, batches, 'local'), prove, onEvent, abort.signal),
      work(httpSource(url, 'remote', 'secret'), prove, onEvent, abort.signal),
      work(httpSource(url, 'stranger', 'wrong'), prove, onEvent, abort.signal),
    ];
    const isTurnedAway = (): boolean => events.some((e) => e.kind === 'failed' && /401/.test(e.message));
    await until(() => ledger.provenCount === 4 && isTurnedAway(), 'all are proven');
    abort.abort();
    await Promise.all(workers);
    const names = new Set([...batches.proofs.values()].flatMap(({ worker }) => worker.split(', ')));
    assert.deepEqual(
      [...names].filter((name) => name !== 'local' && name !== 'remote'),
      [],
    );

    const put = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${url}/jobs/0/proof?token=x`, { method: 'PUT', body: 'x', headers });
    const headers = { authorization: 'Bearer secret' };
    assert.deepEqual([(await put({})).status, (await put(headers)).status], [401, 409]);
    for (const path of ['/jobs/../../etc/input', '/jobs/0/constructor', '/jobs/0.0.0/input', '/jobs/x/input']) {
      assert.equal((await fetch(`${url}${path}`, { headers })).status, 404, path);
    }
  });
});
