// Methods that read state, and those that try a transaction on it.
import { fromBigInt, toHex, toQuantity } from '../../chain/bytes.ts';
import type { StateReader } from '../../contract.ts';
import { EMPTY_CODE_HASH } from '../../pipeline/genesis.ts';
import { type Method, type Methods, type RpcContext, requireBlock } from '../context.ts';
import { invalidParams } from '../errors.ts';
import { blockIdOf, dataOf, messageOf, overridesOf, type Params, quantityOf } from '../params.ts';

const stateOf = (context: RpcContext, params: Params, at: number): StateReader =>
  context.node.chain.stateAt(requireBlock(context, blockIdOf(params[at])).env.number);

/** A message tried on the state after a block. */
const trying =
  (kind: 'call' | 'estimate' | 'accessList'): Method =>
  (context, [call, id, accounts, block]) => {
    const { env } = requireBlock(context, blockIdOf(id));
    const message = messageOf(call, env.baseFee);
    const job = { kind, block: env.number, message, overrides: overridesOf(accounts, block) };
    return context.readers.run(job, context.limits.callTimeoutMs);
  };

const MAX_PERCENTILES = 100;

const feeHistory: Method = (context, [blockCount, newest, rewards]) => {
  const block = requireBlock(context, blockIdOf(newest)).env.number;
  const count = quantityOf(blockCount, 'blockCount');
  const list: unknown = rewards ?? [];
  if (!Array.isArray(list) || list.length > MAX_PERCENTILES) return invalidParams('invalid percentiles');
  const percentiles = list.map((p: unknown, i) => {
    const isGood = typeof p === 'number' && p >= 0 && p <= 100 && (i === 0 || p >= (list[i - 1] as number));
    return isGood ? p : invalidParams(`invalid reward percentile: ${String(p).slice(0, 50)}`);
  });
  return context.readers.run({ kind: 'feeHistory', block, count, percentiles }, context.limits.callTimeoutMs);
};

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
  eth_call: trying('call'),
  eth_estimateGas: trying('estimate'),
  eth_createAccessList: trying('accessList'),
  eth_gasPrice: ({ node }) => toQuantity(node.chain.config.baseFee),
  eth_baseFee: ({ node }) => toQuantity(node.chain.config.baseFee),
  eth_maxPriorityFeePerGas: () => '0x0',
  eth_blobBaseFee: () => '0x0',
  eth_feeHistory: feeHistory,
};
