/**
 * The library: load, run and prove a RISC-V program, and verify proofs. It loads no WebGPU and nothing of Node, so it
 * works in a browser or a wallet as it stands; `prove` loads its tier when it is called.
 *
 * ```ts
 * import { createInput, loadProgram, prove, readJournal, verify } from 'wisp';
 *
 * const program = loadProgram(elfBytes);
 * const { proof } = await prove(program, createInput().u32(20).finish());
 * const { exitCode, journal, securityBits } = verify(proof, program);
 * console.log(readJournal(journal).u32());
 * ```
 */
import { verifyingKey as keyOfTables, type VerifyingKey } from './air/key.ts';
import { compact, standard } from './core/params.ts';
import { decodeProof } from './core/proof.ts';
import type { SecurityPolicy } from './core/security.ts';
import type { Proven, Prover, ProverOptions, RunOptions } from './host/library.ts';
import { verifyBytes } from './host/verify.ts';
import { buildProgram, loadElf, type Program } from './machine/index.ts';
import { programTables } from './machine/tables.ts';
import { type Verified, verifyProof } from './verifier/verify.ts';

export type { VerifyingKey } from './air/key.ts';
export { WispError } from './core/errors.ts';
export type { ProofParams } from './core/params.ts';
export { decodeProof, InvalidProofShape, type Proof } from './core/proof.ts';
export { DEFAULT_MIN_SECURITY_BITS, type SecurityPolicy } from './core/security.ts';
export { OptionError } from './host/errors.ts';
export type { FileOptions, ProofInfo, Proven, Prover, ProverOptions, RunOptions } from './host/library.ts';
export * as postcard from './host/postcard.ts';
export type { ProveEvent } from './host/proving.ts';
export { createInput, type InputWriter, type JournalReader, readJournal, ValueError } from './host/values.ts';
export { ElfError, type ExecuteOptions, type Execution, execute, MachineError, type Program } from './machine/index.ts';
export { VerificationError } from './verifier/errors.ts';
export type { Verified } from './verifier/verify.ts';

/** Parses, decodes and lowers a static RV32IMAC executable. Throws `ElfError`. */
export function loadProgram(elf: Uint8Array): Program {
  return buildProgram(loadElf(elf));
}

/**
 * Proves a run, and verifies the proof. Throws `MachineError` where the program does not halt by itself, and
 * `WispError`s of other codes where no proof can be made. Needs Node.
 */
export async function prove(
  program: Program,
  input: Uint8Array = new Uint8Array(0),
  options: ProverOptions & RunOptions = {},
): Promise<Proven> {
  const { proveOnce } = await import('./host/library.ts');
  return proveOnce(program, input, options);
}

/** Opens a tier for many proofs. Close it, or its device keeps the process alive. Needs Node. */
export async function openProver(options: ProverOptions = {}): Promise<Prover> {
  const library = await import('./host/library.ts');
  return library.openProver(options);
}

/**
 * Verifies a proof that `program` ran to its end, and returns what the proof makes public. Refuses proofs under 100
 * provable bits, or what `policy` says, and testing parameters. Throws `InvalidProofShape` for bytes that encode no
 * proof, `VerificationError` for a proof that does not hold, whatever the bytes. A non-zero exit code is not a refusal:
 * look at it.
 */
export function verify(proof: Uint8Array, program: Program, policy: SecurityPolicy = {}): Verified {
  return verifyBytes(proof, programTables(program), policy);
}

/** The verifying key of a program under a preset; it stands for the program's code, initial memory and entry point. */
export function verifyingKey(program: Program, preset: 'standard' | 'compact' = 'standard'): VerifyingKey {
  return keyOfTables(programTables(program), (preset === 'standard' ? standard : compact).logBlowup);
}

/** `verify` for a caller that holds the program's key and not the program. The key must be of the proof's preset. */
export function verifyWithKey(proof: Uint8Array, key: VerifyingKey, policy: SecurityPolicy = {}): Verified {
  return verifyProof(decodeProof(proof), key, policy);
}
