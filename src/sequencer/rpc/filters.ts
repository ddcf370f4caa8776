// Filters that clients poll. One that is not polled for a while is gone, and there is a bound on all of them.
import { randomBytes } from 'node:crypto';
import { toHex } from '../chain/bytes.ts';
import { LIMIT_EXCEEDED, RpcError, SERVER_ERROR } from './errors.ts';
import { type LogQuery, weightOf } from './params.ts';

export type Filter =
  | { readonly kind: 'logs'; readonly query: LogQuery; next: bigint }
  | { readonly kind: 'blocks'; next: bigint }
  /** Counts transactions. */
  | { readonly kind: 'pending'; next: number };

export interface Filters {
  add(filter: Filter): string;
  /** Throws where there is none with this id. */
  get(id: string): Filter;
  remove(id: string): boolean;
  /** A transaction came into the pool. */
  pending(hash: string): void;
  /** Transactions that came into the pool so far. */
  readonly arrived: number;
  /** Hashes of those from this one on, as far as they are still known. */
  since(count: number): string[];
  readonly size: number;
}

const MAX_FILTERS = 10_000;
/** Of all filters together: addresses and topics that are kept. */
const MAX_WEIGHT = 200_000;
const LIFETIME_MS = 5 * 60 * 1000;
/** Hashes of pending transactions that are kept, for all filters together. */
const MAX_HASHES = 50_000;

const weightOfFilter = (filter: Filter): number => (filter.kind === 'logs' ? weightOf(filter.query) : 1);

export function filterStore(now: () => number = Date.now): Filters {
  const filters = new Map<string, { filter: Filter; seenMs: number }>();
  let weight = 0;
  /** A ring: that of transaction n is at n modulo its size. */
  const hashes: string[] = [];
  let arrived = 0;
  const remove = (id: string): boolean => {
    const entry = filters.get(id);
    if (entry !== undefined) weight -= weightOfFilter(entry.filter);
    return filters.delete(id);
  };
  const expire = (): void => {
    for (const [id, { seenMs }] of filters) if (now() - seenMs > LIFETIME_MS) remove(id);
  };
  return {
    add: (filter) => {
      expire();
      const more = weightOfFilter(filter);
      if (filters.size >= MAX_FILTERS || weight + more > MAX_WEIGHT) {
        throw new RpcError(LIMIT_EXCEEDED, 'too many filters');
      }
      const id = toHex(randomBytes(16));
      filters.set(id, { filter, seenMs: now() });
      weight += more;
      return id;
    },
    get: (id) => {
      expire();
      const entry = filters.get(id);
      if (entry === undefined) throw new RpcError(SERVER_ERROR, 'filter not found');
      entry.seenMs = now();
      return entry.filter;
    },
    remove,
    pending: (hash) => {
      hashes[arrived++ % MAX_HASHES] = hash;
    },
    get arrived() {
      return arrived;
    },
    since: (count) => {
      const first = Math.max(count, arrived - MAX_HASHES);
      return Array.from({ length: arrived - first }, (_, i) => hashes[(first + i) % MAX_HASHES] as string);
    },
    get size() {
      return filters.size;
    },
  };
}
