import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { filesBelow, findCycle, importsOf, loadedBy, ROOT } from './imports.ts';

/** What each part may import besides itself. The composition roots (host, cli, web) may import everything. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'src/core': [],
  'src/machine': ['src/core'],
  'src/air': ['src/core'],
  'src/verifier': ['src/core', 'src/air'],
  'src/sequencer': ['src/core', 'src/machine', 'src/verifier'],
  'src/index.ts': ['src/core', 'src/air', 'src/machine', 'src/verifier', 'src/host'],
  prover: ['src/core', 'src/air', 'src/machine', 'shaders'],
};
const ROOTS_OF_COMPOSITION = ['src/host', 'src/cli', 'src/web'];
/** Loaded in browsers, so that what they load statically may not be Node's. */
const PORTABLE_ENTRIES = [
  ...['src/index.ts', 'src/web/library.ts', 'src/web/main.ts', 'src/web/worker/main.ts', 'src/web/compare/page.ts'],
  ...['src/web/join/main.ts', 'src/web/join/worker.ts'],
  ...['prover/gpu/device.ts', 'prover/prove.ts'],
];
const MAX_LINES = 600;
const MEDIAN_LINES = 150;

const sources = [...filesBelow('src', ['.ts']), ...filesBelow('prover', ['.ts'])];

function partOf(file: string): string {
  const parts = [...Object.keys(ALLOWED), ...ROOTS_OF_COMPOSITION, 'shaders'];
  return parts.find((part) => file === part || file.startsWith(`${part}/`)) ?? file;
}

describe('imports', () => {
  it('reads every form of import', () => {
    const text = [
      "import './a.ts';",
      "import { b, type B } from './b.ts';",
      "import type { C } from '../core/c.ts';",
      "import * as d from 'd';",
      "export { e } from './e.ts';",
      "export * from './f.ts';",
      "export type { G } from './g.ts';",
      "import {\n  h,\n  type H,\n} from './h.ts';",
      "const i = await import('./i.ts');",
      "const text = 'import { x }';",
    ].join('\n');
    const read = importsOf('src/air/x.ts', text).map(({ target, typeOnly, dynamic }) => [target, typeOnly, dynamic]);
    assert.deepEqual(read, [
      ['src/air/a.ts', false, false],
      ['src/air/b.ts', false, false],
      ['src/core/c.ts', true, false],
      ['d', false, false],
      ['src/air/e.ts', false, false],
      ['src/air/f.ts', false, false],
      ['src/air/g.ts', true, false],
      ['src/air/h.ts', false, false],
      ['src/air/i.ts', false, true],
    ]);
  });

  it('point one way only', () => {
    const wrong: string[] = [];
    for (const file of sources) {
      const part = partOf(file);
      if (ROOTS_OF_COMPOSITION.includes(part)) continue;
      const allowed = ALLOWED[part];
      if (allowed === undefined) wrong.push(`${file} belongs to no known part`);
      for (const { target, isLocal } of importsOf(file)) {
        const to = partOf(target);
        if (isLocal && to !== part && allowed !== undefined && !allowed.includes(to))
          wrong.push(`${file} -> ${target}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  it('name files that exist', () => {
    const missing = sources.flatMap((file) =>
      importsOf(file)
        .filter(({ target, isLocal }) => isLocal && !existsSync(join(ROOT, target)))
        .map(({ target }) => `${file} -> ${target}`),
    );
    assert.deepEqual(missing, []);
  });

  it('have no cycles at run time', () => {
    assert.equal(findCycle(sources)?.join(' -> '), undefined);
  });

  it('of the library load no WebGPU', () => {
    if (!existsSync(join(ROOT, 'src/index.ts'))) return;
    for (const [target, chain] of loadedBy('src/index.ts')) {
      const loadsGpu = target === 'webgpu' || target.startsWith('prover/') || target === 'comlink';
      assert.ok(!loadsGpu, `src/index.ts loads ${target}: ${chain.join(' -> ')}`);
    }
  });

  it('of all but the node load no sequencer, and no one loads its optional packages before they are used', () => {
    const commands = filesBelow('src/cli/commands', ['.ts']).filter((f) => !/\/(node|load|worker|cost)\.ts$/.test(f));
    for (const entry of ['src/index.ts', 'src/cli/main.ts', ...commands]) {
      for (const [target, chain] of loadedBy(entry)) {
        assert.ok(!target.startsWith('src/sequencer/'), `${entry} loads ${target}: ${chain.join(' -> ')}`);
      }
    }
    const nats = ['@nats-io/transport-node', '@nats-io/jetstream', '@nats-io/obj'];
    const optional = ['lmdb', 'secp256k1', 'ws', 'pino', 'prom-client', ...nats];
    for (const file of sources) {
      for (const { target, typeOnly, dynamic } of importsOf(file)) {
        assert.ok(typeOnly || dynamic || !optional.includes(target), `${file} loads ${target} with itself`);
      }
    }
  });

  it('of portable modules load nothing of Node', () => {
    for (const entry of PORTABLE_ENTRIES.filter((path) => existsSync(join(ROOT, path)))) {
      for (const [target, chain] of loadedBy(entry)) {
        assert.ok(
          !target.startsWith('node:') && target !== 'webgpu',
          `${entry} loads ${target}: ${chain.join(' -> ')}`,
        );
      }
    }
  });
});

describe('files', () => {
  const extensions = ['.ts', '.mjs', '.wgsl', '.c', '.h', '.rs', '.S', '.s'];
  const folders = ['src', 'prover', 'shaders', 'test', 'bench', 'scripts', 'guests'];
  const files = folders
    .flatMap((folder) => filesBelow(folder, extensions))
    .filter((file) => !file.includes('/target/') && !file.includes('/vectors/'))
    .map((file) => ({ file, lines: readFileSync(join(ROOT, file), 'utf8').split('\n').length - 1 }));

  it(`have fewer than ${MAX_LINES} lines`, () => {
    const long = files.filter(({ lines }) => lines >= MAX_LINES);
    assert.deepEqual(
      long.map(({ file, lines }) => `${file}: ${lines}`),
      [],
    );
  });

  it(`have a median below ${MEDIAN_LINES} lines`, () => {
    const sorted = files.map(({ lines }) => lines).sort((a, b) => a - b);
    const median = sorted[sorted.length >> 1] ?? 0;
    assert.ok(median < MEDIAN_LINES, `${median} lines`);
  });
});
