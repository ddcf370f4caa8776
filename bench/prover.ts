// A prover that stays open from proof to proof, so that compilation is paid once: what `wisp prove` does, but for opening
// the backend anew.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSoftwareName } from '../prover/gpu/adapter_info.ts';
import { prove } from '../prover/prove.ts';
import { planRun, proveSegments } from '../prover/run.ts';
import { verifyingKey } from '../src/air/key.ts';
import { buildLayout, type Layout } from '../src/air/layout.ts';
import { type BackendName, type OpenedBackend, openBackend } from '../src/cli/backends.ts';
import { command as proveCommand } from '../src/cli/commands/prove.ts';
import { executeProgram, verifyProof } from '../src/cli/engine.ts';
import { bundleHeaderBytes, decodeBundleHeader, encodeBundleHeader, isBundle } from '../src/core/bundle.ts';
import { type ProofParams, presets } from '../src/core/params.ts';
import { decodeProof, decodeSegmentProof } from '../src/core/proof.ts';
import { buildProgram, loadElf, type Program } from '../src/machine/index.ts';
import { recordSegment, type SegmentCut, startRun } from '../src/machine/segments.ts';
import { programTables } from '../src/machine/tables.ts';

/** What proves, as on the command line of `wisp prove`. */
export interface ProverChoice {
  readonly backend: string;
  readonly adapter: string | undefined;
  readonly memory: string | undefined;
  /** Most micro-ops of a segment; what the memory allows if absent. */
  readonly segmentSteps: number | undefined;
}

export interface Opened {
  readonly opened: OpenedBackend;
  readonly isSoftware: boolean;
  readonly segmentSteps: number;
  /** Holds the proof made last. */
  readonly proofPath: string;
  close(): void;
}

export interface Proven {
  readonly proofBytes: number;
  readonly cycles: number;
  readonly segments: number;
  readonly proveMs: number;
  /** Milliseconds by stage, over all segments. */
  readonly stages: ReadonlyMap<string, number>;
}

export const PARAMS: ProofParams = presets.standard;

/** As in `wisp prove`: log2 of the most rows of a table of first tuples. */
const MAX_FIRST_LOG = 18;

export const readProgram = (elf: Uint8Array): Program => buildProgram(loadElf(elf));

/** Backends that this version has, by the names of its command line. */
export const backendNames = (): readonly string[] => proveCommand.spec.options.backend?.choices ?? [];

export async function openProver({ backend, adapter, memory, segmentSteps }: ProverChoice): Promise<Opened> {
  if (!backendNames().includes(backend)) throw new Error(`no backend "${backend}": ${backendNames().join(', ')}`);
  const opened = await openBackend({ backend: backend as BackendName, adapter, memory });
  const folder = mkdtempSync(join(tmpdir(), 'wisp-bench-'));
  return {
    opened,
    isSoftware: isSoftwareName(opened.adapter ?? ''),
    segmentSteps: segmentSteps ?? opened.segmentSteps(PARAMS),
    proofPath: join(folder, 'proof'),
    close: () => {
      opened.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** `onStage` hears of each stage as it begins. */
export async function proveOnce(
  prover: Opened,
  program: Program,
  input: Uint8Array,
  onStage: (stage: string) => void = () => {},
): Promise<Proven> {
  const stages = new Map<string, number>();
  const started = performance.now();
  let [current, since] = ['', started];
  const enter = (stage: string): void => {
    const now = performance.now();
    if (current !== '') stages.set(current, (stages.get(current) ?? 0) + now - since);
    [current, since] = [stage, now];
    if (stage !== '') onStage(stage);
  };
  const counts = (await proveCut(prover, program, input, enter)) ?? (await proveWhole(prover, program, input, enter));
  enter('');
  return { ...counts, proveMs: performance.now() - started, stages };
}

type Counts = Pick<Proven, 'proofBytes' | 'cycles' | 'segments'>;

async function proveWhole(
  { opened, proofPath }: Opened,
  program: Program,
  input: Uint8Array,
  enter: (stage: string) => void,
): Promise<Counts> {
  enter('execute');
  const run = await executeProgram(program, input);
  const options = { params: PARAMS, onStage: enter };
  const { proof } = await prove(programTables(program), run, opened.backend, options);
  writeFileSync(proofPath, proof);
  return { proofBytes: proof.length, cycles: run.cycles, segments: 1 };
}

/** Undefined where the run is a single segment, which is proven whole. */
async function proveCut(
  { opened, segmentSteps, proofPath }: Opened,
  program: Program,
  input: Uint8Array,
  enter: (stage: string) => void,
): Promise<Counts | undefined> {
  const { backend } = opened;
  const tables = programTables(program);
  const key = verifyingKey(tables, PARAMS.logBlowup);
  let run = startRun(program, input, { segmentSteps });
  const source = {
    start: () => {
      run = startRun(program, input, { segmentSteps });
      return run;
    },
    record: async (cut: SegmentCut) => recordSegment(program, input, cut),
  };
  enter('plan');
  const header = await planRun(source, key, backend, { params: PARAMS, maxFirstLog: MAX_FIRST_LOG });
  if (header === undefined) return undefined;
  const lengths = header.segments.map(() => 0);
  const encoded = (): Uint8Array => encodeBundleHeader({ ...header, proofBytes: lengths });
  const file = openSync(proofPath, 'w');
  try {
    // The header's length does not depend on the lengths in it; these are filled in at the end.
    writeSync(file, encoded());
    enter('record');
    await proveSegments(source, tables, key, header, {
      backend: async () => backend,
      has: () => false,
      save: (index, proof) => {
        lengths[index] = proof.length;
        writeSync(file, proof);
        enter('record');
      },
      onStage: (_, stage) => enter(stage),
    });
    writeSync(file, encoded(), 0, undefined, 0);
  } finally {
    closeSync(file);
  }
  const proofBytes = lengths.reduce((a, b) => a + b, encoded().length);
  return { proofBytes, cycles: run.result.cycles, segments: lengths.length };
}

export interface Verified {
  readonly verifyMs: number;
  readonly securityBits: number;
}

/** Throws unless the proof made last verifies. */
export async function verifyLast({ proofPath }: Opened, program: Program): Promise<Verified> {
  const started = performance.now();
  const verified = await verifyProof({ proof: proofPath, program, minSecurityBits: PARAMS.targetBits });
  if (!verified.ok) throw new Error(`a proof does not verify: ${verified.message}`);
  return { verifyMs: performance.now() - started, securityBits: verified.securityBits };
}

/** The tables of each segment of the proof made last. */
export function layoutsOf({ proofPath }: Opened): Layout[] {
  const proof = readFileSync(proofPath);
  if (!isBundle(proof)) return [buildLayout(decodeProof(proof).logRows)];
  let at = bundleHeaderBytes(proof);
  return decodeBundleHeader(proof.subarray(0, at)).proofBytes.map((length) => {
    const segment = decodeSegmentProof(proof.subarray(at, at + length));
    at += length;
    return buildLayout(segment.logRows);
  });
}
