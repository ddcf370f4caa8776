// Proves a run on an opened backend, whole where it fits one segment, else segment by segment into a store, and checks
// every proof before it counts. The command line, the library and the benchmark all prove through this.
import type { Backend } from '../../prover/backend.ts';
import { prove, type Stage } from '../../prover/prove.ts';
import { planRun, proveSegments, type RunHeader, type RunSource } from '../../prover/run.ts';
import { airDigest } from '../air/inventory.ts';
import { type VerifyingKey, verifyingKey } from '../air/key.ts';
import { decodeBundleHeader, encodeBundleHeader } from '../core/bundle.ts';
import { WispError } from '../core/errors.ts';
import { blake3Bytes, wordsToBytes } from '../core/hash.ts';
import type { ProofParams } from '../core/params.ts';
import type { ProgramTables } from '../core/program_tables.ts';
import { PROTOCOL_VERSION } from '../core/transcript.ts';
import { execute, type Program } from '../machine/index.ts';
import { recordSegment, type SegmentCut, type SegmentRecords, startRun } from '../machine/segments.ts';
import { programTables } from '../machine/tables.ts';
import { type CheckedSegment, checkBalance, checkRun, verifySegment } from '../verifier/bundle.ts';
import { verify } from '../verifier/verify.ts';
import type { OpenedBackend } from './backends.ts';
import { SelfCheckError } from './errors.ts';
import type { ProofStore, ProofStores, RunIdentity } from './store.ts';

/** A backend that can be opened anew after it was lost. */
export interface Device {
  current(): OpenedBackend;
  reopen(): Promise<void>;
}

/** What is being done; of a run in segments, to which of them (from 0). */
export interface ProveEvent {
  readonly stage: 'open device' | 'plan' | 'execute' | 'record' | Stage | 'verify';
  readonly segment?: number;
  readonly segments?: number;
  /** Instructions, where a stage is over as soon as it is reported. */
  readonly cycles?: number;
}

export interface Recorder {
  record(cut: SegmentCut): Promise<SegmentRecords>;
  close(): Promise<void>;
}

export interface ProveJob {
  readonly program: Program;
  readonly input: Uint8Array;
  readonly params: ProofParams;
  readonly device: Device;
  readonly stores: ProofStores;
  /** Most micro-ops of a segment; what memory allows if absent. */
  readonly segmentSteps: number | undefined;
  /** Bound on RISC-V instructions; the machine's own if absent. */
  readonly maxCycles?: number | undefined;
  /** Records segments elsewhere, while the one before is proven; in the calling thread if absent. */
  readonly recorder?: ((program: Program, input: Uint8Array) => Recorder) | undefined;
  readonly onEvent: (event: ProveEvent) => void;
  /** One line about something that went wrong and was dealt with. */
  readonly onNotice: (text: string) => void;
}

export interface ProvenRun {
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
  /** The adapter's name, or null without one. */
  readonly adapter: string | null;
  /** Peak of the buffers allocated on the GPU. */
  readonly gpuBytes: number;
  /** The proof's bytes in order, each part read when it is asked for. */
  parts(): Iterable<Uint8Array>;
  /** Call when the parts are no longer needed. */
  forget(): void;
}

/** What both presets promise; the verifier recomputes it. */
const PROMISED_SECURITY_BITS = 100;
/** The least that a segment is cut to where memory runs out. */
const MIN_SEGMENT_STEPS = 2 ** 12;
const ATTEMPTS = 3;
/** Log2 of the rows of a table of first tuples: as many as a segment's own chips have. */
const MAX_FIRST_LOG = 18;

const codeOf = (error: unknown): string => (error instanceof WispError ? error.code : '');
const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

/** Out of memory before anything was proven. */
class NoRoom extends Error {}

/** Proves and verifies. Throws what the machine, the backend and the stores throw, and `SelfCheckError`. */
export async function proveRun(job: ProveJob): Promise<ProvenRun> {
  let steps = job.segmentSteps ?? job.device.current().segmentSteps(job.params);
  for (;;) {
    try {
      return await proveInSegments(job, steps);
    } catch (error) {
      // A table is too long where micro-ops touch unusually many cells.
      const isLong = codeOf(error) === 'too_long';
      if (!isLong && !(error instanceof NoRoom)) throw error;
      if (steps / 2 < MIN_SEGMENT_STEPS || job.segmentSteps !== undefined)
        throw isLong ? error : (error as NoRoom).cause;
      steps = Math.floor(steps / 2);
      const reason = isLong ? 'a table is too long' : 'out of memory';
      job.onNotice(`${reason}: trying again with segments of ${steps} micro-ops`);
      if (!isLong) await job.device.reopen();
    }
  }
}

type Source = RunSource<SegmentCut> & { readonly cycles: () => number; readonly close: () => Promise<void> };

const recordHere = (program: Program, input: Uint8Array): Recorder => ({
  record: async (cut) => recordSegment(program, input, cut),
  close: async () => {},
});

const sourceOf = ({ program, input, maxCycles, recorder = recordHere }: ProveJob, segmentSteps: number): Source => {
  const { record, close } = recorder(program, input);
  let run: ReturnType<typeof startRun> | undefined;
  const options = { segmentSteps, ...(maxCycles === undefined ? {} : { maxCycles }) };
  return {
    start: () => {
      run = startRun(program, input, options);
      return run;
    },
    record,
    close,
    cycles: () => run?.result.cycles ?? 0,
  };
};

async function proveInSegments(job: ProveJob, segmentSteps: number): Promise<ProvenRun> {
  const source = sourceOf(job, segmentSteps);
  try {
    return await proveSource(job, segmentSteps, source);
  } finally {
    await source.close();
  }
}

async function proveSource(job: ProveJob, segmentSteps: number, source: Source): Promise<ProvenRun> {
  const { program, input, params, device, stores, onEvent } = job;
  onEvent({ stage: 'plan' });
  const tables = programTables(program);
  const key = verifyingKey(tables, params.logBlowup);
  const identity: RunIdentity = {
    // Other chips would not take the segments that are there, even where the program's key is the same.
    version: `${PROTOCOL_VERSION}.${hexOf(wordsToBytes(airDigest())).slice(0, 16)}`,
    program: hexOf(wordsToBytes(key.digest)),
    input: hexOf(blake3Bytes(input)),
    security: params.name,
    segmentSteps,
  };
  const found = stores.find(identity);
  const saved = found?.header();
  if (found !== undefined && saved !== undefined) {
    return proveFrom(job, { tables, key, source, header: decodeBundleHeader(saved), store: found });
  }
  const header = await planRun(source, key, device.current().backend, { params, maxFirstLog: MAX_FIRST_LOG });
  if (header === undefined) {
    found?.remove();
    return proveWhole(job, tables, source.cycles());
  }
  onEvent({ stage: 'plan', segments: header.segments.length, cycles: source.cycles() });
  const store = found ?? stores.create(identity);
  store.saveHeader(encodeBundleHeader({ ...header, proofBytes: header.segments.map(() => 0) }));
  return proveFrom(job, { tables, key, source, header, store });
}

interface Planned {
  readonly tables: ProgramTables;
  readonly key: VerifyingKey;
  readonly source: Source;
  readonly header: RunHeader;
  readonly store: ProofStore;
}

/** Phase two: the segments that the store lacks. */
async function proveFrom(job: ProveJob, planned: Planned): Promise<ProvenRun> {
  const { device, onEvent, onNotice } = job;
  const { tables, key, source, header, store } = planned;
  const count = header.segments.length;
  const run = checkRun({ ...header, proofBytes: [] }, key);
  const sums: CheckedSegment[] = [];
  const lengths: number[] = [];
  let verifyMs = 0;
  let resumed = 0;
  const check = (index: number, proof: Uint8Array): void => {
    const started = performance.now();
    sums[index] = verifySegment(run, index, proof, { minSecurityBits: PROMISED_SECURITY_BITS });
    lengths[index] = proof.length;
    verifyMs += performance.now() - started;
  };
  const has = (index: number): boolean => {
    const proof = store.segment(index);
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
  let reopened = Promise.resolve();
  onEvent({ stage: 'record' });
  await proveSegments(source, tables, key, header, {
    backend: async () => device.current().backend,
    sessions: device.current().sessions,
    has,
    save: (index, proof) => {
      onEvent({ stage: 'verify', segment: index, segments: count });
      try {
        check(index, proof);
      } catch (error) {
        throw new SelfCheckError(`the proof of segment ${index + 1} does not verify (${codeOf(error)})`);
      }
      store.saveSegment(index, proof);
      if (index + 1 < count) onEvent({ stage: 'record', segment: index + 1, segments: count });
    },
    retry: async (error, attempt, backend) => {
      const code = codeOf(error);
      if (code !== 'device_lost' && code !== 'out_of_memory') return false;
      if (code === 'out_of_memory' && lengths.length === 0) throw new NoRoom('out of memory', { cause: error });
      if (attempt >= ATTEMPTS) return false;
      onNotice(`${code.replaceAll('_', ' ')}: restarting the segment on a fresh device`);
      // Another proof that lost the same device may have opened one already.
      reopened = reopened.then(async () => {
        if (device.current().backend === backend) await device.reopen();
      });
      await reopened;
      return true;
    },
    onStage: (index, stage) => onEvent({ stage, segment: index, segments: count }),
  });
  checkBalance(run, sums);
  const head = encodeBundleHeader({ ...header, proofBytes: lengths });
  const partOf = (index: number): Uint8Array => {
    const part = store.segment(index);
    if (part === undefined) throw new SelfCheckError(`the saved proof of segment ${index + 1} is gone`);
    return part;
  };
  return {
    ...{ exitCode: header.exitCode, journal: header.journal, cycles: source.cycles(), segments: count, resumed },
    proofBytes: lengths.reduce((a, b) => a + b, head.length),
    securityBits: Math.min(run.securityBits, ...sums.map((s) => s.securityBits)),
    verifyMs,
    ...backendOf(device),
    *parts() {
      yield head;
      for (let i = 0; i < count; i++) yield partOf(i);
    },
    forget: () => store.remove(),
  };
}

const backendOf = (device: Device): Pick<ProvenRun, 'backend' | 'adapter' | 'gpuBytes'> => {
  const { backend, adapter } = device.current();
  return { backend: backend.name, adapter, gpuBytes: backend.peakGpuBytes };
};

async function proveWhole(job: ProveJob, tables: ProgramTables, maxCycles: number): Promise<ProvenRun> {
  const { program, input, params, device, onEvent, onNotice } = job;
  onEvent({ stage: 'execute' });
  const run = execute(program, input, { maxCycles });
  onEvent({ stage: 'execute', cycles: run.cycles });
  const attempt = async (n: number): Promise<Uint8Array> => {
    try {
      const onStage = (stage: Stage): void => onEvent({ stage });
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
  onEvent({ stage: 'verify' });
  const started = performance.now();
  const { securityBits } = selfCheck(() => verify(proof, tables, { minSecurityBits: PROMISED_SECURITY_BITS }));
  const { exitCode, journal, cycles } = run;
  return {
    ...{ exitCode, journal, cycles, segments: 1, resumed: 0, proofBytes: proof.length, securityBits },
    verifyMs: performance.now() - started,
    ...backendOf(device),
    parts: () => [proof],
    forget: () => {},
  };
}

function selfCheck<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw new SelfCheckError(`the proof does not verify (${codeOf(error)})`);
  }
}
