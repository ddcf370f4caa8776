// A prover that stays open from proof to proof, so that compilation is paid once: what the command line does, but for
// opening the backend anew.
import type { Backend } from '../prover/backend.ts';
import { prove } from '../prover/prove.ts';
import { buildLayout, type Layout } from '../src/air/layout.ts';
import * as engine from '../src/cli/engine.ts';
import { bundleHeaderBytes, decodeBundleHeader, isBundle } from '../src/core/bundle.ts';
import { type ProofParams, presets } from '../src/core/params.ts';
import { decodeProof, decodeSegmentProof } from '../src/core/proof.ts';
import { buildProgram, loadElf, type Program } from '../src/machine/index.ts';
import { programTables } from '../src/machine/tables.ts';

export interface Opened {
  readonly backend: Backend;
  readonly adapter: string | null;
  /** False where it is not known: of anything but the GPU. */
  readonly isSoftware: boolean;
  close(): void;
}

export interface Proven {
  readonly proof: Uint8Array;
  readonly cycles: number;
  readonly segments: number;
  readonly proveMs: number;
  readonly stages: Readonly<Record<string, number>>;
}

export const PARAMS: ProofParams = presets.standard;

export const readProgram = (elf: Uint8Array): Program => buildProgram(loadElf(elf));

export async function openProver(name: string, adapter: string | undefined): Promise<Opened> {
  if (name === 'cpu') {
    const { cpuBackend } = await import('../prover/cpu/backend.ts');
    return { backend: cpuBackend, adapter: null, isSoftware: false, close: () => {} };
  }
  const [{ openDevice }, { createGpuBackend }, { readShaders }] = await Promise.all([
    import('../prover/gpu/device.ts'),
    import('../prover/gpu/backend.ts'),
    import('../prover/gpu/node_shaders.ts'),
  ]);
  const context = await openDevice({ adapter: adapter ?? 'auto' });
  const backend = createGpuBackend(context, readShaders());
  const { name: found, isSoftware } = context.adapter;
  return { backend, adapter: found, isSoftware, close: () => context.destroy() };
}

/** `onStage` hears of each stage as it begins. */
export async function proveOnce(
  { backend }: Opened,
  program: Program,
  input: Uint8Array,
  onStage: (stage: string) => void = () => {},
): Promise<Proven> {
  const started = performance.now();
  onStage('execute');
  const run = await engine.executeProgram(program, input);
  const executeMs = performance.now() - started;
  const { proof, stages } = await prove(programTables(program), run, backend, { params: PARAMS, onStage });
  const proveMs = performance.now() - started;
  return { proof, cycles: run.cycles, segments: 1, proveMs, stages: { execute: executeMs, ...stages } };
}

/** Throws unless the proof verifies. */
export async function verifyOnce(
  program: Program,
  proof: Uint8Array,
): Promise<{ readonly verifyMs: number; readonly securityBits: number }> {
  const started = performance.now();
  const verified = await engine.verifyProof({ proof, program, minSecurityBits: PARAMS.targetBits });
  if (!verified.ok) throw new Error(`a proof does not verify: ${verified.message}`);
  return { verifyMs: performance.now() - started, securityBits: verified.securityBits };
}

/** The tables of each of a proof's segments. */
export function layoutsOf(proof: Uint8Array): Layout[] {
  if (!isBundle(proof)) return [buildLayout(decodeProof(proof).logRows)];
  let at = bundleHeaderBytes(proof);
  return decodeBundleHeader(proof.subarray(0, at)).proofBytes.map((length) => {
    const segment = decodeSegmentProof(proof.subarray(at, at + length));
    at += length;
    return buildLayout(segment.logRows);
  });
}
