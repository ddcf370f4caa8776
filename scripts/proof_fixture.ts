// Writes test/fixtures/proof_v2_testing.bin: the CPU tier's proof of guests/elf/fibonacci.elf for n = 20 under the testing
// parameters. A change of it is a change of the protocol: bump the version, or have no proofs out there.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpuBackend } from '../prover/cpu/backend.ts';
import { prove } from '../prover/prove.ts';
import { testing } from '../src/core/params.ts';
import { buildProgram, execute, loadElf } from '../src/machine/index.ts';
import { programTables } from '../src/machine/tables.ts';

const elf = new Uint8Array(readFileSync(new URL('../guests/elf/fibonacci.elf', import.meta.url)));
const program = buildProgram(loadElf(elf));
const run = execute(program, Uint8Array.of(20, 0, 0, 0));
const { proof } = await prove(programTables(program), run, cpuBackend, { params: testing });
const folder = new URL('../test/fixtures/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('proof_v2_testing.bin', folder), proof);
