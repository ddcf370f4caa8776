// Where a worker's jobs come from: a node in the same process, or one over HTTP. (Over NATS: nats/source.ts.)
import type { BatchStore } from './batches.ts';
import { type JobSource, jobName } from './job.ts';
import type { Lease, Leases } from './leases.ts';

/** `steps`: the longest segment that the worker can prove. */
export const localSource = (leases: Leases, batches: BatchStore, worker: string, steps?: number): JobSource => ({
  next: async () => {
    const lease = leases.lease(worker, steps);
    if (lease === undefined) return undefined;
    const { job, token, leaseMs } = lease;
    const name = jobName(job);
    return {
      ...{ job, leaseMs },
      input: async () => {
        const input = batches.input(job.batch);
        if (input === undefined) throw new Error(`batch ${job.batch} has no input`);
        return { input, plan: batches.plan(job.batch)?.header };
      },
      renew: async () => leases.renew(name, token),
      release: async () => void leases.release(name, token),
      submit: (proof) => leases.submit(name, token, proof),
    };
  },
  close: async () => {},
});

const REQUEST_MS = 120_000;
/** The answer to a proof comes when it is verified, after those before it. */
const PROOF_MS = 1_200_000;

export function httpSource(url: string, worker: string, secret: string, steps?: number): JobSource {
  const request = (method: string, path: string, body?: Uint8Array): Promise<Response> =>
    fetch(new URL(path, url), {
      method,
      headers: secret === '' ? {} : { authorization: `Bearer ${secret}` },
      signal: AbortSignal.timeout(body === undefined ? REQUEST_MS : PROOF_MS),
      ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }),
    });
  const refuse = (what: string, { status }: Response): never => {
    throw new Error(`${what}: the node answers ${status}`);
  };
  const fetched = async (what: string, response: Response): Promise<Uint8Array> =>
    response.ok ? new Uint8Array(await response.arrayBuffer()) : refuse(what, response);
  return {
    next: async () => {
      const limit = steps === undefined ? '' : `&steps=${steps}`;
      const response = await request('POST', `/jobs/lease?worker=${encodeURIComponent(worker)}${limit}`);
      if (response.status === 204) return undefined;
      const { job, token, leaseMs } = response.ok ? ((await response.json()) as Lease) : refuse('lease', response);
      const path = `/jobs/${jobName(job)}`;
      const query = `?token=${token}`;
      return {
        ...{ job, leaseMs },
        input: async () => ({
          input: await fetched('input', await request('GET', `${path}/input${query}`)),
          plan: job.segment === null ? undefined : await fetched('plan', await request('GET', `${path}/plan${query}`)),
        }),
        renew: async () => (await request('POST', `${path}/renew${query}`)).ok,
        release: async () => void (await request('POST', `${path}/release${query}`)),
        submit: async (proof) => {
          const answer = await request('PUT', `${path}/proof${query}`, proof);
          if (answer.status === 409) return 'late';
          if (answer.status === 422) return 'refused';
          return answer.ok ? 'accepted' : refuse('proof', answer);
        },
      };
    },
    close: async () => {},
  };
}
