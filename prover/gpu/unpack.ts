// Unpacks brotli-compressed files and tar archives into a cache folder, once per version and user.
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';

export interface Archive {
  /** `*.tar.br`, or `<name>.br` which becomes the executable `<name>`. */
  readonly archive: string;
  /** The members to keep; all of them if absent. */
  readonly only?: readonly string[];
}

const TAR_BLOCK = 512;
const decompress = promisify(brotliDecompress);

/**
 * Returns a folder that holds the archives' files, unpacking them if `required` are not there yet. The folder appears
 * whole or not at all, so that processes may start together. It lies in the shared temporary folder: one that belongs
 * to another user is never trusted, since libraries are loaded from it.
 */
export async function unpackCached(
  key: string,
  required: readonly string[],
  archives: readonly Archive[],
): Promise<string> {
  const final = join(tmpdir(), `wisp-${key}-${process.getuid?.() ?? 0}`);
  if (isComplete(final, required)) return final;
  const staging = mkdtempSync(join(tmpdir(), 'wisp-unpack-'));
  for (const { archive, only } of archives) await unpack(archive, staging, only);
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      renameSync(staging, final);
      return final;
    } catch {
      if (isComplete(final, required)) {
        rmSync(staging, { recursive: true, force: true });
        return final;
      }
      if (isOurs(final)) rmSync(final, { recursive: true, force: true });
    }
  }
  return staging;
}

function isOurs(folder: string): boolean {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && (process.getuid === undefined || stat.uid === process.getuid());
}

function isComplete(folder: string, required: readonly string[]): boolean {
  return isOurs(folder) && required.every((file) => existsSync(join(folder, file)));
}

async function unpack(archive: string, folder: string, only?: readonly string[]): Promise<void> {
  const bytes = await decompress(readFileSync(archive));
  const base = archive.slice(archive.lastIndexOf('/') + 1).replace(/\.br$/, '');
  if (!base.endsWith('.tar')) {
    await writeFile(join(folder, base), bytes, { mode: 0o755 });
    return;
  }
  for (const { name, data, mode } of tarFiles(bytes)) {
    if (only !== undefined && !only.includes(name)) continue;
    const target = join(folder, name);
    mkdirSync(dirname(target), { recursive: true });
    await writeFile(target, data);
    chmodSync(target, mode);
  }
}

interface TarFile {
  readonly name: string;
  readonly mode: number;
  readonly data: Uint8Array;
}

/** The regular files of a POSIX tar archive (names of up to 100 bytes, no links: all that these archives use). */
export function* tarFiles(tar: Uint8Array): Generator<TarFile> {
  const text = (from: number, length: number): string =>
    Buffer.from(tar.subarray(from, from + length))
      .toString('latin1')
      .replace(/\0.*$/s, '');
  for (let at = 0; at + TAR_BLOCK <= tar.length; ) {
    const name = text(at, 100);
    if (name === '') return;
    const size = Number.parseInt(text(at + 124, 12), 8);
    if (!Number.isSafeInteger(size) || size < 0) throw new Error(`tar: bad size of ${name}`);
    const type = text(at + 156, 1);
    const data = tar.subarray(at + TAR_BLOCK, at + TAR_BLOCK + size);
    if (type === '0' || type === '') {
      const path = normalize(name);
      if (path.startsWith('/') || path.startsWith('..')) throw new Error(`tar: ${name} leaves the folder`);
      yield { name: path, mode: Number.parseInt(text(at + 100, 8), 8) & 0o777, data };
    }
    at += TAR_BLOCK + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
  }
}
