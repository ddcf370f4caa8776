// Errors as JSON-RPC answers them. Codes: JSON-RPC 2.0, EIP-1474, EIP-7966, and 3 for reverts as in go-ethereum.
import { WispError } from '../../core/errors.ts';
import { toHex } from '../chain/bytes.ts';
import { SequencerError } from '../errors.ts';

export class RpcError extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

export const PARSE_ERROR = -32700;
export const INVALID_REQUEST = -32600;
export const METHOD_NOT_FOUND = -32601;
export const INVALID_PARAMS = -32602;
export const INTERNAL_ERROR = -32603;
export const SERVER_ERROR = -32000;
export const NOT_FOUND = -32001;
export const LIMIT_EXCEEDED = -32005;
export const REVERTED = 3;
export const SYNC_TIMEOUT = 4;

export const invalidParams = (message: string): never => {
  throw new RpcError(INVALID_PARAMS, message);
};

/** The message of a revert: Solidity's Error(string) or Panic(uint256), where it is one. */
export function revertError(output: Uint8Array): RpcError {
  const reason = revertReason(output);
  return new RpcError(REVERTED, `execution reverted${reason === undefined ? '' : `: ${reason}`}`, toHex(output));
}

/** Solidity's codes, in go-ethereum's words. */
const PANICS: Readonly<Record<number, string>> = {
  0: 'generic panic',
  1: 'assert(false)',
  17: 'arithmetic underflow or overflow',
  18: 'division or modulo by zero',
  33: 'enum overflow',
  34: 'invalid encoded storage byte array accessed',
  49: 'out-of-bounds array access; popping on an empty array',
  50: 'out-of-bounds access of an array or bytesN',
  65: 'out of memory',
  81: 'uninitialized function',
};

export function revertReason(output: Uint8Array): string | undefined {
  const selector = toHex(output.subarray(0, 4));
  if (selector === '0x4e487b71' && output.length === 36) {
    const code = BigInt(toHex(output.subarray(4)));
    return `panic: ${PANICS[Number(code)] ?? 'unknown panic code'} (0x${code.toString(16).padStart(2, '0')})`;
  }
  // 4 bytes of selector, 32 of offset (32), 32 of length, then the text.
  if (selector !== '0x08c379a0' || output.length < 68) return undefined;
  const length = Number(BigInt(toHex(output.subarray(36, 68))));
  if (68 + length > output.length) return undefined;
  return new TextDecoder().decode(output.subarray(68, 68 + length));
}

export interface ErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** What a client is told of any thrown value; `unexpected` is called with those that are no one's refusal. */
export function toErrorObject(error: unknown, unexpected: (error: unknown) => void): ErrorObject {
  if (error instanceof RpcError) {
    const { code, message, data } = error;
    return data === undefined ? { code, message } : { code, message, data };
  }
  if (error instanceof SequencerError) return { code: SERVER_ERROR, message: error.message };
  unexpected(error);
  if (error instanceof WispError) return { code: INTERNAL_ERROR, message: error.message };
  return { code: INTERNAL_ERROR, message: 'internal error' };
}
