// What is asked of a reader thread: all that runs code, or looks at more than a few blocks. Plain data.
import type { CallRequest } from '../../contract.ts';
import type { LogFilter } from '../../storage/logs.ts';
import type { ErrorObject } from '../errors.ts';

/** As `CallRequest`, less what is settled when it runs. */
export interface Message extends Omit<CallRequest, 'gasLimit'> {
  readonly gas: bigint | undefined;
}

/** What a call finds instead of an account's own. */
export interface AccountOverride {
  readonly address: Uint8Array;
  readonly balance?: bigint | undefined;
  readonly nonce?: bigint | undefined;
  readonly code?: Uint8Array | undefined;
  /** All of its storage. */
  readonly state?: readonly (readonly [slot: Uint8Array, value: Uint8Array])[] | undefined;
  /** Some of its storage. */
  readonly stateDiff?: readonly (readonly [slot: Uint8Array, value: Uint8Array])[] | undefined;
}

export interface BlockOverride {
  readonly number?: bigint | undefined;
  readonly timestamp?: bigint | undefined;
  readonly gasLimit?: bigint | undefined;
  readonly baseFee?: bigint | undefined;
  readonly coinbase?: Uint8Array | undefined;
  readonly prevRandao?: Uint8Array | undefined;
}

export interface Overrides {
  readonly accounts: readonly AccountOverride[];
  readonly block: BlockOverride;
}

export type TraceFormat =
  | { readonly tracer: 'callTracer'; readonly onlyTopCall: boolean; readonly withLog: boolean }
  | {
      readonly tracer: 'structLogger';
      readonly stack: boolean;
      readonly memory: boolean;
      readonly returnData: boolean;
      readonly storage: boolean;
      readonly steps: number | undefined;
    };

interface OnBlock {
  /** Its state, and its environment. */
  readonly block: bigint;
}
interface OfMessage extends OnBlock {
  readonly message: Message;
  readonly overrides: Overrides;
}

export type Job =
  | ({ readonly kind: 'call' | 'estimate' | 'accessList' } & OfMessage)
  | ({ readonly kind: 'traceCall'; readonly format: TraceFormat } & OfMessage)
  | ({ readonly kind: 'traceTransaction'; readonly index: number; readonly format: TraceFormat } & OnBlock)
  | ({ readonly kind: 'traceBlock'; readonly format: TraceFormat } & OnBlock)
  | ({ readonly kind: 'logs'; readonly from: bigint; readonly filter: LogFilter } & OnBlock)
  | ({ readonly kind: 'feeHistory'; readonly count: bigint; readonly percentiles: readonly number[] } & OnBlock)
  | ({ readonly kind: 'proof'; readonly address: Uint8Array; readonly slots: readonly Uint8Array[] } & OnBlock);

export interface CallLimits {
  /** Gas of a call. */
  readonly callGas: bigint;
  readonly logResults: number;
  /** Bytes of what a trace lists, before it is JSON. */
  readonly traceBytes: number;
}

export interface ReaderSetup {
  readonly databaseFolder: string;
  readonly limits: CallLimits;
}

export interface ReaderRequest {
  readonly id: number;
  readonly job: Job;
}

/** The result as JSON text. */
export type ReaderReply =
  | { readonly id: number; readonly ok: true; readonly text: string }
  | { readonly id: number; readonly ok: false; readonly error: ErrorObject; readonly unexpected?: string | undefined };
