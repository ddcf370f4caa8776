import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { DeviceError, type GpuContext, listAdapters, openDevice, prepareAdapter } from '../../prover/gpu/device.ts';

const code = (expected: string) => (error: unknown) => error instanceof DeviceError && error.code === expected;
const SOFTWARE = process.platform === 'linux' && process.arch === 'x64';

describe('device', { skip: SOFTWARE ? false : 'the software adapter is not built for this platform' }, () => {
  let context: GpuContext;
  before(async () => {
    context = await openDevice({ adapter: 'software' });
  });
  after(() => context?.destroy());

  it('describes its adapter', async () => {
    assert.ok(context.adapter.isSwiftShader);
    assert.ok(context.adapter.isSoftware);
    assert.ok((context.adapter.limits.maxBufferSize ?? 0) >= 2 ** 28);
    assert.equal(context.device.limits.maxBufferSize, context.adapter.limits.maxBufferSize);
    const names = (await listAdapters()).map(({ name }) => name);
    assert.ok(names.includes(context.adapter.name));
  });

  it('reports out of memory', async () => {
    const size = context.device.limits.maxBufferSize;
    const buffers: GPUBuffer[] = [];
    await assert.rejects(async () => {
      for (let i = 0; i < 64; i++) {
        buffers.push(
          await context.scoped('a huge buffer', () =>
            context.device.createBuffer({ size, usage: GPUBufferUsage.STORAGE }),
          ),
        );
      }
    }, code('out_of_memory'));
    for (const buffer of buffers) buffer.destroy();
    context.check();
  });

  it('reports invalid calls, and only to the scope that made them', async () => {
    const bad = context.scoped('bad', () => context.device.createBuffer({ size: 4, usage: 0xffff }));
    const good = context.scoped('good', () => context.device.createBuffer({ size: 4, usage: GPUBufferUsage.STORAGE }));
    await assert.rejects(bad, code('validation'));
    (await good).destroy();
    context.check();
  });

  it('reports an error outside of scopes at the next check', async () => {
    const other = await openDevice({ adapter: 'software' });
    other.device.createBuffer({ size: 4, usage: 0xffff });
    await other.guard('wait', other.device.queue.onSubmittedWorkDone());
    assert.throws(() => other.check(), code('validation'));
    other.destroy();
  });

  it('reports a lost device to whoever waits, and at every later check', async () => {
    const other = await openDevice({ adapter: 'software' });
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    const buffer = other.device.createBuffer({ size: 4, usage });
    const waiting = assert.rejects(other.guard('read back', buffer.mapAsync(GPUMapMode.READ)), code('device_lost'));
    other.device.destroy(); // as a driver reset would, behind the context's back
    await waiting;
    assert.equal((await other.lost).code, 'device_lost');
    assert.throws(() => other.check(), code('device_lost'));
    await assert.rejects(other.guard('later', new Promise(() => {})), code('device_lost'));
    other.destroy();
  });

  it('names what it found when no adapter matches', async () => {
    await assert.rejects(openDevice({ adapter: 'Voodoo 2' }), code('no_gpu'));
  });

  it('opens with the server preset', async () => {
    const other = await openDevice({ adapter: 'software', serverPreset: true });
    assert.ok(other.serverPreset);
    other.destroy();
  });

  it('opens in a worker once the main thread has prepared it', async () => {
    await prepareAdapter({ adapter: 'software' });
    const source = `import { parentPort } from 'node:worker_threads';
      import { register } from '${import.meta.resolve('tsx/esm/api')}';
      register();
      const { openDevice } = await import('${new URL('../../prover/gpu/device.ts', import.meta.url).href}');
      const context = await openDevice({ adapter: 'software' });
      const name = context.adapter.name;
      context.destroy();
      parentPort.postMessage(name);`;
    const url = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
    const worker = new Worker(url);
    try {
      const name: unknown = await new Promise((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      });
      assert.equal(name, context.adapter.name);
    } finally {
      await worker.terminate();
    }
  });

  it('lets the process end although a device is open', () => {
    const script = `import { openDevice } from './prover/gpu/device.ts';
      const context = await openDevice({ adapter: 'software' }); console.log(context.adapter.isSwiftShader);`;
    const args = ['--import', 'tsx', '--input-type=module', '-e', script];
    const run = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 300_000 });
    assert.equal(run.status, 0, run.stderr);
    assert.equal(run.stdout.trim(), 'true');
  });
});
