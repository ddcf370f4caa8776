// Proves F(20), verifies the proof, reads the journal.
//   npx tsx examples/fibonacci.ts
import { readFileSync } from 'node:fs';
import { createInput, loadProgram, prove, readJournal, verify } from '../src/index.ts'; // elsewhere: from 'wisp'

const program = loadProgram(readFileSync(new URL('../guests/elf/fibonacci.elf', import.meta.url)));
const input = createInput().u32(20).finish();

const { proof, cycles, segments } = await prove(program, input, {
  onProgress: ({ stage }) => console.error(stage),
});
console.log(`proved ${cycles} cycles in ${segments} segment, ${proof.length} bytes`);

// Whoever has the program and the proof needs nothing else.
const { exitCode, journal, securityBits } = verify(proof, program, { minSecurityBits: 100 });
console.log(`exit code ${exitCode}, F(20) = ${readJournal(journal).u32()}, ${Math.floor(securityBits)} bits`);
