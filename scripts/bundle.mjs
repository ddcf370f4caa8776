#!/usr/bin/env node
// npm run bundle -- [--out file] [--with-software] [--offline] [--node file] [--list]
// One archive for a Linux x64 machine with a GPU driver and neither Node nor a network: Node, the built prover and
// benchmark, the guests, and the libraries between Dawn and an installed Vulkan driver. Unpack it and call run.sh.
//
// --with-software adds the software adapter, for machines without a GPU. --offline takes nothing from npm or apt: the
// running Node and this system's libraries. --list prints the files and stops.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LIBRARIES, placeLibraries } from './bundle/libraries.mjs';
import { nodeBinary } from './bundle/node_binary.mjs';
import { planFiles } from './bundle/plan.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const MAX_BYTES = 60e6;

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    'with-software': { type: 'boolean', default: false },
    offline: { type: 'boolean', default: false },
    node: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
});

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const name = `wisp-${version}-linux-x64`;
const files = planFiles(root, { withSoftware: values['with-software'] });
if (values.list) {
  const lines = files.map(({ to, from }) => `${String(statSync(from).size).padStart(9)}  ${to}\n`);
  // A pipe that is full for a moment would lose the rest at once with the process.
  await new Promise((resolve) => process.stdout.write(lines.join(''), resolve));
  process.exit(0);
}

function source() {
  const git = (...args) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const [commit, date] = git('log', '-1', '--format=%H %cI').split(' ');
    return { commit, date, dirty: git('status', '--porcelain', '--untracked-files=no') !== '' };
  } catch {
    return { commit: 'unknown', date: null, dirty: true };
  }
}

/** What came from npm or apt, kept from bundle to bundle. */
const cache = join(root, 'dist', '.bundle');
mkdirSync(cache, { recursive: true });
const staging = mkdtempSync(join(tmpdir(), 'wisp-bundle-'));
try {
  const folder = join(staging, name);
  const place = (from, to, mode) => {
    const path = join(folder, to);
    mkdirSync(dirname(path), { recursive: true });
    copyFileSync(from, path);
    if (mode !== undefined) chmodSync(path, mode);
  };
  for (const { from, to } of files) place(from, to);
  chmodSync(join(folder, 'run.sh'), 0o755);

  const node = nodeBinary({ cache, offline: values.offline, given: values.node });
  place(node.path, 'bin/node', 0o755);
  const libraries = placeLibraries({ cache, offline: values.offline, root, folder });
  for (const library of LIBRARIES.filter(({ soname }) => !libraries.some((l) => l.soname === soname)))
    console.error(`bundle: no ${library.soname} (Debian package ${library.package}): left out`);

  const manifest = {
    name,
    ...source(),
    node: { version: node.version, source: node.source },
    withSoftware: values['with-software'],
    libraries,
  };
  writeFileSync(join(folder, 'bundle.json'), `${JSON.stringify(manifest, null, 1)}\n`);

  const out = resolve(values.out ?? join(root, 'dist', `${name}.tar.gz`));
  const partial = `${out}.partial`;
  // The same files give the same archive, whoever packs them and when.
  const tar = [
    '--sort=name',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--mtime=@0',
    '-C',
    staging,
    '-cf',
    '-',
    name,
  ];
  const packed = spawnSync('sh', ['-c', 'tar "$@" | gzip -9n > "$OUT"', 'sh', ...tar], {
    env: { ...process.env, OUT: partial },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (packed.status !== 0) throw new Error('packing failed');
  renameSync(partial, out);
  const { size } = statSync(out);
  console.log(`${basename(out)}: ${(size / 1e6).toFixed(1)} MB, Node ${node.version} from ${node.source}`);
  console.log(`on the other machine: tar xzf ${basename(out)} && cd ${name} && ./run.sh bench`);
  if (size >= MAX_BYTES) throw new Error(`larger than ${MAX_BYTES / 1e6} MB`);
} finally {
  rmSync(staging, { recursive: true, force: true });
}
