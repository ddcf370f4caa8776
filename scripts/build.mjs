#!/usr/bin/env node
// Emits dist/ from src/, prover/ and bench/ and copies the shaders beside them, so that the compiled tree has the same
// relative layout as the sources. Type errors do not stop the emit: `npm run typecheck` is the judge of types, and an
// install must leave a usable tree behind.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const staging = join(dist, `.staging-${process.pid}`);

function compilerPath() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  } catch {
    return undefined;
  }
}

/** npm links the commands of dependencies only, and `npx wisp` has to work in this tree too. */
function linkCommand(entry) {
  const bin = join(root, 'node_modules', '.bin');
  if (!existsSync(bin)) return;
  if (process.platform === 'win32') {
    writeFileSync(join(bin, 'wisp.cmd'), `@node "${entry}" %*\r\n`);
    return;
  }
  const staged = join(bin, `.wisp-${process.pid}`);
  symlinkSync(relative(bin, entry), staged);
  renameSync(staged, join(bin, 'wisp'));
}

/** In place of the module that asks a bundler for the shaders: their texts, for any bundler or none. */
function bundleShaders(path) {
  const folder = join(root, 'shaders');
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.wgsl'));
  const texts = names.map((name) => [
    name.replaceAll('\\', '/').slice(0, -'.wgsl'.length),
    readFileSync(join(folder, name), 'utf8'),
  ]);
  writeFileSync(
    path,
    `const sources = ${JSON.stringify(Object.fromEntries(texts))};\nexport const bundledShaders = () => sources;\n`,
  );
}

const compiler = compilerPath();
if (compiler === undefined) {
  console.log('build: typescript is not installed (a production install); nothing to do');
  process.exit(0);
}

/**
 * Written last, and gone while folders are exchanged: whoever copies dist/ can tell by it that nothing changed meanwhile. A
 * build is up to date while no source is newer; a second build must not pull files from under a run.
 */
const stamp = join(dist, '.built');

function isUpToDate() {
  if (!existsSync(stamp)) return false;
  const built = statSync(stamp).mtimeMs;
  const files = ['src', 'prover', 'bench', 'shaders'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => join(folder, file))
      .filter((path) => !path.startsWith(join('bench', 'results')) && !path.startsWith(join('bench', 'plots')))
      .map((path) => join(root, path)),
  );
  files.push(
    join(root, 'package.json'),
    join(root, 'tsconfig.json'),
    join(root, 'tsconfig.build.json'),
    import.meta.filename,
  );
  return files.every((file) => statSync(file).mtimeMs <= built);
}

if (isUpToDate() && !process.argv.includes('--force')) {
  linkCommand(join(dist, 'src', 'cli', 'main.js'));
  console.log('build: dist/ is up to date');
  process.exit(0);
}

mkdirSync(staging, { recursive: true });
const started = new Date();
try {
  const args = [compiler, '-p', join(root, 'tsconfig.build.json'), '--outDir', staging, '--pretty', 'false'];
  const result = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  const errors = `${result.stdout ?? ''}${result.stderr ?? ''}`.split('\n').filter((line) => line.includes('error TS'));
  if (!existsSync(join(staging, 'src'))) {
    console.error(errors.join('\n') || 'build: the compiler emitted nothing');
    process.exitCode = 1;
  } else {
    bundleShaders(join(staging, 'src', 'web', 'shaders.js'));
    if (existsSync(join(root, 'shaders'))) cpSync(join(root, 'shaders'), join(staging, 'shaders'), { recursive: true });
    rmSync(stamp, { force: true });
    mkdirSync(join(staging, 'old'));
    for (const folder of ['src', 'prover', 'bench', 'shaders']) {
      if (!existsSync(join(staging, folder))) continue;
      if (existsSync(join(dist, folder))) renameSync(join(dist, folder), join(staging, 'old', folder));
      renameSync(join(staging, folder), join(dist, folder));
    }
    const entry = join(dist, 'src', 'cli', 'main.js');
    if (existsSync(entry)) {
      chmodSync(entry, 0o755);
      linkCommand(entry);
    }
    const note = errors.length > 0 ? ` (${errors.length} type errors: npm run typecheck)` : '';
    // Unlike that of any other build.
    writeFileSync(stamp, `${process.pid} ${started.toISOString()}\n`);
    utimesSync(stamp, started, started);
    console.log(`build: dist/ written${note}`);
  }
} finally {
  rmSync(staging, { recursive: true, force: true });
}
