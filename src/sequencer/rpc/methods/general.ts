// Methods about the node, sending transactions, filters, and what is Wisp's own.
import { keccak_256 } from '@noble/hashes/sha3.js';
import { toHex, toQuantity } from '../../chain/bytes.ts';
import { encodeRecord } from '../../storage/record.ts';
import type { Methods, RpcContext } from '../context.ts';
import { invalidParams, NOT_FOUND, RpcError, SYNC_TIMEOUT } from '../errors.ts';
import { formatReceipts } from '../format.ts';
import { queryLogs } from '../logs.ts';
import { dataOf, logQueryOf, type Params, quantityOf, stringOf } from '../params.ts';
import { receiptOf } from './chain.ts';

/** EIP-7966: answers with the receipt, or with the hash in an error's data after the time the caller gives. */
async function sendSync(context: RpcContext, params: Params): Promise<unknown> {
  const { node, limits } = context;
  const raw = dataOf(params[0], 'transaction');
  const asked = params[1] === undefined || params[1] === null ? undefined : Number(quantityOf(params[1], 'timeout'));
  const timeoutMs = Math.min(asked === undefined || asked === 0 ? limits.syncTimeoutMs : asked, limits.syncTimeoutMs);
  const hash = await context.submit(raw);
  const known = receiptOf(context, hash);
  if (known !== null) return known;
  const inclusion = await node.included(hash, timeoutMs);
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

function filterChanges(context: RpcContext, params: Params): unknown {
  const { filters, node } = context;
  const filter = filters.get(stringOf(params[0], 'filter id'));
  if (filter.kind === 'pending') return filter.hashes.splice(0);
  const from = filter.next;
  const head = node.chain.head.env.number;
  if (from > head) return [];
  filter.next = head + 1n;
  if (filter.kind === 'logs') {
    const { query } = filter;
    const isOver = 'number' in query.to && query.to.number < from;
    return isOver ? [] : queryLogs(context, { ...query, from: { number: from } });
  }
  const hashes: string[] = [];
  for (let number = from; number <= head; number++)
    hashes.push(toHex(node.chain.blocks.block(number)?.hash ?? new Uint8Array(32)));
  return hashes;
}

export const generalMethods: Methods = {
  web3_clientVersion: ({ clientVersion }) => clientVersion,
  web3_sha3: (_context, params) => toHex(keccak_256(dataOf(params[0], 'data'))),
  net_version: ({ node }) => String(node.chain.config.chainId),
  net_listening: () => true,
  net_peerCount: () => '0x0',
  eth_chainId: ({ node }) => toQuantity(node.chain.config.chainId),
  eth_protocolVersion: () => '0x41',
  eth_syncing: () => false,
  eth_mining: () => false,
  eth_hashrate: () => '0x0',
  eth_coinbase: ({ node }) => node.chain.config.coinbase,
  eth_accounts: ({ accounts }) => accounts,

  eth_sendRawTransaction: async (context, params) => toHex(await context.submit(dataOf(params[0], 'transaction'))),
  eth_sendRawTransactionSync: sendSync,

  eth_newFilter: ({ filters, node }, params) =>
    filters.add({ kind: 'logs', query: logQueryOf(params[0]), next: node.chain.head.env.number + 1n }),
  eth_newBlockFilter: ({ filters, node }) => filters.add({ kind: 'blocks', next: node.chain.head.env.number + 1n }),
  eth_newPendingTransactionFilter: ({ filters }) => filters.add({ kind: 'pending', hashes: [] }),
  eth_uninstallFilter: ({ filters }, params) => filters.remove(stringOf(params[0], 'filter id')),
  eth_getFilterChanges: filterChanges,
  eth_getFilterLogs: (context, params) => {
    const filter = context.filters.get(stringOf(params[0], 'filter id'));
    return filter.kind === 'logs' ? queryLogs(context, filter.query) : invalidParams('filter is not of logs');
  },

  wisp_status: ({ node, proofs }) => ({
    head: toQuantity(node.chain.head.env.number),
    headHash: toHex(node.chain.head.hash),
    pool: node.pool.size,
    lag: node.chain.lag,
    proofs: proofs?.status() ?? null,
  }),
  wisp_getBatch: ({ proofs }, params) => {
    const [which] = params;
    if (which === 'latest') return proofs?.batch('latest') ?? null;
    return proofs?.batch(Number(quantityOf(which, 'batch'))) ?? null;
  },
  wisp_getBatchOfBlock: ({ proofs }, params) => {
    const index = proofs?.batchOfBlock(quantityOf(params[0], 'block'));
    return index === undefined ? null : toQuantity(index);
  },
  wisp_getBatchProof: ({ proofs }, params) => {
    const proof = proofs?.proof(Number(quantityOf(params[0], 'batch')));
    if (proof === undefined) throw new RpcError(NOT_FOUND, 'no proof of this batch');
    return toHex(proof);
  },
  /** A block as the write-ahead log has it; what a following node replays. */
  wisp_getBlockRecord: ({ node }, params) => {
    const number = quantityOf(params[0], 'block');
    const block = number > node.chain.head.env.number ? undefined : node.chain.blocks.block(number);
    return block === undefined ? null : toHex(encodeRecord({ ...block, blockHash: block.hash }));
  },
};
