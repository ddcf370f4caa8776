// Batches with real transactions, proven end to end: what the proof makes public is what the forward run came to.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { blake3Bytes } from '../../src/core/hash.ts';
import { openProver, type ProverOptions, verify, WispError } from '../../src/index.ts';
import { type Batch, loadStf, MESSENGER } from '../../src/sequencer/stf/index.ts';
import { tokenInit } from './contracts.ts';
import { rollupProgram, settle } from './riscv.ts';
import { batchOf, ETHER, GENESIS_HEAD, hex, TestState, Wallet } from './state.ts';

const program = rollupProgram();

type Make = (a: Wallet, b: Wallet) => Promise<Batch>;

async function isProven(backend: NonNullable<ProverOptions['backend']>, make: Make): Promise<void> {
  const [a, b] = [new Wallet(1), new Wallet(2)];
  const state = new TestState();
  state.genesis([a, b].map(({ address }) => ({ address, balance: ETHER })));
  const { witness } = settle(await loadStf(), await make(a, b), state);
  const prover = await openProver({ backend });
  try {
    const { proof } = await prover.prove(program, witness.input);
    const { exitCode, journal, securityBits } = verify(proof, program);
    assert.equal(exitCode, 0);
    assert.ok(securityBits >= 100);
    assert.equal(hex(journal), hex(witness.journal));
    assert.equal(hex(blake3Bytes(journal)), hex(witness.digest));
    const forged = proof.slice();
    forged[forged.length >> 1]! ^= 1;
    assert.throws(() => verify(forged, program), WispError);
  } finally {
    prover.close();
  }
}

describe('a batch is proven', () => {
  test('by the WebAssembly tier: a transfer, a contract, a message to the L1', () =>
    isProven('wasm', async (a, b) =>
      batchOf(
        GENESIS_HEAD,
        [await a.sign({ to: hex(b.address), value: 5n, gas: 21_000n }), await b.sign({ data: tokenInit(1000n) })],
        [await a.sign({ to: hex(MESSENGER), data: '0x1122', value: 7n, gas: 60_000n })],
      ),
    ));

  // 94 s of processor time on SwiftShader, so no more than one transaction.
  test('by the GPU, or the software adapter: a transfer', () =>
    isProven('gpu', async (a, b) =>
      batchOf(GENESIS_HEAD, [await a.sign({ to: hex(b.address), value: 5n, gas: 21_000n })]),
    ));
});
