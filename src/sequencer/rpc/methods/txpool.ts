// What waits in the pool. Pending: what can run, one after another; queued: behind a missing nonce.
import { type Hex, toHex, toQuantity } from '../../chain/bytes.ts';
import type { PooledTransaction } from '../../mempool/mempool.ts';
import type { Methods, RpcContext } from '../context.ts';
import { LIMIT_EXCEEDED, RpcError } from '../errors.ts';
import { formatTransaction, type Json, type JsonObject } from '../format.ts';
import { dataOf } from '../params.ts';

/** Transactions that are listed; more are only counted. */
const MAX_LISTED = 5000;

type Lists = Record<'pending' | 'queued', Record<string, Record<string, Json>>>;

/** Whether it can run once those before it have, for the transactions of one look at the pool. */
function pendingTest({ node }: RpcContext): (pooled: PooledTransaction) => boolean {
  const next = new Map<string, bigint>();
  return ({ senderKey, sender, tx }) => {
    const nonce = next.get(senderKey) ?? node.pool.nextNonce(sender);
    next.set(senderKey, nonce);
    return tx.nonce < nonce;
  };
}

function listed(context: RpcContext, wanted: Hex | undefined, format: (pooled: PooledTransaction) => Json): Lists {
  const isPending = pendingTest(context);
  const lists: Lists = { pending: {}, queued: {} };
  let count = 0;
  for (const pooled of context.node.pool.contents()) {
    if (wanted !== undefined && pooled.senderKey !== wanted) continue;
    if (++count > MAX_LISTED) {
      throw new RpcError(
        LIMIT_EXCEEDED,
        `more than ${MAX_LISTED} transactions: use txpool_status or txpool_contentFrom`,
      );
    }
    const bySender = lists[isPending(pooled) ? 'pending' : 'queued'];
    bySender[pooled.senderKey] ??= {};
    (bySender[pooled.senderKey] as Record<string, Json>)[pooled.tx.nonce.toString()] = format(pooled);
  }
  return lists;
}

const whole = (pooled: PooledTransaction): JsonObject => formatTransaction(pooled.tx, pooled);
const summary = ({ tx }: PooledTransaction): string => {
  const to = tx.to === undefined ? 'contract creation' : toHex(tx.to);
  return `${to}: ${tx.value} wei + ${tx.gasLimit} gas × ${tx.maxFeePerGas} wei`;
};

export const txpoolMethods: Methods = {
  txpool_status: (context) => {
    const isPending = pendingTest(context);
    let pending = 0;
    for (const pooled of context.node.pool.contents()) if (isPending(pooled)) pending++;
    return { pending: toQuantity(pending), queued: toQuantity(context.node.pool.size - pending) };
  },
  txpool_content: (context) => listed(context, undefined, whole),
  txpool_inspect: (context) => listed(context, undefined, summary),
  txpool_contentFrom: (context, params) => {
    const address = toHex(dataOf(params[0], 'address', 20));
    const { pending, queued } = listed(context, address, whole);
    return { pending: pending[address] ?? {}, queued: queued[address] ?? {} };
  },
};
