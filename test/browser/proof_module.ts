// Runs in a page: a whole proof on the page's own adapter, by the modules that Node uses, and its verification.
import { createGpuBackend } from '../../prover/gpu/backend.ts';
import { openDevice } from '../../prover/gpu/device.ts';
import { prove } from '../../prover/prove.ts';
import { presets } from '../../src/core/params.ts';
import { buildProgram, execute, loadElf } from '../../src/machine/index.ts';
import { programTables } from '../../src/machine/tables.ts';
import { verify } from '../../src/verifier/verify.ts';
import { bundledShaders } from '../../src/web/shaders.ts';

export interface PageProof {
  readonly adapter: string;
  readonly journal: readonly number[];
  readonly proof: readonly number[];
  readonly refused: string;
}

/** Proves fibonacci of n with testing parameters; `refused` is the error code for the proof with one bit flipped. */
export async function proveFibonacci(n: number): Promise<PageProof> {
  const elf = new Uint8Array(await (await fetch('/guests/elf/fibonacci.elf')).arrayBuffer());
  const program = buildProgram(loadElf(elf));
  const run = execute(program, Uint8Array.of(n, 0, 0, 0));
  const tables = programTables(program);
  const context = await openDevice();
  const { proof } = await prove(tables, run, createGpuBackend(context, bundledShaders()), { params: presets.testing });
  const verified = verify(proof, tables, { allowTesting: true });
  const damaged = Uint8Array.from(proof);
  const middle = damaged.length >> 1;
  damaged[middle] = (damaged[middle] as number) ^ 1;
  let refused = 'accepted';
  try {
    verify(damaged, tables, { allowTesting: true });
  } catch (error) {
    refused = (error as { code?: string }).code ?? String(error);
  }
  context.destroy();
  return { adapter: context.adapter.name, journal: [...verified.journal], proof: [...proof], refused };
}
