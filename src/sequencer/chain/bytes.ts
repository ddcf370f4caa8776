// Bytes as the sequencer handles them: hexadecimal text as map keys and in JSON, big-endian numbers in keys and RLP.

export type Hex = `0x${string}`;

const view = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

export const toHex = (bytes: Uint8Array): Hex => `0x${view(bytes).toString('hex')}`;

/** Bytes of `0x` and an even number of digits; the caller has checked the text (see rpc/params.ts). */
export const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.slice(2), 'hex'));

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

/** Big-endian; any length up to 32. */
export function toBigInt(bytes: Uint8Array): bigint {
  if (bytes.length > 6) return BigInt(`0x${view(bytes).toString('hex')}`);
  let value = 0;
  for (const byte of bytes) value = value * 256 + byte;
  return BigInt(value);
}

/** Big-endian in exactly `length` bytes; the value fits. */
export const fromBigInt = (value: bigint, length: number): Uint8Array =>
  new Uint8Array(Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex'));

/** Big-endian without leading zeros; none for zero. */
export const trimmed = (value: bigint): Uint8Array => {
  if (value === 0n) return new Uint8Array(0);
  const digits = value.toString(16);
  return new Uint8Array(Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex'));
};

export const least = (first: bigint, ...others: readonly bigint[]): bigint => {
  let result = first;
  for (const other of others) if (other < result) result = other;
  return result;
};
