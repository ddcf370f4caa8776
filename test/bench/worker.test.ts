// The processes that measure: one opens the software adapter, measures its limits and reports in the format of the results.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { recordSpans } from '../../bench/spans.ts';
import { type Reply, runTask } from '../../bench/worker_host.ts';
import { GpuRuntime } from '../../prover/gpu/runtime.ts';

const choice = {
  backend: 'auto',
  adapter: 'software',
  memory: undefined,
  segmentSteps: undefined,
  threads: undefined,
  serverPreset: false,
} as const;

describe('worker processes', () => {
  it('open the tier with the threads that are asked for, and say how many it has', async () => {
    const wasm = { ...choice, backend: 'wasm', adapter: undefined };
    for (const threads of [1, 2]) {
      const replies: Reply[] = [];
      const task = { kind: 'kernels', choice: { ...wasm, threads }, quick: true, limitsOnly: true } as const;
      assert.equal(await runTask(task, (reply) => void replies.push(reply)), undefined);
      const [backend, limits] = replies;
      assert.deepEqual(backend, { kind: 'backend', name: 'wasm', threads });
      assert.ok(limits?.kind === 'limits' && replies.length === 2);
      const { clock, ...rates } = limits.limits;
      assert.equal(clock, 'wall');
      for (const [name, rate] of Object.entries(rates)) assert.ok(rate > 0 && Number.isFinite(rate), name);
    }
    const gpu = { kind: 'kernels', choice: { ...choice, threads: 2 }, quick: true, limitsOnly: true } as const;
    assert.match((await runTask(gpu, () => {})) ?? '', /threads means nothing to the backend gpu/);
    const unchecked = { ...gpu, choice: { ...wasm, serverPreset: true } } as const;
    assert.match((await runTask(unchecked, () => {})) ?? '', /server-preset means nothing to the backend wasm/);
  });

  it('measure the limits of a device', async () => {
    const replies: Reply[] = [];
    const task = { kind: 'kernels', choice, quick: true, limitsOnly: true } as const;
    assert.equal(await runTask(task, (reply) => void replies.push(reply)), undefined);
    assert.deepEqual(
      replies.map((reply) => reply.kind),
      ['backend', 'device', 'limits'],
    );
    const limits = replies.flatMap((reply) => (reply.kind === 'limits' ? [reply.limits] : []))[0];
    const { clock, ...rates } = limits ?? {};
    assert.ok(clock !== undefined);
    for (const [name, rate] of Object.entries(rates)) assert.ok(rate >= 0 && Number.isFinite(rate), name);
    assert.ok((limits?.copyBytesPerSecond ?? 0) > 1e7 && (limits?.simpleOpsPerSecond ?? 0) > 1e7);
  });

  it('say why they cannot', async () => {
    const task = { kind: 'growth', choice: { ...choice, backend: 'abacus' } } as const;
    const options = { fromLog: 13, toLog: 13, minutes: 1 };
    assert.match((await runTask({ ...task, options }, () => {})) ?? '', /no backend "abacus": auto, /);
  });

  it('leave the runtime as it was once spans are recorded', () => {
    const before = GpuRuntime.prototype.start;
    const recorder = recordSpans();
    assert.notEqual(GpuRuntime.prototype.start, before);
    recorder.stop();
    assert.equal(GpuRuntime.prototype.start, before);
  });
});
