// Proves a run, whole where it fits one segment, else segment by segment, and checks every proof before it counts.
import { existsSync } from 'node:fs';
import type { Backend } from '../../prover/backend.ts';
import type { RunHeader } from '../../prover/run.ts';
import { WispError } from '../core/errors.ts';
import type { ProofParams } from '../core/params.ts';
import type { Program } from '../machine/index.ts';
import type { SegmentCut } from '../machine/segments.ts';
import type { CheckedSegment } from '../verifier/bundle.ts';
import { type BackendRequest, type OpenedBackend, openBackend } from './backends.ts';
import { CliError } from './errors.ts';
import { writeWhole } from './files.ts';
import type { ProgressEvent } from './progress.ts';
import { openWorkDir, type WorkDir } from './work_dir.ts';

export type SecurityName = 'standard' | 'compact';

export interface ProveRequest extends BackendRequest {
  readonly program: Program;
  readonly input: Uint8Array;
  readonly security: SecurityName;
  /** Where the proof goes. */
  readonly out: string;
  /** Folder of proven segments; one beside `out`, removed at the end, if absent. */
  readonly workDir: string | undefined;
  /** Most micro-ops of a segment; what memory allows if absent. */
  readonly segmentSteps: number | undefined;
  readonly onProgress: (event: ProgressEvent) => void;
  /** One line about something that went wrong and was dealt with. */
  readonly onNotice: (text: string) => void;
}

export interface ProveOutcome {
  readonly exitCode: number;
  readonly journal: Uint8Array;
  readonly cycles: number;
  readonly segments: number;
  /** Segments that were found proven. */
  readonly resumed: number;
  readonly proofBytes: number;
  readonly securityBits: number;
  /** Milliseconds spent verifying. */
  readonly verifyMs: number;
  readonly backend: Backend['name'];
  readonly adapter: string | null;
  /** Peak of the buffers allocated on the GPU. */
  readonly gpuBytes: number;
}

/** What both presets promise; the verifier recomputes it. */
const PROMISED_SECURITY_BITS = 100;
/** The least that a segment is cut to where memory runs out. */
const MIN_SEGMENT_STEPS = 2 ** 12;
const ATTEMPTS = 3;
/** Log2 of the rows of a table of first tuples: as many as a segment's own chips have. */
const MAX_FIRST_LOG = 18;

const codeOf = (error: unknown): string => (error instanceof WispError ? error.code : '');

export async function proveProgram(request: ProveRequest): Promise<ProveOutcome> {
  const { onProgress, onNotice } = request;
  const { presets } = await import('../core/params.ts');
  const params = presets[request.security];
  onProgress({ stage: 'open device', done: 0, total: 0, unit: '' });
  let opened = await openBackend(request);
  const device: Device = {
    current: () => opened,
    reopen: async () => {
      opened.close();
      opened = await openBackend(request);
    },
  };
  try {
    let steps = request.segmentSteps ?? opened.segmentSteps(params);
    for (;;) {
      try {
        return await proveInSegments(request, params, device, steps);
      } catch (error) {
        if (!(error instanceof NoRoom) || steps / 2 < MIN_SEGMENT_STEPS || request.segmentSteps !== undefined)
          throw error instanceof NoRoom ? error.cause : error;
        steps = Math.floor(steps / 2);
        onNotice(`out of GPU memory: trying again with segments of ${steps} micro-ops`);
        await device.reopen();
      }
    }
  } finally {
    opened.close();
  }
}

interface Device {
  current(): OpenedBackend;
  reopen(): Promise<void>;
}

/** Out of memory before anything was proven. */
class NoRoom extends Error {}

async function proveInSegments(
  request: ProveRequest,
  params: ProofParams,
  device: Device,
  segmentSteps: number,
): Promise<ProveOutcome> {
  const { program, input, onProgress, onNotice, out } = request;
  const [runs, { proveSegments, planRun }, { verifyingKey }, { programTables }, bundles, verifier, { toHex }, hashes] =
    await Promise.all([
      import('../machine/segments.ts'),
      import('../../prover/run.ts'),
      import('../air/key.ts'),
      import('../machine/tables.ts'),
      import('../core/bundle.ts'),
      import('../verifier/bundle.ts'),
      import('./format.ts'),
      import('../core/hash.ts'),
    ]);
  const tables = programTables(program);
  const key = verifyingKey(tables, params.logBlowup);
  const source = {
    start: () => runs.startRun(program, input, { segmentSteps }),
    record: async (cut: SegmentCut) => runs.recordSegment(program, input, cut),
  };
  let last: ReturnType<typeof source.start> | undefined;
  const counted = { ...source, start: () => (last = source.start()) };

  onProgress({ stage: 'execute', done: 0, total: 0, unit: '' });
  const folder = request.workDir ?? `${out}.work`;
  const openFolder = (): WorkDir => {
    const identity = {
      program: toHex(hashes.wordsToBytes(key.digest)),
      input: toHex(hashes.blake3Bytes(input)),
      security: params.name,
      segmentSteps,
    };
    return openWorkDir(folder, identity, request.workDir === undefined);
  };
  let work = existsSync(folder) ? openFolder() : undefined;
  const saved = work?.header();
  let header: RunHeader | undefined = saved && bundles.decodeBundleHeader(saved);
  if (header === undefined) {
    header = await planRun(counted, key, device.current().backend, { params, maxFirstLog: MAX_FIRST_LOG });
    if (header === undefined) {
      if (request.workDir === undefined) work?.remove();
      return proveWhole(request, params, device);
    }
    work ??= openFolder();
    work.saveHeader(bundles.encodeBundleHeader({ ...header, proofBytes: header.segments.map(() => 0) }));
  }
  const { saveSegment, segment, assemble, remove } = work as WorkDir;
  const count = header.segments.length;
  const run = verifier.checkRun({ ...header, proofBytes: [] }, key);
  const sums: CheckedSegment[] = [];
  const lengths: number[] = [];
  let verifyMs = 0;
  let resumed = 0;
  const check = (index: number, proof: Uint8Array): void => {
    const started = performance.now();
    sums[index] = verifier.verifySegment(run, index, proof, { minSecurityBits: PROMISED_SECURITY_BITS });
    lengths[index] = proof.length;
    verifyMs += performance.now() - started;
  };
  const has = (index: number): boolean => {
    const proof = segment(index);
    if (proof === undefined) return false;
    try {
      check(index, proof);
      resumed++;
      return true;
    } catch (error) {
      onNotice(`the saved proof of segment ${index + 1} does not verify (${codeOf(error)}): proving it again`);
      return false;
    }
  };
  await proveSegments(counted, tables, key, header, {
    backend: async () => device.current().backend,
    has,
    save: (index, proof) => {
      try {
        check(index, proof);
      } catch (error) {
        throw new CliError('self_check_failed', `the proof of segment ${index + 1} does not verify (${codeOf(error)})`);
      }
      saveSegment(index, proof);
    },
    retry: async (error, attempt) => {
      const code = codeOf(error);
      if (code !== 'device_lost' && code !== 'out_of_memory') return false;
      if (code === 'out_of_memory' && lengths.length === 0) throw new NoRoom('out of memory', { cause: error });
      if (attempt >= ATTEMPTS) return false;
      onNotice(`${code.replaceAll('_', ' ')}: restarting the segment on a fresh device`);
      await device.reopen();
      return true;
    },
    onStage: (index, stage) =>
      onProgress({ stage: `segment ${index + 1} of ${count}, ${stage}`, done: 0, total: 0, unit: '' }),
  });
  verifier.checkBalance(run, sums);
  const head = bundles.encodeBundleHeader({ ...header, proofBytes: lengths });
  assemble(out, head, count);
  if (request.workDir === undefined) remove();
  const { backend, adapter } = device.current();
  return {
    exitCode: header.exitCode,
    journal: header.journal,
    cycles: last?.result.cycles ?? 0,
    segments: count,
    resumed,
    proofBytes: lengths.reduce((a, b) => a + b, head.length),
    securityBits: Math.min(run.securityBits, ...sums.map((s) => s.securityBits)),
    verifyMs,
    backend: backend.name,
    adapter,
    gpuBytes: backend.peakGpuBytes,
  };
}

async function proveWhole(request: ProveRequest, params: ProofParams, device: Device): Promise<ProveOutcome> {
  const { program, input, onProgress, onNotice, out } = request;
  const [{ execute }, { prove }, { programTables }, { verify }] = await Promise.all([
    import('../machine/index.ts'),
    import('../../prover/prove.ts'),
    import('../machine/tables.ts'),
    import('../verifier/verify.ts'),
  ]);
  const run = execute(program, input);
  onProgress({ stage: 'execute', done: run.cycles, total: run.cycles, unit: 'cycles' });
  const tables = programTables(program);
  const attempt = async (n: number): Promise<Uint8Array> => {
    try {
      const onStage = (stage: string): void => onProgress({ stage, done: 0, total: 0, unit: '' });
      return (await prove(tables, run, device.current().backend, { params, onStage })).proof;
    } catch (error) {
      if (codeOf(error) === 'out_of_memory') throw new NoRoom('out of memory', { cause: error });
      if (codeOf(error) !== 'device_lost' || n >= ATTEMPTS) throw error;
      onNotice('device lost: starting again on a fresh one');
      await device.reopen();
      return attempt(n + 1);
    }
  };
  const proof = await attempt(1);
  onProgress({ stage: 'verify', done: 0, total: 0, unit: '' });
  const started = performance.now();
  const { securityBits } = ((): { securityBits: number } => {
    try {
      return verify(proof, tables, { minSecurityBits: PROMISED_SECURITY_BITS });
    } catch (error) {
      throw new CliError('self_check_failed', `the proof does not verify (${codeOf(error)})`);
    }
  })();
  const verifyMs = performance.now() - started;
  writeWhole(out, proof, 'proof');
  const { backend, adapter } = device.current();
  const { exitCode, journal, cycles } = run;
  return {
    ...{ exitCode, journal, cycles, segments: 1, resumed: 0, proofBytes: proof.length, securityBits, verifyMs },
    ...{ backend: backend.name, adapter, gpuBytes: backend.peakGpuBytes },
  };
}
