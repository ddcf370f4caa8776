// eth_getLogs, as a job for a reader.
import { least } from '../chain/bytes.ts';
import { findBlock, numberOf, type RpcContext } from './context.ts';
import { INVALID_PARAMS, LIMIT_EXCEEDED, NOT_FOUND, RpcError } from './errors.ts';
import type { Json } from './format.ts';
import { logsOf } from './logs.ts';
import type { LogQuery } from './params.ts';
import type { RawJson } from './raw_json.ts';

export function queryLogs(context: RpcContext, query: LogQuery): Promise<RawJson> | Json {
  const { chain } = context.node;
  const { logBlocks, callTimeoutMs } = context.limits;
  if (query.blockHash !== undefined) {
    const block = findBlock(context, { hash: query.blockHash });
    if (block === undefined) throw new RpcError(NOT_FOUND, 'unknown block');
    return logsOf(block, chain.blocks.receipts(block.env.number) ?? [], query);
  }
  const head = chain.head.env.number;
  const from = numberOf(context, query.from) ?? 0n;
  const wanted = numberOf(context, query.to) ?? head;
  const to = least(wanted, head);
  if (from > wanted) throw new RpcError(INVALID_PARAMS, 'invalid block range params');
  if (from > to) return [];
  if (to - from >= logBlocks) throw new RpcError(LIMIT_EXCEEDED, `query spans more than ${logBlocks} blocks`);
  const { addresses, topics } = query;
  return context.readers.run({ kind: 'logs', block: to, from, filter: { addresses, topics } }, callTimeoutMs);
}
