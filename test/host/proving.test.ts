// Runs whose segments do not fit their tables are cut finer; other failures pass through.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Backend } from '../../prover/backend.ts';
import { ProverError, type ProverErrorCode } from '../../prover/errors.ts';
import { planRun } from '../../prover/run.ts';
import { verifyingKey } from '../../src/air/key.ts';
import { testing } from '../../src/core/params.ts';
import { type ProveJob, proveRun } from '../../src/host/proving.ts';
import { memoryStores } from '../../src/host/store.ts';
import { buildProgram, loadElf } from '../../src/machine/index.ts';
import { programTables } from '../../src/machine/tables.ts';
import { assemble, haltingProgram } from '../machine/asm.ts';

const program = buildProgram(loadElf(assemble(haltingProgram('li s0, 20000; l: addi s0, s0, -1; bnez s0, l'))));
const NONE = new Uint8Array(0);

/** Commits nothing, proves nothing. */
const backend: Backend = {
  name: 'cpu',
  description: 'none',
  open: async () => assert.fail('nothing is to be proven'),
  commitColumns: async () => new Uint32Array(8),
  peakGpuBytes: 0,
};

interface Attempt {
  readonly notices: readonly string[];
  readonly code: string;
  readonly reopened: number;
}

const attempt = async (code: ProverErrorCode, segmentSteps?: number): Promise<Attempt> => {
  const notices: string[] = [];
  let reopened = 0;
  const job: ProveJob = {
    program,
    input: NONE,
    params: testing,
    device: {
      current: () => ({ backend, adapter: null, sessions: 1, segmentSteps: () => 2 ** 14, close: () => {} }),
      reopen: async () => void reopened++,
    },
    stores: memoryStores(),
    segmentSteps,
    recorder: () => ({ record: async () => Promise.reject(new ProverError(code, code)), close: async () => {} }),
    onEvent: () => {},
    onNotice: (text) => void notices.push(text),
  };
  const error = await proveRun(job).then(
    () => assert.fail(),
    (e: unknown) => e,
  );
  assert.ok(error instanceof ProverError, String(error));
  return { notices, code: error.code, reopened };
};

describe('a table that is too long', () => {
  it('halves the segments, down to a bound', async () => {
    assert.deepEqual(await attempt('too_long'), {
      notices: [2 ** 13, 2 ** 12].map((n) => `a table is too long: trying again with segments of ${n} micro-ops`),
      code: 'too_long',
      reopened: 0,
    });
  });

  it('is told where the length of segments was asked for, as are other errors', async () => {
    assert.deepEqual(await attempt('too_long', 2 ** 14), { notices: [], code: 'too_long', reopened: 0 });
    assert.deepEqual(await attempt('bad_record'), { notices: [], code: 'bad_record', reopened: 0 });
  });

  it('of cells is told before it is committed', async () => {
    const address = new Uint32Array(2 ** 22 + 1);
    const cells = { address, valueIn: address, segmentIn: address, valueOut: address };
    const cut = { index: 0, exit: 1, exitClk: 8, cells };
    const source = { start: () => ({ next: () => cut, result: assert, firstCells: assert.fail }), record: assert.fail };
    const tables = programTables(program);
    const options = { params: testing, maxFirstLog: 18 };
    const planned = planRun(source as never, verifyingKey(tables, testing.logBlowup), backend, options);
    await assert.rejects(planned, { code: 'too_long', message: /touches 4194305 cells/ });
  });
});
