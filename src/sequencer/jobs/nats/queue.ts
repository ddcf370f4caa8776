// A node's side of the queue on NATS JetStream. The node knows what has to be proven; JetStream carries it to workers and
// brings back what they made. A job whose message was acknowledged by a worker that then sends no proof is offered again.
import { createHash } from 'node:crypto';
import type { JsMsg } from '@nats-io/jetstream';
import { type JobQueue, type JobSpec, jobName } from '../job.ts';
import type { OpenQueue, QueueContext } from '../service.ts';
import { consumerOf, type Fleet, inputName, joinFleet, type ProofMessage, planName } from './connect.ts';
import { openNatsSource } from './source.ts';

export interface NatsQueueOptions {
  readonly chainId: bigint;
  readonly log: { warn(fields: object, message: string): void };
  /** Between looks at what became of the jobs. */
  readonly sweepMs?: number;
}

interface Offered {
  readonly job: JobSpec;
  /** Of its message in the stream; undefined until that is stored. */
  sequence: number | undefined;
  attempt: number;
  /** Since when its message is gone from the stream. */
  goneSinceMs: number | undefined;
}

const MAX_PROOF_BYTES = 256 * 2 ** 20;
const PROOF_WAIT_MS = 5000;
const SWEEP_MS = 5000;

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export async function openNatsQueue(url: string, context: QueueContext, options: NatsQueueOptions): Promise<OpenQueue> {
  const { chainId } = options;
  const fleet = await joinFleet(url, chainId, `wisp node, chain ${chainId}`, context.leaseMs);
  const queue = await startQueue(fleet, context, options);
  return {
    queue,
    source: (worker, steps) => lazySource(() => openNatsSource(url, { chainId, worker, steps })),
    routes: [],
  };
}

/** Connects with the first job that is asked for. */
function lazySource(open: () => ReturnType<typeof openNatsSource>): Awaited<ReturnType<typeof openNatsSource>> {
  let opened: ReturnType<typeof openNatsSource> | undefined;
  return {
    next: async () => {
      opened ??= open();
      return (await opened).next();
    },
    close: async () => (await opened)?.close(),
  };
}

async function startQueue(fleet: Fleet, context: QueueContext, options: NatsQueueOptions): Promise<JobQueue> {
  const { manager, client, objects, jobs, proofs } = fleet;
  const { batches, leaseMs, submit, onEvent, onWanted } = context;
  const { log, sweepMs = SWEEP_MS } = options;
  const offered = new Map<string, Offered>();
  const counts = { waiting: 0, leased: 0 };
  let closed = false;
  /** One thing at a time is done to the stream. */
  let tail: Promise<unknown> = Promise.resolve();
  const inTurn = (what: string, work: () => Promise<unknown>): Promise<unknown> => {
    tail = tail.then(work).catch((error: unknown) => {
      if (!closed) log.warn({ error: textOf(error) }, `queue: ${what} failed`);
    });
    return tail;
  };

  const publish = async (entry: Offered): Promise<void> => {
    const { job } = entry;
    const name = jobName(job);
    entry.attempt++;
    entry.goneSinceMs = undefined;
    const msgID = `${name} ${job.digest} ${entry.attempt} ${Date.now()}`;
    entry.sequence = (await client.publish(jobs.subject, JSON.stringify(job), { msgID })).seq;
    onEvent('issued', name, 'the queue');
  };

  /** What is there stays: a worker that reads an object while it is replaced waits for pieces that are gone. */
  const put = async (name: string, bytes: Uint8Array): Promise<void> => {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const there = await objects.info(name);
    if (there?.deleted === false && there.metadata?.sha256 === sha256) return;
    await objects.putBlob({ name, metadata: { sha256 } }, bytes);
  };

  const uploaded = new Map<number, string>();
  const upload = async ({ batch, digest }: JobSpec): Promise<void> => {
    if (uploaded.get(batch) === digest) return;
    const input = batches.input(batch);
    if (input === undefined) throw new Error(`batch ${batch} has no input`);
    await put(inputName(batch), input);
    const header = batches.plan(batch)?.header;
    if (header !== undefined) await put(planName(batch), header);
    uploaded.set(batch, digest);
  };

  /** Jobs of an earlier run of the node are still in the stream: by name, their place. */
  const earlier = new Map<string, { sequence: number; digest: string }>();
  const { state } = await manager.streams.info(jobs.name);
  for (let sequence = state.first_seq; state.messages > 0 && sequence <= state.last_seq; sequence++) {
    const message = await manager.streams.getMessage(jobs.name, { seq: sequence }).catch(() => null);
    if (message === null) continue;
    const job = message.json<JobSpec>();
    earlier.set(jobName(job), { sequence, digest: job.digest });
  }

  /** Messages of jobs that are proven, since when. Their workers acknowledge them; what is left then is deleted. */
  const done = new Map<number, number>();

  const forget = async (entry: Offered): Promise<void> => {
    const { batch } = entry.job;
    offered.delete(jobName(entry.job));
    if (entry.sequence !== undefined) done.set(entry.sequence, performance.now());
    if ([...offered.values()].some(({ job }) => job.batch === batch)) return;
    uploaded.delete(batch);
    for (const name of [inputName(batch), planName(batch)]) await objects.delete(name).catch(() => {});
  };

  const take = async (message: JsMsg): Promise<void> => {
    const { batch, segment, worker, object, provingMs } = message.json<ProofMessage>();
    const name = jobName({ batch, segment });
    const info = await objects.info(object);
    const proof = info === null || info.size > MAX_PROOF_BYTES ? null : await objects.getBlob(object);
    const outcome = await submit(
      { batch, segment },
      String(worker),
      proof ?? new Uint8Array(0),
      Number(provingMs) || 0,
    );
    const entry = offered.get(name);
    if (entry !== undefined) await inTurn(name, () => (outcome === 'refused' ? publish(entry) : forget(entry)));
    await objects.delete(object).catch(() => {});
  };

  const receive = async (): Promise<void> => {
    const consumer = await consumerOf(fleet, proofs);
    while (!closed) {
      const message = await consumer.next({ expires: PROOF_WAIT_MS }).catch(() => null);
      if (message === null) continue;
      // Verifying may take longer than a message may go without an answer.
      const working = setInterval(() => message.working(), leaseMs / 3);
      try {
        await take(message);
      } catch (error) {
        log.warn({ error: textOf(error) }, 'queue: a message that is none');
      } finally {
        clearInterval(working);
        // Whatever it was, it is dealt with.
        message.ack();
      }
    }
  };

  const sweep = async (): Promise<void> => {
    const { num_pending, num_ack_pending } = await manager.consumers.info(jobs.name, jobs.consumer);
    [counts.waiting, counts.leased] = [num_pending, num_ack_pending];
    if (num_pending === 0) onWanted();
    for (const [sequence, since] of [...done]) {
      if (performance.now() - since < leaseMs) continue;
      done.delete(sequence);
      await manager.streams.deleteMessage(jobs.name, sequence).catch(() => {});
    }
    for (const entry of [...offered.values()]) {
      if (entry.sequence === undefined) continue;
      const message = await manager.streams.getMessage(jobs.name, { seq: entry.sequence }).catch(() => null);
      if (message !== null) continue;
      entry.goneSinceMs ??= performance.now();
      if (performance.now() - entry.goneSinceMs < leaseMs) continue;
      onEvent('expired', jobName(entry.job), 'a worker');
      await publish(entry);
    }
  };
  let isSweeping = false;
  const sweeping = setInterval(async () => {
    // On a slow network one does not catch up with the other.
    if (isSweeping || closed) return;
    isSweeping = true;
    await inTurn('looking after the jobs', sweep);
    isSweeping = false;
  }, sweepMs);
  sweeping.unref();
  const receiving = receive().catch((error: unknown) => {
    if (!closed) log.warn({ error: textOf(error) }, 'queue: no proofs are received any more');
  });

  return {
    add: (job) => {
      const name = jobName(job);
      if (offered.has(name)) return;
      const entry: Offered = { job, sequence: undefined, attempt: 0, goneSinceMs: undefined };
      offered.set(name, entry);
      void inTurn(`job ${name}`, async () => {
        await upload(job);
        const known = earlier.get(name);
        earlier.delete(name);
        if (known?.digest === job.digest) entry.sequence = known.sequence;
        else await publish(entry);
      });
    },
    get waiting() {
      return counts.waiting;
    },
    get leased() {
      return counts.leased;
    },
    close: async () => {
      closed = true;
      clearInterval(sweeping);
      await tail;
      await fleet.close();
      await receiving;
    },
  };
}
