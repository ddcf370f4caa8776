// debug_trace*: runs again, listed as go-ethereum's tracers do it.

import type { Block, BlockTransaction } from '../../chain/block.ts';
import { toHex, toQuantity } from '../../chain/bytes.ts';
import { decodeTransaction } from '../../chain/transaction.ts';
import type { InvalidTransaction } from '../../contract.ts';
import type { FullBlockExecution } from '../../stf/index.ts';
import { type CallFrame, readCalls, readSteps, type Traced, type TraceOptions } from '../../stf/trace.ts';
import { INTERNAL_ERROR, LIMIT_EXCEEDED, NOT_FOUND, RpcError, revertReason, SERVER_ERROR } from '../errors.ts';
import { gasOf } from './estimate.ts';
import type { CallLimits, Message, Overrides, TraceFormat } from './job.ts';
import { opcodeName } from './opcodes.ts';
import { refusalWords } from './outcome.ts';
import { blockOf, prepare, type Reader } from './reader.ts';

const optionsOf = (format: TraceFormat, { traceBytes: maxBytes }: CallLimits): TraceOptions => {
  if (format.tracer === 'callTracer') return { kind: 'calls', logs: format.withLog, maxBytes };
  const { stack, memory, returnData, storage, steps } = format;
  return { kind: 'steps', stack, memory, returnData, storage, steps, maxBytes };
};

/** The trace, or why there is none. */
function formatted(traced: Traced | InvalidTransaction, format: TraceFormat, gasLimit: bigint): object {
  if ('invalid' in traced) throw new RpcError(SERVER_ERROR, `tracing failed: ${refusalWords(traced.invalid)}`);
  if (traced.truncated) throw new RpcError(LIMIT_EXCEEDED, 'the trace is too large: ask for less of it');
  return format.tracer === 'callTracer' ? callTrace(traced, format, gasLimit) : structTrace(traced);
}

/** The outermost call has what the transaction has: what it costs beforehand is in its gas. */
function callTrace(
  { receipt, events }: Traced,
  { onlyTopCall, withLog }: { onlyTopCall: boolean; withLog: boolean },
  gasLimit: bigint,
): object {
  const root = readCalls(events);
  if (root === undefined) throw new RpcError(INTERNAL_ERROR, 'the trace is empty');
  const { gasUsed } = receipt;
  return { ...frameJson(root, onlyTopCall, withLog), gas: toQuantity(gasLimit), gasUsed: toQuantity(gasUsed) };
}

function frameJson(frame: CallFrame, onlyTop: boolean, withLog: boolean): Record<string, unknown> {
  const { op, value, error, output } = frame;
  const name = opcodeName(op);
  const reason = error === 'execution reverted' ? revertReason(output) : undefined;
  const calls = onlyTop ? [] : frame.calls.map((inner) => frameJson(inner, false, withLog));
  return {
    from: toHex(frame.from),
    gas: toQuantity(frame.gas),
    gasUsed: toQuantity(frame.gasUsed),
    // A contract that was not made has no address.
    ...(name.startsWith('CREATE') && error !== undefined ? {} : { to: toHex(frame.to) }),
    input: toHex(frame.input),
    ...(output.length === 0 ? {} : { output: toHex(output) }),
    ...(error === undefined ? {} : { error }),
    ...(reason === undefined ? {} : { revertReason: reason }),
    ...(calls.length === 0 ? {} : { calls }),
    ...(withLog && frame.logs.length > 0 && error === undefined
      ? {
          logs: frame.logs.map(({ log, position }) => ({
            ...{ address: toHex(log.address), topics: log.topics.map(toHex), data: toHex(log.data) },
            position: toQuantity(position),
          })),
        }
      : {}),
    // Calls that cannot bring value have none.
    ...(name === 'STATICCALL' ? {} : { value: toQuantity(value) }),
    type: name,
  };
}

const bare = (bytes: Uint8Array): string => toHex(bytes).slice(2);
const short = (word: Uint8Array): string => toQuantity(BigInt(toHex(word)));

function structTrace({ receipt, events }: Traced): object {
  /** Of the contracts that run, by depth: what each has read and written so far. */
  const seen: Map<string, string>[] = [];
  let last = 0;
  const structLogs = [...readSteps(events)].map((step) => {
    const { pc, op, depth, gas, cost, error, refund, stack, memory, returnData, stored } = step;
    if (depth > last) seen[depth] = new Map();
    last = depth;
    const slots = seen[depth] ?? new Map<string, string>();
    if (stored !== undefined) slots.set(bare(stored.slot), bare(stored.value));
    return {
      ...{ pc, op: opcodeName(op), gas: Number(gas), gasCost: Number(cost), depth },
      ...(error === undefined ? {} : { error }),
      ...(refund === 0n ? {} : { refund: Number(refund) }),
      ...(stack.length === 0 ? {} : { stack: stack.map(short) }),
      ...(returnData.length === 0 ? {} : { returnData: toHex(returnData) }),
      ...(memory.length === 0 ? {} : { memory: words(memory) }),
      ...(stored === undefined ? {} : { storage: Object.fromEntries(slots) }),
    };
  });
  const { gasUsed, status, output } = receipt;
  return { gas: Number(gasUsed), failed: status !== 1, returnValue: toHex(output), structLogs };
}

const words = (memory: Uint8Array): string[] =>
  Array.from({ length: Math.ceil(memory.length / 32) }, (_, i) => bare(memory.subarray(32 * i, 32 * i + 32)));

const gasLimitOf = (raw: Uint8Array): bigint => decodeTransaction(raw).gasLimit;

/** The block begun again. */
function reopened(reader: Reader, { env }: Block): FullBlockExecution {
  if (env.number === 0n) throw new RpcError(SERVER_ERROR, 'genesis is not traceable');
  return reader.stf.beginBlock(env, reader.stateAt(env.number - 1n));
}

export function traceTransaction(reader: Reader, number: bigint, index: number, format: TraceFormat): object {
  const block = blockOf(reader, number);
  const tx = block.transactions[index];
  if (tx === undefined) throw new RpcError(NOT_FOUND, 'transaction not found');
  const execution = reopened(reader, block);
  try {
    for (const { raw, sender } of block.transactions.slice(0, index)) execution.apply(raw, sender);
    return formatted(execution.trace(tx.raw, tx.sender, optionsOf(format, reader.limits)), format, gasLimitOf(tx.raw));
  } finally {
    execution.discard();
  }
}

export function traceBlock(reader: Reader, number: bigint, format: TraceFormat): object[] {
  const block = blockOf(reader, number);
  const execution = reopened(reader, block);
  let left = reader.limits.traceBytes;
  const one = ({ raw, sender, hash }: BlockTransaction): object => {
    const traced = execution.trace(raw, sender, optionsOf(format, { ...reader.limits, traceBytes: left }));
    if (!('invalid' in traced)) left -= traced.events.length;
    return { txHash: toHex(hash), result: formatted(traced, format, gasLimitOf(raw)) };
  };
  try {
    return block.transactions.map(one);
  } finally {
    execution.discard();
  }
}

export function traceCall(
  reader: Reader,
  number: bigint,
  message: Message,
  overrides: Overrides,
  format: TraceFormat,
): object {
  const { env, state, request } = prepare(reader, number, message, overrides);
  const options = optionsOf(format, reader.limits);
  const gas = gasOf(reader, message);
  return formatted(reader.stf.traceCall(env, state, request(gas), options), format, gas);
}
