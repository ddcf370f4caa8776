// GPU time by kernel of recordings that are handed over one behind the other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsView, packedColumns } from '../../prover/gpu/columns.ts';
import { scanCyclic } from '../../prover/gpu/kernels/scan.ts';
import { Recording } from '../../prover/gpu/recording.ts';
import { randomField } from '../random_words.ts';
import { emptyBuffer, testRuntime, uploadColumns } from './harness.ts';

const runtime = await testRuntime();
const timed = runtime.context.device.features.has('timestamp-query');
const LOG = 8;

test('timestamps wait for no work that came later', { skip: timed ? false : 'no timestamps here' }, async () => {
  const { queue } = runtime.context.device;
  const submit = queue.submit.bind(queue);
  let submits = 0;
  queue.submit = (buffers) => {
    submits++;
    submit(buffers);
  };
  const scan = async (spans: Map<string, number>) => {
    const recording = new Recording();
    const columns = [0, 1, 2, 3].map((seed) => randomField(seed, 2 ** LOG));
    const values = columnsView(uploadColumns(runtime, recording, columns));
    const out = packedColumns(emptyBuffer(runtime, recording, 4 * 2 ** LOG), 4, LOG);
    scanCyclic(recording, runtime.pool, values, out, emptyBuffer(runtime, recording, 4), 0);
    return runtime.start(recording, { spans });
  };
  try {
    const spans = [new Map<string, number>(), new Map<string, number>()] as const;
    const first = await scan(spans[0]);
    const second = await scan(spans[1]);
    const handedOver = submits;
    await first.done;
    await second.done;
    assert.equal(submits, handedOver, 'reading them submits nothing behind what was handed over');
    for (const times of spans) {
      assert.ok(times.size > 0);
      for (const [kernel, ms] of times) assert.ok(ms >= 0 && ms < 60_000, `${kernel}: ${ms} ms`);
    }
    assert.deepEqual([...spans[0].keys()], [...spans[1].keys()]);
  } finally {
    queue.submit = submit;
  }
});
