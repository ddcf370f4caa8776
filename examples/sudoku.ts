// Proves that a sudoku has a solution; the proof's journal is the sudoku, not the solution.
//   npx tsx examples/sudoku.ts
import { readFileSync } from 'node:fs';
import { createInput, loadProgram, prove, verify } from '../src/index.ts'; // elsewhere: from 'wisp'

const digits = (rows: string): Uint8Array => Uint8Array.from(rows.replaceAll(' ', ''), Number);
const puzzle = digits('530070000 600195000 098000060 800060003 400803001 700020006 060000280 000419005 000080079');
const solution = digits('534678912 672195348 198342567 859761423 426853791 713924856 961537284 287419635 345286179');

const program = loadProgram(readFileSync(new URL('../guests/elf/sudoku.elf', import.meta.url)));
const { proof } = await prove(program, createInput().raw(puzzle).raw(solution).finish());

const { exitCode, journal } = verify(proof, program);
if (exitCode !== 0) throw new Error('the guest says that this is no solution');
for (let row = 0; row < 9; row++)
  console.log(
    journal
      .subarray(9 * row, 9 * row + 9)
      .join(' ')
      .replaceAll('0', '.'),
  );
console.log('has a solution');
