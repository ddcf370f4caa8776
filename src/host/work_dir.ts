// The folder of a proof under way: what is proven stays proven, so that a killed `wisp prove` can go on.
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { FileError } from './errors.ts';

import { fileReason, readBytes, replaceFile, writeWhole } from './files.ts';
import type { ProofStore, ProofStores, RunIdentity } from './store.ts';

const MANIFEST = 'run.json';
const HEADER = 'run.header';
const segmentFile = (index: number): string => `segment-${String(index).padStart(5, '0')}.proof`;

const readManifest = (path: string): RunIdentity | undefined => {
  const file = join(path, MANIFEST);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(readBytes(file, 'manifest'))) as RunIdentity;
  } catch {
    throw new FileError('bad_work_dir', `${file} is damaged; remove the folder to start afresh`);
  }
};

/**
 * Opens or makes the folder. One that holds another run is an error, unless it is the command's own (`isOurs`): then it
 * is emptied.
 */
export function openWorkDir(path: string, identity: RunIdentity, isOurs: boolean): ProofStore {
  const wipe = (): void => {
    for (const name of readdirSync(path))
      if (name === MANIFEST || name === HEADER || /^segment-\d+\.proof$/.test(name)) rmSync(join(path, name));
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
  if (different !== undefined && !isOurs) {
    const [theirs, ours] = [found?.[different] ?? 'none', identity[different] ?? 'none'];
    throw new FileError(
      'work_dir_of_another_run',
      `${path} holds another run: its ${different} is ${theirs}, not ${ours}`,
    );
  }
  if (found === undefined || different !== undefined) start(identity);
  const optional = (name: string): Uint8Array | undefined =>
    existsSync(join(path, name)) ? readBytes(join(path, name), 'part of a proof') : undefined;
  return {
    header: () => optional(HEADER),
    saveHeader: (bytes) => writeWhole(join(path, HEADER), bytes, 'header of the run'),
    segment: (index) => optional(segmentFile(index)),
    saveSegment: (index, bytes) => writeWhole(join(path, segmentFile(index)), bytes, `proof of segment ${index}`),
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
      for (const part of parts) writeSync(file, part);
    } finally {
      closeSync(file);
    }
  });
}
