// A batch with real transactions, proven end to end by the WebAssembly tier, or by what WISP_ROLLUP_BACKEND names (gpu: the
// GPU, or the software adapter where there is none). What the proof makes public is what the forward run came to.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { blake3Bytes } from '../../src/core/hash.ts';
import { openProver, type ProverOptions, verify, WispError } from '../../src/index.ts';
import { loadStf, MESSENGER } from '../../src/sequencer/stf/index.ts';
import { tokenInit } from './contracts.ts';
import { rollupProgram, settle } from './riscv.ts';
import { batchOf, ETHER, GENESIS_HEAD, hex, TestState, Wallet } from './state.ts';

const backend = (process.env.WISP_ROLLUP_BACKEND ?? 'wasm') as NonNullable<ProverOptions['backend']>;

describe('a batch', () => {
  test('is proven: a transfer, a contract, a message to the L1', async () => {
    const stf = await loadStf();
    const [a, b] = [new Wallet(1), new Wallet(2)];
    const state = new TestState();
    state.genesis([a, b].map(({ address }) => ({ address, balance: ETHER })));
    const batch = batchOf(
      GENESIS_HEAD,
      [await a.sign({ to: hex(b.address), value: 5n, gas: 21_000n }), await b.sign({ data: tokenInit(1000n) })],
      [await a.sign({ to: hex(MESSENGER), data: '0x1122', value: 7n, gas: 60_000n })],
    );
    const { witness } = settle(stf, batch, state);
    const prover = await openProver({ backend });
    try {
      const program = rollupProgram();
      const proven = await prover.prove(program, witness.input);
      const { exitCode, journal, securityBits } = verify(proven.proof, program);
      assert.equal(exitCode, 0);
      assert.ok(securityBits >= 100);
      assert.equal(hex(journal), hex(witness.journal));
      assert.equal(hex(blake3Bytes(journal)), hex(witness.digest));
      const forged = proven.proof.slice();
      forged[forged.length >> 1]! ^= 1;
      assert.throws(() => verify(forged, program), WispError);
    } finally {
      prover.close();
    }
  });
});
