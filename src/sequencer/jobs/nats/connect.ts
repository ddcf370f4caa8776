// NATS JetStream as the queue between a node and a fleet of workers. Three things of one chain:
//   stream wisp-CHAIN-jobs, a work queue of jobs: a worker takes one, says that it is at work, and acknowledges it when its
//     proof is on its way; what is not acknowledged in time goes to another.
//   stream wisp-CHAIN-proofs, a work queue of what workers made, which the node takes.
//   bucket wisp-CHAIN, an object store of inputs, plans and proofs.
// The packages are optional, and loaded when a node or a worker is given a nats:// address.
import type { Consumer, JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { ObjectStore } from '@nats-io/obj';
import type { NatsConnection } from '@nats-io/transport-node';
import { SequencerError } from '../../errors.ts';

export interface Fleet {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly client: JetStreamClient;
  readonly objects: ObjectStore;
  readonly jobs: Stream;
  readonly proofs: Stream;
  close(): Promise<void>;
}

export interface Stream {
  readonly name: string;
  readonly subject: string;
  /** Of the one consumer that all who take from it share. */
  readonly consumer: string;
}

/** What a worker says that it made. */
export interface ProofMessage {
  readonly batch: number;
  readonly segment: number | null;
  readonly worker: string;
  /** Name of the proof in the object store. */
  readonly object: string;
  readonly provingMs: number;
}

export const inputName = (batch: number): string => `input.${batch}`;
export const planName = (batch: number): string => `plan.${batch}`;

/** Sent again within this time, a message with the same number is the same message. */
const DEDUPLICATION_MS = 120_000;

const streamOf = (chainId: bigint, what: string): Stream => ({
  ...{ name: `wisp-${chainId}-${what}`, subject: `wisp.${chainId}.${what}`, consumer: what },
});

async function packages(): Promise<
  [typeof import('@nats-io/transport-node'), typeof import('@nats-io/jetstream'), typeof import('@nats-io/obj')]
> {
  try {
    return await Promise.all([import('@nats-io/transport-node'), import('@nats-io/jetstream'), import('@nats-io/obj')]);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SequencerError(
      'queue_failed',
      `a nats:// queue needs @nats-io/transport-node, @nats-io/jetstream and @nats-io/obj: ${why}`,
    );
  }
}

/** Connects; makes streams, consumers and bucket where `leaseMs` is given, which the node does. */
export async function joinFleet(url: string, chainId: bigint, name: string, leaseMs?: number): Promise<Fleet> {
  const [{ connect, nanos }, { jetstream, jetstreamManager }, { Objm }] = await packages();
  const { username, password, host } = new URL(url);
  const login = password === '' ? { token: username } : { user: username, pass: decodeURIComponent(password) };
  const connection = await connect({
    ...{ servers: `${new URL(url).protocol}//${host}`, name, maxReconnectAttempts: -1 },
    ...(username === '' ? {} : login),
  }).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new SequencerError('queue_failed', `no NATS server answers at ${host}: ${why}`);
  });
  try {
    const manager = await jetstreamManager(connection);
    const [jobs, proofs] = [streamOf(chainId, 'jobs'), streamOf(chainId, 'proofs')];
    if (leaseMs !== undefined) {
      for (const stream of [jobs, proofs]) {
        await manager.streams.add({
          ...{ name: stream.name, subjects: [stream.subject], retention: 'workqueue', storage: 'file' },
          duplicate_window: nanos(DEDUPLICATION_MS),
        });
        await manager.consumers.add(stream.name, {
          ...{ durable_name: stream.consumer, ack_policy: 'explicit', max_deliver: -1 },
          ack_wait: nanos(leaseMs),
        });
      }
    }
    const bucket = `wisp-${chainId}`;
    const store = new Objm(connection);
    const objects = await (leaseMs === undefined ? store.open(bucket) : store.create(bucket));
    const client = jetstream(connection);
    return { connection, manager, client, objects, jobs, proofs, close: () => connection.close() };
  } catch (error) {
    await connection.close();
    const why = error instanceof Error ? error.message : String(error);
    throw new SequencerError('queue_failed', `JetStream at ${host}: ${why}`);
  }
}

export const consumerOf = ({ client }: Fleet, { name, consumer }: Stream): Promise<Consumer> =>
  client.consumers.get(name, consumer);
