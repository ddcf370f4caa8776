// What works on prover jobs: for a node in the same process, or for one over HTTP.
import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchStore } from './batches.ts';
import type { Jobs, Lease } from './leases.ts';

/** Proves a run of the rollup's program on an input: the proof's bytes. */
export type ProveInput = (input: Uint8Array) => Promise<Uint8Array>;

/** Where jobs come from. */
export interface JobSource {
  lease(): Promise<Lease | undefined>;
  input(lease: Lease): Promise<Uint8Array>;
  renew(lease: Lease): Promise<boolean>;
  submit(lease: Lease, proof: Uint8Array): Promise<'accepted' | 'refused' | undefined>;
}

export type WorkEvent =
  | { readonly kind: 'leased'; readonly batch: number; readonly inputBytes: number }
  | {
      readonly kind: 'done';
      readonly batch: number;
      readonly outcome: string;
      readonly ms: number;
      readonly bytes: number;
    }
  | { readonly kind: 'failed'; readonly message: string };

const IDLE_MS = 500;
const MAX_BACKOFF_MS = 30_000;

export const localSource = (jobs: Jobs, batches: BatchStore, worker: string): JobSource => ({
  lease: async () => jobs.lease(worker),
  input: async ({ batch }) => {
    const input = batches.input(batch);
    if (input === undefined) throw new Error(`batch ${batch} has no input`);
    return input;
  },
  renew: async ({ batch, token }) => jobs.renew(batch, token),
  submit: ({ batch, token }, proof) => jobs.submit(batch, token, proof),
});

export function httpSource(url: string, worker: string, secret: string): JobSource {
  const request = (method: string, path: string, body?: Uint8Array): Promise<Response> =>
    fetch(new URL(path, url), {
      method,
      headers: secret === '' ? {} : { authorization: `Bearer ${secret}` },
      signal: AbortSignal.timeout(120_000),
      ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }),
    });
  const refuse = (what: string, { status }: Response): never => {
    throw new Error(`${what}: the node answers ${status}`);
  };
  return {
    lease: async () => {
      const response = await request('POST', `/jobs/lease?worker=${encodeURIComponent(worker)}`);
      if (response.status === 204) return undefined;
      return response.ok ? ((await response.json()) as Lease) : refuse('lease', response);
    },
    input: async ({ batch, token }) => {
      const response = await request('GET', `/jobs/${batch}/input?token=${token}`);
      return response.ok ? new Uint8Array(await response.arrayBuffer()) : refuse('input', response);
    },
    renew: async ({ batch, token }) => (await request('POST', `/jobs/${batch}/renew?token=${token}`)).ok,
    submit: async ({ batch, token }, proof) => {
      const response = await request('PUT', `/jobs/${batch}/proof?token=${token}`, proof);
      if (response.status === 409) return undefined;
      if (response.status === 422) return 'refused';
      return response.ok ? 'accepted' : refuse('proof', response);
    },
  };
}

/** Works until `signal` is aborted; the job under way is left to another then. */
export async function work(
  source: JobSource,
  prove: ProveInput,
  onEvent: (event: WorkEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  let backoffMs = IDLE_MS;
  const pause = (ms: number): Promise<unknown> => sleep(ms, undefined, { signal }).catch(() => {});
  while (!signal.aborted) {
    try {
      const lease = await source.lease();
      if (lease === undefined) {
        await pause(IDLE_MS);
        continue;
      }
      await one(source, prove, onEvent, lease);
      backoffMs = IDLE_MS;
    } catch (error) {
      if (signal.aborted) return;
      onEvent({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
      await pause(backoffMs);
      backoffMs = Math.min(2 * backoffMs, MAX_BACKOFF_MS);
    }
  }
}

async function one(
  source: JobSource,
  prove: ProveInput,
  onEvent: (event: WorkEvent) => void,
  lease: Lease,
): Promise<void> {
  const { batch, inputBytes, leaseMs } = lease;
  const started = performance.now();
  onEvent({ kind: 'leased', batch, inputBytes });
  const renewing = setInterval(() => void source.renew(lease).catch(() => {}), leaseMs / 3);
  try {
    const proof = await prove(await source.input(lease));
    const outcome = await source.submit(lease, proof);
    const ms = performance.now() - started;
    onEvent({ kind: 'done', batch, outcome: outcome ?? 'too late', ms, bytes: proof.length });
  } finally {
    clearInterval(renewing);
  }
}
