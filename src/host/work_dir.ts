// The folder of a proof under way: what is proven stays proven, so that a killed `wisp prove` can go on.
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blake3Bytes } from '../core/hash.ts';
import { FileError } from './errors.ts';
import { fileReason, readBytes, replaceFile, writeWhole } from './files.ts';
import type { ProofStore, ProofStores, RunIdentity } from './store.ts';

const MANIFEST = 'run.json';
const HEADER = 'run.header';
const SEGMENT_NAME = /^segment-\d+\.proof$/;
const DIGEST_BYTES = 32;
const segmentFile = (index: number): string => `segment-${String(index).padStart(5, '0')}.proof`;

const readManifest = (path: string): RunIdentity | undefined => {
  const file = join(path, MANIFEST);
  if (!existsSync(file)) return undefined;
  const damaged = new FileError('bad_work_dir', `${file} is damaged; remove the folder to start afresh`);
  let found: unknown;
  try {
    found = JSON.parse(new TextDecoder().decode(readBytes(file, 'manifest')));
  } catch {
    throw damaged;
  }
  if (typeof found !== 'object' || found === null || Array.isArray(found)) throw damaged;
  return found as RunIdentity;
};

/** A digest goes before the bytes: a damaged file is as good as none, for what it held can be had again. */
const sealed = (bytes: Uint8Array): Uint8Array => {
  const out = new Uint8Array(DIGEST_BYTES + bytes.length);
  out.set(blake3Bytes(bytes));
  out.set(bytes, DIGEST_BYTES);
  return out;
};

const unsealed = (file: Uint8Array | undefined): Uint8Array | undefined => {
  const bytes = file?.subarray(DIGEST_BYTES);
  return bytes && blake3Bytes(bytes).every((byte, i) => byte === file?.[i]) ? bytes : undefined;
};

/**
 * Opens or makes the folder. One that holds proven segments of another run is an error, unless it is the command's own
 * (`isOurs`): then it is emptied.
 */
export function openWorkDir(path: string, identity: RunIdentity, isOurs: boolean): ProofStore {
  const wipe = (): void => {
    for (const name of readdirSync(path))
      if (name === MANIFEST || name === HEADER || SEGMENT_NAME.test(name)) rmSync(join(path, name));
  };
  const start = (as: RunIdentity): void => {
    wipe();
    writeWhole(join(path, MANIFEST), new TextEncoder().encode(`${JSON.stringify(as, null, 2)}\n`), 'manifest');
  };
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new FileError('unwritable_file', `cannot make folder ${path}: ${fileReason(error)}`);
  }
  const found = readManifest(path);
  const names = Object.keys({ ...identity, ...found });
  const different = found && names.find((name) => found[name] !== identity[name]);
  const hasSegments = readdirSync(path).some((name) => SEGMENT_NAME.test(name));
  if (different !== undefined && hasSegments && !isOurs) {
    const [theirs, ours] = [found?.[different] ?? 'none', identity[different] ?? 'none'];
    throw new FileError(
      'work_dir_of_another_run',
      `${path} holds another run: its ${different} is ${theirs}, not ${ours}; choose another folder, or remove this one`,
    );
  }
  if (found === undefined || different !== undefined) start(identity);
  const optional = (name: string): Uint8Array | undefined =>
    existsSync(join(path, name)) ? readBytes(join(path, name), 'part of a proof') : undefined;
  return {
    header: () => unsealed(optional(HEADER)),
    saveHeader: (bytes) => writeWhole(join(path, HEADER), sealed(bytes), 'header of the run'),
    segment: (index) => optional(segmentFile(index)),
    saveSegment: (index, bytes) => writeWhole(join(path, segmentFile(index)), bytes, `proof of segment ${index + 1}`),
    remove: () => {
      if (isOurs) rmSync(path, { recursive: true, force: true });
    },
  };
}

/** Keeps the parts of a proof in `workDir`, or in a folder beside `out` that is removed at the end. */
export function folderStores(workDir: string | undefined, out: string): ProofStores {
  const path = workDir ?? `${out}.work`;
  const create = (identity: RunIdentity): ProofStore => openWorkDir(path, identity, workDir === undefined);
  return { create, find: (identity) => (existsSync(path) ? create(identity) : undefined) };
}

/** Writes the parts of a proof as one file, which appears when it is whole. */
export function writeParts(out: string, parts: Iterable<Uint8Array>): void {
  replaceFile(out, 'proof', (temporary) => {
    const file = openSync(temporary, 'wx');
    try {
      // A single write may take less than all, as where the disk is nearly full; this one goes on until it fails.
      for (const part of parts) writeFileSync(file, part);
    } finally {
      closeSync(file);
    }
  });
}
