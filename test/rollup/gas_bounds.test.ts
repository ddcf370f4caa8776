// What the bound on a batch's gas stands on (src/sequencer/jobs/cutter.ts): micro-ops and memory of the RISC-V build where a
// unit of gas buys the most of them.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { p256 } from '@noble/curves/nist.js';
import { MAX_SEGMENTS } from '../../src/core/bundle.ts';
import { startRun } from '../../src/machine/index.ts';
import { DEFAULT_BATCH_GAS } from '../../src/sequencer/jobs/cutter.ts';
import { DEFAULT_SEGMENT_STEPS } from '../../src/sequencer/jobs/service.ts';
import { buildWitness, type FullStf, loadStf } from '../../src/sequencer/stf/index.ts';
import { rollupProgram } from './riscv.ts';
import { batchOf, bytes, ETHER, GENESIS_HEAD, hex, TestState, Wallet } from './state.ts';

const CONTRACT = bytes(`${'00'.repeat(19)}aa`);
const word = (n: bigint | number): string => BigInt(n).toString(16).padStart(64, '0');
const push2 = (n: number): string => `61${n.toString(16).padStart(4, '0')}`;

/** Code that calls a precompile with `length` bytes of memory for ever; `data`, if any, is put there first. */
function calling(address: number, length: number, data = ''): string {
  const codeOf = (dataAt: number): string => {
    // CODECOPY(0, dataAt, length), or MSTORE(length - 32, 0) to have memory that is paid for.
    const setUp = data === '' ? `5f${push2(length - 32)}52` : `${push2(length)}${push2(dataAt)}5f39`;
    // JUMPDEST; STATICCALL(gas, address, 0, length, 0, 0); POP; JUMP.
    return `${setUp}5b5f5f${push2(length)}5f${push2(address)}5afa50${push2(setUp.length / 2)}56`;
  };
  return codeOf(codeOf(0).length / 2) + data;
}

describe('a unit of gas', () => {
  let stf: FullStf;
  before(async () => {
    stf = await loadStf();
  });

  /** A transaction that spends all of its gas on this code: micro-ops, and bytes of the program's memory. */
  const spend = async (code: string, gas: bigint): Promise<{ steps: number; bytes: number }> => {
    const wallet = new Wallet(1);
    const state = new TestState();
    state.genesis([
      { address: wallet.address, balance: ETHER },
      { address: CONTRACT, code: bytes(code), nonce: 1n },
    ]);
    const batch = batchOf(GENESIS_HEAD, [await wallet.sign({ to: hex(CONTRACT), gas })]);
    const { input } = buildWitness(stf, batch, state, state.tree);
    const run = startRun(rollupProgram(), input, { segmentSteps: 2 ** 22 });
    while (run.next() !== undefined);
    return { steps: run.result.steps, bytes: 4 * run.firstCells().nRows };
  };

  test('costs no more micro-ops than there are for a batch of the most gas', async () => {
    const most = (MAX_SEGMENTS * DEFAULT_SEGMENT_STEPS) / DEFAULT_BATCH_GAS;
    const [secret, hash] = [new Uint8Array(32).fill(5), new Uint8Array(32).fill(9)];
    const point = p256.Point.fromBytes(p256.getPublicKey(secret)).toAffine();
    const signature = p256.sign(hash, secret, { prehash: false });
    const { r, s } = p256.Signature.fromBytes(signature);
    const verification = [BigInt(hex(hash)), r, s, point.x, point.y].map(word).join('');
    const empty = await spend('00', 40_000n);
    const verifying = await spend(calling(0x100, 160, verification), 40_000n);
    // Two calls of 6,900 gas and 127 around each; the third has too little.
    const perGas = (verifying.steps - empty.steps) / 14_054;
    assert.ok(perGas > 100, `${perGas}: it is not verified`);
    assert.ok(perGas < most, `${perGas} of ${most}`);
  });

  test('takes no more memory than there is for it', async () => {
    // The machine keeps two words for one, in 4 GiB.
    const most = 2 ** 31 / DEFAULT_BATCH_GAS;
    const empty = await spend('00', 1_000_000n);
    const copying = await spend(calling(4, 0xffe0), 1_000_000n);
    const perGas = (copying.bytes - empty.bytes) / 979_000;
    assert.ok(perGas < Math.min(12, most), `${perGas} of ${most}`);
  });
});
