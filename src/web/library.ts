/**
 * The library for browsers: all of `src/index.ts`, with the shaders packed in. Bundlers take it where they are asked for
 * `wisp`. Prove in a worker: on a page's main thread a proof would hold everything up.
 */
import type { Proven, Prover, ProverOptions, RunOptions } from '../host/library.ts';
import { openProver as openAny, type Program, prove as proveAny } from '../index.ts';
import { bundledShaders } from './shaders.ts';

export * from '../index.ts';

/** Proves a run, and verifies the proof: on WebGPU, or by WebAssembly where there is no GPU. */
export const prove = (
  program: Program,
  input?: Uint8Array,
  options: ProverOptions & RunOptions = {},
): Promise<Proven> => proveAny(program, input, { shaders: bundledShaders(), ...options });

/** Opens a tier for many proofs; close it. */
export const openProver = (options: ProverOptions = {}): Promise<Prover> =>
  openAny({ shaders: bundledShaders(), ...options });
