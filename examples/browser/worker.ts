// The prover, away from the page's main thread.
import { expose } from 'comlink';
import { createInput, loadProgram, prove, readJournal } from '../../src/web/library.ts'; // elsewhere: from 'wisp'

const fibonacci = async (elf: Uint8Array, n: number): Promise<{ proof: Uint8Array; value: number }> => {
  const { proof, journal } = await prove(loadProgram(elf), createInput().u32(n).finish());
  return { proof, value: readJournal(journal).u32() };
};
export type Prover = typeof fibonacci;
expose(fibonacci);
