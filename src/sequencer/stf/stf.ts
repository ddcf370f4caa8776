// The state transition function for the sequencer: produce, replay, call. All of it is the WebAssembly build of the program
// that is proven.
import { encodeRlp } from '../chain/rlp.ts';
import type {
  BlockEnv,
  BlockExecution,
  BlockOutput,
  CallRequest,
  CallResult,
  InvalidTransaction,
  StateReader,
  Stf,
} from '../contract.ts';
import { StfError } from './errors.ts';
import { type Deposits, limbsOf, NO_CODE, NO_DEPOSITS, wordsOf } from './hash.ts';
import { compileStf, StfInstance } from './instance.ts';
import { readTraced, type Traced, type TraceOptions, traceWords } from './trace.ts';
import {
  type FullReceipt,
  type Message,
  type ResultReader,
  readDeposits,
  readDiff,
  readMessage,
  readResult,
} from './wire.ts';

export interface FullBlockOutput extends BlockOutput {
  /** RLP; its Keccak-256 is the block's hash. */
  readonly header: Uint8Array;
  /** To the L1. */
  readonly messages: readonly Message[];
  /** What has been taken from the L1's queue after the block. */
  readonly deposits: Deposits;
}

export interface FullBlockExecution extends BlockExecution {
  /** Recovers the sender itself if it is not given. */
  apply(raw: Uint8Array, sender?: Uint8Array): FullReceipt | InvalidTransaction;
  end(): FullBlockOutput;
  /** As `apply`, and lists what it did. The block can only be discarded after it. */
  trace(raw: Uint8Array, sender: Uint8Array, options: TraceOptions): Traced | InvalidTransaction;
}

export interface FullStf extends Stf {
  /** `deposits`: what was taken from the L1's queue before. */
  beginBlock(env: BlockEnv, state: StateReader, deposits?: Deposits): FullBlockExecution;
  /** The sender of a signed transaction, or why it has none. */
  sender(raw: Uint8Array): Uint8Array | InvalidTransaction;
  /** The journal that proving an input makes public; throws where the proven program refuses it. */
  prove(input: Uint8Array): Uint8Array;
  /** As `call`, and lists what it did. */
  traceCall(
    env: BlockEnv,
    state: StateReader,
    request: CallRequest,
    options: TraceOptions,
  ): Traced | InvalidTransaction;
  /** Lends an instance, for runs of whole batches. */
  use<T>(work: (instance: StfInstance) => T): T;
}

/** Words of a block's environment as a batch has them. */
export const envWords = (env: Omit<BlockEnv, 'number' | 'chainId' | 'parentHash'>): number[] => [
  ...limbsOf(env.timestamp, 2),
  ...limbsOf(env.gasLimit, 2),
  ...limbsOf(env.baseFee, 2),
  ...wordsOf(env.coinbase),
  ...wordsOf(env.prevRandao),
];

const openingWords = (env: BlockEnv, deposits: Deposits): number[] => [
  ...limbsOf(env.chainId, 2),
  ...limbsOf(env.number, 2),
  ...wordsOf(env.parentHash),
  ...wordsOf(deposits.hash),
  ...limbsOf(deposits.count, 2),
  ...envWords(env),
];

/** Bytes as words behind their length, zero padded. */
export function packed(bytes: Uint8Array): number[] {
  const whole = new Uint8Array(4 * Math.ceil(bytes.length / 4));
  whole.set(bytes);
  return [bytes.length, ...wordsOf(whole)];
}

function callWords(request: CallRequest): number[] {
  const { from, to, gasLimit, gasPrice, value, data, accessList = [] } = request;
  const places = accessList.map(({ address, slots }) => [address, slots]);
  return packed(encodeRlp([from, to ?? new Uint8Array(0), gasLimit, gasPrice, value, data, places]));
}

function toCallResult(result: FullReceipt | InvalidTransaction): CallResult {
  if ('invalid' in result)
    return { outcome: 'invalid', output: new Uint8Array(0), gasUsed: 0n, reason: result.invalid };
  const { status, output, gasUsed, halt } = result;
  const outcome = status === 1 ? 'success' : halt === '' ? 'revert' : 'halt';
  return { outcome, output, gasUsed, reason: halt };
}

/** Of `close` in guests/rollup/src/forward.rs. */
function readOutput(from: ResultReader): FullBlockOutput {
  const [header, blockHash, transactionsRoot, receiptsRoot] = [from.bytes(), from.raw(32), from.raw(32), from.raw(32)];
  const [logsBloom, gasUsed, messages] = [from.raw(256), from.u64(), from.list(() => readMessage(from))];
  const deposits = readDeposits(from);
  const diff = readDiff(from, NO_CODE);
  return { header, blockHash, transactionsRoot, receiptsRoot, logsBloom, gasUsed, messages, deposits, diff };
}

/** `wasm`: another build than that in the repository. */
export async function loadStf(wasm?: Uint8Array): Promise<FullStf> {
  const module = await compileStf(wasm);
  const idle: StfInstance[] = [];
  const take = (): StfInstance => idle.pop() ?? new StfInstance(module);
  const give = (instance: StfInstance): void => {
    if (instance.reusable) idle.push(instance);
  };
  const use = <T>(work: (instance: StfInstance) => T): T => {
    const instance = take();
    try {
      return work(instance);
    } finally {
      give(instance);
    }
  };
  return {
    use,
    prove: (input) => use((instance) => instance.prove(input)),
    sender: (raw) =>
      use((instance) => {
        const result = instance.sender(raw);
        return result.byte() === 1 ? result.raw(20) : { invalid: result.text() };
      }),
    call: (env, state, request) =>
      use((instance) => {
        const words = [...openingWords(env, NO_DEPOSITS), ...callWords(request)];
        return toCallResult(readResult(instance.call(state, words)));
      }),
    traceCall: (env, state, request, options) =>
      use((instance) => {
        const words = [...traceWords(options), ...openingWords(env, NO_DEPOSITS), ...callWords(request)];
        return readTraced(instance.traceCall(state, words));
      }),
    beginBlock: (env, state, deposits = NO_DEPOSITS) => {
      let instance: StfInstance | undefined = take();
      const block = instance.open(state, openingWords(env, deposits));
      const open = (): StfInstance => {
        if (instance === undefined) throw new StfError('block_closed', `block ${env.number} is closed`);
        return instance;
      };
      const done = (): void => {
        give(open());
        instance = undefined;
      };
      return {
        apply: (raw, sender) => readResult(open().apply(state, block, raw, sender)),
        trace: (raw, sender, options) =>
          readTraced(open().trace(state, block, [...traceWords(options), ...wordsOf(sender), ...packed(raw)])),
        end: () => {
          const output = readOutput(open().close(state, block));
          done();
          return output;
        },
        discard: () => {
          open().abandon(block);
          done();
        },
      };
    },
  };
}
