// Prover jobs over HTTP. A worker asks for a lease, fetches what there is to prove from, renews, and puts the proof. JOB is a
// batch's index, or a batch's and a segment's: 7.0
//   POST /jobs/lease?worker=NAME&steps=N   -> 200 {job, token, leaseMs}, or 204 where there is none
//   GET  /jobs/JOB/input?token=T           -> 200 the program's input
//   GET  /jobs/JOB/plan?token=T            -> 200 the run's header, 404 where the batch is proven whole
//   POST /jobs/JOB/renew?token=T           -> 204, or 409 where the lease is gone
//   POST /jobs/JOB/release?token=T         -> 204, or 409: gives the job back
//   PUT  /jobs/JOB/proof?token=T           -> 200 accepted, 422 refused, 409 where the lease is gone
import { timingSafeEqual } from 'node:crypto';
import type { Route, RouteRequest, RouteResponse } from '../rpc/server.ts';
import type { BatchStore } from './batches.ts';
import type { JobSpec } from './job.ts';
import type { Leases } from './leases.ts';

/** Above any proof of a batch. */
const MAX_PROOF_BYTES = 256 * 2 ** 20;

const answer = (status: number, body: object | undefined = undefined): RouteResponse => ({
  status,
  body: body === undefined ? '' : JSON.stringify(body),
});

function sameSecret(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

type Handler = (name: string, token: string, request: RouteRequest) => RouteResponse | Promise<RouteResponse>;

/** `secret`: what workers have to bring as a bearer token; empty for none. */
export function jobRoutes(leases: Leases, batches: BatchStore, secret: string): Route[] {
  const guarded =
    (handle: Route['handle']): Route['handle'] =>
    async (request) => {
      if (secret !== '' && !sameSecret(request.headers.authorization ?? '', `Bearer ${secret}`)) return answer(401);
      return handle(request);
    };
  const ofJob = (actions: Readonly<Record<string, Handler>>): Route['handle'] =>
    guarded(async (request) => {
      const [, name = '', action = ''] = /^\/jobs\/(\d{1,15}(?:\.\d{1,6})?)\/([a-z]+)$/.exec(request.path) ?? [];
      const handler = Object.hasOwn(actions, action) ? actions[action] : undefined;
      return handler === undefined ? answer(404) : handler(name, request.query.get('token') ?? '', request);
    });
  const bytesOf =
    (read: (job: JobSpec) => Uint8Array | undefined): Handler =>
    (name, token) => {
      if (!leases.renew(name, token)) return answer(409);
      const job = leases.jobOf(name, token);
      const body = job === undefined ? undefined : read(job);
      return body === undefined ? answer(404) : { status: 200, type: 'application/octet-stream', body };
    };
  return [
    {
      method: 'POST',
      path: '/jobs/lease',
      handle: guarded(async ({ query }) => {
        const steps = query.get('steps');
        const most = steps !== null && /^\d{1,12}$/.test(steps) ? Number(steps) : undefined;
        const lease = leases.lease((query.get('worker') ?? '').slice(0, 100), most);
        return lease === undefined ? answer(204) : answer(200, lease);
      }),
    },
    {
      method: 'GET',
      path: '/jobs/*',
      handle: ofJob({
        input: bytesOf(({ batch }) => batches.input(batch)),
        plan: bytesOf(({ batch }) => batches.plan(batch)?.header),
      }),
    },
    {
      method: 'POST',
      path: '/jobs/*',
      handle: ofJob({
        renew: (name, token) => answer(leases.renew(name, token) ? 204 : 409),
        release: (name, token) => answer(leases.release(name, token) ? 204 : 409),
      }),
    },
    {
      method: 'PUT',
      path: '/jobs/*',
      maxBytes: MAX_PROOF_BYTES,
      handle: ofJob({
        proof: async (name, token, { body }) => {
          const outcome = await leases.submit(name, token, new Uint8Array(body));
          if (outcome === 'late') return answer(409);
          return answer(outcome === 'accepted' ? 200 : 422, { outcome });
        },
      }),
    },
  ];
}
