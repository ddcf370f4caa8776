/** Verifying keys: what a verifier must know of a program, computed from the program alone. */

import { buildColumnTree } from '../core/commitment.ts';
import { WispError } from '../core/errors.ts';
import { extend } from '../core/fft.ts';
import { type Digest, hashWords, PROGRAM_KEY } from '../core/hash.ts';
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

/** Computes the key of a program for one rate. The cost is that of committing the program's own tables. */
export const verifyingKey = (tables: ProgramTables, logBlowup: number): VerifyingKey => {
  const tablesRoot = TABLES_ROOTS[logBlowup];
  if (!tablesRoot) throw new WispError('bad_key', `no table roots for blow-up 2^${logBlowup}`);
  const logProgram = Math.log2(tables.program[0]?.length ?? 0);
  const logImage = Math.log2(tables.image[0]?.length ?? 0);
  for (const log of [logProgram, logImage]) {
    if (!Number.isInteger(log) || log > MAX_LOG_ROWS)
      throw new WispError('bad_key', 'the program does not fit its table');
  }
  const programRoot = rootOfColumns([...tables.program, ...tables.image], logBlowup);
  const root = Uint32Array.from(tablesRoot);
  const digest = hashWords(PROGRAM_KEY, [logBlowup, tables.entry, logProgram, logImage, ...root, ...programRoot]);
  return { logBlowup, entry: tables.entry, logProgram, logImage, tablesRoot: root, programRoot, digest };
};
