// A prover that stays open from proof to proof, so that compilation is paid once: what `wisp prove` does, but for opening
// the backend anew.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSoftwareName } from '../prover/gpu/adapter_info.ts';
import type { WasmBackend } from '../prover/wasm/backend.ts';
import { buildLayout, type Layout } from '../src/air/layout.ts';
import { command as proveCommand } from '../src/cli/commands/prove.ts';
import { verifyProof } from '../src/cli/engine.ts';
import { bundleHeaderBytes, decodeBundleHeader, isBundle } from '../src/core/bundle.ts';
import { type ProofParams, presets } from '../src/core/params.ts';
import { decodeProof, decodeSegmentProof } from '../src/core/proof.ts';
import { type BackendName, type OpenedBackend, openBackend } from '../src/host/backends.ts';
import { proveRun } from '../src/host/proving.ts';
import { memoryStores } from '../src/host/store.ts';
import { writeParts } from '../src/host/work_dir.ts';
import { buildProgram, loadElf, type Program } from '../src/machine/index.ts';
import { recordPool } from '../src/machine/worker/pool.ts';

/** What proves, as on the command line of `wisp prove`. */
export interface ProverChoice {
  readonly backend: string;
  readonly adapter: string | undefined;
  readonly memory: string | undefined;
  /** Most micro-ops of a segment; what the memory allows if absent. */
  readonly segmentSteps: number | undefined;
  /** Of the WebAssembly tier; all cores if absent. */
  readonly threads: number | undefined;
  /** Dawn's checks off; of the GPU alone. */
  readonly serverPreset: boolean;
}

export interface Opened {
  readonly opened: OpenedBackend;
  readonly isSoftware: boolean;
  /** Null for a tier that has none of its own. */
  readonly threads: number | null;
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

export const readProgram = (elf: Uint8Array): Program => buildProgram(loadElf(elf));

/** Backends that this version has, by the names of its command line. */
export const backendNames = (): readonly string[] => proveCommand.spec.options.backend?.choices ?? [];

export async function openProver(choice: ProverChoice): Promise<Opened> {
  const { backend, adapter, memory, segmentSteps, threads, serverPreset } = choice;
  if (!backendNames().includes(backend)) throw new Error(`no backend "${backend}": ${backendNames().join(', ')}`);
  const opened = await openBackend({ backend: backend as BackendName, adapter, memory, threads, serverPreset });
  const folder = mkdtempSync(join(tmpdir(), 'wisp-bench-'));
  return {
    opened,
    isSoftware: isSoftwareName(opened.adapter ?? ''),
    threads: (opened.backend as Partial<WasmBackend>).threads ?? null,
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
  { opened, segmentSteps, proofPath }: Opened,
  program: Program,
  input: Uint8Array,
  onStage: (stage: string) => void = () => {},
): Promise<Proven> {
  const stages = new Map<string, number>();
  const started = performance.now();
  let [current, since] = ['', started];
  const enter = (stage: string): void => {
    if (stage === current) return;
    const now = performance.now();
    if (current !== '') stages.set(current, (stages.get(current) ?? 0) + now - since);
    [current, since] = [stage, now];
    if (stage !== '') onStage(stage);
  };
  const run = await proveRun({
    ...{ program, input, segmentSteps, params: PARAMS, recorder: recordPool, stores: memoryStores() },
    device: { current: () => opened, reopen: () => Promise.reject(new Error('the device was lost')) },
    onEvent: ({ stage }) => enter(stage),
    onNotice: () => {},
  });
  enter('');
  const { proofBytes, cycles, segments, verifyMs } = run;
  const proveMs = performance.now() - started - verifyMs;
  // What a proof takes is told without its check, which is measured by itself.
  stages.delete('verify');
  writeParts(proofPath, run.parts());
  return { proofBytes, cycles, segments, proveMs, stages };
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
