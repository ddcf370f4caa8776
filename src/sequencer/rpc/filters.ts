// Filters that clients poll. One that is not polled for a while is gone, and there is a bound on all of them.
import { randomBytes } from 'node:crypto';
import { toHex } from '../chain/bytes.ts';
import { LIMIT_EXCEEDED, RpcError, SERVER_ERROR } from './errors.ts';
import type { LogQuery } from './params.ts';

export type Filter =
  | { readonly kind: 'logs'; readonly query: LogQuery; next: bigint }
  | { readonly kind: 'blocks'; next: bigint }
  | { readonly kind: 'pending'; readonly hashes: string[] };

export interface Filters {
  add(filter: Filter): string;
  /** Throws where there is none with this id. */
  get(id: string): Filter;
  remove(id: string): boolean;
  /** A transaction came into the pool. */
  pending(hash: string): void;
}

const MAX_FILTERS = 10_000;
const LIFETIME_MS = 5 * 60 * 1000;
/** Hashes that a filter of pending transactions keeps for its next poll. */
const MAX_HASHES = 20_000;

export function filterStore(now: () => number = Date.now): Filters {
  const filters = new Map<string, { filter: Filter; seenMs: number }>();
  const expire = (): void => {
    for (const [id, { seenMs }] of filters) if (now() - seenMs > LIFETIME_MS) filters.delete(id);
  };
  return {
    add: (filter) => {
      expire();
      if (filters.size >= MAX_FILTERS) throw new RpcError(LIMIT_EXCEEDED, 'too many filters');
      const id = toHex(randomBytes(16));
      filters.set(id, { filter, seenMs: now() });
      return id;
    },
    get: (id) => {
      const entry = filters.get(id);
      if (entry === undefined) throw new RpcError(SERVER_ERROR, 'filter not found');
      entry.seenMs = now();
      return entry.filter;
    },
    remove: (id) => filters.delete(id),
    pending: (hash) => {
      for (const { filter } of filters.values()) {
        if (filter.kind === 'pending' && filter.hashes.length < MAX_HASHES) filter.hashes.push(hash);
      }
    },
  };
}
