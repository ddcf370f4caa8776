// Accessibility by axe, narrow screens, both colour schemes, the keyboard; and what the page weighs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright';
import { sample } from '../bench/sample.ts';
import { browserSupported } from '../browser/chromium.ts';
import { openComparison, openSite, proveNow, type Site, whenReady } from './site.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Compressed, of all that is loaded before a program is chosen. */
const FIRST_LOAD_BYTES = 500_000;
const READY_MS = 1000;
/** A page that is light is soon ready once in so many times, however busy the machine is. */
const LOADS = 12;

interface AxeResult {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
}

async function checkAccess(page: Page, where: string): Promise<void> {
  // Not as a script of the page, which its policy would refuse.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(
    async () => await (globalThis as unknown as { axe: { run(): Promise<AxeResult> } }).axe.run(),
  );
  assert.deepEqual(
    violations.map(({ id, nodes }) => `${where}: ${id}: ${nodes.map((n) => n.html.slice(0, 100)).join(' | ')}`),
    [],
  );
}

const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

describe('the page for everyone', { skip: browserSupported ? false : 'no packaged browser for this platform' }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(async () => {
    await site?.close();
  });

  for (const [name, dark, width] of [
    ['light', false, 1280],
    ['dark', true, 1280],
    ['on a phone', true, 360],
  ] as const) {
    it(`has no flaw that axe finds, ${name}`, { timeout: 300_000 }, async () => {
      const { page } = await site.open('', { dark, width, height: 800 });
      await whenReady(page);
      await proveNow(page);
      for (const summary of await page.locator('summary').all()) await summary.click();
      await checkAccess(page, 'prove');
      assert.ok((await overflow(page)) <= 0, 'no sideways scrolling');
      await page.click('#verify-here');
      await page.waitForSelector('#verify-body .verdict');
      await checkAccess(page, 'verify');
      assert.ok((await overflow(page)) <= 0, 'no sideways scrolling');
      await openComparison(page);
      const buffer = Buffer.from(JSON.stringify(sample));
      await page.setInputFiles('#results-files', { name: 'a.json', mimeType: 'application/json', buffer });
      await page.waitForSelector('#comparison-table tbody tr');
      await checkAccess(page, 'compare');
      assert.ok((await overflow(page)) <= 0, 'no sideways scrolling');
    });
  }

  it('proves by keyboard alone', { timeout: 300_000 }, async () => {
    const { page } = await site.open();
    await whenReady(page);
    await page.focus('#input-text');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('10');
    for (let i = 0; i < 10; i++) {
      if ((await page.evaluate(() => document.activeElement?.id)) === 'prove') break;
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await page.waitForSelector('#result:not([hidden])');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'result');
    assert.match((await page.textContent('#result')) ?? '', /as a number55/);
  });

  it('keeps the chosen colours', async () => {
    const { page } = await site.open();
    const ground = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.click('#theme');
    await page.click('#theme');
    assert.notEqual(await ground(), light);
    await page.reload();
    assert.notEqual(await ground(), light);
    assert.match((await page.getAttribute('#theme', 'aria-label')) ?? '', /dark/);
  });

  it('is light to load and soon ready', { timeout: 300_000 }, async () => {
    const times: number[] = [];
    const machine: number[] = [];
    for (let i = 0; i < LOADS && (i < 3 || Math.min(...times) >= READY_MS); i++) {
      const { page, requests } = await site.open();
      await whenReady(page);
      const at = (mark: string): Promise<number> =>
        page.evaluate((name) => performance.getEntriesByName(name)[0]?.startTime ?? 1e9, mark);
      times.push(await at('wisp-ready'));
      machine.push(await at('wisp-machine'));
      const paths = new Set(
        requests.filter((url) => url.startsWith(site.url)).map((url) => url.slice(site.url.length)),
      );
      const bytes = [...paths].map((path) => gzipSync(readFileSync(join(site.folder, path || 'index.html'))).length);
      const total = bytes.reduce((a, b) => a + b, 0);
      assert.ok(total < FIRST_LOAD_BYTES, `${total} bytes, compressed, in ${paths.size} files`);
      assert.ok(![...paths].some((path) => path.endsWith('.elf')), 'programs are loaded when they are proven');
      if (i === 0) console.log(`first load: ${total} bytes compressed, ${paths.size} files`);
    }
    console.log(
      `ready after ${times.map(Math.round).join(', ')} ms, machine known after ${machine.map(Math.round)} ms`,
    );
    assert.ok(Math.min(...times) < READY_MS, `ready after ${times.map(Math.round).join(', ')} ms`);
  });
});
