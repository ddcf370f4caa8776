/**
 * Serde values in the postcard format (https://postcard.jamesmunns.com/wire-format), by a schema that mirrors the Rust
 * type: what `wisp::read` and `wisp::commit` exchange with the host.
 */

/** How a Rust type is written. `T` is its JavaScript side. Malformed bytes and values out of range are `RangeError`s. */
export interface Schema<T> {
  write(value: T, to: number[]): void;
  read(from: Cursor): T;
}

/** A position in bytes. */
export interface Cursor {
  byte(): number;
  take(length: number): Uint8Array;
}

export const toPostcard = <T>(schema: Schema<T>, value: T): Uint8Array => {
  const bytes: number[] = [];
  schema.write(value, bytes);
  return Uint8Array.from(bytes);
};

/** The value that the bytes consist of. */
export const fromPostcard = <T>(schema: Schema<T>, bytes: Uint8Array): T => {
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (length > bytes.length - at) throw new RangeError('it ends early');
    at += length;
    return bytes.slice(at - length, at);
  };
  const value = schema.read({ take, byte: () => take(1)[0] ?? 0 });
  if (at !== bytes.length) throw new RangeError(`${bytes.length - at} bytes too many`);
  return value;
};

const writeVarint = (value: bigint, to: number[]): void => {
  let rest = value;
  for (; rest >= 0x80n; rest >>= 7n) to.push(Number(rest & 0x7fn) | 0x80);
  to.push(Number(rest));
};

const readVarint = (from: Cursor, bits: number): bigint => {
  let value = 0n;
  for (let shift = 0; shift < bits; shift += 7) {
    const byte = from.byte();
    value |= BigInt(byte & 0x7f) << BigInt(shift);
    if (byte >= 0x80) continue;
    if (value >> BigInt(bits) !== 0n) break;
    return value;
  }
  throw new RangeError(`a number of more than ${bits} bits`);
};

const bounded = (value: number | bigint, low: bigint, high: bigint): bigint => {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new RangeError(`${value} is no exact integer`);
  const n = BigInt(value);
  if (n < low || n > high) throw new RangeError(`${value} is not within ${low} to ${high}`);
  return n;
};

const unsigned = (bits: number): Schema<bigint> => ({
  write: (value, to) => writeVarint(bounded(value, 0n, 2n ** BigInt(bits) - 1n), to),
  read: (from) => readVarint(from, bits),
});

/** Zigzag: 0, -1, 1, -2, … are 0, 1, 2, 3, … */
const signed = (bits: number): Schema<bigint> => {
  const half = 2n ** BigInt(bits - 1);
  return {
    write: (value, to) => {
      const n = bounded(value, -half, half - 1n);
      writeVarint(n < 0n ? -2n * n - 1n : 2n * n, to);
    },
    read: (from) => {
      const n = readVarint(from, bits);
      return n & 1n ? -(n >> 1n) - 1n : n >> 1n;
    },
  };
};

const small = (wide: Schema<bigint>): Schema<number> => ({
  write: (value, to) => wide.write(bounded(value, -(2n ** 53n), 2n ** 53n), to),
  read: (from) => Number(wide.read(from)),
});

export const u16: Schema<number> = small(unsigned(16));
export const u32: Schema<number> = small(unsigned(32));
export const u64: Schema<bigint> = unsigned(64);
export const i16: Schema<number> = small(signed(16));
export const i32: Schema<number> = small(signed(32));
export const i64: Schema<bigint> = signed(64);

export const u8: Schema<number> = {
  write: (value, to) => void to.push(Number(bounded(value, 0n, 255n))),
  read: (from) => from.byte(),
};

export const bool: Schema<boolean> = {
  write: (value, to) => void to.push(value ? 1 : 0),
  read: (from) => {
    const byte = from.byte();
    if (byte > 1) throw new RangeError(`${byte} is no bool`);
    return byte === 1;
  },
};

const readLength = (from: Cursor): number => Number(readVarint(from, 32));

/** `Vec<u8>` and `&[u8]`. */
export const bytes: Schema<Uint8Array> = {
  write: (value, to) => {
    writeVarint(BigInt(value.length), to);
    for (const byte of value) to.push(byte);
  },
  read: (from) => from.take(readLength(from)),
};

/** `String` and `&str`. */
export const string: Schema<string> = {
  write: (value, to) => bytes.write(new TextEncoder().encode(value), to),
  read: (from) => {
    const text = bytes.read(from);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text);
    } catch {
      throw new RangeError('a text that is not UTF-8');
    }
  },
};

/** `Option<T>`; None is undefined. */
export const option = <T>(inner: Schema<T>): Schema<T | undefined> => ({
  write: (value, to) => {
    bool.write(value !== undefined, to);
    if (value !== undefined) inner.write(value, to);
  },
  read: (from) => (bool.read(from) ? inner.read(from) : undefined),
});

/** `Vec<T>`. */
export const list = <T>(item: Schema<T>): Schema<readonly T[]> => ({
  write: (value, to) => {
    writeVarint(BigInt(value.length), to);
    for (const one of value) item.write(one, to);
  },
  read: (from) => {
    // Grown item by item: a length alone allocates nothing.
    const items: T[] = [];
    for (let left = readLength(from); left > 0; left--) items.push(item.read(from));
    return items;
  },
});

/** `[T; N]`. */
export const array = <T>(item: Schema<T>, length: number): Schema<readonly T[]> => ({
  write: (value, to) => {
    if (value.length !== length) throw new RangeError(`${value.length} items for an array of ${length}`);
    for (const one of value) item.write(one, to);
  },
  read: (from) => Array.from({ length }, () => item.read(from)),
});

/** A struct: its fields in the order of their declaration. */
export const struct = <T extends object>(fields: { readonly [K in keyof T]: Schema<T[K]> }): Schema<T> => ({
  write: (value, to) => {
    for (const name of Object.keys(fields) as (keyof T & string)[]) fields[name].write(value[name], to);
  },
  read: (from) => {
    const out: Partial<T> = {};
    for (const name of Object.keys(fields) as (keyof T & string)[]) out[name] = fields[name].read(from);
    return out as T;
  },
});
