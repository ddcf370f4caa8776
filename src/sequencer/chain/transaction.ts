// Transactions as they arrive: types 0 (legacy, with and without EIP-155), 1 (EIP-2930) and 2 (EIP-1559).
import { SequencerError } from '../errors.ts';
import { concat, toBigInt } from './bytes.ts';
import { decodeRlp, encodeRlp, encodeRlpList, type RlpItem } from './rlp.ts';

export interface AccessListEntry {
  readonly address: Uint8Array;
  readonly slots: readonly Uint8Array[];
}

export interface Transaction {
  readonly raw: Uint8Array;
  readonly type: 0 | 1 | 2;
  /** Absent in a legacy transaction from before EIP-155. */
  readonly chainId: bigint | undefined;
  readonly nonce: bigint;
  readonly gasLimit: bigint;
  /** Absent where the transaction creates a contract. */
  readonly to: Uint8Array | undefined;
  readonly value: bigint;
  readonly data: Uint8Array;
  /** Types 0 and 1: both are the gas price. */
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  readonly accessList: readonly AccessListEntry[];
  /** As signed: 0 or 1, or a legacy transaction's 27, 28 or 35 + 2 * chainId and up. */
  readonly v: bigint;
  readonly yParity: 0 | 1;
  readonly r: bigint;
  readonly s: bigint;
}

/** Longest raw transaction, as in go-ethereum. */
export const MAX_TRANSACTION_BYTES: number = 128 * 1024;

/** Order of secp256k1. */
const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

const refuse = (message: string): never => {
  throw new SequencerError('invalid_transaction', message);
};

export function decodeTransaction(raw: Uint8Array): Transaction {
  if (raw.length === 0) throw new SequencerError('invalid_transaction', 'typed transaction too short');
  if (raw.length > MAX_TRANSACTION_BYTES) {
    throw new SequencerError('oversized_data', `oversized data: transaction size ${raw.length}, limit 131072`);
  }
  const first = raw[0] as number;
  if (first >= 0xc0) return decodeLegacy(raw, itemsOf(decodeRlp(raw), 9));
  if (first === 1) return decodeTyped(raw, 1, itemsOf(decodeRlp(raw.subarray(1)), 11));
  if (first === 2) return decodeTyped(raw, 2, itemsOf(decodeRlp(raw.subarray(1)), 12));
  throw new SequencerError('type_not_supported', 'transaction type not supported');
}

function itemsOf(item: RlpItem, count: number): readonly RlpItem[] {
  if (item.items?.length !== count) refuse(`rlp: expected a list of ${count} fields`);
  return item.items ?? [];
}

const stringOf = (item: RlpItem | undefined): Uint8Array => {
  if (item === undefined || item.items !== undefined) return refuse('rlp: expected a string');
  return item.payload;
};

function numberOf(item: RlpItem | undefined, maxBytes: number): bigint {
  const bytes = stringOf(item);
  if (bytes.length > maxBytes) refuse('rlp: number too large');
  if (bytes[0] === 0) refuse('rlp: number with leading zeros');
  return toBigInt(bytes);
}

function addressOf(item: RlpItem | undefined): Uint8Array | undefined {
  const bytes = stringOf(item);
  if (bytes.length !== 0 && bytes.length !== 20) refuse('rlp: an address has 20 bytes');
  return bytes.length === 0 ? undefined : bytes;
}

function decodeLegacy(raw: Uint8Array, items: readonly RlpItem[]): Transaction {
  const v = numberOf(items[6], 9);
  const isProtected = v >= 35n;
  if (!isProtected && v !== 27n && v !== 28n) refuse('invalid transaction v, r, s values');
  const gasPrice = numberOf(items[1], 32);
  return checked({
    ...{ raw, type: 0, chainId: isProtected ? (v - 35n) / 2n : undefined },
    ...{ nonce: numberOf(items[0], 8), gasLimit: numberOf(items[2], 8), to: addressOf(items[3]) },
    ...{ value: numberOf(items[4], 32), data: stringOf(items[5]), accessList: [] },
    ...{ maxFeePerGas: gasPrice, maxPriorityFeePerGas: gasPrice },
    ...{ v, yParity: Number(isProtected ? (v - 35n) % 2n : v - 27n) as 0 | 1 },
    ...{ r: numberOf(items[7], 32), s: numberOf(items[8], 32) },
  });
}

function decodeTyped(raw: Uint8Array, type: 1 | 2, items: readonly RlpItem[]): Transaction {
  let at = 0;
  const next = (): RlpItem | undefined => items[at++];
  const chainId = numberOf(next(), 8);
  const nonce = numberOf(next(), 8);
  const tip = numberOf(next(), 32);
  const fee = type === 1 ? tip : numberOf(next(), 32);
  const gasLimit = numberOf(next(), 8);
  const to = addressOf(next());
  const value = numberOf(next(), 32);
  const data = stringOf(next());
  const accessList = accessListOf(next());
  const v = numberOf(next(), 8);
  if (v > 1n) refuse('invalid transaction v, r, s values');
  return checked({
    ...{ raw, type, chainId, nonce, gasLimit, to, value, data, accessList },
    ...{ maxFeePerGas: fee, maxPriorityFeePerGas: tip, v, yParity: Number(v) as 0 | 1 },
    ...{ r: numberOf(next(), 32), s: numberOf(next(), 32) },
  });
}

function accessListOf(item: RlpItem | undefined): AccessListEntry[] {
  if (item?.items === undefined) return refuse('rlp: expected an access list');
  return item.items.map((entry) => {
    const [address, slots] = itemsOf(entry, 2);
    if (slots?.items === undefined) return refuse('rlp: expected a list of storage keys');
    return {
      address: addressOf(address) ?? refuse('rlp: an address has 20 bytes'),
      slots: slots.items.map((slot) => {
        const bytes = stringOf(slot);
        if (bytes.length !== 32) refuse('rlp: a storage key has 32 bytes');
        return bytes;
      }),
    };
  });
}

/** The signature's range; s in the lower half since Homestead (EIP-2). */
function checked(transaction: Transaction): Transaction {
  const { r, s } = transaction;
  if (r === 0n || s === 0n || r >= CURVE_ORDER || s > CURVE_ORDER / 2n) refuse('invalid transaction v, r, s values');
  return transaction;
}

/** What the sender signed, before hashing: the fields as they were encoded, less the signature. */
export function signingPayload(transaction: Transaction): Uint8Array {
  const { raw, type, chainId } = transaction;
  const encoded = (decodeRlp(type === 0 ? raw : raw.subarray(1)).items ?? []).map((item) => item.encoded);
  const fields = encoded.slice(0, -3);
  if (type !== 0) return concat([Uint8Array.of(type), encodeRlpList(fields)]);
  const replay = chainId === undefined ? [] : [encodeRlp(chainId), encodeRlp(0n), encodeRlp(0n)];
  return encodeRlpList([...fields, ...replay]);
}

/** What the sender pays for a unit of gas. */
export const effectiveGasPrice = (transaction: Transaction, baseFee: bigint): bigint => {
  const { maxFeePerGas, maxPriorityFeePerGas } = transaction;
  const price = baseFee + maxPriorityFeePerGas;
  if (price > maxFeePerGas) return maxFeePerGas;
  return price;
};

/** Gas charged before execution starts (Yellow Paper g0; EIP-2028, EIP-2930, EIP-3860). */
export function intrinsicGas(transaction: Pick<Transaction, 'data' | 'to' | 'accessList'>): bigint {
  const { data, to, accessList } = transaction;
  let nonZero = 0;
  for (const byte of data) if (byte !== 0) nonZero++;
  let gas = 21000 + 16 * nonZero + 4 * (data.length - nonZero);
  if (to === undefined) gas += 32000 + 2 * Math.ceil(data.length / 32);
  for (const { slots } of accessList) gas += 2400 + 1900 * slots.length;
  return BigInt(gas);
}
