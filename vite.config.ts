import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const ROOT = fileURLToPath(new URL('.', import.meta.url));

/** Cross-origin isolation: without it pages get no memory that threads can share. */
const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/**
 * The page loads nothing from elsewhere and runs no script but its own. Workers of the WebAssembly tier start from Blobs,
 * downloads are Blobs. The page that proves for a node asks the node that it is told.
 */
const policyOf = (path: string): string =>
  [...POLICY, path === '/join.html' ? "connect-src 'self' http: https:" : "connect-src 'self'"].join('; ');
const POLICY = [
  ...["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "worker-src 'self' blob:", "style-src 'self'"],
  ...["img-src 'self' data:", "base-uri 'none'", "form-action 'none'"],
];

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}

/** Built pages only: the development server puts scripts and styles of its own into the page. */
const policy: Plugin = {
  name: 'wisp-policy',
  apply: 'build',
  transformIndexHtml: (_html, { path }) => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: policyOf(path) },
      injectTo: 'head-prepend',
    },
  ],
};

/** What the pages share, `<!-- head -->` and the like: links to the first page's parts stay on it where they are. */
const frame: Plugin = {
  name: 'wisp-frame',
  transformIndexHtml: {
    order: 'pre',
    handler: (html, { path }) => {
      const isJoin = path === '/join.html';
      return html.replace(/<!-- (head|top|mark) -->/g, (_, name: string) => {
        const text = readFileSync(join(ROOT, 'src/web/frame', `${name}.html`), 'utf8');
        if (isJoin) return text.replaceAll('{{home}}', './index.html');
        // The first page's parts say themselves which of them is current.
        return text.replaceAll('{{home}}', '').replace(' aria-current="page"', '');
      });
    },
  },
};

/** All pages of a folder. */
const pages: Plugin = {
  name: 'wisp-pages',
  config: ({ root = '.' }) => {
    const input = readdirSync(root)
      .filter((name) => name.endsWith('.html'))
      .map((name) => join(root, name));
    return { build: { rollupOptions: { input } } };
  },
};

export default defineConfig({
  base: './',
  define: { __WISP_COMMIT__: JSON.stringify(commit()) },
  plugins: [frame, policy, pages],
  server: { headers: ISOLATION, fs: { allow: [ROOT] } },
  preview: { headers: ISOLATION },
  build: {
    outDir: `${ROOT}dist/web`,
    emptyOutDir: true,
    target: 'es2023',
    // Programs are files of the site, never text in a script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      // Node's way to a GPU; the modules that import it do so dynamically and only where there is no `navigator.gpu`.
      external: [/node_device/, /node_shaders/, /software_adapter/, /^node:/, 'webgpu'],
    },
  },
  worker: {
    format: 'es',
    rollupOptions: { external: [/node_device/, /node_shaders/, /software_adapter/, /^node:/, 'webgpu'] },
  },
});
