// RLP, with every bound checked: a payload from the network decodes in time linear in its length or is refused.
import { SequencerError } from '../errors.ts';
import { concat, trimmed } from './bytes.ts';

/** An item with its place in the encoding, so that signing payloads can reuse the encoded bytes. */
export interface RlpItem {
  /** The whole item as encoded. */
  readonly encoded: Uint8Array;
  /** A string's bytes; of a list, its items' encodings. */
  readonly payload: Uint8Array;
  readonly items: readonly RlpItem[] | undefined;
}

/** Nested deeper than any transaction is. */
const MAX_DEPTH = 8;

const fail = (why: string): never => {
  throw new SequencerError('invalid_rlp', `rlp: ${why}`);
};

/** Decodes exactly one item that fills `bytes`. Only canonical encodings pass. */
export function decodeRlp(bytes: Uint8Array): RlpItem {
  const { item, end } = readItem(bytes, 0, bytes.length, 0);
  if (end !== bytes.length) fail('input has bytes beyond its end');
  return item;
}

function readItem(bytes: Uint8Array, at: number, limit: number, depth: number): { item: RlpItem; end: number } {
  if (at >= limit) fail('value is cut short');
  if (depth > MAX_DEPTH) fail('nested too deep');
  const first = bytes[at] as number;
  if (first < 0x80) {
    const one = bytes.subarray(at, at + 1);
    return { item: { encoded: one, payload: one, items: undefined }, end: at + 1 };
  }
  const isList = first >= 0xc0;
  const { start, end } = readHeader(bytes, at, limit, first - (isList ? 0xc0 : 0x80));
  const payload = bytes.subarray(start, end);
  if (!isList && payload.length === 1 && (payload[0] as number) < 0x80) fail('single byte below 128 must be itself');
  const encoded = bytes.subarray(at, end);
  if (!isList) return { item: { encoded, payload, items: undefined }, end };
  const items: RlpItem[] = [];
  for (let next = start; next < end; ) {
    const read = readItem(bytes, next, end, depth + 1);
    items.push(read.item);
    next = read.end;
  }
  return { item: { encoded, payload, items }, end };
}

/** `code`: the first byte less the base of its kind. */
function readHeader(bytes: Uint8Array, at: number, limit: number, code: number): { start: number; end: number } {
  let length = code;
  let start = at + 1;
  if (code > 55) {
    const lengthBytes = code - 55;
    start += lengthBytes;
    if (start > limit) fail('value is cut short');
    if (lengthBytes > 6) fail('value is longer than its input');
    if (bytes[at + 1] === 0) fail('length has leading zeros');
    length = 0;
    for (let i = at + 1; i < start; i++) length = length * 256 + (bytes[i] as number);
    if (length <= 55) fail('length in a longer form than needed');
  }
  if (start + length > limit) fail('value is longer than its input');
  return { start, end: start + length };
}

export type RlpValue = Uint8Array | bigint | readonly RlpValue[];

export function encodeRlp(value: RlpValue): Uint8Array {
  if (typeof value === 'bigint') return encodeRlp(trimmed(value));
  if (value instanceof Uint8Array) {
    if (value.length === 1 && (value[0] as number) < 0x80) return value;
    return concat([header(value.length, 0x80), value]);
  }
  return encodeRlpList(value.map(encodeRlp));
}

/** A list of items that are encoded already. */
export function encodeRlpList(encoded: readonly Uint8Array[]): Uint8Array {
  const length = encoded.reduce((sum, part) => sum + part.length, 0);
  return concat([header(length, 0xc0), ...encoded]);
}

function header(length: number, base: number): Uint8Array {
  if (length <= 55) return Uint8Array.of(base + length);
  const bytes = trimmed(BigInt(length));
  return concat([Uint8Array.of(base + 55 + bytes.length), bytes]);
}
