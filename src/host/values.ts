/**
 * Values as the guest libraries read and commit them: u32 and u64 little-endian, and texts, bytes and serde values behind
 * their length as a u32. Nothing is padded.
 */
import { WispError } from '../core/errors.ts';
import { fromPostcard, type Schema, toPostcard } from './postcard.ts';

/** A journal that does not hold what is read from it, or a value that cannot be written. */
export class ValueError extends WispError {
  constructor(message: string) {
    super('bad_value', message);
  }
}

/** Builds a program's input, value by value, in the order in which the guest reads. */
export interface InputWriter {
  u32(value: number): InputWriter;
  u64(value: number | bigint): InputWriter;
  /** Length, then bytes: `wisp::read_bytes`, `wisp_read_bytes`. */
  bytes(value: Uint8Array): InputWriter;
  /** Length, then UTF-8: `wisp::read_string`. */
  string(value: string): InputWriter;
  /** As a string. */
  json(value: unknown): InputWriter;
  /** A serde value, as bytes in the postcard format: `wisp::read`. */
  value<T>(schema: Schema<T>, value: T): InputWriter;
  /** Bytes alone: `wisp::read_slice`, `wisp_read`. */
  raw(value: Uint8Array): InputWriter;
  finish(): Uint8Array;
}

export function createInput(): InputWriter {
  const parts: Uint8Array[] = [];
  const word = (value: number): void => {
    parts.push(Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24));
  };
  const sized = (bytes: Uint8Array): InputWriter => {
    word(bytes.length);
    parts.push(bytes.slice());
    return writer;
  };
  const writer: InputWriter = {
    u32: (value) => {
      if (!Number.isInteger(value) || value < 0 || value >= 2 ** 32) throw new ValueError(`${value} is no u32`);
      word(value);
      return writer;
    },
    u64: (value) => {
      if (typeof value === 'number' && !Number.isSafeInteger(value))
        throw new ValueError(`${value} is no exact integer`);
      const n = BigInt(value);
      if (n < 0n || n >= 2n ** 64n) throw new ValueError(`${value} is no u64`);
      word(Number(n & 0xffffffffn));
      word(Number(n >> 32n));
      return writer;
    },
    bytes: sized,
    string: (value) => sized(new TextEncoder().encode(value)),
    json: (value) => {
      const text: string | undefined = JSON.stringify(value);
      if (text === undefined) throw new ValueError('JSON cannot express this value');
      return writer.string(text);
    },
    value: (schema, value) => sized(toPostcard(schema, value)),
    raw: (value) => {
      parts.push(value.slice());
      return writer;
    },
    finish: () => {
      const all = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
      let at = 0;
      for (const part of parts) {
        all.set(part, at);
        at += part.length;
      }
      return all;
    },
  };
  return writer;
}

/** Reads a journal, value by value, in the order in which the guest committed. Throws `ValueError`. */
export interface JournalReader {
  u32(): number;
  u64(): bigint;
  bytes(): Uint8Array;
  string(): string;
  json(): unknown;
  value<T>(schema: Schema<T>): T;
  /** So many bytes alone, or all that are left. */
  raw(length?: number): Uint8Array;
  readonly left: number;
  /** Throws unless everything was read. */
  end(): void;
}

export function readJournal(journal: Uint8Array): JournalReader {
  let at = 0;
  const take = (length: number, what: string): Uint8Array => {
    const left = journal.length - at;
    if (length > left) throw new ValueError(`the journal ends within ${what}: ${length} bytes wanted, ${left} left`);
    at += length;
    return journal.slice(at - length, at);
  };
  const word = (what: string): number => {
    const [a = 0, b = 0, c = 0, d = 0] = take(4, what);
    return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
  };
  const sized = (what: string): Uint8Array => take(word(`the length of ${what}`), what);
  const text = (what: string): string => {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(sized(what));
    } catch (error) {
      throw error instanceof ValueError ? error : new ValueError(`${what} in the journal is not UTF-8`);
    }
  };
  return {
    u32: () => word('a u32'),
    u64: () => BigInt(word('a u64')) | (BigInt(word('a u64')) << 32n),
    bytes: () => sized('bytes'),
    string: () => text('a string'),
    json: () => {
      const source = text('JSON');
      try {
        return JSON.parse(source) as unknown;
      } catch {
        throw new ValueError('a text in the journal is not JSON');
      }
    },
    value: (schema) => {
      try {
        return fromPostcard(schema, sized('a value'));
      } catch (error) {
        throw error instanceof RangeError ? new ValueError(`a value in the journal: ${error.message}`) : error;
      }
    },
    raw: (length) => take(length ?? journal.length - at, 'raw bytes'),
    get left() {
      return journal.length - at;
    },
    end: () => {
      if (at !== journal.length) throw new ValueError(`${journal.length - at} bytes of the journal are left`);
    },
  };
}
