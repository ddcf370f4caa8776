// The one place where the commands meet the machine, the prover and the verifier. Each part is loaded when it is
// needed: a command that only verifies loads no WebGPU.
import type { Execution, Program } from '../machine/index.ts';
import type { JsonValue } from './command.ts';
import { CliError } from './errors.ts';
import type { ProgressEvent } from './progress.ts';

export type BackendName = 'auto' | 'gpu' | 'cpu';
export type SecurityName = 'standard' | 'compact';

export interface ProveRequest {
  readonly program: Program;
  readonly input: Uint8Array;
  readonly backend: BackendName;
  readonly adapter: string | undefined;
  readonly security: SecurityName;
  readonly onProgress: (event: ProgressEvent) => void;
}

export interface ProveOutcome {
  readonly proof: Uint8Array;
  readonly exitCode: number;
  readonly journal: Uint8Array;
  readonly cycles: number;
  readonly segments: number;
  readonly backend: 'gpu' | 'cpu';
  /** The adapter's name, or null without one. */
  readonly adapter: string | null;
  /** Peak of the buffers allocated on the GPU. */
  readonly gpuBytes: number;
}

export interface VerifyRequest {
  readonly proof: Uint8Array;
  readonly program: Program;
  readonly minSecurityBits: number;
}

/** A refused proof is an answer, not an exception. */
export type VerifyOutcome =
  | { readonly ok: true; readonly journal: Uint8Array; readonly exitCode: number; readonly securityBits: number }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** What a proof says of itself, unverified: label, text for people, value for programs. */
export type ProofSummary = readonly { readonly name: string; readonly text: string; readonly value: JsonValue }[];

export interface ChipSize {
  readonly name: string;
  /** Execution columns, and LogUp columns in base-field words (four per secure column). */
  readonly columns: number;
  readonly logupWords: number;
  readonly fixedColumns: number;
  /** Has records: an instruction or memory chip. Else a table. */
  readonly isRecorded: boolean;
  /** Rows of a shared table; undefined where the run or the program decides. */
  readonly tableRows: number | undefined;
}

export async function loadProgram(bytes: Uint8Array): Promise<Program> {
  const { buildProgram, loadElf } = await import('../machine/index.ts');
  return buildProgram(loadElf(bytes));
}

export async function executeProgram(program: Program, input: Uint8Array): Promise<Execution> {
  const { execute } = await import('../machine/index.ts');
  return execute(program, input);
}

/** The sizes of all chips, for the cell counts of `wisp run`. */
export async function chipSizes(): Promise<readonly ChipSize[]> {
  const { CHIPS } = await import('../air/inventory.ts');
  return CHIPS.map((chip) => ({
    name: chip.name,
    columns: chip.columns.length,
    logupWords: 4 * chip.logupColumns,
    fixedColumns: chip.fixedColumns.length,
    isRecorded: chip.record.length > 0,
    tableRows: chip.tableValues?.()[0]?.length,
  }));
}

/** The fewest rows that a committed chip is padded to. */
export async function minChipRows(): Promise<number> {
  const { MIN_LOG_ROWS } = await import('../air/layout.ts');
  return 2 ** MIN_LOG_ROWS;
}

/** Problems found by the row checker and the relation tracker, one line each: chip, row, constraint. */
export async function checkExecution(_program: Program, _execution: Execution): Promise<readonly string[]> {
  throw unavailable('the row checker');
}

export async function proveProgram(_request: ProveRequest): Promise<ProveOutcome> {
  throw unavailable('the prover');
}

export async function verifyProof(_request: VerifyRequest): Promise<VerifyOutcome> {
  throw unavailable('the verifier');
}

export async function summarizeProof(_proof: Uint8Array): Promise<ProofSummary> {
  throw unavailable('the proof reader');
}

/** The program's verifying key: its preprocessed root with the entry point and table sizes, serialized. */
export async function verifyingKeyBytes(_program: Program, _security: SecurityName): Promise<Uint8Array> {
  throw unavailable('the verifying key');
}

function unavailable(what: string): CliError {
  return new CliError('unavailable', `${what} is not part of this build yet`);
}
