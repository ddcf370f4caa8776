// The folder of a proof under way: what is proven stays proven, so that a killed `wisp prove` can go on.
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from './errors.ts';
import { fileReason, readBytes, replaceFile, writeWhole } from './files.ts';

/** What a folder's proofs are of: all values must be equal for its segments to be used. */
export type WorkIdentity = Readonly<Record<string, string | number>>;

const MANIFEST = 'run.json';
const HEADER = 'run.header';
const segmentFile = (index: number): string => `segment-${String(index).padStart(5, '0')}.proof`;

export interface WorkDir {
  readonly path: string;
  /** The run's header, if phase one was finished. */
  header(): Uint8Array | undefined;
  saveHeader(bytes: Uint8Array): void;
  segment(index: number): Uint8Array | undefined;
  saveSegment(index: number, bytes: Uint8Array): void;
  /** Number of segments that are there. */
  count(): number;
  /** Forgets what is proven: the next run is cut another way. */
  reset(identity: WorkIdentity): void;
  /** Writes header and segments 0 to count - 1 as one file. */
  assemble(out: string, header: Uint8Array, count: number): void;
  remove(): void;
}

const readManifest = (path: string): WorkIdentity | undefined => {
  const file = join(path, MANIFEST);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(readBytes(file, 'manifest'))) as WorkIdentity;
  } catch {
    throw new CliError('bad_work_dir', `${file} is damaged; remove the folder to start afresh`);
  }
};

/**
 * Opens or makes the folder. One that holds another run is an error, unless it is the command's own (`isOurs`): then it
 * is emptied.
 */
export function openWorkDir(path: string, identity: WorkIdentity, isOurs: boolean): WorkDir {
  const wipe = (): void => {
    for (const name of readdirSync(path))
      if (name === MANIFEST || name === HEADER || /^segment-\d+\.proof$/.test(name)) rmSync(join(path, name));
  };
  const start = (as: WorkIdentity): void => {
    wipe();
    writeWhole(join(path, MANIFEST), new TextEncoder().encode(`${JSON.stringify(as, null, 2)}\n`), 'manifest');
  };
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new CliError('unwritable_file', `cannot make folder ${path}: ${fileReason(error)}`);
  }
  const found = readManifest(path);
  const names = Object.keys({ ...identity, ...found });
  const different = found && names.find((name) => found[name] !== identity[name]);
  if (different !== undefined && !isOurs) {
    const [theirs, ours] = [found?.[different] ?? 'none', identity[different] ?? 'none'];
    throw new CliError(
      'work_dir_of_another_run',
      `${path} holds another run: its ${different} is ${theirs}, not ${ours}`,
    );
  }
  if (found === undefined || different !== undefined) start(identity);
  const optional = (name: string): Uint8Array | undefined =>
    existsSync(join(path, name)) ? readBytes(join(path, name), 'part of a proof') : undefined;
  return {
    path,
    header: () => optional(HEADER),
    saveHeader: (bytes) => writeWhole(join(path, HEADER), bytes, 'header of the run'),
    segment: (index) => optional(segmentFile(index)),
    saveSegment: (index, bytes) => writeWhole(join(path, segmentFile(index)), bytes, `proof of segment ${index}`),
    count: () => readdirSync(path).filter((name) => /^segment-\d+\.proof$/.test(name)).length,
    reset: start,
    assemble: (out, header, count) =>
      replaceFile(out, 'proof', (temporary) => {
        const file = openSync(temporary, 'wx');
        try {
          writeSync(file, header);
          for (let i = 0; i < count; i++) writeSync(file, readBytes(join(path, segmentFile(i)), 'part of a proof'));
        } finally {
          closeSync(file);
        }
      }),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
