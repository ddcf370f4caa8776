// What the WebAssembly build lists of a run (guests/rollup/src/forward/trace.rs): calls and logs, steps, or places.
import type { InvalidTransaction, Log } from '../contract.ts';
import { type FullReceipt, ResultReader, readLog, readResult } from './wire.ts';

export type TraceKind = 'calls' | 'steps' | 'places';

export interface TraceOptions {
  readonly kind: TraceKind;
  /** What steps have with them. */
  readonly stack?: boolean;
  readonly memory?: boolean;
  readonly returnData?: boolean;
  readonly storage?: boolean;
  /** Logs among the calls. */
  readonly logs?: boolean;
  /** Steps to list; all if absent. */
  readonly steps?: number | undefined;
  /** Bytes of events after which nothing is listed any more. */
  readonly maxBytes: number;
}

export interface Traced {
  readonly receipt: FullReceipt;
  /** There was more than `maxBytes`. */
  readonly truncated: boolean;
  readonly events: Uint8Array;
}

const KINDS: readonly TraceKind[] = ['calls', 'steps', 'places'];
const ALL_STEPS = 2 ** 32 - 1;

export const traceWords = (options: TraceOptions): number[] => [
  KINDS.indexOf(options.kind),
  [options.stack, options.memory, options.returnData, options.storage, options.logs].reduce(
    (flags, on, i) => flags | (on === true ? 1 << i : 0),
    0,
  ),
  options.steps ?? ALL_STEPS,
  options.maxBytes,
];

export function readTraced(from: ResultReader): Traced | InvalidTransaction {
  const receipt = readResult(from);
  if ('invalid' in receipt) return receipt;
  return { receipt, truncated: from.byte() === 1, events: from.bytes() };
}

const ENTER = 1;
const EXIT = 2;
const LOG = 3;
const DESTROY = 4;

const SELFDESTRUCT = 0xff;
/** Results up to this one are no failures. */
const LAST_SUCCESS = 0x0f;

/** A call, a creation, or a contract's end. */
export interface CallFrame {
  /** Of the opcode that led here. */
  readonly op: number;
  readonly from: Uint8Array;
  to: Uint8Array;
  readonly value: bigint;
  readonly gas: bigint;
  readonly input: Uint8Array;
  gasUsed: bigint;
  output: Uint8Array;
  /** Absent where it did not fail. */
  error: string | undefined;
  readonly calls: CallFrame[];
  /** With the number of calls made before each. */
  readonly logs: { readonly log: Log; readonly position: number }[];
}

/** The outermost call with all in it; undefined of a run that was refused before its first. */
export function readCalls(events: Uint8Array): CallFrame | undefined {
  const from = new ResultReader(events);
  const open: CallFrame[] = [];
  let root: CallFrame | undefined;
  const add = (frame: CallFrame): void => {
    open.at(-1)?.calls.push(frame);
    root ??= frame;
  };
  const blank = { gasUsed: 0n, output: new Uint8Array(0), error: undefined };
  while (from.left > 0) {
    const tag = from.byte();
    const top = open.at(-1);
    if (tag === ENTER) {
      const frame: CallFrame = {
        ...{ op: from.byte(), from: from.raw(20), to: from.raw(20), value: from.number(), gas: from.u64() },
        ...{ input: from.bytes(), ...blank, calls: [], logs: [] },
      };
      add(frame);
      open.push(frame);
    } else if (tag === EXIT) {
      const [result, gasUsed, output, created] = [from.byte(), from.u64(), from.bytes(), from.address()];
      open.pop();
      if (top === undefined) throw new Error('a call ends that was not begun');
      top.gasUsed = gasUsed;
      top.output = output;
      top.error = failureOf(result);
      if (created !== undefined) top.to = created;
    } else if (tag === LOG) {
      top?.logs.push({ log: readLog(from), position: top.calls.length });
    } else if (tag === DESTROY) {
      const ended = { from: from.raw(20), to: from.raw(20), value: from.number() };
      add({ ...ended, op: SELFDESTRUCT, gas: 0n, input: new Uint8Array(0), ...blank, calls: [], logs: [] });
    } else throw new Error(`an event of kind ${tag}`);
  }
  return root;
}

export interface Step {
  readonly pc: number;
  readonly op: number;
  readonly depth: number;
  readonly gas: bigint;
  readonly cost: bigint;
  /** Absent where it did not fail. */
  readonly error: string | undefined;
  readonly refund: bigint;
  readonly stack: readonly Uint8Array[];
  readonly memory: Uint8Array;
  readonly returnData: Uint8Array;
  /** Read or written. */
  readonly stored: { readonly slot: Uint8Array; readonly value: Uint8Array } | undefined;
}

export function* readSteps(events: Uint8Array): Generator<Step> {
  const from = new ResultReader(events);
  while (from.left > 0) {
    from.byte();
    const [pc, op, depth] = [from.u32(), from.byte(), from.u16()];
    const [gas, cost, result, refund] = [from.u64(), from.u64(), from.byte(), from.u64()];
    const stack = from.list(() => from.raw(32));
    const [memory, returnData] = [from.bytes(), from.bytes()];
    // The last step of events that end early has no end.
    const isStored = from.left > 0 && from.byte() === 1;
    const stored = isStored ? { slot: from.raw(32), value: from.raw(32) } : undefined;
    yield { pc, op, depth, gas, cost, error: failureOf(result), refund, stack, memory, returnData, stored };
  }
}

export interface Place {
  readonly address: Uint8Array;
  readonly slot: Uint8Array | undefined;
}

/** Accounts and slots that code looked at, in order of address and slot. */
export function readPlaces(events: Uint8Array): Place[] {
  const from = new ResultReader(events);
  const places: Place[] = [];
  while (from.left > 0) {
    const [address, isSlot, slot] = [from.raw(20), from.byte() === 1, from.raw(32)];
    places.push({ address, slot: isSlot ? slot : undefined });
  }
  return places;
}

/** Results of revm's interpreter, in go-ethereum's words. */
const FAILURES: Readonly<Record<number, string>> = {
  16: 'execution reverted',
  17: 'max call depth exceeded',
  18: 'insufficient balance for transfer',
  19: 'invalid code: must not begin with 0xef',
  32: 'out of gas',
  33: 'out of gas',
  34: 'out of gas',
  35: 'out of gas',
  36: 'out of gas',
  37: 'out of gas',
  38: 'invalid opcode',
  39: 'write protection',
  40: 'write protection',
  41: 'invalid opcode: INVALID',
  42: 'invalid jump destination',
  43: 'invalid opcode',
  44: 'stack underflow',
  45: 'stack limit reached',
  46: 'return data out of bounds',
  47: 'contract address collision',
  50: 'nonce uint64 overflow',
  51: 'max code size exceeded',
  52: 'invalid code: must not begin with 0xef',
  53: 'max initcode size exceeded',
};

export const failureOf = (result: number): string | undefined =>
  result <= LAST_SUCCESS ? undefined : (FAILURES[result] ?? 'execution failed');
