/** Verifying keys: what a verifier must know of a program, computed from the program alone. */

import { buildColumnTree } from '../core/commitment.ts';
import { WispError } from '../core/errors.ts';
import { extend } from '../core/fft.ts';
import { type Digest, digestEqual, hashWords, PROGRAM_KEY } from '../core/hash.ts';
import { merkleRoot } from '../core/merkle.ts';
import type { ProgramTables } from '../core/program_tables.ts';
import { chipByName } from './inventory.ts';
import { MAX_LOG_ROWS } from './layout.ts';
import { TABLES_ROOTS } from './table_roots.ts';

export interface VerifyingKey {
  readonly logBlowup: number;
  /** Micro-op at which the program starts. */
  readonly entry: number;
  /** Log2 of the rows of the program and image tables. */
  readonly logProgram: number;
  readonly logImage: number;
  /** Root of the tables shared by all programs, and of this program's own. */
  readonly tablesRoot: Digest;
  readonly programRoot: Digest;
  /** Hash of all of the above: what `wisp key` prints and every proof's transcript starts with. */
  readonly digest: Digest;
}

/** Root over columns extended by 2^logBlowup. */
export const rootOfColumns = (columns: readonly Uint32Array[], logBlowup: number): Digest =>
  merkleRoot(buildColumnTree(columns.map((c) => extend(c, logBlowup))));

/** The preprocessed columns of every table that all programs share, in commitment order. */
export const sharedTables = (): Uint32Array[] => [...chipByName.values()].flatMap((chip) => chip.tableValues?.() ?? []);

/** The digest that the fields of a key must have. */
export const keyDigest = (key: Omit<VerifyingKey, 'digest'>): Digest =>
  hashWords(PROGRAM_KEY, [
    key.logBlowup,
    key.entry,
    key.logProgram,
    key.logImage,
    ...key.tablesRoot,
    ...key.programRoot,
  ]);

/** Whether a key, whoever made it, is what its digest says and names the tables that all programs share. */
export const isConsistentKey = (key: VerifyingKey): boolean => {
  const tables = TABLES_ROOTS[key.logBlowup];
  return (
    tables !== undefined &&
    digestEqual(Uint32Array.from(tables), key.tablesRoot) &&
    digestEqual(keyDigest(key), key.digest)
  );
};

const known = new WeakMap<ProgramTables, Map<number, VerifyingKey>>();

/**
 * The key of a program for one rate. The first time the cost is that of committing the program's own tables; it is
 * remembered as long as they are. Throws `WispError` for a rate or a program that has no key.
 */
export const verifyingKey = (tables: ProgramTables, logBlowup: number): VerifyingKey => {
  const keys = known.get(tables) ?? new Map<number, VerifyingKey>();
  known.set(tables, keys);
  const key = keys.get(logBlowup) ?? computeKey(tables, logBlowup);
  keys.set(logBlowup, key);
  return key;
};

const computeKey = (tables: ProgramTables, logBlowup: number): VerifyingKey => {
  const tablesRoot = TABLES_ROOTS[logBlowup];
  if (!tablesRoot) throw new WispError('bad_key', `no table roots for blow-up 2^${logBlowup}`);
  const logProgram = Math.log2(tables.program[0]?.length ?? 0);
  const logImage = Math.log2(tables.image[0]?.length ?? 0);
  for (const log of [logProgram, logImage]) {
    if (!Number.isInteger(log) || log > MAX_LOG_ROWS)
      throw new WispError('bad_key', 'the program does not fit its table');
  }
  const programRoot = rootOfColumns([...tables.program, ...tables.image], logBlowup);
  const fields = {
    logBlowup,
    entry: tables.entry,
    logProgram,
    logImage,
    tablesRoot: Uint32Array.from(tablesRoot),
    programRoot,
  };
  return { ...fields, digest: keyDigest(fields) };
};
