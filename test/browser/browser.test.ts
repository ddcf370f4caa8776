import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { browserSupported } from './chromium.ts';
import { type BrowserSession, openBrowserSession } from './run_in_browser.ts';

describe('in a browser', { skip: browserSupported ? false : 'no packaged browser for this platform' }, () => {
  let session: BrowserSession;
  before(async () => {
    session = await openBrowserSession();
  });
  after(async () => {
    await session?.close();
  });

  it('opens a device and computes', async () => {
    const result = await session.runInBrowser<{ adapter: string; values: number[] }>(
      'test/browser/compute_module.ts',
      'squares',
      1000,
    );
    assert.match(result.adapter, /swiftshader/i);
    assert.deepEqual(
      result.values,
      Array.from({ length: 1000 }, (_, i) => i * i),
    );
  });

  it('reports what the page throws', async () => {
    await assert.rejects(session.runInBrowser('test/browser/compute_module.ts', 'missing'), /exports no missing/);
  });
});
