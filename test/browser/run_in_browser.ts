// Runs a function of a TypeScript module inside a page: bundled by vite, served from localhost (a secure context, as
// WebGPU demands), called in headless Chromium.
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright';
import { build, type Rolldown } from 'vite';
import { launchChromium } from './chromium.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Served as they are, so that pages can fetch kernels and guest programs. */
const SERVED_FOLDERS = ['shaders/', 'guests/elf/'];
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wgsl': 'text/plain',
  '.json': 'application/json',
};
const EMPTY_PAGE = '<!doctype html><meta charset="utf-8"><title>wisp</title>';

export interface BrowserSession {
  /**
   * Calls `name`, an export of the module at `modulePath` (relative to the repository), with JSON-like arguments, and
   * returns its awaited result. Whatever the page prints or throws is shown in the error.
   */
  runInBrowser<T>(modulePath: string, name: string, ...args: readonly unknown[]): Promise<T>;
  close(): Promise<void>;
}

export async function openBrowserSession(): Promise<BrowserSession> {
  const files = new Map<string, string | Uint8Array>([['/', EMPTY_PAGE]]);
  const entries = new Map<string, Promise<string>>();
  const server = await serve(files);
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  let browser: Browser;
  try {
    browser = await launchChromium();
  } catch (error) {
    server.close();
    throw error;
  }

  async function runInBrowser<T>(modulePath: string, name: string, ...args: readonly unknown[]): Promise<T> {
    let entry = entries.get(modulePath);
    if (entry === undefined) {
      entry = bundle(modulePath, `/module${entries.size}/`, files);
      entries.set(modulePath, entry);
    }
    const url = await entry;
    const page = await browser.newPage();
    const printed = recordOutput(page);
    try {
      await page.goto(`${origin}/`);
      const result: unknown = await page.evaluate(
        async (call) => {
          const module = (await import(call.url)) as Record<string, (...args: readonly unknown[]) => unknown>;
          const called = module[call.name];
          if (called === undefined) throw new Error(`${call.url} exports no ${call.name}`);
          return await called(...call.args);
        },
        { url, name, args },
      );
      return result as T;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new Error([`${name} of ${modulePath}: ${message}`, ...printed].join('\n'), { cause: error });
    } finally {
      await page.close();
    }
  }

  return {
    runInBrowser,
    async close() {
      await browser.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

function recordOutput(page: Page): string[] {
  const printed: string[] = [];
  page.on('console', (message) => printed.push(`  page ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => printed.push(`  page error: ${error.message}`));
  return printed;
}

/** Bundles one module into `files` under `base`; returns the address of its entry. */
async function bundle(modulePath: string, base: string, files: Map<string, string | Uint8Array>): Promise<string> {
  const result = await build({
    configFile: join(ROOT, 'vite.config.ts'),
    root: ROOT,
    base,
    logLevel: 'warn',
    build: {
      write: false,
      minify: false,
      rollupOptions: { input: join(ROOT, modulePath), preserveEntrySignatures: 'strict' },
    },
  });
  const outputs = (Array.isArray(result) ? result : [result]) as Rolldown.RolldownOutput[];
  let entry = '';
  for (const item of outputs.flatMap((output) => output.output)) {
    files.set(base + item.fileName, item.type === 'chunk' ? item.code : item.source);
    if (item.type === 'chunk' && item.isEntry) entry = base + item.fileName;
  }
  return entry;
}

async function serve(files: ReadonlyMap<string, string | Uint8Array>): Promise<Server> {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname));
    const body = files.get(path) ?? readServed(path.slice(1));
    response.writeHead(body === undefined ? 404 : 200, {
      'content-type': TYPES[path === '/' ? '.html' : extname(path)] ?? 'application/octet-stream',
      // Cross-origin isolation, which SharedArrayBuffer needs.
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return server;
}

function readServed(path: string): Uint8Array | undefined {
  if (!SERVED_FOLDERS.some((folder) => path.startsWith(folder))) return undefined;
  try {
    return readFileSync(join(ROOT, path));
  } catch {
    return undefined;
  }
}
