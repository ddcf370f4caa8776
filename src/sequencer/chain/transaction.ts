// Transactions as they arrive: types 0 (legacy, with and without EIP-155), 1 (EIP-2930) and 2 (EIP-1559).
import { SequencerError } from '../errors.ts';
import { concat, fromHex } from './bytes.ts';
import { encodeRlp, RlpCursor, type RlpItem, rlpListHeader } from './rlp.ts';

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
}

/** Where a raw transaction has what was signed, and the signature. */
export interface SignedParts {
  /** The type's byte, if there is one, and then from where to where the signed fields are. */
  readonly type: 0 | 1 | 2;
  readonly fieldsAt: number;
  readonly fieldsEnd: number;
  readonly v: bigint;
  /** Big-endian, without leading zeros. */
  readonly r: Uint8Array;
  readonly s: Uint8Array;
}

/** Longest raw transaction, as in go-ethereum. */
export const MAX_TRANSACTION_BYTES: number = 128 * 1024;

/** One less than the order of secp256k1, and half of it: s is in the lower half since Homestead (EIP-2). */
const LARGEST_R = fromHex('0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140');
const LARGEST_S = fromHex('0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0');

const refuse = (message: string): never => {
  throw new SequencerError('invalid_transaction', message);
};

export function decodeTransaction(raw: Uint8Array): Transaction {
  if (raw.length === 0) throw new SequencerError('invalid_transaction', 'typed transaction too short');
  if (raw.length > MAX_TRANSACTION_BYTES) {
    throw new SequencerError('oversized_data', `oversized data: transaction size ${raw.length}, limit 131072`);
  }
  const type = typeOf(raw);
  const from = RlpCursor.ofList(raw, type === 0 ? 0 : 1);
  const transaction = type === 0 ? decodeLegacy(raw, from) : decodeTyped(raw, type, from);
  checkSignature(from);
  if (!from.done) refuse('rlp: the list has more fields than a transaction');
  return transaction;
}

function typeOf(raw: Uint8Array): 0 | 1 | 2 {
  const first = raw[0] as number;
  if (first >= 0xc0) return 0;
  if (first === 1 || first === 2) return first;
  throw new SequencerError('type_not_supported', 'transaction type not supported');
}

function addressOf(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length !== 0 && bytes.length !== 20) refuse('rlp: an address has 20 bytes');
  return bytes.length === 0 ? undefined : bytes;
}

function decodeLegacy(raw: Uint8Array, from: RlpCursor): Transaction {
  const nonce = from.number(8);
  const gasPrice = from.number(32);
  const gasLimit = from.number(8);
  const to = addressOf(from.string());
  const value = from.number(32);
  const data = from.string();
  const v = from.number(9);
  const isProtected = v >= 35n;
  if (!isProtected && v !== 27n && v !== 28n) refuse('invalid transaction v, r, s values');
  return {
    raw,
    type: 0,
    chainId: isProtected ? (v - 35n) / 2n : undefined,
    nonce,
    gasLimit,
    to,
    value,
    data,
    maxFeePerGas: gasPrice,
    maxPriorityFeePerGas: gasPrice,
    accessList: [],
    v,
    yParity: parityOf(0, v),
  };
}

function decodeTyped(raw: Uint8Array, type: 1 | 2, from: RlpCursor): Transaction {
  const chainId = from.number(8);
  const nonce = from.number(8);
  const tip = from.number(32);
  const fee = type === 1 ? tip : from.number(32);
  const gasLimit = from.number(8);
  const to = addressOf(from.string());
  const value = from.number(32);
  const data = from.string();
  const accessList = accessListOf(from.item());
  const v = from.number(8);
  if (v > 1n) refuse('invalid transaction v, r, s values');
  return {
    raw,
    type,
    chainId,
    nonce,
    gasLimit,
    to,
    value,
    data,
    maxFeePerGas: fee,
    maxPriorityFeePerGas: tip,
    accessList,
    v,
    yParity: parityOf(type, v),
  };
}

/** Which of the two points with the signature's x it is. */
export const parityOf = (type: 0 | 1 | 2, v: bigint): 0 | 1 =>
  Number(type !== 0 ? v : v >= 35n ? (v - 35n) % 2n : v - 27n) as 0 | 1;

const NO_ENTRIES: readonly AccessListEntry[] = [];

const listOf = (item: RlpItem, what: string): readonly RlpItem[] => item.items ?? refuse(`rlp: expected ${what}`);

function accessListOf(list: RlpItem): readonly AccessListEntry[] {
  const entries = listOf(list, 'an access list');
  if (entries.length === 0) return NO_ENTRIES;
  return entries.map((entry) => {
    const [address, slots] = listOf(entry, 'an entry of an access list');
    if (entry.items?.length !== 2 || address === undefined || slots === undefined) {
      return refuse('rlp: expected a list of 2 fields');
    }
    return {
      address: (address.items === undefined && addressOf(address.payload)) || refuse('rlp: an address has 20 bytes'),
      slots: listOf(slots, 'a list of storage keys').map(({ items, payload }) =>
        items === undefined && payload.length === 32 ? payload : refuse('rlp: a storage key has 32 bytes'),
      ),
    };
  });
}

/** Whether a big-endian number without leading zeros is above one of 32 bytes. */
const isAbove = (number: Uint8Array, limit: Uint8Array): boolean =>
  number.length === limit.length && Buffer.compare(number, limit) > 0;

/** Reads r and s, and checks their range. */
function checkSignature(from: RlpCursor): void {
  for (const limit of [LARGEST_R, LARGEST_S]) {
    const number = from.string();
    if (number.length > 32) refuse('rlp: number too large');
    if (number[0] === 0) refuse('rlp: number with leading zeros');
    if (number.length === 0 || isAbove(number, limit)) refuse('invalid transaction v, r, s values');
  }
}

/** Of a transaction that decodes; of others it throws, or says where something else is. */
export function signedParts(raw: Uint8Array): SignedParts {
  const type = typeOf(raw);
  const from = RlpCursor.ofList(raw, type === 0 ? 0 : 1);
  const fieldsAt = from.at;
  const strings = type === 2 ? 8 : type === 1 ? 7 : 6;
  for (let i = 0; i < strings; i++) from.skip();
  if (type !== 0) from.item();
  const fieldsEnd = from.at;
  return { type, fieldsAt, fieldsEnd, v: from.number(9), r: from.string(), s: from.string() };
}

/** What the sender signed, before hashing, in parts: the fields as they were encoded, less the signature. */
export function signingPayload(raw: Uint8Array, { type, fieldsAt, fieldsEnd, v }: SignedParts): readonly Uint8Array[] {
  const fields = raw.subarray(fieldsAt, fieldsEnd);
  if (type !== 0) return [Uint8Array.of(type), rlpListHeader(fields.length), fields];
  // EIP-155: the chain's id, and two empty strings in the signature's place.
  const replay = v < 35n ? new Uint8Array(0) : concat([encodeRlp((v - 35n) / 2n), Uint8Array.of(0x80, 0x80)]);
  return [rlpListHeader(fields.length + replay.length), fields, replay];
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
