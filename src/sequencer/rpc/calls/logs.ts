// eth_getLogs: which blocks to look at, then their receipts.

import { blocksWith, bloomAllows, type LogFilter } from '../../storage/logs.ts';
import { LIMIT_EXCEEDED, RpcError } from '../errors.ts';
import type { JsonObject } from '../format.ts';
import { logsOf } from '../logs.ts';
import type { Reader } from './reader.ts';

export function queryLogs(
  { tables, blocks, limits }: Reader,
  from: bigint,
  to: bigint,
  filter: LogFilter,
): JsonObject[] {
  const logs: JsonObject[] = [];
  for (const number of candidates({ tables }, filter, from, to)) {
    const block = blocks.block(number);
    if (block === undefined || !bloomAllows(block, filter)) continue;
    logs.push(...logsOf(block, blocks.receipts(number) ?? [], filter));
    if (logs.length > limits.logResults) {
      throw new RpcError(LIMIT_EXCEEDED, `query returned more than ${limits.logResults} results`);
    }
  }
  return logs;
}

function* candidates(
  { tables }: Pick<Reader, 'tables'>,
  filter: LogFilter,
  from: bigint,
  to: bigint,
): Iterable<bigint> {
  const selective = [filter.addresses, ...filter.topics].find((values) => values.length > 0);
  if (selective !== undefined) yield* blocksWith(tables, selective, from, to);
  else for (let number = from; number <= to; number++) yield number;
}
