import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cpuBackend } from '../../prover/cpu/backend.ts';
import { prove } from '../../prover/prove.ts';
import { testing } from '../../src/core/params.ts';
import { execute, loadProgram, verify, verifyingKey } from '../../src/index.ts';
import { programTables } from '../../src/machine/tables.ts';

const SCRIPT = fileURLToPath(new URL('./second_verifier.mjs', import.meta.url));
const elf = readFileSync(new URL('../../guests/elf/fibonacci.elf', import.meta.url));

describe('a verifier written from the documents', () => {
  let folder = '';
  let proof: Uint8Array = new Uint8Array(0);
  const program = loadProgram(elf);

  const second = (bytes: Uint8Array): { status: number | null; stdout: string; stderr: string } => {
    writeFileSync(join(folder, 'proof'), bytes);
    return spawnSync(process.execPath, [SCRIPT, join(folder, 'proof'), join(folder, 'key.json')], { encoding: 'utf8' });
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wisp-second-'));
    // Folds of three sizes, and work before several draws.
    const params = { ...testing, foldLog: 3, nQueries: 240, targetBits: 107 };
    const run = execute(program, Uint8Array.from([20, 0, 0, 0]));
    proof = (await prove(programTables(program), run, cpuBackend, { params })).proof;
    const { tablesRoot, programRoot, ...key } = verifyingKey(program);
    const text = JSON.stringify({ ...key, tablesRoot: [...tablesRoot], programRoot: [...programRoot] });
    writeFileSync(join(folder, 'key.json'), text);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('accepts what the verifier accepts', () => {
    assert.equal(verify(proof, program, { allowTesting: true }).exitCode, 0);
    const { status, stdout, stderr } = second(proof);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /"exitCode":0,"journal":"6d1a0000"/);
  });

  it('refuses what it refuses', () => {
    // A word of each part: exit code, journal, a root, samples, last polynomial, openings.
    for (const share of [0.02, 0.2, 0.4, 0.6, 0.8, 0.99]) {
      const bytes = Uint8Array.from(proof);
      const at = 4 * Math.floor((share * bytes.length) / 4);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      assert.throws(() => verify(bytes, program, { allowTesting: true }), `byte ${at}`);
      assert.equal(second(bytes).status, 1, `byte ${at}`);
    }
  });
});
