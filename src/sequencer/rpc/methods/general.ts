// Methods about the node, sending transactions, and filters.
import { keccak_256 } from '@noble/hashes/sha3.js';
import { least, toHex, toQuantity } from '../../chain/bytes.ts';
import type { Inclusion } from '../../pipeline/node.ts';
import { refusalWords } from '../calls/outcome.ts';
import type { Methods, RpcContext } from '../context.ts';
import { invalidParams, RpcError, SERVER_ERROR, SYNC_TIMEOUT } from '../errors.ts';
import { formatReceipts } from '../format.ts';
import { queryLogs } from '../log_query.ts';
import { dataOf, type LogQuery, logQueryOf, type Params, quantityOf, stringOf } from '../params.ts';
import { receiptOf } from './chain.ts';

/** Where the transaction ends; fails where it is dropped. */
function settled({ node, drops }: RpcContext, hash: Uint8Array, timeoutMs: number): Promise<Inclusion | undefined> {
  return new Promise((resolve, reject) => {
    const stop = drops.listen(toHex(hash), (why) =>
      reject(new RpcError(SERVER_ERROR, `transaction dropped: ${refusalWords(why)}`, toHex(hash))),
    );
    void node.included(hash, timeoutMs).then((inclusion) => {
      stop();
      resolve(inclusion);
    });
  });
}

/** EIP-7966: answers with the receipt, or with the hash in an error's data after the time the caller gives. */
async function sendSync(context: RpcContext, params: Params): Promise<unknown> {
  const { limits } = context;
  const raw = dataOf(params[0], 'transaction');
  const asked = params[1] === undefined || params[1] === null ? undefined : Number(quantityOf(params[1], 'timeout'));
  const timeoutMs = Math.min(asked === undefined || asked === 0 ? limits.syncTimeoutMs : asked, limits.syncTimeoutMs);
  const hash = await context.submit(raw);
  // A block may have come meanwhile; the database need not be asked, since it is one of the last.
  const known = context.node.chain.blocks.isRecent(hash) ? receiptOf(context, hash) : null;
  if (known !== null) return known;
  const inclusion = await settled(context, hash, timeoutMs);
  if (inclusion === undefined) {
    const message = `The transaction was added to the mempool but wasn't processed in ${timeoutMs / 1000}s.`;
    throw new RpcError(SYNC_TIMEOUT, message, toHex(hash));
  }
  const { sealed, index } = inclusion;
  return formattedReceipts(sealed)[index];
}

/** Of a block, once: many callers wait for the same one. */
const formatted = new WeakMap<object, ReturnType<typeof formatReceipts>>();

function formattedReceipts({
  block,
  receipts,
}: {
  block: Parameters<typeof formatReceipts>[0];
  receipts: Parameters<typeof formatReceipts>[1];
}): ReturnType<typeof formatReceipts> {
  const known = formatted.get(block);
  if (known !== undefined) return known;
  const made = formatReceipts(block, receipts);
  formatted.set(block, made);
  return made;
}

async function filterChanges(context: RpcContext, params: Params): Promise<unknown> {
  const { filters, node } = context;
  const filter = filters.get(stringOf(params[0], 'filter id'));
  if (filter.kind === 'pending') {
    const hashes = filters.since(filter.next);
    filter.next = filters.arrived;
    return hashes;
  }
  const from = filter.next;
  const head = node.chain.head.env.number;
  if (from > head) return [];
  filter.next = head + 1n;
  if (filter.kind === 'logs') {
    const { query } = filter;
    const to = 'number' in query.to ? least(query.to.number, head) : head;
    return to < from ? [] : queryLogs(context, { ...query, from: { number: from }, to: { number: to } });
  }
  const hashes: string[] = [];
  for (let number = from; number <= head; number++)
    hashes.push(toHex(node.chain.blocks.block(number)?.hash ?? new Uint8Array(32)));
  return hashes;
}

/** Where a filter of logs begins: behind what is there, unless it names a block ahead. */
const firstOf = ({ node }: RpcContext, { from }: LogQuery): bigint => {
  const next = node.chain.head.env.number + 1n;
  return 'number' in from && from.number > next ? from.number : next;
};

export const generalMethods: Methods = {
  web3_clientVersion: ({ clientVersion }) => clientVersion,
  web3_sha3: (_context, params) => toHex(keccak_256(dataOf(params[0], 'data'))),
  net_version: ({ node }) => String(node.chain.config.chainId),
  net_listening: () => true,
  net_peerCount: () => '0x0',
  rpc_modules: () => ({ debug: '1.0', eth: '1.0', net: '1.0', rpc: '1.0', txpool: '1.0', web3: '1.0', wisp: '1.0' }),
  eth_chainId: ({ node }) => toQuantity(node.chain.config.chainId),
  eth_protocolVersion: () => '0x41',
  eth_syncing: () => false,
  eth_mining: () => false,
  eth_hashrate: () => '0x0',
  eth_coinbase: ({ node }) => node.chain.config.coinbase,

  eth_sendRawTransaction: async (context, params) => toHex(await context.submit(dataOf(params[0], 'transaction'))),
  eth_sendRawTransactionSync: sendSync,

  eth_newFilter: (context, params) => {
    const query = logQueryOf(params[0]);
    return context.filters.add({ kind: 'logs', query, next: firstOf(context, query) });
  },
  eth_newBlockFilter: ({ filters, node }) => filters.add({ kind: 'blocks', next: node.chain.head.env.number + 1n }),
  eth_newPendingTransactionFilter: ({ filters }) => filters.add({ kind: 'pending', next: filters.arrived }),
  eth_uninstallFilter: ({ filters }, params) => filters.remove(stringOf(params[0], 'filter id')),
  eth_getFilterChanges: filterChanges,
  eth_getFilterLogs: (context, params) => {
    const filter = context.filters.get(stringOf(params[0], 'filter id'));
    return filter.kind === 'logs' ? queryLogs(context, filter.query) : invalidParams('filter is not of logs');
  },
};
