// eth_subscribe and eth_unsubscribe, on connections that can be told of events.
import { randomBytes } from 'node:crypto';
import { toHex } from '../../chain/bytes.ts';
import type { Method, Methods, RpcContext, Subscriber } from '../context.ts';
import { INVALID_PARAMS, LIMIT_EXCEEDED, RpcError, SERVER_ERROR } from '../errors.ts';
import { formatHeader, formatTransaction } from '../format.ts';
import { logsOf } from '../logs.ts';
import { logQueryOf, type Params, stringOf } from '../params.ts';

const MAX_SUBSCRIPTIONS = 128;

/** Starts to send events of a kind; the result ends it. */
function start(context: RpcContext, params: Params, send: (result: unknown) => void): () => void {
  const { node } = context;
  const kind = stringOf(params[0], 'subscription');
  if (kind === 'newHeads') return node.chain.onBlock(({ block }) => send(formatHeader(block)));
  if (kind === 'logs') {
    const query = logQueryOf(params[1]);
    return node.chain.onBlock(({ block }) => {
      for (const log of logsOf(context, block, query)) send(log);
    });
  }
  if (kind === 'newPendingTransactions') {
    const withBody = params[1] === true;
    return node.onPending((pooled) => send(withBody ? formatTransaction(pooled.tx, pooled) : toHex(pooled.hash)));
  }
  if (kind === 'syncing') return () => {};
  throw new RpcError(INVALID_PARAMS, `no "${kind}" subscription in eth namespace`);
}

const requireSubscriber = (subscriber: Subscriber | undefined): Subscriber => {
  if (subscriber === undefined) throw new RpcError(SERVER_ERROR, 'notifications not supported');
  return subscriber;
};

const subscribe: Method = (context, params, connection) => {
  const subscriber = requireSubscriber(connection);
  if (subscriber.subscriptions.size >= MAX_SUBSCRIPTIONS) throw new RpcError(LIMIT_EXCEEDED, 'too many subscriptions');
  const id = toHex(randomBytes(16));
  subscriber.subscriptions.set(
    id,
    start(context, params, (result) => subscriber.notify(id, result)),
  );
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
