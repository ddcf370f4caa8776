// The logs of a block that a filter wants.
import type { Block } from '../chain/block.ts';
import type { Receipt } from '../contract.ts';
import { type LogFilter, matches } from '../storage/logs.ts';
import { formatLog, type JsonObject, placedLogs } from './format.ts';

export function logsOf(block: Block, receipts: readonly Receipt[], filter: LogFilter): JsonObject[] {
  const out: JsonObject[] = [];
  for (const [log, place] of placedLogs(block, receipts)) if (matches(log, filter)) out.push(formatLog(log, place));
  return out;
}
