// The built page, served as any static host would, and driven in headless Chromium.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright';
import { build } from 'vite';
import { INSECURE_HOST, launchChromium, type WebGpuKind } from '../browser/chromium.ts';

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

/** For what a machine does in a second or two that has nothing else to do: those of tests may stand still for a while. */
export const PATIENCE_MS = 120_000;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

export interface SiteOptions {
  /** Send COOP and COEP; true unless said. */
  readonly isolated?: boolean;
  /** The folder of the site that the page is under; the site's files know nothing of it. */
  readonly base?: string;
  readonly webGpu?: WebGpuKind;
  /** From a host that is no secure context, where pages have no WebGPU and no threads. */
  readonly insecure?: boolean;
}

export interface Served {
  readonly url: string;
  close(): void;
}

/** Builds a page into a temporary folder; `remove` it. */
export async function buildSite(source = 'src/web'): Promise<{ readonly folder: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'wisp-web-'));
  await build({
    configFile: join(ROOT, 'vite.config.ts'),
    root: join(ROOT, source),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true },
  });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The page's policy, which is in the page, sent as a header with every file: then workers have it too. */
export function policyOf(folder: string, page = 'index.html'): string {
  const html = readFileSync(join(folder, page), 'utf8');
  const [, text = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html) ?? [];
  const policy = text.replaceAll('&#39;', "'");
  assert.match(policy, /default-src 'none'/);
  return policy;
}

export async function serveSite(
  folder: string,
  { isolated = true, base = '/', insecure = false }: SiteOptions = {},
): Promise<Served> {
  const files = new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [`${base}${path.slice(folder.length + 1)}`, readFileSync(path)]),
  );
  const policy = policyOf(folder);
  const server: Server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const body = files.get(path === base ? `${base}index.html` : path);
    response.writeHead(body === undefined ? 404 : 200, {
      'content-type': TYPES[path === base ? '.html' : extname(path)] ?? 'application/octet-stream',
      'content-security-policy': path === `${base}join.html` ? policyOf(folder, 'join.html') : policy,
      ...(isolated
        ? { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }
        : {}),
    });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${insecure ? INSECURE_HOST : 'localhost'}:${port}${base}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A page with all that it complained of. */
export interface OpenedPage {
  readonly page: Page;
  readonly complaints: readonly string[];
  /** Addresses of everything it asked for. */
  readonly requests: readonly string[];
}

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
  /** Runs in the page before anything else; workers do not have it. */
  readonly before?: string;
}

export interface Site {
  readonly folder: string;
  readonly url: string;
  readonly browser: Browser;
  /** A page in a profile of its own. */
  open(path?: string, options?: PageOptions): Promise<OpenedPage>;
  close(): Promise<void>;
}

export async function openSite(options: SiteOptions = {}): Promise<Site> {
  const built = await buildSite();
  const served = await serveSite(built.folder, options);
  const browser = await launchChromium(options.webGpu);
  const contexts: BrowserContext[] = [];
  return {
    folder: built.folder,
    url: served.url,
    browser,
    open: async (path = '', { width = 1280, height = 900, dark = false, before } = {}) => {
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: dark ? 'dark' : 'light',
        acceptDownloads: true,
        // That of a machine without one, "en-US@posix", is no language that browsers' own libraries know.
        locale: 'en-US',
      });
      context.setDefaultTimeout(PATIENCE_MS);
      contexts.push(context);
      const page = await context.newPage();
      const complaints: string[] = [];
      const requests: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('request', (request) => requests.push(request.url()));
      if (before !== undefined) await page.addInitScript({ content: before });
      await page.goto(`${served.url}${path}`);
      return { page, complaints, requests };
    },
    close: async () => {
      for (const context of contexts) await context.close();
      await browser.close();
      served.close();
      built.remove();
    },
  };
}

/** Waits until the page knows what it can prove on. */
export const whenReady = (page: Page): Promise<unknown> =>
  page.waitForSelector('html[data-machine="known"]', { timeout: PATIENCE_MS });

/** Waits until a stage of a proof has begun, be it over already: on a busy machine a short one may pass between frames. */
export const whenBegun = (page: Page, stage: 'open device' | 'trace'): Promise<unknown> =>
  page.waitForSelector(`#stages [data-stage="${stage}"]:is(.now, .done)`, { timeout: PATIENCE_MS });

/** Goes to the comparison page, which is loaded when it is asked for. */
export async function openComparison(page: Page): Promise<void> {
  await page.click('nav [data-page="compare"]');
  await page.waitForSelector('#workloads input');
}

/** Has the comparison page, which is open, measure these workloads; the path of the result that it offers to save. */
export async function measureHere(page: Page, workloads: readonly string[], backend: string): Promise<string> {
  for (const box of await page.locator('#workloads input').all())
    await box.setChecked(workloads.includes((await box.getAttribute('value')) ?? ''));
  await page.selectOption('#bench-backend', backend);
  await page.click('#bench-start');
  await page.waitForSelector('#bench-save:not([hidden])', { timeout: 600_000 });
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#bench-save')]);
  return await download.path();
}

/** Presses Prove and waits for the proof, and until the page has drawn it. */
export async function proveNow(page: Page, timeout = 240_000): Promise<void> {
  await page.click('#prove');
  await page.waitForFunction(
    () => !document.getElementById('result')?.hidden || document.querySelector('#notices .poor') !== null,
    undefined,
    { timeout },
  );
  const failure = await page.locator('#notices .poor').allTextContents();
  assert.deepEqual(failure, []);
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve(null))));
}
