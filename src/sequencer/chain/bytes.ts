// Bytes as the sequencer handles them: hexadecimal text as map keys and in JSON, big-endian numbers in keys and RLP.

export type Hex = `0x${string}`;

const view = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

/** Buffer's own way to text, which takes any bytes: a view of them costs more than their digits. */
const { hexSlice } = Buffer.prototype as unknown as {
  hexSlice?: (this: Uint8Array, from: number, to: number) => string;
};

export const toHex: (bytes: Uint8Array) => Hex =
  hexSlice === undefined
    ? (bytes) => `0x${view(bytes).toString('hex')}`
    : (bytes) => `0x${hexSlice.call(bytes, 0, bytes.length)}`;

/** Bytes of `0x` and an even number of digits; the caller has checked the text (see rpc/params.ts). */
export const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.slice(2), 'hex'));

/** Bytes of `0x` and an even number of digits; undefined of any other text. */
export function hexBytes(text: string): Uint8Array | undefined {
  if (text.charCodeAt(0) !== 0x30 || (text.charCodeAt(1) | 0x20) !== 0x78 || text.length % 2 !== 0) return undefined;
  const bytes = fromHex(text);
  // Decoding ends at the first character that is no digit.
  return bytes.length === text.length / 2 - 1 ? bytes : undefined;
}

/** A number as JSON-RPC's quantity: no leading zeros. */
export const toQuantity = (value: bigint | number): Hex => `0x${value.toString(16)}`;

export const concat = (parts: readonly Uint8Array[]): Uint8Array => {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

export const bytesEqual = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && view(a).equals(view(b));

/** Where numbers are turned into bytes and back: no text, no garbage. */
const scratch = new Uint8Array(32);
const words = new DataView(scratch.buffer);

/** Big-endian; any length up to 32. */
export function toBigInt(bytes: Uint8Array, from = 0, to: number = bytes.length): bigint {
  const length = to - from;
  if (length <= 6) {
    let value = 0;
    for (let i = from; i < to; i++) value = value * 256 + (bytes[i] as number);
    return BigInt(value);
  }
  const whole = (length + 7) & ~7;
  scratch.fill(0, 0, whole - length);
  for (let i = from, at = whole - length; i < to; i++, at++) scratch[at] = bytes[i] as number;
  let value = words.getBigUint64(0);
  for (let at = 8; at < whole; at += 8) value = (value << 64n) | words.getBigUint64(at);
  return value;
}

/** Writes the number big-endian at the end of `scratch`. */
function spell(value: bigint): void {
  if (value <= 0xffff_ffff_ffff_ffffn) {
    scratch.fill(0, 0, 24);
    words.setBigUint64(24, value);
    return;
  }
  let rest = value;
  for (let at = 24; at >= 0; at -= 8) {
    words.setBigUint64(at, rest);
    rest >>= 64n;
  }
}

/** Big-endian in exactly `length` bytes, at most 32; the value fits. */
export const fromBigInt = (value: bigint, length: number): Uint8Array => {
  spell(value);
  return scratch.slice(32 - length);
};

/** Big-endian without leading zeros; none for zero. At most 256 bits. */
export const trimmed = (value: bigint): Uint8Array => {
  spell(value);
  let first = 0;
  while (first < 32 && scratch[first] === 0) first++;
  return scratch.slice(first);
};

export const least = (first: bigint, ...others: readonly bigint[]): bigint => {
  let result = first;
  for (const other of others) if (other < result) result = other;
  return result;
};
