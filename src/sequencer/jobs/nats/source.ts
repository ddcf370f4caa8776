// A worker's jobs from NATS JetStream.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JobSource, type JobSpec, jobName } from '../job.ts';
import { consumerOf, inputName, joinFleet, type ProofMessage, planName } from './connect.ts';

export interface NatsSourceOptions {
  readonly chainId: bigint;
  readonly worker: string;
  /** Micro-ops of the longest segment that the worker can prove. */
  readonly steps?: number;
  /** How long to wait for a job at a time. */
  readonly waitMs?: number;
}

const WAIT_MS = 5000;
/** A job that was given back, or is too long for this worker, is offered again after so long. */
const RETURN_MS = 1000;
/** To read an input or a plan. One that is replaced meanwhile never comes whole; the job is given back then. */
const READ_MS = 300_000;

export async function openNatsSource(url: string, options: NatsSourceOptions): Promise<JobSource> {
  const { chainId, worker, steps = Number.POSITIVE_INFINITY, waitMs = WAIT_MS } = options;
  const fleet = await joinFleet(url, chainId, worker);
  const { client, objects, jobs, proofs } = fleet;
  const consumer = await consumerOf(fleet, jobs);
  const { config } = await consumer.info();
  const leaseMs = (config.ack_wait ?? 0) / 1e6;
  const read = async (name: string): Promise<Uint8Array> => {
    const late = new AbortController();
    const deadline = sleep(READ_MS, undefined, { signal: late.signal, ref: false }).then(() => {
      throw new Error(`${name} did not come within ${READ_MS / 1000} s`);
    });
    const bytes = await Promise.race([objects.getBlob(name), deadline]).finally(() => late.abort());
    if (bytes === null) throw new Error(`${name} is not in the object store`);
    return bytes;
  };
  return {
    next: async () => {
      const message = await consumer.next({ expires: waitMs });
      if (message === null) return undefined;
      const job = message.json<JobSpec>();
      if (job.segmentSteps > steps) {
        message.nak(RETURN_MS);
        return undefined;
      }
      const started = performance.now();
      return {
        ...{ job, leaseMs },
        input: async () => ({
          input: await read(inputName(job.batch)),
          plan: job.segment === null ? undefined : await read(planName(job.batch)),
        }),
        renew: async () => {
          message.working();
          return true;
        },
        release: async () => message.nak(RETURN_MS),
        submit: async (proof) => {
          const object = `proof.${jobName(job)}.${randomBytes(8).toString('hex')}`;
          await objects.putBlob({ name: object }, proof);
          const { batch, segment } = job;
          const sent: ProofMessage = { batch, segment, worker, object, provingMs: performance.now() - started };
          await client.publish(proofs.subject, JSON.stringify(sent), { msgID: object });
          await message.ackAck();
          return 'sent';
        },
      };
    },
    close: fleet.close,
  };
}
