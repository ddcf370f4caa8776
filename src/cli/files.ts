// Files in and out: errors that name the file, and writes that appear whole or not at all.
import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CliError } from './errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
};

export function readBytes(path: string, what: string): Uint8Array {
  try {
    const buffer = readFileSync(path);
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  } catch (error) {
    throw new CliError('unreadable_file', `cannot read ${what} ${path}: ${reason(error)}`);
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
    throw new CliError('unwritable_file', `cannot write ${what} ${path}: ${reason(error)}`);
  }
}

export function writeWhole(path: string, bytes: Uint8Array, what: string): void {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    writeFileSync(temporary, bytes, { flag: 'wx' });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new CliError('unwritable_file', `cannot write ${what} ${path}: ${reason(error)}`);
  }
}

function reason(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? (code !== '' ? code : String(error));
}
