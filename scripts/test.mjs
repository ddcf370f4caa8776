#!/usr/bin/env node
// npm test [-- substring …]: all tests, or those whose path contains one of the substrings. Each file runs in its own
// process; those that need a GPU open the software adapter by themselves where there is none.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/** The longest files start first, so that they do not run alone at the end. */
const FIRST = ['test/browser/', 'test/web/', 'test/e2e/', 'test/prover/', 'test/gpu/'];
const FILE_TIMEOUT_MS = 20 * 60 * 1000;

const rank = (path) => {
  const found = FIRST.findIndex((prefix) => path.startsWith(prefix));
  return found < 0 ? FIRST.length : found;
};
const wanted = process.argv.slice(2);
const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .map((path) => relative(root, join(root, 'test', path)).replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.test.ts'))
  .filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)))
  .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));

if (files.length === 0) {
  console.error(wanted.length === 0 ? 'no tests found' : `no test matches ${wanted.join(' ')}`);
  process.exit(1);
}
// Two at once at most: the software adapter and the reference prover keep a core each busy and take a GiB or two.
const concurrency = Math.min(2, availableParallelism());
const args = [
  '--import',
  'tsx',
  '--test',
  '--test-reporter=spec',
  `--test-concurrency=${concurrency}`,
  `--test-timeout=${FILE_TIMEOUT_MS}`,
  ...files,
];
const result = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
process.exit(result.status ?? 1);
