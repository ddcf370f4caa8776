// Blocks, receipts and what finds them, in the database; those of the last blocks also in memory.
import type { Block, BlockTransaction, SealedBlock, TransactionPlace } from '../chain/block.ts';
import { concat, fromBigInt, toBigInt, toHex } from '../chain/bytes.ts';
import { decodeRlp, encodeRlp, RlpCursor, type RlpItem, type RlpValue } from '../chain/rlp.ts';
import type { BlockEnv, Log, Receipt } from '../contract.ts';
import type { Tables } from './database.ts';
import { indexLogs } from './logs.ts';
import { blockKey } from './record.ts';

export interface BlockStore {
  block(number: bigint): Block | undefined;
  receipts(number: bigint): readonly Receipt[] | undefined;
  numberOf(blockHash: Uint8Array): bigint | undefined;
  placeOf(transactionHash: Uint8Array): TransactionPlace | undefined;
  /** Whether a transaction is in one of the blocks in memory: the newest, and all that the database may lack. */
  isRecent(transactionHash: Uint8Array): boolean;
  /** Readable at once; `store` writes it in a database transaction. */
  add(sealed: SealedBlock): void;
  store(sealed: SealedBlock): void;
}

/** Blocks in memory: half a minute at full speed. */
const RECENT_BLOCKS = 128;
const RECENT_TRANSACTIONS = 200_000;

const NO_OUTPUT = new Uint8Array(0);

const bytesOf = (item: RlpItem | undefined): Uint8Array => item?.payload ?? new Uint8Array(0);
const numberOf = (item: RlpItem | undefined): bigint => toBigInt(bytesOf(item));
const optional = (bytes: Uint8Array | undefined): Uint8Array => bytes ?? new Uint8Array(0);
const addressOf = (item: RlpItem | undefined): Uint8Array | undefined =>
  bytesOf(item).length === 0 ? undefined : bytesOf(item);

export function encodeBlock({ env, ...block }: Block): Uint8Array {
  return encodeRlp([
    [env.number, env.timestamp, env.gasLimit, env.baseFee, env.coinbase, env.prevRandao, env.chainId, env.parentHash],
    [block.hash, block.gasUsed, block.transactionsRoot, block.receiptsRoot, block.logsBloom, block.header],
    block.transactions.map(({ raw, sender, hash }) => [raw, sender, hash]),
  ]);
}

export function decodeBlock(bytes: Uint8Array): Block {
  const whole = RlpCursor.ofList(bytes);
  const [of, rest, list] = [whole.list(), whole.list(), whole.list()];
  // Fields are read in the order in which they are written.
  const env: BlockEnv = {
    number: of.number(8),
    timestamp: of.number(8),
    gasLimit: of.number(32),
    baseFee: of.number(32),
    coinbase: of.string(),
    prevRandao: of.string(),
    chainId: of.number(8),
    parentHash: of.string(),
  };
  const hash = rest.string();
  const gasUsed = rest.number(32);
  const transactionsRoot = rest.string();
  const receiptsRoot = rest.string();
  const logsBloom = rest.string();
  const header = rest.string();
  const transactions: BlockTransaction[] = [];
  while (!list.done) {
    const entry = list.list();
    transactions.push({ raw: entry.string(), sender: entry.string(), hash: entry.string() });
  }
  return { env, hash, gasUsed, transactionsRoot, receiptsRoot, logsBloom, header, transactions };
}

const encodeLog = ({ address, topics, data }: Log): RlpValue => [address, topics, data];

const decodeLog = ({ items: [address, topics, data] = [] }: RlpItem): Log => ({
  address: bytesOf(address),
  topics: (topics?.items ?? []).map(bytesOf),
  data: bytesOf(data),
});

/** Receipts less `output`, which is for the caller that waits. */
export const encodeReceipts = (receipts: readonly Receipt[]): Uint8Array =>
  encodeRlp(
    receipts.map((r) => [
      ...[BigInt(r.status), r.gasUsed, r.cumulativeGas, r.effectiveGasPrice, BigInt(r.type)],
      ...[r.txHash, r.from, optional(r.to), optional(r.contractAddress), r.logs.map(encodeLog)],
    ]),
  );

export const decodeReceipts = (bytes: Uint8Array): Receipt[] =>
  (decodeRlp(bytes).items ?? []).map(({ items = [] }) => {
    const [status, gasUsed, cumulativeGas, price, type, txHash, from, to, contract, logs] = items;
    return {
      status: Number(numberOf(status)) as 0 | 1,
      gasUsed: numberOf(gasUsed),
      cumulativeGas: numberOf(cumulativeGas),
      effectiveGasPrice: numberOf(price),
      type: Number(numberOf(type)),
      txHash: bytesOf(txHash),
      from: bytesOf(from),
      to: addressOf(to),
      contractAddress: addressOf(contract),
      logs: (logs?.items ?? []).map(decodeLog),
      output: NO_OUTPUT,
    };
  });

export function blockStore(tables: Tables): BlockStore {
  /** In the order of their numbers. */
  const recent = new Map<bigint, SealedBlock>();
  const places = new Map<string, TransactionPlace>();
  const hashes = new Map<string, bigint>();

  const forget = (number: bigint, { block }: SealedBlock): void => {
    recent.delete(number);
    hashes.delete(toHex(block.hash));
    for (const { hash } of block.transactions) places.delete(toHex(hash));
  };

  return {
    block: (number) => {
      const known = recent.get(number)?.block;
      if (known !== undefined) return known;
      const bytes = tables.blocks.get(blockKey(number));
      return bytes === undefined ? undefined : decodeBlock(new Uint8Array(bytes));
    },
    receipts: (number) => {
      const known = recent.get(number)?.receipts;
      if (known !== undefined) return known;
      const bytes = tables.receipts.get(blockKey(number));
      return bytes === undefined ? undefined : decodeReceipts(new Uint8Array(bytes));
    },
    numberOf: (blockHash) => {
      const known = hashes.get(toHex(blockHash));
      if (known !== undefined) return known;
      const bytes = tables.blockHashes.get(blockHash);
      return bytes === undefined ? undefined : toBigInt(bytes);
    },
    placeOf: (transactionHash) => {
      const known = places.get(toHex(transactionHash));
      if (known !== undefined) return known;
      const bytes = tables.transactions.get(transactionHash);
      if (bytes === undefined) return undefined;
      return { number: toBigInt(bytes.subarray(0, 8)), index: Number(toBigInt(bytes.subarray(8, 12))) };
    },
    isRecent: (transactionHash) => places.has(toHex(transactionHash)),
    add: (sealed) => {
      const { env, hash, transactions } = sealed.block;
      recent.set(env.number, sealed);
      hashes.set(toHex(hash), env.number);
      transactions.forEach((tx, index) => {
        places.set(toHex(tx.hash), { number: env.number, index });
      });
      for (const [number, old] of recent) {
        if (recent.size <= RECENT_BLOCKS && places.size <= RECENT_TRANSACTIONS) break;
        // The database has all but the newest few.
        if (number + 8n > env.number) break;
        forget(number, old);
      }
    },
    store: ({ block, receipts }) => {
      const key = blockKey(block.env.number);
      tables.blocks.put(key, encodeBlock(block));
      tables.receipts.put(key, encodeReceipts(receipts));
      tables.blockHashes.put(block.hash, key);
      block.transactions.forEach(({ hash }, index) => {
        tables.transactions.put(hash, concat([key, fromBigInt(BigInt(index), 4)]));
      });
      indexLogs(tables, block.env.number, receipts);
    },
  };
}
