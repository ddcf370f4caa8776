// Files in and out: errors that name the file, and writes that appear whole or not at all.
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { FileError } from './errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'larger files are not allowed here',
  EROFS: 'the file system is read-only',
};

export function readBytes(path: string, what: string): Uint8Array {
  try {
    const buffer = readFileSync(path);
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  } catch (error) {
    throw new FileError('unreadable_file', `cannot read ${what} ${path}: ${fileReason(error)}`);
  }
}

export function readOptional(path: string | undefined, what: string): Uint8Array {
  return path === undefined ? new Uint8Array(0) : readBytes(path, what);
}

/** Throws what `writeWhole` would throw for this path, before there is anything to write. */
export function checkWritable(path: string, what: string): void {
  try {
    if (existsSync(path) && statSync(path).isDirectory()) throw Object.assign(new Error(path), { code: 'EISDIR' });
    accessSync(dirname(path), constants.W_OK);
  } catch (error) {
    throw new FileError('unwritable_file', `cannot write ${what} ${path}: ${fileReason(error)}`);
  }
}

export function writeWhole(path: string, bytes: Uint8Array, what: string): void {
  replaceFile(path, what, (temporary) => writeFileSync(temporary, bytes, { flag: 'wx' }));
}

/** Has `write` make a file, which then takes the place of `path` at once. */
export function replaceFile(path: string, what: string, write: (temporary: string) => void): void {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    write(temporary);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    if (error instanceof FileError) throw error;
    throw new FileError('unwritable_file', `cannot write ${what} ${path}: ${fileReason(error)}`);
  }
}

/** Byte ranges of a file that may be larger than memory; a range past the end is cut short. */
export interface FileRanges {
  readonly bytes: number;
  read(at: number, length: number): Uint8Array;
  close(): void;
}

/** The same over bytes in memory. */
export const rangesOf = (bytes: Uint8Array): FileRanges => ({
  bytes: bytes.length,
  read: (at, length) => bytes.subarray(at, at + length),
  close: () => {},
});

export function openRanges(path: string, what: string): FileRanges {
  try {
    const file = openSync(path, 'r');
    const bytes = fstatSync(file).size;
    const read = (at: number, length: number): Uint8Array => {
      const out = new Uint8Array(Math.max(0, Math.min(length, bytes - at)));
      let done = 0;
      while (done < out.length) {
        const n = readSync(file, out, done, out.length - done, at + done);
        if (n === 0) return out.subarray(0, done);
        done += n;
      }
      return out;
    };
    read(0, 1);
    return { bytes, read, close: () => closeSync(file) };
  } catch (error) {
    throw new FileError('unreadable_file', `cannot read ${what} ${path}: ${fileReason(error)}`);
  }
}

export function fileReason(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? (code !== '' ? code : String(error));
}
