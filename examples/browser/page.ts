// Proves F(20) in a worker, and verifies the proof here.
import { wrap } from 'comlink';
import { loadProgram, verify } from '../../src/web/library.ts'; // elsewhere: from 'wisp'
import type { Prover } from './worker.ts';

const prover = wrap<Prover>(new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }));
const answer = await fetch(new URL('../../guests/elf/fibonacci.elf', import.meta.url));
const elf = new Uint8Array(await answer.arrayBuffer());
const { proof, value } = await prover(elf, 20);
const { securityBits } = verify(proof, loadProgram(elf));
document.body.textContent = `F(20) = ${value}: ${proof.length} bytes, ${Math.floor(securityBits)} provable bits`;
