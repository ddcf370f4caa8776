// Runs in segments, proven: the committed bundle's very bytes, what is proven stays proven, what fails is tried again, and
// a run that changed under the prover is noticed.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { Backend } from '../../prover/backend.ts';
import { ProverError } from '../../prover/errors.ts';
import { DeviceError } from '../../prover/gpu/device_error.ts';
import {
  type Cut,
  type CutRun,
  planRun,
  proveSegments,
  type RunHeader,
  type RunSource,
  type SegmentProver,
} from '../../prover/run.ts';
import { createWasmBackend, type WasmBackend } from '../../prover/wasm/backend.ts';
import { type VerifyingKey, verifyingKey } from '../../src/air/key.ts';
import { decodeBundleHeader, encodeBundleHeader, MAX_SEGMENTS } from '../../src/core/bundle.ts';
import { WispError } from '../../src/core/errors.ts';
import { testing } from '../../src/core/params.ts';
import { buildProgram, loadElf, recordSegment, type SegmentCut, startRun } from '../../src/machine/index.ts';
import { programTables } from '../../src/machine/tables.ts';
import { bundle, headerBytes, proofs } from '../verifier/bundle_fixture.ts';

const elf = readFileSync(new URL('../../guests/elf/fibonacci.elf', import.meta.url));
const program = buildProgram(loadElf(new Uint8Array(elf)));
const tables = programTables(program);
const key: VerifyingKey = verifyingKey(tables, testing.logBlowup);
const input = Uint8Array.of(20, 0, 0, 0);
/** As scripts/proof_fixture.ts has them. */
const SEGMENT_STEPS = 700;
const MAX_FIRST_LOG = 9;
const options = { params: testing, maxFirstLog: MAX_FIRST_LOG };
const header: RunHeader = bundle;
const N = header.segments.length;
/** Segments that execute. */
const EXECUTED = 3;

const source = (segmentSteps = SEGMENT_STEPS, stdin = input): RunSource<SegmentCut> => ({
  start: () => startRun(program, stdin, { segmentSteps }),
  record: async (cut) => recordSegment(program, stdin, cut),
});
const codeOf = async (run: Promise<unknown>): Promise<string> => {
  try {
    await run;
  } catch (error) {
    if (error instanceof WispError) return error.code;
    throw error;
  }
  return 'done';
};

/** A tier that commits nothing and proves nothing. */
const idle = (open: Backend['open'] = async () => assert.fail('nothing is to be proven')): Backend => ({
  name: 'cpu',
  description: 'none',
  open,
  commitColumns: async () => new Uint32Array(8),
  peakGpuBytes: 0,
});
/** Collects proofs; the segments of `known` are there already. */
const collect = (backend: Backend, known: readonly number[], log: string[] = []) => {
  const saved = new Map<number, Uint8Array>();
  const prover: SegmentProver = {
    backend: async () => backend,
    has: (index) => known.includes(index),
    save: (index, proof) => {
      log.push(`save ${index}`);
      saved.set(index, proof);
    },
  };
  return { saved, prover };
};
const without = (...missing: readonly number[]): number[] =>
  Array.from({ length: N }, (_, i) => i).filter((i) => !missing.includes(i));

describe('a run in segments', () => {
  let wasm: WasmBackend;
  before(async () => {
    wasm = await createWasmBackend({ threads: 1 });
  });
  after(() => wasm.destroy());

  it('is planned and proven to the bytes of the committed bundle, records ahead of proofs', async () => {
    const planned = await planRun(source(), key, wasm, options);
    assert.ok(planned);
    const lengths = bundle.proofBytes;
    assert.deepEqual(encodeBundleHeader({ ...planned, proofBytes: lengths }), headerBytes);

    const log: string[] = [];
    const own = source();
    const logged: RunSource<SegmentCut> = {
      start: own.start,
      record: (cut) => {
        log.push(`record ${cut.index}`);
        return own.record(cut);
      },
    };
    const { saved, prover } = collect(wasm, [], log);
    const stages = new Set<string>();
    const onStage = (index: number, stage: string): void => void stages.add(`${index} ${stage}`);
    await proveSegments(logged, tables, key, planned, { ...prover, onStage });
    for (const [i, proof] of proofs.entries()) assert.deepEqual(saved.get(i), proof, `segment ${i}`);
    assert.equal(stages.size, 6 * N);
    // The next segment is recorded while one is proven, and no further one before that is done.
    const expected = ['record 0', 'record 1', 'save 0', 'record 2', 'save 1', 'save 2', 'save 3', 'save 4'];
    assert.deepEqual(log, expected);
  });

  it('goes on from what is proven', async () => {
    for (const missing of [[], [4], [1], [0, 3]]) {
      const { saved, prover } = collect(wasm, without(...missing));
      await proveSegments(source(), tables, key, header, prover);
      assert.deepEqual([...saved.keys()], missing);
      for (const i of missing) assert.deepEqual(saved.get(i), proofs[i]);
    }
  });

  it('tries a segment again on the backend that it is then given', async () => {
    const lost = idle(async () => {
      throw new DeviceError('device_lost', 'gone');
    });
    const { saved, prover } = collect(wasm, without(1, 3));
    let current: Backend = lost;
    const attempts: string[] = [];
    await proveSegments(source(), tables, key, header, {
      ...prover,
      backend: async () => current,
      save: (index, proof) => {
        prover.save(index, proof);
        current = lost;
      },
      retry: (error, attempt) => {
        attempts.push(`${(error as DeviceError).code} ${attempt}`);
        if (attempt === 2) current = wasm;
        return true;
      },
    });
    assert.deepEqual(attempts, ['device_lost 1', 'device_lost 2', 'device_lost 1', 'device_lost 2']);
    assert.deepEqual(
      [...saved],
      [1, 3].map((i) => [i, proofs[i]]),
    );
  });

  it('gives the error on, where there is no trying again', async () => {
    const lost = idle(async () => {
      throw new DeviceError('device_lost', 'gone');
    });
    const { saved, prover } = collect(lost, without(0, 1));
    assert.equal(await codeOf(proveSegments(source(), tables, key, header, prover)), 'device_lost');
    const never = { ...prover, retry: (_: unknown, attempt: number) => attempt < 3 };
    assert.equal(await codeOf(proveSegments(source(), tables, key, header, never)), 'device_lost');
    assert.equal(saved.size, 0);
  });

  it('an error of the recorder is reported when its records are needed, and no earlier proof is lost', async () => {
    const own = source();
    const failing: RunSource<SegmentCut> = {
      start: own.start,
      record: async (cut) => {
        if (cut.index === 1) throw new ProverError('bad_record', 'a worker failed');
        return own.record(cut);
      },
    };
    const { saved, prover } = collect(wasm, without(0, 1));
    const unhandled: unknown[] = [];
    const listen = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', listen);
    try {
      assert.equal(await codeOf(proveSegments(failing, tables, key, header, prover)), 'bad_record');
      await new Promise((resolve) => setTimeout(resolve, 5));
    } finally {
      process.off('unhandledRejection', listen);
    }
    assert.deepEqual([[...saved.keys()], unhandled], [[0], []]);
  });

  it('an error of whoever keeps the proofs is theirs, and may be retried', async () => {
    const { prover } = collect(wasm, without(4));
    const full = {
      ...prover,
      save: () => {
        throw new ProverError('device', 'the disk is full');
      },
    };
    assert.equal(await codeOf(proveSegments(source(), tables, key, header, full)), 'device');
  });
});

describe('a run that changed', () => {
  const change = async (run: RunSource<SegmentCut>, other: Partial<RunHeader> = {}): Promise<string> =>
    codeOf(proveSegments(run, tables, key, { ...header, ...other }, collect(idle(), without()).prover));

  it('is noticed by its cuts', async () => {
    assert.equal(await change(source()), 'done');
    assert.equal(await change(source(500)), 'run_changed');
    assert.equal(await change(source(2000)), 'run_changed');
    assert.equal(await change(source(SEGMENT_STEPS, Uint8Array.of(40, 0, 0, 0))), 'run_changed');
  });

  it('is noticed by a header that lacks segments, or says other things of them', async () => {
    assert.equal(await change(source(), { segments: header.segments.slice(0, 2) }), 'run_changed');
    for (const [i, other] of [
      [0, { boundaryRows: 95 }],
      [0, { exitClk: 8 }],
      [1, { exit: 1 }],
      [1, { exit: null }],
      [2, { exit: 1 }],
    ] as const) {
      const segments = header.segments.map((s, k) => (k === i ? { ...s, ...other } : s));
      assert.equal(await change(source(), { segments }), 'run_changed');
    }
  });

  it('is noticed by a nonce that shows no work', async () => {
    assert.equal(await change(source(), { nonce: [1, 0] }), 'run_changed');
    const params = { ...testing, targetBits: 120 };
    assert.equal(await change(source(), { params }), 'run_changed');
  });
});

describe('planning', () => {
  it('a run of one segment is none', async () => {
    assert.equal(await planRun(source(2 ** 20), key, idle(), options), undefined);
  });

  it('first tuples take further segments, as many as they need', async () => {
    const rows = (log: number): number => (log < 0 ? 0 : 2 ** log);
    for (const [maxFirstLog, expected] of [
      [18, [11]],
      [10, [10, 9]],
      [9, [9, 9, 9]],
      [8, [8, 8, 8, 8, 8, 8]],
    ] as const) {
      const planned = await planRun(source(), key, idle(), { params: testing, maxFirstLog });
      assert.ok(planned);
      const last = planned.segments.slice(EXECUTED - 1);
      assert.deepEqual(
        last.map((s) => s.logFirst),
        expected,
      );
      assert.ok(planned.segments.slice(0, EXECUTED - 1).every((s) => s.logFirst === -1 && s.exit !== null));
      assert.ok(last.every((s) => s.exit === null && s.exitClk === 0));
      assert.ok(last.slice(1).every((s) => s.logBoundary === -1 && s.boundaryRows === 0));
      assert.ok(planned.segments.every((s) => s.boundaryRows <= rows(s.logBoundary)));
      const bytes = encodeBundleHeader({ ...planned, proofBytes: planned.segments.map(() => 0) });
      assert.deepEqual(decodeBundleHeader(bytes).segments, planned.segments);
    }
  });

  it('the work before the run is found, and is what the header shows', async () => {
    // 120 bits of 124 - log2(terms * width): some 13 bits of work.
    const params = { ...testing, targetBits: 116 };
    const planned = await planRun(source(), key, idle(), { ...options, params });
    assert.ok(planned);
    assert.notDeepEqual(planned.nonce, [0, 0]);
    assert.equal(
      await codeOf(proveSegments(source(), tables, key, planned, collect(idle(), without()).prover)),
      'done',
    );
    const [low, high] = planned.nonce;
    const off: RunHeader = { ...planned, nonce: [low ^ 1, high] };
    const found = await codeOf(proveSegments(source(), tables, key, off, collect(idle(), without()).prover));
    assert.equal(found, 'run_changed');
  });

  it('more segments than there are numbers', async () => {
    const one = Uint32Array.of(2 ** 30);
    const cells = { address: one, valueIn: one, segmentIn: one, valueOut: one };
    const endless = (count: number): RunSource<Cut> => {
      let index = 0;
      const run: CutRun<Cut> = {
        next: () => {
          if (index === count) return undefined;
          const exit = index === count - 1 ? null : 1;
          return { index: index++, exit, exitClk: 8, cells };
        },
        result: { exitCode: 0, journal: new Uint8Array(0) },
        firstCells: () => ({
          fields: ['image', 'chained', 'address', 'initial', 'lastnext', 'final', 'finalseg'],
          nRows: 1,
          data: Uint32Array.of(1, 0, 2 ** 30, 0, 0, 0, count),
        }),
      };
      return { start: () => run, record: () => assert.fail('nothing is to be recorded') };
    };
    assert.equal(await codeOf(planRun(endless(MAX_SEGMENTS + 1), key, idle(), options)), 'too_many_segments');
  });

  it('a program that fails fails as the machine says', async () => {
    await assert.rejects(planRun(source(SEGMENT_STEPS, new Uint8Array(0)), key, idle(), options), /input/);
  });
});
