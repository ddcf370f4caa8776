// Segments of a planned run, proven when they are asked for: the committed bundle's very bytes, and the program runs once.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { Backend } from '../../prover/backend.ts';
import { DeviceError } from '../../prover/gpu/device_error.ts';
import { createWasmBackend, type WasmBackend } from '../../prover/wasm/backend.ts';
import { encodeBundleHeader } from '../../src/core/bundle.ts';
import type { OpenedBackend } from '../../src/host/backends.ts';
import { type PlannedSegment, plannedSegments, type SegmentProver } from '../../src/host/planned_segments.ts';
import { buildProgram, loadElf, recordSegment, type SegmentCut } from '../../src/machine/index.ts';
import { bundle, proofs } from '../verifier/bundle_fixture.ts';

const elf = readFileSync(new URL('../../guests/elf/fibonacci.elf', import.meta.url));
const program = buildProgram(loadElf(new Uint8Array(elf)));
const N = bundle.segments.length;
/** Segments that execute: the further ones hold first values only. */
const EXECUTED = 3;

describe('segments of a planned run', () => {
  let wasm: WasmBackend;
  before(async () => {
    wasm = await createWasmBackend({ threads: 1 });
  });
  after(() => wasm.destroy());

  const device = (backend: () => Backend, reopen: () => void = () => {}): PlannedSegment['device'] => ({
    current: () => ({ backend: backend() }) as OpenedBackend,
    reopen: async () => reopen(),
  });
  const job = (segment: number, changes: Partial<PlannedSegment> = {}): PlannedSegment => ({
    ...{ program, input: Uint8Array.of(20, 0, 0, 0), plan: encodeBundleHeader(bundle), segment, segmentSteps: 700 },
    ...{ device: device(() => wasm), ...changes },
  });
  const recorders = { open: 0 };
  const prover = (record: (cut: SegmentCut) => void = () => {}): SegmentProver =>
    plannedSegments((of, input) => {
      recorders.open++;
      return {
        record: async (cut) => {
          record(cut);
          return recordSegment(of, input, cut);
        },
        close: async () => void recorders.open--,
      };
    });

  it('are proven one by one, in any order, from one run of the program', async () => {
    const own = prover();
    for (const segment of [0, 2, 1, 4, 3]) {
      // Every job may bring the input anew.
      assert.deepEqual(await own.prove(job(segment)), proofs[segment], `segment ${segment}`);
    }
    assert.deepEqual(own.counts, { starts: 1, segments: EXECUTED });
    assert.equal(recorders.open, 1);
    await own.close();
    assert.equal(recorders.open, 0);
  });

  it('of another input are of another run; a plan that is not of it is noticed', async () => {
    const own = prover();
    await assert.rejects(own.prove(job(0, { input: Uint8Array.of(21, 0, 0, 0) })), { code: 'run_changed' });
    await assert.rejects(own.prove(job(1, { segmentSteps: 500 })), { code: 'run_changed' });
    await assert.rejects(own.prove(job(N)), { code: 'run_changed' });
    assert.equal(recorders.open, 0, 'what failed keeps nothing');
    assert.deepEqual(await own.prove(job(1)), proofs[1]);
    await own.close();
    assert.equal(own.counts.starts, 3);
  });

  it('are tried again on a fresh device; after an error nothing is kept', async () => {
    const lost: Backend = {
      ...{ name: 'cpu', description: 'none', peakGpuBytes: 0 },
      open: async () => {
        throw new DeviceError('device_lost', 'gone');
      },
      commitColumns: async () => assert.fail('nothing is committed here'),
    };
    let current: Backend = lost;
    const notices: string[] = [];
    const reopening = device(
      () => current,
      () => {
        current = wasm;
      },
    );
    const own = prover();
    const proof = await own.prove(job(0, { device: reopening, onNotice: (text) => void notices.push(text) }));
    assert.deepEqual(proof, proofs[0]);
    assert.deepEqual(notices, ['device lost: restarting the segment on a fresh device']);
    await assert.rejects(own.prove(job(1, { device: device(() => lost) })), { code: 'device_lost' });
    assert.equal(recorders.open, 0);
    await own.close();
  });
});
