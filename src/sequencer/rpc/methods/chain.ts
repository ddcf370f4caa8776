// Methods about blocks, transactions, receipts and logs.
import type { Block } from '../../chain/block.ts';
import { toHex, toQuantity } from '../../chain/bytes.ts';
import { findBlock, type Method, type Methods, type RpcContext } from '../context.ts';
import { formatBlock, formatIncluded, formatReceipt, formatReceipts, formatTransaction, type Json } from '../format.ts';
import { queryLogs } from '../log_query.ts';
import { type BlockId, blockIdOf, dataOf, logQueryOf, type Params, quantityOf } from '../params.ts';

const byNumber = (params: Params): BlockId => blockIdOf(params[0]);
const byHash = (params: Params): BlockId => ({ hash: dataOf(params[0], 'hash', 32) });

/** A method that answers null where there is no such block. */
const ofBlock =
  (id: (params: Params) => BlockId, answer: (block: Block, params: Params, context: RpcContext) => Json): Method =>
  (context, params) => {
    const block = findBlock(context, id(params));
    return block === undefined ? null : answer(block, params, context);
  };

const whole = (block: Block, params: Params): Json => formatBlock(block, params[1] === true);
const count = (block: Block): Json => toQuantity(block.transactions.length);
const atIndex = (block: Block, params: Params): Json => {
  const index = quantityOf(params[1], 'index');
  return index < BigInt(block.transactions.length) ? formatIncluded(block, Number(index)) : null;
};

export function receiptOf({ node }: RpcContext, hash: Uint8Array): Json {
  const { blocks, head } = node.chain;
  const place = blocks.placeOf(hash);
  if (place === undefined || place.number > head.env.number) return null;
  const block = blocks.block(place.number);
  const receipts = blocks.receipts(place.number) ?? [];
  const receipt = receipts[place.index];
  if (block === undefined || receipt === undefined) return null;
  let firstLog = 0;
  for (let i = 0; i < place.index; i++) firstLog += receipts[i]?.logs.length ?? 0;
  return formatReceipt(block, receipt, place.index, firstLog);
}

function transactionByHash({ node }: RpcContext, hash: Uint8Array): Json {
  const { blocks } = node.chain;
  const place = blocks.placeOf(hash);
  const block = place === undefined ? undefined : blocks.block(place.number);
  if (place !== undefined && block !== undefined) return formatIncluded(block, place.index);
  const pooled = node.pool.get(toHex(hash));
  return pooled === undefined ? null : formatTransaction(pooled.tx, pooled);
}

export const rawTransaction: Method = ({ node }, params) => {
  const hash = dataOf(params[0], 'hash', 32);
  const { blocks, head } = node.chain;
  const place = blocks.placeOf(hash);
  const raw =
    place === undefined || place.number > head.env.number
      ? node.pool.get(toHex(hash))?.tx.raw
      : blocks.block(place.number)?.transactions[place.index]?.raw;
  return raw === undefined ? null : toHex(raw);
};

export const chainMethods: Methods = {
  eth_blockNumber: ({ node }) => toQuantity(node.chain.head.env.number),
  eth_getBlockByNumber: ofBlock(byNumber, whole),
  eth_getBlockByHash: ofBlock(byHash, whole),
  eth_getBlockTransactionCountByNumber: ofBlock(byNumber, count),
  eth_getBlockTransactionCountByHash: ofBlock(byHash, count),
  eth_getTransactionByBlockNumberAndIndex: ofBlock(byNumber, atIndex),
  eth_getTransactionByBlockHashAndIndex: ofBlock(byHash, atIndex),
  eth_getUncleCountByBlockNumber: ofBlock(byNumber, () => '0x0'),
  eth_getUncleCountByBlockHash: ofBlock(byHash, () => '0x0'),
  eth_getUncleByBlockNumberAndIndex: () => null,
  eth_getUncleByBlockHashAndIndex: () => null,
  eth_getBlockReceipts: ofBlock(byNumber, (block, _params, { node }) =>
    formatReceipts(block, node.chain.blocks.receipts(block.env.number) ?? []),
  ),
  eth_getTransactionByHash: (context, params) => transactionByHash(context, dataOf(params[0], 'hash', 32)),
  eth_getRawTransactionByHash: rawTransaction,
  eth_getTransactionReceipt: (context, params) => receiptOf(context, dataOf(params[0], 'hash', 32)),
  eth_getLogs: (context, params) => queryLogs(context, logQueryOf(params[0])),
};
