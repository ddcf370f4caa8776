// `npm run web`: the page as it is served while one works on it, from the sources, with the headers that threads need.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createServer } from 'vite';
import { browserSupported, launchChromium } from '../browser/chromium.ts';
import { PATIENCE_MS, proveNow, ROOT, whenReady } from './site.ts';

describe('the page from its sources', {
  skip: browserSupported ? false : 'no packaged browser for this platform',
}, () => {
  it('proves', { timeout: 300_000 }, async () => {
    const cacheDir = mkdtempSync(join(tmpdir(), 'wisp-vite-'));
    const server = await createServer({
      ...{ configFile: join(ROOT, 'vite.config.ts'), root: join(ROOT, 'src/web'), cacheDir, logLevel: 'error' },
      // No reloads when someone works on the sources meanwhile.
      server: { port: 0, hmr: false, watch: null },
    });
    await server.listen();
    const browser = await launchChromium();
    try {
      const page = await browser.newPage({ locale: 'en-US' });
      page.setDefaultTimeout(PATIENCE_MS);
      const [url = ''] = server.resolvedUrls?.local ?? [];
      await page.goto(url);
      await whenReady(page);
      assert.ok(await page.evaluate(() => crossOriginIsolated));
      await proveNow(page);
      assert.match((await page.textContent('#result')) ?? '', /6765/);
    } finally {
      await browser.close();
      await server.close();
      rmSync(cacheDir, { recursive: true, force: true });
    }
  });
});
