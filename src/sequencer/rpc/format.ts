// Blocks, transactions, receipts and logs as Ethereum's JSON-RPC names their parts. Receipts and logs name each field by
// itself: an object that is spread from parts gets a hidden class of its own each time, which costs more than all else.
import type { Block, BlockTransaction } from '../chain/block.ts';
import { bloomOf } from '../chain/bloom.ts';
import { toBigInt, toHex, toQuantity } from '../chain/bytes.ts';
import { decodeTransaction, effectiveGasPrice, signedParts, type Transaction } from '../chain/transaction.ts';
import type { Log, Receipt } from '../contract.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

const ZERO_WORD = `0x${'00'.repeat(32)}`;
/** Keccak-256 of the empty list of uncles. */
const EMPTY_UNCLES = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347';
const NO_BLOOM = `0x${'00'.repeat(256)}`;

export function formatTransaction(tx: Transaction, meta: Omit<BlockTransaction, 'raw'>): JsonObject {
  const isLegacy = tx.type === 0;
  const { r, s } = signedParts(tx.raw);
  return {
    ...{ hash: toHex(meta.hash), from: toHex(meta.sender), type: toQuantity(tx.type), nonce: toQuantity(tx.nonce) },
    ...{ to: tx.to === undefined ? null : toHex(tx.to), value: toQuantity(tx.value), input: toHex(tx.data) },
    ...{ gas: toQuantity(tx.gasLimit), gasPrice: toQuantity(tx.maxFeePerGas) },
    ...(tx.chainId === undefined ? {} : { chainId: toQuantity(tx.chainId) }),
    ...{ v: toQuantity(tx.v), r: toQuantity(toBigInt(r)), s: toQuantity(toBigInt(s)) },
    ...(isLegacy
      ? {}
      : {
          yParity: toQuantity(tx.yParity),
          accessList: tx.accessList.map(({ address, slots }) => ({
            address: toHex(address),
            storageKeys: slots.map(toHex),
          })),
        }),
    ...(tx.type === 2
      ? { maxFeePerGas: toQuantity(tx.maxFeePerGas), maxPriorityFeePerGas: toQuantity(tx.maxPriorityFeePerGas) }
      : {}),
    ...{ blockHash: null, blockNumber: null, blockTimestamp: null, transactionIndex: null },
  };
}

export function formatIncluded(block: Block, index: number): JsonObject {
  const entry = block.transactions[index] as BlockTransaction;
  const tx = decodeTransaction(entry.raw);
  return {
    ...formatTransaction(tx, entry),
    gasPrice: toQuantity(effectiveGasPrice(tx, block.env.baseFee)),
    blockHash: toHex(block.hash),
    blockNumber: toQuantity(block.env.number),
    blockTimestamp: toQuantity(block.env.timestamp),
    transactionIndex: toQuantity(index),
  };
}

export function formatHeader({ env, ...block }: Block): JsonObject {
  return {
    ...{ number: toQuantity(env.number), hash: toHex(block.hash), parentHash: toHex(env.parentHash) },
    ...{ nonce: '0x0000000000000000', sha3Uncles: EMPTY_UNCLES, logsBloom: toHex(block.logsBloom) },
    ...{ transactionsRoot: toHex(block.transactionsRoot), receiptsRoot: toHex(block.receiptsRoot) },
    // A block's hash does not bind the state; batches do.
    ...{ stateRoot: ZERO_WORD, miner: toHex(env.coinbase), difficulty: '0x0', extraData: '0x' },
    ...{ gasLimit: toQuantity(env.gasLimit), gasUsed: toQuantity(block.gasUsed) },
    ...{ timestamp: toQuantity(env.timestamp), mixHash: toHex(env.prevRandao) },
    ...{ baseFeePerGas: toQuantity(env.baseFee) },
  };
}

export function formatBlock(block: Block, withTransactions: boolean): JsonObject {
  const { transactions } = block;
  // The header's share is that of an encoded header with these fields.
  const size = transactions.reduce((sum, { raw }) => sum + raw.length, 540);
  return {
    ...formatHeader(block),
    ...{ totalDifficulty: '0x0', size: toQuantity(size), uncles: [] },
    transactions: transactions.map(({ hash }, i) => (withTransactions ? formatIncluded(block, i) : toHex(hash))),
  };
}

export interface LogPlace {
  readonly blockHash: Uint8Array;
  readonly blockNumber: bigint;
  readonly timestamp: bigint;
  readonly transactionHash: Uint8Array;
  readonly transactionIndex: number;
  readonly logIndex: number;
}

export function formatLog(log: Log, place: LogPlace): JsonObject {
  return {
    address: toHex(log.address),
    topics: log.topics.map(toHex),
    data: toHex(log.data),
    removed: false,
    blockHash: toHex(place.blockHash),
    blockNumber: toQuantity(place.blockNumber),
    blockTimestamp: toQuantity(place.timestamp),
    transactionHash: toHex(place.transactionHash),
    transactionIndex: toQuantity(place.transactionIndex),
    logIndex: toQuantity(place.logIndex),
  };
}

/** The logs of a block with their places, in order. */
export function* placedLogs(block: Block, receipts: readonly Receipt[]): Generator<[Log, LogPlace]> {
  let logIndex = 0;
  for (const [transactionIndex, { logs, txHash }] of receipts.entries()) {
    for (const log of logs) {
      const { hash, env } = block;
      yield [
        log,
        {
          ...{ blockHash: hash, blockNumber: env.number, timestamp: env.timestamp },
          ...{ transactionHash: txHash, transactionIndex, logIndex: logIndex++ },
        },
      ];
    }
  }
}

const EMPTY_LOGS: readonly Json[] = [];

/** `firstLog`: logs of the block before this receipt's. */
export function formatReceipt(block: Block, receipt: Receipt, index: number, firstLog: number): JsonObject {
  const place = { blockHash: block.hash, blockNumber: block.env.number, timestamp: block.env.timestamp };
  const { logs, txHash } = receipt;
  return {
    transactionHash: toHex(txHash),
    transactionIndex: toQuantity(index),
    blockHash: toHex(block.hash),
    blockNumber: toQuantity(block.env.number),
    from: toHex(receipt.from),
    to: receipt.to === undefined ? null : toHex(receipt.to),
    cumulativeGasUsed: toQuantity(receipt.cumulativeGas),
    gasUsed: toQuantity(receipt.gasUsed),
    contractAddress: receipt.contractAddress === undefined ? null : toHex(receipt.contractAddress),
    logs:
      logs.length === 0
        ? EMPTY_LOGS
        : logs.map((log, i) =>
            formatLog(log, { ...place, transactionHash: txHash, transactionIndex: index, logIndex: firstLog + i }),
          ),
    logsBloom: logs.length === 0 ? NO_BLOOM : toHex(bloomOf(logs)),
    status: toQuantity(receipt.status),
    type: toQuantity(receipt.type),
    effectiveGasPrice: toQuantity(receipt.effectiveGasPrice),
  };
}

export function formatReceipts(block: Block, receipts: readonly Receipt[]): JsonObject[] {
  let firstLog = 0;
  return receipts.map((receipt, i) => {
    const formatted = formatReceipt(block, receipt, i, firstLog);
    firstLog += receipt.logs.length;
    return formatted;
  });
}
