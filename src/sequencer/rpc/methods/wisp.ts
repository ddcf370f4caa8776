// What is Wisp's own: batches, proofs of them, proofs of the state, the node's records.
import { fromBigInt, toHex, toQuantity } from '../../chain/bytes.ts';
import { encodeRecord } from '../../storage/record.ts';
import type { Methods, RpcContext } from '../context.ts';
import { invalidParams, NOT_FOUND, RpcError } from '../errors.ts';
import type { JsonObject } from '../format.ts';
import { dataOf, type Params, quantityOf } from '../params.ts';

/** Storage keys of one proof. */
const MAX_SLOTS = 1024;

const indexOf = (value: unknown): number => {
  const index = quantityOf(value, 'batch');
  return index > BigInt(Number.MAX_SAFE_INTEGER) ? invalidParams('invalid batch: too large') : Number(index);
};

function transactionStatus({ node, proofs }: RpcContext, params: Params): JsonObject {
  const hash = dataOf(params[0], 'hash', 32);
  const place = node.chain.blocks.placeOf(hash);
  if (place === undefined || place.number > node.chain.head.env.number) {
    return { status: node.pool.has(toHex(hash)) ? 'pending' : 'unknown', blockNumber: null, batch: null };
  }
  const batch = proofs?.batchOfBlock(place.number);
  const isProven = batch !== undefined && place.number <= (proofs?.proven ?? 0n);
  return {
    status: isProven ? 'proven' : batch === undefined ? 'included' : 'batched',
    blockNumber: toQuantity(place.number),
    batch: batch === undefined ? null : toQuantity(batch),
  };
}

export const wispMethods: Methods = {
  wisp_status: ({ node, proofs }) => ({
    head: toQuantity(node.chain.head.env.number),
    headHash: toHex(node.chain.head.hash),
    pool: node.pool.size,
    lag: node.chain.lag,
    proofs: proofs?.status() ?? null,
  }),
  wisp_getTransactionStatus: transactionStatus,
  wisp_getBatch: ({ proofs }, [which]) => proofs?.batch(which === 'latest' ? 'latest' : indexOf(which)) ?? null,
  wisp_getBatchOfBlock: ({ proofs }, params) => {
    const index = proofs?.batchOfBlock(quantityOf(params[0], 'block'));
    return index === undefined ? null : toQuantity(index);
  },
  wisp_getBatchProof: ({ proofs }, params) => {
    const proof = proofs?.proof(indexOf(params[0]));
    if (proof === undefined) throw new RpcError(NOT_FOUND, 'no proof of this batch');
    return toHex(proof);
  },
  /** A block as the write-ahead log has it; what a following node replays. */
  wisp_getBlockRecord: ({ node }, params) => {
    const number = quantityOf(params[0], 'block');
    const block = number > node.chain.head.env.number ? undefined : node.chain.blocks.block(number);
    return block === undefined ? null : toHex(encodeRecord({ ...block, blockHash: block.hash }));
  },
  wisp_getProof: ({ readers, limits }, [account, keys]) => {
    const address = dataOf(account, 'address', 20);
    const list: unknown = keys ?? [];
    if (!Array.isArray(list) || list.length > MAX_SLOTS) return invalidParams(`expected at most ${MAX_SLOTS} slots`);
    const slots = list.map((key: unknown) => fromBigInt(quantityOf(key, 'slot'), 32));
    return readers.run({ kind: 'proof', block: 0n, address, slots }, limits.callTimeoutMs);
  },
};
