// Methods of a development chain: signing with keys that everyone knows, time, blocks on demand.
import { keccak_256 } from '@noble/hashes/sha3.js';
import { fromHex, least, toHex } from '../../chain/bytes.ts';
import { decodeTransaction } from '../../chain/transaction.ts';
import type { Method, Methods, RpcContext } from '../context.ts';
import { signDigest, signMessage, signTransaction, type UnsignedTransaction } from '../dev/sign.ts';
import type { DevTools } from '../dev/tools.ts';
import { typedDataDigest } from '../dev/typed_data.ts';
import { invalidParams, METHOD_NOT_FOUND, RpcError, SERVER_ERROR } from '../errors.ts';
import { formatTransaction } from '../format.ts';
import { dataOf, isObject, messageOf, optional, type Params, quantityOf } from '../params.ts';

const devOf = ({ dev }: RpcContext): DevTools => {
  if (dev === undefined)
    throw new RpcError(METHOD_NOT_FOUND, 'this is no development chain: start the node with --dev');
  return dev;
};

const NO_OVERRIDES = { accounts: [], block: {} };

/** The transaction a client describes, with what it leaves open filled in. */
async function completed(
  context: RpcContext,
  params: Params,
): Promise<{ tx: UnsignedTransaction; secret: Uint8Array }> {
  const { node, readers, limits } = context;
  const { config, head } = node.chain;
  const [given] = params;
  const message = messageOf(given, config.baseFee);
  const { nonce, maxFeePerGas, maxPriorityFeePerGas, gasPrice } = isObject(given) ? given : {};
  const secret = devOf(context).secretOf(message.from);
  const price = optional(gasPrice, (v) => quantityOf(v, 'gasPrice'));
  const tip = price ?? optional(maxPriorityFeePerGas, (v) => quantityOf(v, 'maxPriorityFeePerGas')) ?? 0n;
  const fee = price ?? optional(maxFeePerGas, (v) => quantityOf(v, 'maxFeePerGas')) ?? 2n * config.baseFee + tip;
  const gas = async (): Promise<bigint> => {
    const job = { kind: 'estimate', block: head.env.number, message, overrides: NO_OVERRIDES } as const;
    return BigInt(JSON.parse((await readers.run(job, limits.callTimeoutMs)).text) as string);
  };
  const gasLimit = message.gas ?? (await gas());
  return {
    secret,
    tx: {
      ...{ chainId: config.chainId, maxFeePerGas: fee, maxPriorityFeePerGas: least(tip, fee), gasLimit },
      ...{ to: message.to, value: message.value, data: message.data, accessList: message.accessList ?? [] },
      nonce: optional(nonce, (v) => quantityOf(v, 'nonce')) ?? node.pool.nextNonce(message.from),
    },
  };
}

/** One after another, so that each finds the nonce after the one before it. */
const turns = new WeakMap<object, Promise<unknown>>();
function inTurn<T>(context: RpcContext, run: () => Promise<T>): Promise<T> {
  const { node } = context;
  const next = (turns.get(node) ?? Promise.resolve()).then(run);
  turns.set(
    node,
    next.catch(() => {}),
  );
  return next;
}

const sendTransaction: Method = (context, params) =>
  inTurn(context, async () => {
    const { tx, secret } = await completed(context, params);
    return toHex(await context.submit(signTransaction(tx, secret)));
  });

/** A block with a transaction of the miner to itself. */
async function mineOne(context: RpcContext): Promise<void> {
  const { node } = context;
  const { miner } = devOf(context);
  const address = fromHex(miner.address);
  const { chainId, baseFee } = node.chain.config;
  await inTurn(context, async () => {
    const raw = signTransaction(
      {
        ...{ chainId, nonce: node.pool.nextNonce(address), maxFeePerGas: 2n * baseFee, maxPriorityFeePerGas: 0n },
        ...{ gasLimit: 21_000n, to: address, value: 0n, data: new Uint8Array(0), accessList: [] },
      },
      fromHex(miner.secret),
    );
    const hash = await context.submit(raw);
    if ((await node.included(hash, context.limits.syncTimeoutMs)) === undefined) {
      throw new RpcError(SERVER_ERROR, 'no block was made');
    }
  });
}

/** Each takes the time of a block. */
const MAX_MINED = 100n;

const mine: Method = async (context, params) => {
  const count = optional(params[0], (v) => quantityOf(v, 'count')) ?? 1n;
  const interval = optional(params[1], (v) => quantityOf(v, 'interval'));
  const { clock } = devOf(context);
  if (count > MAX_MINED) return invalidParams(`at most ${MAX_MINED} blocks at a time: each takes a block's time`);
  for (let i = 0n; i < count; i++) {
    const { timestamp } = context.node.chain.head.env;
    if (interval !== undefined && i > 0n) clock.setNext(timestamp + interval, timestamp);
    await mineOne(context);
  }
  return true;
};

const setNextTimestamp = (context: RpcContext, value: unknown): void =>
  devOf(context).clock.setNext(quantityOf(value, 'timestamp'), context.node.chain.tip.env.timestamp);

const sign = (context: RpcContext, address: unknown, message: unknown): string =>
  toHex(signMessage(dataOf(message, 'data'), devOf(context).secretOf(dataOf(address, 'address', 20))));

const isOfBlock = (name: string): boolean => name.startsWith('block') || name === 'transactionIndex';

export const devMethods: Methods = {
  eth_accounts: ({ dev }) => dev?.accounts ?? [],
  eth_sendTransaction: sendTransaction,
  eth_signTransaction: async (context, params) => {
    const { tx, secret } = await completed(context, params);
    const raw = signTransaction(tx, secret);
    const sender = dataOf((params[0] as { from: unknown }).from, 'from', 20);
    const formatted = formatTransaction(decodeTransaction(raw), { hash: keccak_256(raw), sender });
    // What has a value: it is in no block.
    return { raw: toHex(raw), tx: Object.fromEntries(Object.entries(formatted).filter(([name]) => !isOfBlock(name))) };
  },
  eth_sign: (context, [address, message]) => sign(context, address, message),
  personal_sign: (context, [message, address]) => sign(context, address, message),
  eth_signTypedData_v4: (context, [address, data]) =>
    toHex(signDigest(typedDataDigest(data), devOf(context).secretOf(dataOf(address, 'address', 20)))),

  evm_mine: async (context, [given]) => {
    const timestamp = isObject(given) ? given.timestamp : given;
    if (timestamp !== undefined && timestamp !== null) setNextTimestamp(context, timestamp);
    await mineOne(context);
    return '0x0';
  },
  hardhat_mine: mine,
  anvil_mine: mine,
  evm_increaseTime: (context, [seconds]) => Number(devOf(context).clock.increase(quantityOf(seconds, 'seconds'))),
  evm_setNextBlockTimestamp: (context, [timestamp]) => setNextTimestamp(context, timestamp),
  hardhat_getAutomine: (context) => devOf(context) !== undefined,
  hardhat_metadata: (context) => {
    devOf(context);
    const { head, config } = context.node.chain;
    const genesis = context.node.chain.blocks.block(0n)?.hash ?? new Uint8Array(32);
    return {
      clientVersion: context.clientVersion,
      chainId: Number(config.chainId),
      instanceId: toHex(genesis),
      latestBlockNumber: Number(head.env.number),
      latestBlockHash: toHex(head.hash),
    };
  },
};
