// Runs a batch every way there is, and compares: block by block forward, whole forward, and as the program that is proven.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { buildProgram, type Execution, execute, loadElf, type Program } from '../../src/machine/index.ts';
import {
  type Batch,
  type BatchWitness,
  buildWitness,
  type FullReceipt,
  type FullStf,
} from '../../src/sequencer/stf/index.ts';
import { hex, type TestState } from './state.ts';

let program: Program | undefined;

export function rollupProgram(): Program {
  program ??= buildProgram(loadElf(readFileSync(new URL('../../guests/elf/rollup.elf', import.meta.url))));
  return program;
}

/** Runs the RISC-V build on an input. */
export const runGuest = (input: Uint8Array): Execution =>
  execute(rollupProgram(), input, { records: false, maxCycles: 2 ** 34 });

const isZero = (value: unknown): boolean => value instanceof Uint8Array && value.every((byte) => byte === 0);
const sorted = (map: Map<string, unknown>): [string, unknown][] =>
  [...map].filter(([, value]) => !isZero(value)).sort(([a], [b]) => (a < b ? -1 : 1));

export interface Settled {
  readonly receipts: FullReceipt[];
  readonly witness: BatchWitness;
  readonly execution: Execution;
}

const printed = (value: unknown): string => JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}` : v));

/** Moves `state` and its tree over the batch. Refused transactions fail the test. */
export function settle(stf: FullStf, batch: Batch, state: TestState): Settled {
  const copy = state.copy();
  const receipts: FullReceipt[] = [];
  let { number, hash, deposits } = batch.head;
  for (const { env, transactions } of batch.blocks) {
    number++;
    const block = stf.beginBlock({ ...env, number, chainId: batch.chainId, parentHash: hash }, copy, deposits);
    for (const raw of transactions) {
      const result = block.apply(raw);
      assert.ok(!('invalid' in result), `refused: ${printed(result)}`);
      receipts.push(result);
    }
    const output = block.end();
    assert.deepEqual(keccak_256(output.header), output.blockHash);
    copy.apply(output.diff);
    copy.headers.set(number, output.header);
    hash = output.blockHash;
    deposits = output.deposits;
  }
  const header = (n: bigint): Uint8Array => state.headers.get(n)!;
  const witness = buildWitness(stf, batch, state, state.tree, header);
  state.apply(witness.run.diff);
  for (const [n, bytes] of copy.headers) state.headers.set(n, bytes);
  assert.equal(hex(witness.run.head.hash), hex(hash));
  assert.deepEqual(witness.run.head.deposits, deposits);
  assert.deepEqual(sorted(state.accounts), sorted(copy.accounts));
  assert.deepEqual(sorted(state.slots), sorted(copy.slots));
  const execution = runGuest(witness.input);
  assert.equal(hex(execution.journal), hex(witness.journal));
  assert.equal(hex(execution.digest), hex(witness.digest));
  return { receipts, witness, execution };
}
