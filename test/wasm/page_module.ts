// Runs in a page: a whole proof on the WebAssembly tier.
import { prove } from '../../prover/prove.ts';
import { createWasmBackend } from '../../prover/wasm/backend.ts';
import { presets } from '../../src/core/params.ts';
import { buildProgram, execute, loadElf } from '../../src/machine/index.ts';
import { programTables } from '../../src/machine/tables.ts';

export interface PageProof {
  readonly threads: number;
  readonly proof: readonly number[];
}

/** Proves fibonacci of n with testing parameters. */
export async function proveFibonacci(
  n: number,
  options: { readonly threads?: number; readonly shared?: boolean },
): Promise<PageProof> {
  const elf = new Uint8Array(await (await fetch('/guests/elf/fibonacci.elf')).arrayBuffer());
  const program = buildProgram(loadElf(elf));
  const run = execute(program, Uint8Array.of(n, 0, 0, 0));
  const backend = await createWasmBackend(options);
  const { proof } = await prove(programTables(program), run, backend, { params: presets.testing });
  backend.destroy();
  return { threads: backend.threads, proof: [...proof] };
}
