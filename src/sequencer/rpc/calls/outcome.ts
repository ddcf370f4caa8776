// What a call that failed is answered with, in go-ethereum's words.
import type { CallResult } from '../../contract.ts';
import { RpcError, revertError, SERVER_ERROR } from '../errors.ts';

/** By the start of revm's name for it. */
const HALTS: readonly (readonly [name: string, words: string])[] = [
  ['OutOfGas', 'out of gas'],
  ['OpcodeNotFound', 'invalid opcode'],
  ['InvalidFEOpcode', 'invalid opcode: INVALID'],
  ['InvalidJump', 'invalid jump destination'],
  ['NotActivated', 'invalid opcode'],
  ['StackUnderflow', 'stack underflow'],
  ['StackOverflow', 'stack limit reached'],
  ['OutOfOffset', 'return data out of bounds'],
  ['CreateCollision', 'contract address collision'],
  ['CreateContractSizeLimit', 'max code size exceeded'],
  ['CreateContractStartingWithEF', 'invalid code: must not begin with 0xef'],
  ['CreateInitCodeSizeLimit', 'max initcode size exceeded'],
  ['StateChangeDuringStaticCall', 'write protection'],
  ['CallNotAllowedInsideStatic', 'write protection'],
  ['OutOfFunds', 'insufficient balance for transfer'],
  ['CallTooDeep', 'max call depth exceeded'],
];

/** By the guest's name for it (guests/rollup/src/refusal.rs). */
const REFUSALS: Readonly<Record<string, string>> = {
  insufficientFunds: 'insufficient funds for gas * price + value',
  feeTooLow: 'max fee per gas less than block base fee',
  tipAboveFee: 'max priority fee per gas higher than max fee per gas',
  intrinsicGas: 'intrinsic gas too low',
  initCodeSize: 'max initcode size exceeded',
  nonceTooLow: 'nonce too low',
  nonceTooHigh: 'nonce too high',
  blockGasLimit: 'exceeds block gas limit',
  gasLimitCap: 'transaction gas limit too high',
  unsupportedType: 'transaction type not supported',
};

export const haltWords = (reason: string): string => HALTS.find(([name]) => reason.startsWith(name))?.[1] ?? reason;
export const refusalWords = (reason: string): string => REFUSALS[reason] ?? reason;

export const isOutOfGas = ({ outcome, reason }: CallResult): boolean =>
  outcome === 'halt' && reason.startsWith('OutOfGas');

/** Fails as the call failed; otherwise its result. */
export function succeeded(result: CallResult): CallResult {
  if (result.outcome === 'success') return result;
  if (result.outcome === 'revert') throw revertError(result.output);
  throw new RpcError(SERVER_ERROR, result.outcome === 'halt' ? haltWords(result.reason) : refusalWords(result.reason));
}
