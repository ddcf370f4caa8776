import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { verdictOn, webGpuAdvice } from '../../src/web/support.ts';
import type { Hardware } from '../../src/web/worker/api.ts';
import { browserSupported } from '../browser/chromium.ts';
import { openSite, proveNow, type Site, type SiteOptions, whenReady } from './site.ts';

const skip = browserSupported ? false : 'no packaged browser for this platform';

/** Runs in the worker. */
const RUN_OUT_ONCE = `
  const { submit } = GPUQueue.prototype;
  const { popErrorScope } = GPUDevice.prototype;
  let submits = 0;
  let isOut = false;
  GPUQueue.prototype.submit = function (...args) {
    isOut ||= ++submits === 4;
    return submit.apply(this, args);
  };
  GPUDevice.prototype.popErrorScope = function () {
    const real = popErrorScope.call(this);
    if (!isOut) return real;
    isOut = false;
    return real.then(() => new GPUOutOfMemoryError('made up'));
  };`;

/** The least that WebGPU promises; runs in the worker. */
const SMALL_LIMITS = `
  const least = (name, value) =>
    Object.defineProperty(GPUSupportedLimits.prototype, name, { get: () => value });
  least('maxBufferSize', 2 ** 28);
  least('maxStorageBufferBindingSize', 2 ** 27);`;

/** Runs in the worker. The first device is lost over its fourth recording, in the middle of the proof. */
const LOSE_ONCE = `
  const { requestDevice } = GPUAdapter.prototype;
  const { submit } = GPUQueue.prototype;
  let first;
  let submits = 0;
  GPUAdapter.prototype.requestDevice = async function (...args) {
    const device = await requestDevice.apply(this, args);
    first ??= device;
    return device;
  };
  GPUQueue.prototype.submit = function (...args) {
    submit.apply(this, args);
    if (++submits === 4) first.destroy();
  };`;

async function withSite(options: SiteOptions, use: (site: Site) => Promise<void>): Promise<void> {
  const site = await openSite(options);
  try {
    await use(site);
  } finally {
    await site.close();
  }
}

describe('where there is no GPU', { skip }, () => {
  it('and no WebGPU, proves by WebAssembly and says what would help', { timeout: 300_000 }, async () => {
    await withSite({ insecure: true }, async (site) => {
      const { page, complaints } = await site.open();
      await whenReady(page);
      const said = (await page.textContent('#verdict')) ?? '';
      assert.match(said, /This browser has no WebGPU.*WebAssembly on one thread.*only to pages from https/);
      assert.ok(await page.locator('#backend option[value="gpu"]').isDisabled());
      await proveNow(page);
      assert.match((await page.textContent('#result')) ?? '', /made byWebAssembly/);
      // Chromium says that it ignores COOP here.
      assert.deepEqual(
        complaints.filter((text) => !/Cross-Origin-Opener-Policy/.test(text)),
        [],
      );
    });
  });

  it('and no adapter, and no isolation, proves on one thread', { timeout: 300_000 }, async () => {
    await withSite({ webGpu: 'no adapter', isolated: false }, async (site) => {
      const { page } = await site.open();
      await whenReady(page);
      const said = (await page.textContent('#verdict')) ?? '';
      assert.match(said, /WebGPU finds no GPU|no WebGPU/);
      assert.match(said, /on one thread, since the server of this page does not send the headers/);
      await proveNow(page);
      assert.match((await page.textContent('#live-body')) ?? '', /WebAssembly on 1 thread/);
    });
  });
});

describe('trouble with the device', { skip }, () => {
  it('a lost one is replaced, and the visitor told', { timeout: 300_000 }, async () => {
    await withSite({}, async (site) => {
      const { page } = await site.open();
      await whenReady(page);
      const [worker] = page.workers();
      assert.ok(worker);
      await worker.evaluate(LOSE_ONCE);
      await page.selectOption('#backend', 'gpu');
      await proveNow(page);
      assert.match((await page.textContent('#notices')) ?? '', /device lost: starting again on a fresh one/);
    });
  });

  it('out of memory, the proof is tried again in smaller segments', { timeout: 300_000 }, async () => {
    await withSite({}, async (site) => {
      const { page } = await site.open();
      await whenReady(page);
      await page.workers()[0]?.evaluate(RUN_OUT_ONCE);
      await page.selectOption('#backend', 'gpu');
      await proveNow(page);
      assert.match((await page.textContent('#notices')) ?? '', /out of memory: trying again with segments of \d+/);
    });
  });

  it('small limits make segments shorter, and the page says so', { timeout: 300_000 }, async () => {
    await withSite({}, async (site) => {
      const { page } = await site.open();
      await whenReady(page);
      await page.selectOption('#backend', 'gpu');
      const planned = async (memory: string): Promise<number> => {
        await page.selectOption('#memory', memory);
        await page.waitForSelector('#plan[aria-busy="false"]');
        const [, digits = ''] = /up to ([\d\s]+) micro-ops/.exec((await page.textContent('#plan')) ?? '') ?? [];
        return Number(digits.replaceAll(/\s/g, ''));
      };
      const roomy = await planned('8G');
      await page.workers()[0]?.evaluate(SMALL_LIMITS);
      const tight = await planned('24G');
      assert.ok(tight > 0 && tight < roomy, `${tight} of ${roomy}`);
      assert.match((await page.textContent('#plan')) ?? '', /binds only 128\.0 MiB at once/);
    });
  });
});

describe('advice on WebGPU', () => {
  const agents: [string, RegExp][] = [
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', /about:config/],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0', /141 on Windows/],
    ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36', /enable-unsafe-webgpu/],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.0 Safari/605.1.15', /version 26/],
    ['curl/8', /Chrome or Edge/],
  ];
  for (const [userAgent, expected] of agents)
    it(userAgent.slice(-24), () => assert.match(webGpuAdvice({ userAgent, isSecure: true }), expected));
  it('asks for https first', () => assert.match(webGpuAdvice({ userAgent: '', isSecure: false }), /https/));

  const hardware: Hardware = {
    ...{ hasWebGpu: false, adapter: null, auto: 'wasm', threads: 1, isolated: true, sharesMemory: false },
  };
  it('tells a browser without shared memory from a machine of one core', () => {
    const [[safari = ''] = []] = agents.slice(3);
    const said = (found: Hardware): string => verdictOn(found, { userAgent: safari, isSecure: true }).text;
    assert.match(said(hardware), /one thread, since this browser lets threads share no memory.*Safari has WebGPU/);
    assert.match(said({ ...hardware, sharesMemory: true }), /since this machine offers no more/);
    assert.match(said({ ...hardware, isolated: false }), /does not send the headers/);
  });
  it('in Firefox with a software adapter is about the driver', () => {
    const [[firefox = ''] = []] = agents;
    const adapter = {
      ...{ name: 'unnamed adapter', vendor: '', architecture: '', isSoftware: true, isSwiftShader: false },
      ...{ subgroupMinSize: 4, subgroupMaxSize: 4, features: [], limits: {} },
    };
    const { title, text } = verdictOn(
      { ...hardware, hasWebGpu: true, adapter },
      { userAgent: firefox, isSecure: true },
    );
    assert.match(title, /software adapter/);
    assert.match(text, /about:support/);
    assert.doesNotMatch(text, /about:config/);
  });
});
