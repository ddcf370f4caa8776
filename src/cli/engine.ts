// The one place where the commands meet the machine, the prover and the verifier. Each part is loaded when it is
// needed: a command that only verifies loads no WebGPU.

import type { Bundle } from '../core/bundle.ts';
import { WispError } from '../core/errors.ts';
import { MAX_PROOF_BYTES, type Output, type Proof } from '../core/proof.ts';
import { openRanges, rangesOf } from '../host/files.ts';
import type { Execution, Program } from '../machine/index.ts';
import type { JsonValue } from './command.ts';
import { CliError } from './errors.ts';
import { toHex } from './format.ts';
import type { SecurityName } from './proving.ts';

export interface VerifyRequest {
  /** The proof, or its path: it may be longer than memory. */
  readonly proof: Uint8Array | string;
  readonly program: Program;
  readonly minSecurityBits: number;
}

/** A refused proof is an answer, not an exception. */
export type VerifyOutcome =
  | {
      readonly ok: true;
      readonly journal: Uint8Array;
      readonly exitCode: number;
      readonly securityBits: number;
      readonly segments: number;
    }
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
  /** Rows may go to a second table. */
  readonly hasSecond: boolean;
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
  const [{ TEXTS }, { hasSecondTable }] = await Promise.all([
    import('../air/inventory.ts'),
    import('../air/second_tables.ts'),
  ]);
  return TEXTS.map((chip) => ({
    name: chip.name,
    columns: chip.columns.length,
    logupWords: 4 * chip.logupColumns,
    fixedColumns: chip.table === chip.name ? chip.fixedColumns.length : 0,
    isRecorded: chip.record.length > 0,
    hasSecond: hasSecondTable(chip),
    tableRows: chip.tableLog === null ? undefined : 2 ** chip.tableLog,
  }));
}

/** The fewest rows that a committed chip is padded to. */
export async function minChipRows(): Promise<number> {
  const { MIN_LOG_ROWS } = await import('../air/layout.ts');
  return 2 ** MIN_LOG_ROWS;
}

/** Problems found by the row checker and the relation tracker, one line each: chip, row, constraint. */
export async function checkExecution(program: Program, execution: Execution): Promise<readonly string[]> {
  const [trace, { segmentInput }, { presets }, { programTables }, debug, { boundaryTerms }, { bytesToWords }] =
    await Promise.all([
      import('../../prover/cpu/trace.ts'),
      import('../../prover/segment.ts'),
      import('../core/params.ts'),
      import('../machine/tables.ts'),
      import('../air/debug.ts'),
      import('../air/boundary.ts'),
      import('../core/hash.ts'),
    ]);
  const tables = programTables(program);
  const input = segmentInput(tables, execution, presets.standard);
  const traces = trace.chipTraces(trace.fillTrace(input), input);
  const { exitCode, digest } = execution;
  const boundary = boundaryTerms({ entry: tables.entry, exitCode, digest: bytesToWords(digest) });
  return [...debug.checkRows(traces), ...debug.checkRelations(traces, boundary)].map(debug.describeFailure);
}

export async function verifyProof(request: VerifyRequest): Promise<VerifyOutcome> {
  const [{ verify }, { verifyBundle }, { bundleHeaderBytes, isBundle }, { programTables }, { verifyingKey }] =
    await Promise.all([
      import('../verifier/verify.ts'),
      import('../verifier/bundle.ts'),
      import('../core/bundle.ts'),
      import('../machine/tables.ts'),
      import('../air/key.ts'),
    ]);
  const tables = programTables(request.program);
  const policy = { minSecurityBits: request.minSecurityBits };
  const file = typeof request.proof === 'string' ? openRanges(request.proof, 'proof') : rangesOf(request.proof);
  try {
    const front = file.read(0, 12);
    if (!isBundle(front)) return { ok: true, ...verify(file.read(0, MAX_PROOF_BYTES + 4), tables, policy) };
    const start = bundleHeaderBytes(front);
    const verified = await verifyBundle(
      file.read(0, start),
      { bytes: file.bytes - start, read: (at, length) => file.read(start + at, length) },
      (logBlowup) => verifyingKey(tables, logBlowup),
      policy,
    );
    return { ok: true, ...verified };
  } catch (error) {
    if (error instanceof WispError) return { ok: false, code: error.code, message: error.message };
    throw error;
  } finally {
    file.close();
  }
}

export async function summarizeProof(path: string): Promise<ProofSummary> {
  const [{ bundleHeaderBytes, decodeBundleHeader, isBundle }, { decodeProof }] = await Promise.all([
    import('../core/bundle.ts'),
    import('../core/proof.ts'),
  ]);
  const file = openRanges(path, 'proof');
  try {
    const front = file.read(0, 12);
    if (isBundle(front)) return summarizeBundle(decodeBundleHeader(file.read(0, bundleHeaderBytes(front))), file.bytes);
    return await summarizeWhole(decodeProof(file.read(0, MAX_PROOF_BYTES + 4)), file.bytes);
  } finally {
    file.close();
  }
}

const summarizeOutput = ({ exitCode, journal }: Output, bytes: number): ProofSummary => [
  { name: 'exitCode', text: String(exitCode), value: exitCode },
  { name: 'journal', text: toHex(journal) || '(empty)', value: toHex(journal) },
  { name: 'proofBytes', text: String(bytes), value: bytes },
];

const summarizeBundle = ({ params, segments, proofBytes, ...output }: Bundle, bytes: number): ProofSummary => {
  const sizes = segments.map((s, i) => `${s.boundaryRows} cells, ${proofBytes[i]} bytes`);
  return [
    ...summarizeOutput(output, bytes),
    { name: 'parameters', text: JSON.stringify(params), value: { ...params } },
    {
      name: 'segments',
      text: [`${segments.length}`, ...sizes.slice(0, 8), ...(sizes.length > 8 ? ['...'] : [])].join('; '),
      value: segments.map((s, i) => ({ boundaryRows: s.boundaryRows, proofBytes: proofBytes[i] ?? 0 })),
    },
  ];
};

async function summarizeWhole(proof: Proof, bytes: number): Promise<ProofSummary> {
  const [{ buildLayout, checkLogRows }, { CHIPS }, { provableBits }] = await Promise.all([
    import('../air/layout.ts'),
    import('../air/inventory.ts'),
    import('../core/security.ts'),
  ]);
  const bad = checkLogRows(proof.logRows);
  if (bad !== undefined) throw new CliError('bad_heights', bad);
  const { params } = proof;
  const bits = Math.floor(provableBits(params, buildLayout(proof.logRows).shape) * 10) / 10;
  const heights = CHIPS.flatMap(({ name }, i) => {
    const logRows = proof.logRows[i] ?? -1;
    return logRows < 0 ? [] : [[name, logRows] as const];
  });
  return [
    ...summarizeOutput(proof, bytes),
    { name: 'securityBits', text: String(bits), value: bits },
    { name: 'parameters', text: JSON.stringify(params), value: { ...params } },
    {
      name: 'logRows',
      text: heights.map(([name, logRows]) => `${name} ${logRows}`).join(', '),
      value: Object.fromEntries(heights),
    },
  ];
}

/** The digest that stands for a program's code, initial memory and entry point under a preset's rate. */
export async function verifyingKeyBytes(program: Program, security: SecurityName): Promise<Uint8Array> {
  const [{ verifyingKey }, { presets }, { programTables }, { wordsToBytes }] = await Promise.all([
    import('../air/key.ts'),
    import('../core/params.ts'),
    import('../machine/tables.ts'),
    import('../core/hash.ts'),
  ]);
  return wordsToBytes(verifyingKey(programTables(program), presets[security].logBlowup).digest);
}
