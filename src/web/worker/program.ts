// The program of the last request: what is derived from it (tables, key, translation) serves the next one of it too.
import { buildProgram, loadElf, type Program } from '../../machine/index.ts';

let last: { readonly elf: Uint8Array; readonly program: Program } | undefined;

/** Programs are told apart by their bytes. Throws what loading throws. */
export function programOf(elf: Uint8Array): Program {
  const isSame = last?.elf.length === elf.length && last.elf.every((byte, i) => byte === elf[i]);
  if (last === undefined || !isSame) last = { elf, program: buildProgram(loadElf(elf)) };
  return last.program;
}
