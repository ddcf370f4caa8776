// Runs whose segments do not fit their tables or the memory are cut finer, lost devices are replaced; other failures pass
// through.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { Backend } from '../../prover/backend.ts';
import { ProverError, type ProverErrorCode } from '../../prover/errors.ts';
import { DeviceError, type DeviceErrorCode } from '../../prover/gpu/device_error.ts';
import { planRun } from '../../prover/run.ts';
import { createWasmBackend } from '../../prover/wasm/backend.ts';
import { verifyingKey } from '../../src/air/key.ts';
import { presets, testing } from '../../src/core/params.ts';
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

describe('a device', async () => {
  const wasm = await createWasmBackend({ threads: 1 });
  after(() => wasm.destroy());

  /** Proves the run on a device that fails `failures` times, each time when a proof begins. */
  const proveOn = async (code: DeviceErrorCode, failures: number, segmentSteps?: number) => {
    const notices: string[] = [];
    let [left, reopened] = [failures, 0];
    const open: Backend['open'] = async (input, start) => {
      if (left-- > 0) throw new DeviceError(code, code);
      return wasm.open(input, start);
    };
    const failing: Backend = {
      ...{ name: wasm.name, description: wasm.description, peakGpuBytes: 0, open },
      commitColumns: async (columns, logBlowup) => wasm.commitColumns(columns, logBlowup),
    };
    const proven = proveRun({
      ...{ program, input: NONE, params: presets.standard, stores: memoryStores(), segmentSteps },
      device: {
        current: () => ({ backend: failing, adapter: null, sessions: 1, segmentSteps: () => 2 ** 16, close: () => {} }),
        reopen: async () => void reopened++,
      },
      onEvent: () => {},
      onNotice: (text) => void notices.push(text),
    });
    return { segments: (await proven).segments, notices, reopened };
  };

  it('that is lost is replaced, and the run or the segment goes on', async () => {
    assert.deepEqual(await proveOn('device_lost', 2), {
      ...{ segments: 1, reopened: 2 },
      notices: Array(2).fill('device lost: starting again on a fresh one'),
    });
    assert.deepEqual(await proveOn('device_lost', 1, 2 ** 15), {
      ...{ segments: 2, reopened: 1 },
      notices: ['device lost: restarting the segment on a fresh device'],
    });
  });

  it('that runs out of memory proves shorter segments', async () => {
    assert.deepEqual(await proveOn('out_of_memory', 1), {
      ...{ segments: 2, reopened: 1 },
      notices: ['out of memory: trying again with segments of 32768 micro-ops'],
    });
  });

  it('that is lost again and again is given up', async () => {
    await assert.rejects(proveOn('device_lost', 3), { code: 'device_lost' });
  });
});
