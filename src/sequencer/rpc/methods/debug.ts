// debug_*: traces, and what blocks and transactions are as bytes.
import { toHex } from '../../chain/bytes.ts';
import type { TraceFormat } from '../calls/job.ts';
import { findBlock, type Methods, type RpcContext, requireBlock } from '../context.ts';
import { NOT_FOUND, RpcError } from '../errors.ts';
import { type BlockId, blockIdOf, dataOf, isObject, messageOf, overridesOf, traceFormatOf } from '../params.ts';
import type { RawJson } from '../raw_json.ts';
import { rawTransaction } from './chain.ts';

function traceBlock(context: RpcContext, id: BlockId, format: TraceFormat): Promise<RawJson> {
  const block = requireBlock(context, id).env.number;
  return context.readers.run({ kind: 'traceBlock', block, format }, context.limits.traceTimeoutMs);
}

export const debugMethods: Methods = {
  debug_traceTransaction: (context, [hash, config]) => {
    const { node, readers, limits } = context;
    const place = node.chain.blocks.placeOf(dataOf(hash, 'hash', 32));
    const format = traceFormatOf(config);
    if (place === undefined || place.number > node.chain.head.env.number) {
      throw new RpcError(NOT_FOUND, 'transaction not found');
    }
    const job = { kind: 'traceTransaction', block: place.number, index: place.index, format } as const;
    return readers.run(job, limits.traceTimeoutMs);
  },
  debug_traceBlockByNumber: (context, [id, config]) => traceBlock(context, blockIdOf(id), traceFormatOf(config)),
  debug_traceBlockByHash: (context, [hash, config]) =>
    traceBlock(context, { hash: dataOf(hash, 'hash', 32) }, traceFormatOf(config)),
  debug_traceCall: (context, [call, id, config]) => {
    const { env } = requireBlock(context, blockIdOf(id));
    const { stateOverrides, blockOverrides } = isObject(config) ? config : {};
    const message = messageOf(call, env.baseFee);
    const overrides = overridesOf(stateOverrides, blockOverrides);
    const job = { kind: 'traceCall', block: env.number, message, overrides, format: traceFormatOf(config) } as const;
    return context.readers.run(job, context.limits.traceTimeoutMs);
  },
  debug_getRawHeader: (context, [id]) => {
    const block = findBlock(context, blockIdOf(id));
    return block === undefined ? null : toHex(block.header);
  },
  debug_getRawTransaction: rawTransaction,
  debug_getBadBlocks: () => [],
};
