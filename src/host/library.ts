// Proving for programs that use this package: opens a tier, proves, verifies.
import type { ShaderSources } from '../../prover/gpu/shader_source.ts';
import { presets } from '../core/params.ts';
import type { Program } from '../machine/index.ts';
import { recordPool } from '../machine/worker/pool.ts';
import type { BackendName, BackendRequest } from './backends.ts';
import { openDevice } from './device.ts';
import { type ProveEvent, type ProvenRun, proveRun } from './proving.ts';
import { memoryStores, type ProofStores } from './store.ts';

/** What proves. */
export interface ProverOptions {
  /** `auto` (default) takes the GPU, or WebAssembly where there is none; `cpu` is the slow reference. */
  readonly backend?: BackendName;
  /** A part of the GPU's name. */
  readonly adapter?: string;
  /** Memory for a segment's proof: `1G`, `24G`, any size, or `auto` (default). */
  readonly memory?: string;
  /** Threads of the WebAssembly tier; all cores if absent. */
  readonly threads?: number;
  /** The texts of shaders/, which Node reads by itself; the package's entry for browsers brings them. */
  readonly shaders?: ShaderSources;
}

/** One proof. */
export interface RunOptions {
  /** `standard` (default), or `compact`: smaller proofs, slower. Both have 100 provable bits. */
  readonly security?: 'standard' | 'compact';
  /** Most micro-ops of a segment; what the memory allows if absent. */
  readonly segmentSteps?: number;
  /** Bound on RISC-V instructions; 2^32 if absent. */
  readonly maxCycles?: number;
  readonly onProgress?: (event: ProveEvent) => void;
  /** One line about something that went wrong and was dealt with, such as a lost device. */
  readonly onNotice?: (text: string) => void;
}

export interface FileOptions extends RunOptions {
  /** Keeps proven segments in this folder, and goes on from those it finds. */
  readonly workDir?: string;
}

/** What was proven; the proof has been verified. */
export interface ProofInfo {
  readonly exitCode: number;
  readonly journal: Uint8Array;
  /** RISC-V instructions. */
  readonly cycles: number;
  readonly segments: number;
  readonly proofBytes: number;
  readonly securityBits: number;
  /** Milliseconds that verifying took. */
  readonly verifyMs: number;
  readonly backend: 'gpu' | 'wasm' | 'cpu';
  /** The GPU's name, or null. */
  readonly adapter: string | null;
}

export interface Proven extends ProofInfo {
  readonly proof: Uint8Array;
}

/** An open tier: what it compiles and allocates serves all proofs until it is closed. One proof at a time. */
export interface Prover {
  prove(program: Program, input?: Uint8Array, options?: RunOptions): Promise<Proven>;
  /** For proofs that are longer than memory. Needs Node. */
  proveToFile(program: Program, input: Uint8Array, path: string, options?: FileOptions): Promise<ProofInfo>;
  close(): void;
}

export async function openProver(options: ProverOptions = {}): Promise<Prover> {
  const { backend = 'auto', adapter, memory, threads, shaders } = options;
  const request: BackendRequest = { backend, adapter, memory, threads, shaders };
  const device = await openDevice(request);
  const run = (program: Program, input: Uint8Array, own: RunOptions, stores: ProofStores): Promise<ProvenRun> => {
    const { security = 'standard', segmentSteps, maxCycles, onProgress = () => {}, onNotice = () => {} } = own;
    const params = presets[security];
    // Threads for it are Node's; in browsers segments are recorded where they are proven.
    const recorder = typeof process === 'object' ? recordPool : undefined;
    return proveRun({
      program,
      input,
      params,
      device,
      stores,
      segmentSteps,
      maxCycles,
      recorder,
      onEvent: onProgress,
      onNotice,
    });
  };
  return {
    prove: async (program, input = new Uint8Array(0), own = {}) => {
      const proven = await run(program, input, own, memoryStores());
      const proof = new Uint8Array(proven.proofBytes);
      let at = 0;
      for (const part of proven.parts()) {
        proof.set(part, at);
        at += part.length;
      }
      return { ...infoOf(proven), proof };
    },
    proveToFile: async (program, input, path, own = {}) => {
      const { folderStores, writeParts } = await import('./work_dir.ts');
      const proven = await run(program, input, own, folderStores(own.workDir, path));
      writeParts(path, proven.parts());
      proven.forget();
      return infoOf(proven);
    },
    close: () => device.close(),
  };
}

function infoOf(run: ProvenRun): ProofInfo {
  const { exitCode, journal, cycles, segments, proofBytes, securityBits, verifyMs, backend, adapter } = run;
  return { exitCode, journal, cycles, segments, proofBytes, securityBits, verifyMs, backend, adapter };
}

/** Opens a tier for one proof. */
export async function proveOnce(
  program: Program,
  input: Uint8Array,
  options: ProverOptions & RunOptions,
): Promise<Proven> {
  options.onProgress?.({ stage: 'open device' });
  const prover = await openProver(options);
  try {
    return await prover.prove(program, input, options);
  } finally {
    prover.close();
  }
}
