// A block as the write-ahead log keeps it: what execution needs, and the hash that it must come to again.
import { fromBigInt, toBigInt } from '../chain/bytes.ts';
import { decodeRlp, encodeRlp, type RlpItem } from '../chain/rlp.ts';
import type { BlockEnv } from '../contract.ts';
import { SequencerError } from '../errors.ts';

export interface SequencedTransaction {
  readonly raw: Uint8Array;
  readonly sender: Uint8Array;
}

export interface BlockRecord {
  readonly env: BlockEnv;
  readonly transactions: readonly SequencedTransaction[];
  readonly blockHash: Uint8Array;
}

export function encodeRecord({ env, transactions, blockHash }: BlockRecord): Uint8Array {
  return encodeRlp([
    [env.number, env.timestamp, env.gasLimit, env.baseFee, env.coinbase, env.prevRandao, env.chainId, env.parentHash],
    transactions.map(({ raw, sender }) => [raw, sender]),
    blockHash,
  ]);
}

const damaged = (): never => {
  throw new SequencerError('wal_damaged', 'a record of the write-ahead log encodes no block');
};
const listOf = (item: RlpItem | undefined): readonly RlpItem[] => item?.items ?? damaged();
const bytesOf = (item: RlpItem | undefined): Uint8Array => item?.payload ?? damaged();

export function decodeRecord(bytes: Uint8Array): BlockRecord {
  // Transactions are byte strings here, so that the nesting is bounded whatever they hold.
  const [env, transactions, blockHash] = listOf(decodeRlp(bytes));
  const [number, timestamp, gasLimit, baseFee, coinbase, prevRandao, chainId, parentHash] = listOf(env);
  return {
    env: {
      ...{ number: toBigInt(bytesOf(number)), timestamp: toBigInt(bytesOf(timestamp)) },
      ...{ gasLimit: toBigInt(bytesOf(gasLimit)), baseFee: toBigInt(bytesOf(baseFee)) },
      ...{ coinbase: bytesOf(coinbase), prevRandao: bytesOf(prevRandao) },
      ...{ chainId: toBigInt(bytesOf(chainId)), parentHash: bytesOf(parentHash) },
    },
    transactions: listOf(transactions).map((item) => {
      const [raw, sender] = listOf(item);
      return { raw: bytesOf(raw), sender: bytesOf(sender) };
    }),
    blockHash: bytesOf(blockHash),
  };
}

/** Eight bytes, as block numbers are in keys. */
export const blockKey = (number: bigint): Uint8Array => fromBigInt(number, 8);
