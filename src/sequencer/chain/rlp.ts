// RLP, with every bound checked: a payload from the network decodes in time linear in its length or is refused.
import { SequencerError } from '../errors.ts';
import { toBigInt, trimmed } from './bytes.ts';

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

/** Goes through the items of a list without an object for each: for what is decoded thousands of times a second. */
export class RlpCursor {
  readonly bytes: Uint8Array;
  /** Where the next item starts. */
  at: number;
  readonly #end: number;
  /** Where the payload of the string that was read last is. */
  #from = 0;
  #to = 0;

  /** Between two places that lists begin and end at. */
  private constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes;
    this.at = at;
    this.#end = end;
  }

  /** In the list that is the whole of `bytes` from `start` on. */
  static ofList(bytes: Uint8Array, start = 0): RlpCursor {
    const whole = new RlpCursor(bytes, start, bytes.length);
    const list = whole.list();
    if (!whole.done) fail('input has bytes beyond its end');
    return list;
  }

  get done(): boolean {
    return this.at === this.#end;
  }

  /** Goes past a string; its length. */
  skip(): number {
    const { bytes, at } = this;
    if (at >= this.#end) fail('value is cut short');
    const first = bytes[at] as number;
    if (first < 0x80) {
      this.#from = at;
      this.#to = at + 1;
    } else if (first <= 0xb7) {
      this.#from = at + 1;
      this.#to = at + first - 0x7f;
      if (this.#to > this.#end) fail('value is longer than its input');
      if (first === 0x81 && (bytes[at + 1] as number) < 0x80) fail('single byte below 128 must be itself');
    } else {
      if (first >= 0xc0) fail('expected a string');
      const { start, end } = readHeader(bytes, at, this.#end, first - 0x80);
      this.#from = start;
      this.#to = end;
    }
    this.at = this.#to;
    return this.#to - this.#from;
  }

  string(): Uint8Array {
    this.skip();
    return this.bytes.subarray(this.#from, this.#to);
  }

  /** Of at most so many bytes, the first of which is not zero. */
  number(maxBytes: number): bigint {
    if (this.skip() > maxBytes) fail('number too large');
    if (this.#from < this.#to && this.bytes[this.#from] === 0) fail('number with leading zeros');
    return toBigInt(this.bytes, this.#from, this.#to);
  }

  /** Goes past a list; a cursor in it. */
  list(): RlpCursor {
    const { bytes, at } = this;
    if (at >= this.#end) fail('value is cut short');
    const first = bytes[at] as number;
    if (first < 0xc0) fail('expected a list');
    const { start, end } = readHeader(bytes, at, this.#end, first - 0xc0);
    this.at = end;
    return new RlpCursor(bytes, start, end);
  }

  /** Any one item, decoded. */
  item(): RlpItem {
    const { item, end } = readItem(this.bytes, this.at, this.#end, 1);
    this.at = end;
    return item;
  }
}

export type RlpValue = Uint8Array | bigint | readonly RlpValue[];

// Encodings are written from their end: a list's length is known when its items are there, without counting them before.
const SMALLEST_BYTES = 2 ** 16;
/** Kept from one encoding to the next: a block's, mostly. */
const LARGEST_KEPT_BYTES = 2 ** 22;
let buffer = new Uint8Array(SMALLEST_BYTES);
/** Bytes written, at the buffer's end. */
let used = 0;

/** Room for so many bytes before those written; where it starts. */
function room(bytes: number): number {
  used += bytes;
  if (used > buffer.length) {
    const larger = new Uint8Array(2 ** Math.ceil(Math.log2(used)));
    larger.set(buffer.subarray(buffer.length - used + bytes), larger.length - used + bytes);
    buffer = larger;
  }
  return buffer.length - used;
}

function written(): Uint8Array {
  const bytes = buffer.slice(buffer.length - used);
  used = 0;
  if (buffer.length > LARGEST_KEPT_BYTES) buffer = new Uint8Array(SMALLEST_BYTES);
  return bytes;
}

export function encodeRlp(value: RlpValue): Uint8Array {
  // Where the encoding before this one threw, something is left of it.
  used = 0;
  write(value);
  return written();
}

/** What comes before a list's items, which have so many bytes. */
export function rlpListHeader(payload: number): Uint8Array {
  writeHeader(payload, 0xc0);
  return written();
}

function write(value: RlpValue): void {
  if (typeof value === 'bigint') writeString(trimmed(value));
  else if (value instanceof Uint8Array) writeString(value);
  else {
    const behind = used;
    for (let i = value.length - 1; i >= 0; i--) write(value[i] as RlpValue);
    writeHeader(used - behind, 0xc0);
  }
}

function writeString(bytes: Uint8Array): void {
  const at = room(bytes.length);
  buffer.set(bytes, at);
  // A byte below 128 is its own encoding.
  if (bytes.length !== 1 || (bytes[0] as number) >= 0x80) writeHeader(bytes.length, 0x80);
}

function writeHeader(payload: number, base: number): void {
  if (payload <= 55) {
    const at = room(1);
    buffer[at] = base + payload;
    return;
  }
  let length = 0;
  for (let rest = payload; rest >= 1; rest = Math.floor(rest / 256), length++) {
    const at = room(1);
    buffer[at] = rest % 256;
  }
  const at = room(1);
  buffer[at] = base + 55 + length;
}
