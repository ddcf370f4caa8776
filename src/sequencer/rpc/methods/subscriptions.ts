// eth_subscribe and eth_unsubscribe, on connections that can be told of events.
import { randomBytes } from 'node:crypto';
import type { SealedBlock } from '../../chain/block.ts';
import { toHex } from '../../chain/bytes.ts';
import type { PooledTransaction } from '../../mempool/mempool.ts';
import type { Method, Methods, RpcContext, Subscriber } from '../context.ts';
import { INVALID_PARAMS, LIMIT_EXCEEDED, RpcError, SERVER_ERROR } from '../errors.ts';
import { formatHeader, formatTransaction } from '../format.ts';
import { logsOf } from '../logs.ts';
import { logQueryOf, type Params, stringOf, weightOf } from '../params.ts';
import { RawJson } from '../raw_json.ts';

/** Of a connection. */
const MAX_SUBSCRIPTIONS = 128;
/** Of all connections together: each subscription, and each address and topic that is kept. */
const MAX_WEIGHT = 20_000;
/** By node. */
const weights = new WeakMap<object, number>();

/** What many are told is made into text once. */
const textOnce = <T extends object>(format: (of: T) => unknown): ((of: T) => RawJson) => {
  const known = new WeakMap<T, RawJson>();
  return (of) => {
    const text = known.get(of) ?? new RawJson(JSON.stringify(format(of)));
    known.set(of, text);
    return text;
  };
};
const header = textOnce(({ block }: SealedBlock) => formatHeader(block));
const hash = textOnce((pooled: PooledTransaction) => toHex(pooled.hash));
const body = textOnce((pooled: PooledTransaction) => formatTransaction(pooled.tx, pooled));

interface Feed {
  readonly weight: number;
  /** Starts to send; the result ends it. */
  start(send: (result: RawJson) => void): () => void;
}

function feedOf({ node }: RpcContext, params: Params): Feed {
  const kind = stringOf(params[0], 'subscription');
  if (kind === 'newHeads') return { weight: 1, start: (send) => node.chain.onBlock((sealed) => send(header(sealed))) };
  if (kind === 'logs') {
    const query = logQueryOf(params[1]);
    const start = (send: (result: RawJson) => void): (() => void) =>
      node.chain.onBlock(({ block, receipts }) => {
        for (const log of logsOf(block, receipts, query)) send(new RawJson(JSON.stringify(log)));
      });
    return { weight: weightOf(query), start };
  }
  if (kind === 'newPendingTransactions') {
    const format = params[1] === true ? body : hash;
    return { weight: 1, start: (send) => node.onPending((pooled) => send(format(pooled))) };
  }
  if (kind === 'syncing') return { weight: 1, start: () => () => {} };
  throw new RpcError(INVALID_PARAMS, `no "${kind.slice(0, 50)}" subscription in eth namespace`);
}

const requireSubscriber = (subscriber: Subscriber | undefined): Subscriber => {
  if (subscriber === undefined) throw new RpcError(SERVER_ERROR, 'notifications not supported');
  return subscriber;
};

const subscribe: Method = (context, params, connection) => {
  const subscriber = requireSubscriber(connection);
  const { node } = context;
  const { weight, start } = feedOf(context, params);
  const total = (weights.get(node) ?? 0) + weight;
  if (subscriber.subscriptions.size >= MAX_SUBSCRIPTIONS || total > MAX_WEIGHT) {
    throw new RpcError(LIMIT_EXCEEDED, 'too many subscriptions');
  }
  weights.set(node, total);
  const id = toHex(randomBytes(16));
  const end = start((result) => subscriber.notify(id, result));
  subscriber.subscriptions.set(id, () => {
    end();
    weights.set(node, (weights.get(node) ?? 0) - weight);
  });
  return id;
};

export const subscriptionMethods: Methods = {
  eth_subscribe: subscribe,
  eth_unsubscribe: (_context, params, connection) => {
    const { subscriptions } = requireSubscriber(connection);
    const id = stringOf(params[0], 'subscription id');
    const end = subscriptions.get(id);
    if (end === undefined) throw new RpcError(SERVER_ERROR, 'subscription not found');
    end();
    return subscriptions.delete(id);
  },
};
