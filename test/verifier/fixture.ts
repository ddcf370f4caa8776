// The committed proof (scripts/proof_fixture.ts), its program and key.
import { readFileSync } from 'node:fs';
import { type VerifyingKey, verifyingKey } from '../../src/air/key.ts';
import type { ProgramTables } from '../../src/core/program_tables.ts';
import { decodeProof, type Proof } from '../../src/core/proof.ts';
import { buildProgram, loadElf } from '../../src/machine/index.ts';
import { programTables } from '../../src/machine/tables.ts';

const read = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(`../../${path}`, import.meta.url)));

export const tablesOf = (guest: string): ProgramTables =>
  programTables(buildProgram(loadElf(read(`guests/elf/${guest}.elf`))));

export const bytes: Uint8Array = read('test/fixtures/proof_v2_testing.bin');
export const program: ProgramTables = tablesOf('fibonacci');
export const key: VerifyingKey = verifyingKey(program, 1);
export const proof: Proof = decodeProof(bytes);
