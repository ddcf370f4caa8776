// The one place where the commands meet the machine, the prover and the verifier. Each part is loaded when it is
// needed: a command that only verifies loads no WebGPU.
import type { Backend } from '../../prover/backend.ts';
import { WispError } from '../core/errors.ts';
import type { Execution, Program } from '../machine/index.ts';
import type { JsonValue } from './command.ts';
import { CliError, UsageError } from './errors.ts';
import { toHex } from './format.ts';
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
  readonly backend: Backend['name'];
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

export async function proveProgram(request: ProveRequest): Promise<ProveOutcome> {
  const { program, input, onProgress } = request;
  const [{ prove }, { presets }, { programTables }] = await Promise.all([
    import('../../prover/prove.ts'),
    import('../core/params.ts'),
    import('../machine/tables.ts'),
  ]);
  onProgress({ stage: 'execute', done: 0, total: 0, unit: 'cycles' });
  const run = await executeProgram(program, input);
  onProgress({ stage: 'execute', done: run.cycles, total: run.cycles, unit: 'cycles' });
  onProgress({ stage: 'open device', done: 0, total: 0, unit: '' });
  const opened = await openBackend(request.backend, request.adapter);
  try {
    const result = await prove(programTables(program), run, opened.backend, {
      params: presets[request.security],
      onStage: (stage) => onProgress({ stage, done: 0, total: 0, unit: '' }),
    });
    return {
      proof: result.proof,
      exitCode: run.exitCode,
      journal: run.journal,
      cycles: run.cycles,
      segments: 1,
      backend: opened.backend.name,
      adapter: opened.adapter,
      gpuBytes: opened.backend.peakGpuBytes,
    };
  } finally {
    opened.close();
  }
}

interface OpenedBackend {
  readonly backend: Backend;
  readonly adapter: string | null;
  close(): void;
}

/** `auto` and `gpu` take a real GPU if there is one, else the software adapter that comes with the package. */
async function openBackend(name: BackendName, adapter: string | undefined): Promise<OpenedBackend> {
  if (name === 'cpu') {
    if (adapter !== undefined) throw new UsageError('--adapter names a GPU adapter; --backend cpu has none');
    const { cpuBackend } = await import('../../prover/cpu/backend.ts');
    return { backend: cpuBackend, adapter: null, close: () => {} };
  }
  const [{ openDevice }, { createGpuBackend }, { readShaders }] = await Promise.all([
    import('../../prover/gpu/device.ts'),
    import('../../prover/gpu/backend.ts'),
    import('../../prover/gpu/node_shaders.ts'),
  ]);
  const context = await openDevice({ adapter: adapter ?? 'auto' });
  const backend = createGpuBackend(context, readShaders());
  return { backend, adapter: context.adapter.name, close: () => context.destroy() };
}

export async function verifyProof(request: VerifyRequest): Promise<VerifyOutcome> {
  const [{ verify }, { programTables }] = await Promise.all([
    import('../verifier/verify.ts'),
    import('../machine/tables.ts'),
  ]);
  const tables = programTables(request.program);
  try {
    const verified = verify(request.proof, tables, { minSecurityBits: request.minSecurityBits });
    return { ok: true, ...verified };
  } catch (error) {
    if (error instanceof WispError) return { ok: false, code: error.code, message: error.message };
    throw error;
  }
}

export async function summarizeProof(bytes: Uint8Array): Promise<ProofSummary> {
  const [{ decodeProof }, { buildLayout, checkLogRows }, { CHIPS }, { provableBits }] = await Promise.all([
    import('../core/proof.ts'),
    import('../air/layout.ts'),
    import('../air/inventory.ts'),
    import('../core/security.ts'),
  ]);
  const proof = decodeProof(bytes);
  const bad = checkLogRows(proof.logRows);
  if (bad !== undefined) throw new CliError('bad_heights', bad);
  const { params, journal, exitCode } = proof;
  const bits = Math.floor(provableBits(params, buildLayout(proof.logRows).shape) * 10) / 10;
  const heights = CHIPS.flatMap(({ name }, i) => {
    const logRows = proof.logRows[i] ?? -1;
    return logRows < 0 ? [] : [[name, logRows] as const];
  });
  return [
    { name: 'exitCode', text: String(exitCode), value: exitCode },
    { name: 'journal', text: toHex(journal) || '(empty)', value: toHex(journal) },
    { name: 'proofBytes', text: String(bytes.length), value: bytes.length },
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
