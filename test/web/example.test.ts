// The example of the library in a browser: examples/browser, as the README shows it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { browserSupported, launchChromium } from '../browser/chromium.ts';
import { buildSite, ROOT, serveSite } from './site.ts';

describe('the example for browsers', {
  skip: browserSupported ? false : 'no packaged browser for this platform',
}, () => {
  it('proves in a worker and verifies on the page', { timeout: 300_000 }, async () => {
    const built = await buildSite('examples/browser');
    const served = await serveSite(built.folder);
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      await page.goto(served.url);
      await page.waitForFunction(() => document.body.textContent?.includes('='), undefined, { timeout: 200_000 });
      assert.match((await page.textContent('body')) ?? '', /F\(20\) = 6765: \d+ bytes, 100 provable bits/);
    } finally {
      await browser.close();
      served.close();
      built.remove();
    }
  });

  it('is what the README shows', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    for (const name of ['worker.ts', 'page.ts']) {
      const text = readFileSync(join(ROOT, 'examples/browser', name), 'utf8')
        .replaceAll(/'\.\.\/\.\.\/src\/web\/library\.ts'; \/\/ elsewhere: from 'wisp'/g, "'wisp';")
        .replace('../../guests/elf/', './');
      assert.ok(readme.includes(text), name);
    }
  });

  it('needs no more than twenty lines', () => {
    const lines = ['worker.ts', 'page.ts'].flatMap((name) =>
      readFileSync(join(ROOT, 'examples/browser', name), 'utf8')
        .trim()
        .split('\n'),
    );
    assert.ok(
      lines.filter((line) => line.trim() !== '' && !line.startsWith('//')).length <= 20,
      `${lines.length} lines`,
    );
  });
});
