// One conformance test for both kinds of queue: leases over HTTP, and NATS JetStream where a server is to be had
// (WISP_NATS_SERVER names its program; else nats-server on the path).
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobSource, ProveJob } from '../../src/sequencer/jobs/job.ts';
import { createLeases } from '../../src/sequencer/jobs/leases.ts';
import { createLedger, type Ledger } from '../../src/sequencer/jobs/ledger.ts';
import { openNatsQueue } from '../../src/sequencer/jobs/nats/queue.ts';
import { openNatsSource } from '../../src/sequencer/jobs/nats/source.ts';
import { jobRoutes } from '../../src/sequencer/jobs/routes.ts';
import type { OpenQueue, QueueContext } from '../../src/sequencer/jobs/service.ts';
import { httpSource } from '../../src/sequencer/jobs/sources.ts';
import { type WorkEvent, work } from '../../src/sequencer/jobs/worker.ts';
import { startServer } from '../../src/sequencer/rpc/server.ts';
import { checks, type MemoryBatches, memoryBatches, prove, record } from './jobs.ts';
import { temporary, until } from './service.ts';

interface Kind {
  readonly name: string;
  open(context: QueueContext): Promise<{ queue: OpenQueue; close(): Promise<void> }>;
  source(worker: string): Promise<JobSource>;
}

interface Rig {
  readonly ledger: Ledger;
  readonly events: string[];
  close(): Promise<void>;
}

const LEASE_MS = 1000;

/** What a test that failed leaves: a queue or a worker that goes on would hold this file until the timeout. */
const leftovers = new Set<() => unknown>();
/** Called by the test or, where that fails, after it. */
function closing(close: () => Promise<void>): () => Promise<void> {
  const once = async (): Promise<void> => {
    if (leftovers.delete(once)) await close();
  };
  leftovers.add(once);
  return once;
}
async function cleanUp(): Promise<void> {
  // Workers before their queue.
  for (const close of [...leftovers].reverse()) await Promise.resolve(close()).catch(() => {});
  leftovers.clear();
}

async function start(kind: Kind, batches: MemoryBatches): Promise<Rig> {
  const events: string[] = [];
  const ledger = createLedger({
    ...{ batches, ...checks },
    onOutcome: (outcome, job, worker) => void events.push(`${outcome} ${job} ${worker}`),
  });
  const { queue, close } = await kind.open({
    ...{ batches, leaseMs: LEASE_MS, submit: ledger.submit },
    onEvent: (event, job) => void events.push(`${event} ${job}`),
    onWanted: () => {},
  });
  const closeOnce = closing(close);
  for (let index = 0; index < batches.count; index++) {
    for (const job of ledger.open(record(index))) queue.queue.add(job);
  }
  return { ledger, events, close: closeOnce };
}

interface Crew {
  readonly events: WorkEvent[];
  hire(name: string, how: ProveJob): Promise<void>;
  dismiss(): Promise<void>;
}

function crew(kind: Kind): Crew {
  const abort = new AbortController();
  const events: WorkEvent[] = [];
  const working: Promise<void>[] = [];
  return {
    events,
    hire: async (name, how) => {
      working.push(work(await kind.source(name), how, (event) => void events.push(event), abort.signal));
    },
    dismiss: closing(async () => {
      abort.abort();
      await Promise.all(working);
    }),
  };
}

function conforms(kind: Kind): void {
  afterEach(cleanUp);

  it('every job is proven, once, by whoever comes', { timeout: 120_000 }, async () => {
    const batches = memoryBatches([3, 0, 2, 4]);
    const rig = await start(kind, batches);
    const workers = crew(kind);
    for (const name of ['a', 'b', 'c']) await workers.hire(name, prove);
    await until(() => rig.ledger.provenCount === 4, 'all are proven');
    await workers.dismiss();
    const accepted = rig.events.filter((event) => event.startsWith('accepted')).map((event) => event.split(' ')[1]);
    assert.deepEqual(accepted.sort(), ['0.0', '0.1', '0.2', '1', '2.0', '2.1', '3.0', '3.1', '3.2', '3.3']);
    await rig.close();
  });

  it('bad and foreign proofs cost a retry', { timeout: 120_000 }, async () => {
    const batches = memoryBatches([2, 0]);
    const rig = await start(kind, batches);
    const workers = crew(kind);
    await workers.hire('liar', async () => Uint8Array.of(255, 1));
    await workers.hire('thief', async () => Uint8Array.of(7, 9, 0));
    await until(() => rig.events.filter((event) => event.startsWith('refused')).length >= 2, 'two lies');
    await workers.hire('honest', prove);
    await until(() => rig.ledger.provenCount === 2, 'all are proven');
    await workers.dismiss();
    const names = [...batches.proofs.values()].map(({ worker }) => worker);
    assert.deepEqual(names, ['honest', 'honest']);
    await rig.close();
  });

  it('a worker that gives no sign of life loses its job', { timeout: 120_000 }, async () => {
    const batches = memoryBatches([0]);
    const rig = await start(kind, batches);
    const silent = await kind.source('silent');
    const close = closing(silent.close);
    // The lease begins after this, at whatever speed what follows goes.
    let asked = performance.now();
    let assignment = await silent.next();
    while (assignment === undefined) {
      asked = performance.now();
      assignment = await silent.next();
    }
    const workers = crew(kind);
    await workers.hire('honest', prove);
    await until(() => rig.ledger.provenCount === 1, 'it is proven');
    // Of another process' clock, with NATS.
    assert.ok(performance.now() - asked > 0.9 * LEASE_MS, 'not before its lease was over');
    // What it sends after all is not taken.
    const late = await assignment.submit(await prove(assignment.job)).catch(() => 'late');
    assert.ok(late === 'late' || late === 'sent', late);
    await close();
    await workers.dismiss();
    assert.equal(batches.proofs.get(0)?.worker, 'honest');
    await rig.close();
  });

  it('a slow worker keeps its job, and a crashing one gives it back', { timeout: 120_000 }, async () => {
    const batches = memoryBatches([0]);
    const rig = await start(kind, batches);
    const workers = crew(kind);
    let crashes = 0;
    await workers.hire('unlucky', async (job) => {
      if (crashes++ === 0) throw new Error('out of memory');
      await sleep(2.5 * LEASE_MS);
      return prove(job);
    });
    await until(() => rig.ledger.provenCount === 1, 'it is proven');
    assert.equal(crashes, 2, 'it was not taken away');
    await workers.dismiss();
    await rig.close();
  });

  it('a node that starts again goes on where it was', { timeout: 120_000 }, async () => {
    const batches = memoryBatches([2, 2]);
    const first = await start(kind, batches);
    const workers = crew(kind);
    let made = 0;
    const hold = new AbortController();
    leftovers.add(() => hold.abort());
    await workers.hire('a', async (job) => {
      if (made++ >= 1) await sleep(100_000, undefined, { signal: hold.signal }).catch(() => {});
      return prove(job);
    });
    await until(() => first.ledger.progress.proven === 1, 'one segment is proven');
    await first.close();
    const second = await start(kind, batches);
    assert.equal(second.ledger.progress.proven, 1);
    hold.abort();
    await workers.hire('b', prove);
    await until(() => second.ledger.provenCount === 2, 'all are proven');
    assert.ok(!second.events.some((event) => event.startsWith('refused')), second.events.join());
    await workers.dismiss();
    await second.close();
  });
}

describe('the queue over HTTP', () => {
  let url = '';
  let last: unknown;
  conforms({
    name: 'http',
    open: async (context) => {
      const leases = createLeases(context);
      // A node that starts again is where it was.
      const port = context.batches === last ? Number(new URL(url).port) : 0;
      last = context.batches;
      const options = { host: '127.0.0.1', port, hosts: [] };
      const routes = jobRoutes(leases, context.batches, '');
      const server = await startServer({ handle: async () => undefined }, { ...options, routes });
      url = `http://127.0.0.1:${server.port}`;
      const queue: OpenQueue = { queue: leases, source: () => httpSource(url, '', ''), routes };
      return { queue, close: server.close };
    },
    source: async (worker) => httpSource(url, worker, ''),
  });
});

const program = process.env.WISP_NATS_SERVER ?? 'nats-server';
const hasServer = spawnSync(program, ['--version']).status === 0;
const why = hasServer ? false : `no ${program} on this machine: the queue on NATS JetStream is not tested here`;

describe('the queue on NATS JetStream', { skip: why }, () => {
  const folder = temporary();
  let server: ChildProcess;
  let gone: Promise<unknown>;
  let url = '';
  let chainId = 1n;

  before(async () => {
    // Any port that is free, which it names.
    server = spawn(program, ['-js', '-a', '127.0.0.1', '-p', '-1', '-sd', join(folder, 'nats')]);
    gone = new Promise((resolve) => server.once('close', resolve));
    let text = '';
    const port = await new Promise<string>((resolve, reject) => {
      server.stderr?.on('data', (data: Buffer) => {
        text += data;
        const found = /Listening for client connections on \S+:(\d+)\s.*Server is ready/s.exec(text)?.[1];
        if (found !== undefined) resolve(found);
      });
      server.once('exit', (code) => reject(new Error(`${program} ended with ${code}`)));
    });
    url = `nats://127.0.0.1:${port}`;
  });
  after(async () => {
    server.kill('SIGTERM');
    // It writes until it is gone.
    await gone;
    rmSync(folder, { recursive: true, force: true });
  });

  let last: unknown;
  conforms({
    name: 'nats',
    open: async (context) => {
      // A chain of its own for each test; a node that starts again finds its own.
      if (context.batches !== last) chainId++;
      last = context.batches;
      const log = { warn: (fields: object, message: string) => console.error(message, fields) };
      const queue = await openNatsQueue(url, context, { chainId, log, sweepMs: 200 });
      return { queue, close: queue.queue.close };
    },
    source: (worker) => openNatsSource(url, { chainId, worker, waitMs: 1000 }),
  });

  it('offers a job again whose worker acknowledged it and sent nothing', { timeout: 120_000 }, async () => {
    const { joinFleet, consumerOf } = await import('../../src/sequencer/jobs/nats/connect.ts');
    const kind: Kind = {
      name: 'nats',
      open: async (context) => {
        const log = { warn: () => {} };
        const queue = await openNatsQueue(url, context, { chainId: ++chainId, log, sweepMs: 100 });
        return { queue, close: queue.queue.close };
      },
      source: (worker) => openNatsSource(url, { chainId, worker, waitMs: 1000 }),
    };
    const rig = await start(kind, memoryBatches([0]));
    const fleet = await joinFleet(url, chainId, 'thief');
    const leave = closing(fleet.close);
    const consumer = await consumerOf(fleet, fleet.jobs);
    let offer = await consumer.next({ expires: 5000 });
    while (offer === null) offer = await consumer.next({ expires: 5000 });
    await offer.ackAck();
    // Nonsense among the proofs is passed over.
    await fleet.client.publish(fleet.proofs.subject, 'nonsense');
    await fleet.client.publish(fleet.proofs.subject, JSON.stringify({ batch: 5, segment: null, object: 'none' }));
    await leave();
    const workers = crew(kind);
    await workers.hire('honest', prove);
    await until(() => rig.ledger.provenCount === 1, 'it is proven');
    assert.ok(rig.events.includes('expired 0'), rig.events.join());
    await workers.dismiss();
    await rig.close();
  });

  it('leaves what workers may be reading as it is when a node starts again', { timeout: 120_000 }, async () => {
    const { joinFleet } = await import('../../src/sequencer/jobs/nats/connect.ts');
    const id = ++chainId;
    const log = { warn: (fields: object, message: string) => console.error(message, fields) };
    const kind: Kind = {
      name: 'nats',
      open: async (context) => {
        const queue = await openNatsQueue(url, context, { chainId: id, log, sweepMs: 100 });
        return { queue, close: queue.queue.close };
      },
      source: (worker) => openNatsSource(url, { chainId: id, worker, waitMs: 1000 }),
    };
    const batches = memoryBatches([2]);
    const seen: (string | undefined)[][] = [];
    for (let times = 0; times < 2; times++) {
      const rig = await start(kind, batches);
      await rig.close();
      const fleet = await joinFleet(url, id, 'reader');
      const leave = closing(fleet.close);
      const found = await Promise.all(['input.0', 'plan.0'].map((name) => fleet.objects.info(name)));
      await leave();
      seen.push(found.map((info) => (info?.deleted === false ? info.nuid : undefined)));
    }
    assert.ok(seen[0]?.every((nuid) => nuid !== undefined));
    assert.deepEqual(seen[1], seen[0]);
  });

  it('says where there is no server', async () => {
    const options = { chainId: 1n, log: { warn: () => {} } };
    const batches = memoryBatches([]);
    const context: QueueContext = {
      batches,
      leaseMs: 1000,
      submit: async () => 'late',
      onEvent: () => {},
      onWanted: () => {},
    };
    await assert.rejects(openNatsQueue('nats://127.0.0.1:1', context, options), {
      code: 'queue_failed',
      message: /no NATS server answers/,
    });
  });
});
