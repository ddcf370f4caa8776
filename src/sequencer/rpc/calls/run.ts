// A job done.
import { createAccessList } from './access_list.ts';
import { call, estimateGas } from './estimate.ts';
import { feeHistory } from './fees.ts';
import type { Job } from './job.ts';
import { queryLogs } from './logs.ts';
import { stateProof } from './proof.ts';
import type { Reader } from './reader.ts';
import { traceBlock, traceCall, traceTransaction } from './traces.ts';

/** The result, to be JSON. Throws `RpcError` where it is refused. */
export function runJob(reader: Reader, job: Job): unknown {
  const { block } = job;
  switch (job.kind) {
    case 'call':
      return call(reader, block, job.message, job.overrides);
    case 'estimate':
      return estimateGas(reader, block, job.message, job.overrides);
    case 'accessList':
      return createAccessList(reader, block, job.message, job.overrides);
    case 'traceCall':
      return traceCall(reader, block, job.message, job.overrides, job.format);
    case 'traceTransaction':
      return traceTransaction(reader, block, job.index, job.format);
    case 'traceBlock':
      return traceBlock(reader, block, job.format);
    case 'logs':
      return queryLogs(reader, job.from, block, job.filter);
    case 'feeHistory':
      return feeHistory(reader, block, job.count, job.percentiles);
    case 'proof':
      return stateProof(reader, job.address, job.slots);
  }
}
