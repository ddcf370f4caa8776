// eth_call and eth_estimateGas.
import { least, toHex, toQuantity } from '../../chain/bytes.ts';
import { intrinsicGas } from '../../chain/transaction.ts';
import { RpcError, SERVER_ERROR } from '../errors.ts';
import type { Message, Overrides } from './job.ts';
import { isOutOfGas, succeeded } from './outcome.ts';
import { type Prepared, prepare, type Reader } from './reader.ts';

/** EIP-7825: no transaction may have more. */
const MAX_TRANSACTION_GAS = 16_777_216n;
/** The search stops where the answer is known to 1.5 per cent, as in go-ethereum. */
const TOLERANCE_PER_MILLE = 15n;

export const gasOf = ({ limits }: Reader, { gas }: Message): bigint =>
  gas === undefined || gas > limits.callGas ? limits.callGas : gas;

export function call(reader: Reader, number: bigint, message: Message, overrides: Overrides): string {
  return toHex(succeeded(prepare(reader, number, message, overrides).run(gasOf(reader, message))).output);
}

/** The most that may be tried: what the sender can pay for, where a price is named. */
function mostGas(reader: Reader, { env, state }: Prepared, message: Message): bigint {
  const { gas, gasPrice, value, from } = message;
  const cap = least(reader.limits.callGas, env.gasLimit, MAX_TRANSACTION_GAS);
  const most = gas === undefined || gas < 21_000n ? cap : least(gas, cap);
  if (gasPrice === 0n) return most;
  const balance = state.account(from)?.balance ?? 0n;
  if (balance < value) throw new RpcError(SERVER_ERROR, 'insufficient funds for transfer');
  return least((balance - value) / gasPrice, most);
}

export function estimateGas(reader: Reader, number: bigint, message: Message, overrides: Overrides): string {
  const prepared = prepare(reader, number, message, overrides);
  const most = mostGas(reader, prepared, message);
  const first = prepared.run(most);
  if (isOutOfGas(first) || (first.outcome === 'invalid' && first.reason === 'intrinsicGas')) {
    throw new RpcError(SERVER_ERROR, `gas required exceeds allowance (${most})`);
  }
  const succeeds = (gas: bigint): boolean => prepared.run(gas).outcome === 'success';
  const { gasUsed } = succeeded(first);
  const floor = intrinsicGas({ data: message.data, to: message.to, accessList: message.accessList ?? [] });
  if (gasUsed <= floor && succeeds(floor)) return toQuantity(floor);
  let low = gasUsed - 1n;
  let high = most;
  // A call keeps 1/64 of the gas back (EIP-150), and a transfer of value brings 2300.
  const guess = ((gasUsed + 2300n) * 64n) / 63n;
  if (guess < high) {
    if (succeeds(guess)) high = guess;
    else low = guess;
  }
  while (low + 1n < high && (high - low) * 1000n > high * TOLERANCE_PER_MILLE) {
    const middle = least(low * 2n, (low + high) / 2n);
    if (succeeds(middle)) high = middle;
    else low = middle;
  }
  return toQuantity(high);
}
