// eth_getLogs: which blocks to look at, then their receipts.
import type { Block } from '../chain/block.ts';
import { least } from '../chain/bytes.ts';
import { blocksWith, bloomAllows, type LogFilter, matches } from '../storage/logs.ts';
import { findBlock, numberOf, type RpcContext } from './context.ts';
import { INVALID_PARAMS, LIMIT_EXCEEDED, NOT_FOUND, RpcError } from './errors.ts';
import { formatLog, type JsonObject, placedLogs } from './format.ts';
import type { LogQuery } from './params.ts';

export function queryLogs(context: RpcContext, query: LogQuery): JsonObject[] {
  const { chain } = context.node;
  const { logBlocks, logResults } = context.limits;
  if (query.blockHash !== undefined) {
    const block = findBlock(context, { hash: query.blockHash });
    if (block === undefined) throw new RpcError(NOT_FOUND, 'unknown block');
    return logsOf(context, block, query);
  }
  const head = chain.head.env.number;
  const from = numberOf(context, query.from) ?? 0n;
  const wanted = numberOf(context, query.to) ?? head;
  const to = least(wanted, head);
  if (from > wanted) throw new RpcError(INVALID_PARAMS, 'invalid block range params');
  if (to - from >= logBlocks) throw new RpcError(LIMIT_EXCEEDED, `query spans more than ${logBlocks} blocks`);
  const logs: JsonObject[] = [];
  for (const number of candidates(context, query, from, to)) {
    const block = chain.blocks.block(number);
    if (block === undefined || !bloomAllows(block, query)) continue;
    logs.push(...logsOf(context, block, query));
    if (logs.length > logResults) {
      throw new RpcError(LIMIT_EXCEEDED, `query returned more than ${logResults} results`);
    }
  }
  return logs;
}

/** Blocks in memory are not all in the index yet: the newest are looked at one by one. */
const UNINDEXED = 16n;

function candidates({ node }: RpcContext, filter: LogFilter, from: bigint, to: bigint): bigint[] {
  const selective = [filter.addresses, ...filter.topics].find((values) => values.length > 0);
  const range = (start: bigint): bigint[] => {
    const out: bigint[] = [];
    for (let number = start; number <= to; number++) out.push(number);
    return out;
  };
  if (selective === undefined) return range(from);
  const boundary = node.chain.head.env.number - UNINDEXED;
  if (from > boundary) return range(from);
  const indexed = blocksWith(node.chain.tables, selective, from, least(to, boundary));
  return to > boundary ? [...indexed, ...range(boundary + 1n)] : indexed;
}

export function logsOf({ node }: RpcContext, block: Block, filter: LogFilter): JsonObject[] {
  const receipts = node.chain.blocks.receipts(block.env.number) ?? [];
  const out: JsonObject[] = [];
  for (const [log, place] of placedLogs(block, receipts)) if (matches(log, filter)) out.push(formatLog(log, place));
  return out;
}
