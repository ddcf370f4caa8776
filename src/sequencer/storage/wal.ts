// The write-ahead log: the durable truth, from which all else is rebuilt. Files of records, each framed as
//   length (4 bytes, little-endian) ‖ CRC-32 of the sequence number and the payload (4) ‖ sequence number (8) ‖ payload
// with sequence numbers that count from 0 over all files. An append is durable when its promise resolves, and none
// starts before the one before it is durable: so a crash can damage the last record only, which no one was told of.
import {
  closeSync,
  existsSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { stage } from '../cpu.ts';
import { SequencerError } from '../errors.ts';

const HEADER_BYTES = 16;
/** A new file is begun where the current one is longer. */
const DEFAULT_FILE_BYTES = 64 * 2 ** 20;
/** Above any block; a longer length is damage. */
const MAX_RECORD_BYTES = 256 * 2 ** 20;

const dataSync = promisify(fdatasync);

export interface Wal {
  /** Records so far, those under way included. */
  readonly length: number;
  /** Bytes of a torn last record that were cut off when the log was opened. */
  readonly tornBytes: number;
  /** Resolves when the record is on the disk. Rejects where the disk is full or fails; the log is closed then. */
  append(payload: Uint8Array): Promise<void>;
  /** The records from sequence number `from`, in order. */
  records(from?: number): Generator<Uint8Array>;
  close(): Promise<void>;
}

interface LogFile {
  readonly path: string;
  readonly first: number;
}

const nameOf = (first: number): string => `${String(first).padStart(12, '0')}.wal`;

function checksum(header: Uint8Array, payload: Uint8Array): number {
  return crc32(payload, crc32(header.subarray(8, HEADER_BYTES)));
}

function frame(sequence: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  bytes.set(payload, HEADER_BYTES);
  view.setUint32(0, payload.length, true);
  view.setBigUint64(8, BigInt(sequence), true);
  view.setUint32(4, checksum(bytes, payload), true);
  return bytes;
}

interface Frame {
  readonly payload: Uint8Array;
  readonly end: number;
}

/** The intact record with this sequence number at `at`, or undefined. */
function readFrame(fd: number, at: number, size: number, sequence: number): Frame | undefined {
  if (at + HEADER_BYTES > size) return undefined;
  const header = new Uint8Array(HEADER_BYTES);
  readSync(fd, header, 0, HEADER_BYTES, at);
  const view = new DataView(header.buffer);
  const length = view.getUint32(0, true);
  const end = at + HEADER_BYTES + length;
  if (length > MAX_RECORD_BYTES || end > size || view.getBigUint64(8, true) !== BigInt(sequence)) return undefined;
  const payload = new Uint8Array(length);
  readSync(fd, payload, 0, length, at + HEADER_BYTES);
  return checksum(header, payload) === view.getUint32(4, true) ? { payload, end } : undefined;
}

/** Counts the intact records of a file; `end` is where they end. */
function scan({ path, first }: LogFile): { count: number; end: number; size: number } {
  const fd = openSync(path, 'r');
  try {
    const size = statSync(path).size;
    let [count, end] = [0, 0];
    for (let next = readFrame(fd, 0, size, first); next !== undefined; ) {
      count++;
      end = next.end;
      next = readFrame(fd, end, size, first + count);
    }
    return { count, end, size };
  } finally {
    closeSync(fd);
  }
}

/** Whether the record after the damaged one at `end` is intact, which a crash while appending cannot have left. */
function goesOnAfter({ path, first }: LogFile, count: number, end: number, size: number): boolean {
  const fd = openSync(path, 'r');
  try {
    const rest = Buffer.alloc(Math.min(size - end, MAX_RECORD_BYTES));
    readSync(fd, rest, 0, rest.length, end);
    for (let skipped = 1; skipped <= 4; skipped++) {
      const number = Buffer.alloc(8);
      number.writeBigUInt64LE(BigInt(first + count + skipped));
      for (let at = rest.indexOf(number); at >= 0; at = rest.indexOf(number, at + 1)) {
        if (at >= 8 && readFrame(fd, end + at - 8, size, first + count + skipped) !== undefined) return true;
      }
    }
    return false;
  } finally {
    closeSync(fd);
  }
}

/** A new name in a folder is durable when the folder is. */
function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } catch {
    // Some systems have no way to sync a folder.
  } finally {
    closeSync(fd);
  }
}

/** Opens or creates the log in a folder. Throws `SequencerError` where anything but its last record is damaged. */
export function openWal(folder: string, fileBytes: number = DEFAULT_FILE_BYTES): Wal {
  mkdirSync(folder, { recursive: true });
  const files: LogFile[] = readdirSync(folder)
    .filter((name) => /^\d{12}\.wal$/.test(name))
    .sort()
    .map((name) => ({ path: join(folder, name), first: Number.parseInt(name, 10) }));
  let length = 0;
  let tornBytes = 0;
  let position = 0;
  files.forEach((file, i) => {
    const damaged = (why: string): never => {
      throw new SequencerError('wal_damaged', `${file.path}: ${why}`);
    };
    if (file.first !== length) damaged(`records ${length} to ${file.first - 1} are missing before it`);
    const { count, end, size } = scan(file);
    if (end !== size) {
      if (i < files.length - 1 || goesOnAfter(file, count, end, size)) damaged(`record ${length + count} is damaged`);
      tornBytes = size - end;
      const fd = openSync(file.path, 'r+');
      ftruncateSync(fd, end);
      fsyncSync(fd);
      closeSync(fd);
    }
    length += count;
    position = end;
  });

  let fd: number | undefined;
  const begin = (): number => {
    const file = { path: join(folder, nameOf(length)), first: length };
    const opened = openSync(file.path, existsSync(file.path) ? 'r+' : 'wx+');
    if (files.at(-1)?.first !== file.first) files.push(file);
    position = 0;
    syncFolder(folder);
    return opened;
  };
  const last = files.at(-1);
  if (last !== undefined) fd = openSync(last.path, 'r+');

  let tail: Promise<void> = Promise.resolve();
  let failure: unknown;
  const write = async (bytes: Uint8Array, sequence: number): Promise<void> => {
    if (failure !== undefined) throw failure;
    try {
      if (fd === undefined || position > fileBytes) {
        if (fd !== undefined) closeSync(fd);
        length = sequence;
        fd = begin();
      }
      const file = fd;
      stage('log', () => {
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, position + at);
      });
      await dataSync(file);
      position += bytes.length;
      length = Math.max(length, sequence + 1);
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  let next = length;

  return {
    get length() {
      return next;
    },
    tornBytes,
    append: (payload) => {
      const sequence = next++;
      const bytes = frame(sequence, payload);
      const done = tail.then(() => write(bytes, sequence));
      tail = done.catch(() => {});
      return done;
    },
    *records(from = 0) {
      for (const [i, file] of files.entries()) {
        const end = files[i + 1]?.first ?? length;
        if (end <= from) continue;
        const handle = openSync(file.path, 'r');
        try {
          const size = statSync(file.path).size;
          let at = 0;
          for (let sequence = file.first; sequence < end; sequence++) {
            const read = readFrame(handle, at, size, sequence);
            if (read === undefined)
              throw new SequencerError('wal_damaged', `${file.path}: record ${sequence} is damaged`);
            at = read.end;
            if (sequence >= from) yield read.payload;
          }
        } finally {
          closeSync(handle);
        }
      }
    },
    close: async () => {
      await tail;
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
      failure = new SequencerError('stopping', 'the log is closed');
    },
  };
}
