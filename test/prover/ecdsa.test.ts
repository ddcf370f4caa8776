// A key recovered from a signature, proven and verified: what a proof with the chip for points says.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { prove } from '../../prover/prove.ts';
import { createWasmBackend } from '../../prover/wasm/backend.ts';
import { testing } from '../../src/core/params.ts';
import { buildProgram, execute, loadElf } from '../../src/machine/index.ts';
import { programTables } from '../../src/machine/tables.ts';
import { verify } from '../../src/verifier/verify.ts';

it('the key of a signature', async () => {
  const elf = readFileSync(new URL('../../guests/elf/ecdsa.elf', import.meta.url));
  const program = buildProgram(loadElf(new Uint8Array(elf)));
  const tables = programTables(program);
  const digest = sha256(new TextEncoder().encode('whose is it?'));
  const secret = new Uint8Array(32).fill(11);
  const signature = secp256k1.sign(digest, secret, { prehash: false, format: 'recovered' });
  const input = Uint8Array.from([...digest, ...signature.slice(1), ...signature.slice(0, 1)]);
  const backend = await createWasmBackend();
  try {
    const { proof } = await prove(tables, execute(program, input), backend, { params: testing });
    const { exitCode, journal } = verify(proof, tables, { allowTesting: true });
    assert.equal(exitCode, 0);
    const key = secp256k1.getPublicKey(secret, false).slice(1);
    assert.deepEqual(Buffer.from(journal), Buffer.from([...key, ...digest]));
  } finally {
    backend.destroy();
  }
});
