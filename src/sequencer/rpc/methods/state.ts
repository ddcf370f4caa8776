// Methods that read state, and those that try a transaction on it.
import { fromBigInt, least, toHex, toQuantity } from '../../chain/bytes.ts';
import { intrinsicGas } from '../../chain/transaction.ts';
import type { CallResult, StateReader } from '../../contract.ts';
import { EMPTY_CODE_HASH } from '../../pipeline/genesis.ts';
import { type Methods, type RpcContext, requireBlock } from '../context.ts';
import { invalidParams, LIMIT_EXCEEDED, RpcError, revertError, SERVER_ERROR } from '../errors.ts';
import { blockIdOf, type CallParams, callOf, dataOf, type Params, quantityOf } from '../params.ts';

const stateOf = (context: RpcContext, params: Params, at: number): StateReader =>
  context.node.chain.stateAt(requireBlock(context, blockIdOf(params[at])).env.number);

/** Fails as the call failed; otherwise its result. */
function succeeded(result: CallResult): CallResult {
  if (result.outcome === 'success') return result;
  if (result.outcome === 'revert') throw revertError(result.output);
  throw new RpcError(SERVER_ERROR, result.reason);
}

function runCall(context: RpcContext, call: CallParams, blockId: unknown, gasLimit: bigint): CallResult {
  const { chain } = context.node;
  const { env } = requireBlock(context, blockIdOf(blockId));
  return chain.stf.call(env, chain.stateAt(env.number), { ...call, gasLimit });
}

const gasOf = ({ limits, node }: RpcContext, { gas }: CallParams): bigint => {
  const most = least(limits.callGas, node.chain.config.gasLimit);
  return gas === undefined || gas > most ? most : gas;
};

/** The search stops where the answer is known to 1.5 per cent, as in go-ethereum. */
function estimateGas(context: RpcContext, call: CallParams, blockId: unknown): bigint {
  const most = gasOf(context, call);
  const attempt = (gas: bigint): CallResult => runCall(context, call, blockId, gas);
  const first = succeeded(attempt(most));
  const floor = intrinsicGas({ data: call.data, to: call.to, accessList: [] });
  if (first.gasUsed <= floor && attempt(floor).outcome === 'success') return floor;
  let low = first.gasUsed - 1n;
  let high = most;
  // A call keeps 1/64 of the gas back (EIP-150), and a transfer of value brings 2300.
  const guess = ((first.gasUsed + 2300n) * 64n) / 63n;
  if (guess < high) {
    if (attempt(guess).outcome === 'success') high = guess;
    else low = guess;
  }
  while (low + 1n < high && (high - low) * 1000n > high * 15n) {
    const middle = least(low * 2n, (low + high) / 2n);
    if (attempt(middle).outcome === 'success') high = middle;
    else low = middle;
  }
  return high;
}

const MAX_HISTORY = 1024n;
const MAX_PERCENTILES = 100;

function feeHistory(context: RpcContext, params: Params): unknown {
  const { chain } = context.node;
  const newest = requireBlock(context, blockIdOf(params[1])).env.number;
  const asked = quantityOf(params[0], 'blockCount');
  const percentiles = params[2] ?? [];
  if (!Array.isArray(percentiles) || percentiles.length > MAX_PERCENTILES) return invalidParams('invalid percentiles');
  percentiles.forEach((p: unknown, i) => {
    if (typeof p !== 'number' || p < 0 || p > 100 || (i > 0 && p < (percentiles[i - 1] as number))) {
      invalidParams(`invalid reward percentile: ${String(p)}`);
    }
  });
  const bounded = least(asked, MAX_HISTORY, newest + 1n);
  const oldest = newest - bounded + 1n;
  const blocks = Array.from({ length: Number(bounded) }, (_, i) => chain.blocks.block(oldest + BigInt(i)));
  const fee = toQuantity(chain.config.baseFee);
  return {
    oldestBlock: toQuantity(oldest < 0n ? 0n : oldest),
    baseFeePerGas: Array.from({ length: blocks.length + 1 }, () => fee),
    gasUsedRatio: blocks.map((block) => (block === undefined ? 0 : Number(block.gasUsed) / Number(block.env.gasLimit))),
    ...(percentiles.length === 0
      ? {}
      : { reward: blocks.map((block) => rewardsOf(context, block?.env.number ?? 0n, percentiles as number[])) }),
  };
}

/** Tips at percentiles of a block's gas. */
function rewardsOf({ node }: RpcContext, number: bigint, percentiles: readonly number[]): string[] {
  const { baseFee } = node.chain.config;
  const tips = (node.chain.blocks.receipts(number) ?? [])
    .map(({ effectiveGasPrice: price, gasUsed }) => ({ tip: price - baseFee, gasUsed: Number(gasUsed) }))
    .sort((a, b) => (a.tip < b.tip ? -1 : 1));
  const total = tips.reduce((sum, { gasUsed }) => sum + gasUsed, 0);
  return percentiles.map((percentile) => {
    let sum = 0;
    const found = tips.find(({ gasUsed }) => {
      sum += gasUsed;
      return sum >= (total * percentile) / 100;
    });
    return toQuantity(found?.tip ?? 0n);
  });
}

export const stateMethods: Methods = {
  eth_getBalance: (context, params) =>
    toQuantity(stateOf(context, params, 1).account(dataOf(params[0], 'address', 20))?.balance ?? 0n),
  eth_getTransactionCount: (context, params) => {
    const address = dataOf(params[0], 'address', 20);
    if (params[1] === 'pending') return toQuantity(context.node.pool.nextNonce(address));
    return toQuantity(stateOf(context, params, 1).account(address)?.nonce ?? 0n);
  },
  eth_getCode: (context, params) => {
    const state = stateOf(context, params, 1);
    const account = state.account(dataOf(params[0], 'address', 20));
    const isPlain = account === undefined || toHex(account.codeHash) === toHex(EMPTY_CODE_HASH);
    return isPlain ? '0x' : toHex(state.code(account.codeHash));
  },
  eth_getStorageAt: (context, params) => {
    const slot = fromBigInt(quantityOf(params[1], 'position'), 32);
    return toHex(stateOf(context, params, 2).storage(dataOf(params[0], 'address', 20), slot));
  },
  eth_call: (context, params) => {
    if (params[2] !== undefined && params[2] !== null && Object.keys(params[2]).length > 0) {
      throw new RpcError(LIMIT_EXCEEDED, 'state overrides are not supported');
    }
    const call = callOf(params[0]);
    return toHex(succeeded(runCall(context, call, params[1], gasOf(context, call))).output);
  },
  eth_estimateGas: (context, params) => toQuantity(estimateGas(context, callOf(params[0]), params[1])),
  eth_gasPrice: ({ node }) => toQuantity(node.chain.config.baseFee),
  eth_maxPriorityFeePerGas: () => '0x0',
  eth_blobBaseFee: () => '0x0',
  eth_feeHistory: feeHistory,
};
