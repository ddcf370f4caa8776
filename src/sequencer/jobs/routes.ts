// Prover jobs over HTTP. A worker asks for a lease, fetches the input, renews, and puts the proof:
//   POST /jobs/lease?worker=NAME              -> 200 {batch, token, leaseMs, inputBytes, digest}, or 204
//   GET  /jobs/BATCH/input?token=T            -> 200 the program's input
//   POST /jobs/BATCH/renew?token=T            -> 204, or 409 where the lease is gone
//   PUT  /jobs/BATCH/proof?token=T            -> 200 accepted, 422 refused, 409 where the lease is gone
import { timingSafeEqual } from 'node:crypto';
import type { Route, RouteRequest, RouteResponse } from '../rpc/server.ts';
import type { BatchStore } from './batches.ts';
import type { Jobs } from './leases.ts';

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

/** `secret`: what workers have to bring as a bearer token; empty for none. */
export function jobRoutes(jobs: Jobs, batches: BatchStore, secret: string): Route[] {
  const guarded =
    (handle: (request: RouteRequest) => Promise<RouteResponse>) =>
    async (request: RouteRequest): Promise<RouteResponse> => {
      if (secret !== '' && !sameSecret(request.headers.authorization ?? '', `Bearer ${secret}`)) return answer(401);
      return handle(request);
    };
  const ofBatch = (
    action: string,
    handle: (batch: number, token: string, request: RouteRequest) => RouteResponse | Promise<RouteResponse>,
  ): Route['handle'] =>
    guarded(async (request) => {
      const match = /^\/jobs\/(\d{1,15})\/([a-z]+)$/.exec(request.path);
      if (match === null || match[2] !== action) return answer(404);
      return handle(Number(match[1]), request.query.get('token') ?? '', request);
    });
  const renew = ofBatch('renew', (batch, token) => answer(jobs.renew(batch, token) ? 204 : 409));
  return [
    {
      method: 'POST',
      path: '/jobs/lease',
      handle: guarded(async ({ query }) => {
        const lease = jobs.lease((query.get('worker') ?? '').slice(0, 100));
        return lease === undefined ? answer(204) : answer(200, lease);
      }),
    },
    {
      method: 'GET',
      path: '/jobs/*',
      handle: ofBatch('input', (batch, token) => {
        if (!jobs.renew(batch, token)) return answer(409);
        const input = batches.input(batch);
        return input === undefined ? answer(404) : { status: 200, type: 'application/octet-stream', body: input };
      }),
    },
    { method: 'POST', path: '/jobs/*', handle: renew },
    {
      method: 'PUT',
      path: '/jobs/*',
      maxBytes: MAX_PROOF_BYTES,
      handle: ofBatch('proof', async (batch, token, { body }) => {
        const outcome = await jobs.submit(batch, token, new Uint8Array(body));
        if (outcome === undefined) return answer(409);
        return answer(outcome === 'accepted' ? 200 : 422, { outcome });
      }),
    },
  ];
}
