// The bundle: what it holds, that it is small enough, and that its launcher works where there is no Node. WISP_LONG=1 packs
// a real one and proves with it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ROOT } from '../imports.ts';

const MAX_BYTES = 60e6;
const isBuilt = existsSync(join(ROOT, 'dist', 'bench', 'main.js'));
const canRun = process.platform === 'linux' && process.arch === 'x64';
const isLong = process.env.WISP_LONG === '1';

const bundle = (...args: string[]) =>
  spawnSync(process.execPath, [join(ROOT, 'scripts', 'bundle.mjs'), ...args], { cwd: ROOT, encoding: 'utf8' });

interface Planned {
  readonly path: string;
  readonly bytes: number;
}

const plan = (...args: string[]): Planned[] => {
  const { status, stdout, stderr } = bundle('--list', ...args);
  assert.equal(status, 0, stderr);
  return [...stdout.matchAll(/^ *(\d+) {2}(.+)$/gm)].map(([, bytes, path = '']) => ({ bytes: Number(bytes), path }));
};

/** What `build.mjs` leaves when it is done; undefined while it exchanges the folders. */
const buildStamp = (): string | undefined => {
  const path = join(ROOT, 'dist', '.built');
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
};

/** Reads dist/ while it is one build's: another test, or whoever works on this tree, may be building anew. */
async function fromOneBuild<T>(read: () => T): Promise<T> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const before = buildStamp();
    const isSame = (): boolean => before !== undefined && before === buildStamp();
    try {
      const result = read();
      if (isSame()) return result;
    } catch (error) {
      if (isSame()) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return assert.fail('dist/ changes all the time, or was never built');
}

/** Where a planned file lies in this tree. */
const sourceOf = (path: string): string =>
  join(
    ROOT,
    /^(run\.sh|README\.txt)$/.test(path) ? `scripts/bundle/${path}` : path.replace(/^drivers\//, 'scripts/bundle/'),
  );

let folder = '';
/** Runs the launcher with an environment that has a few tools and nothing else. */
const run = (home: string, ...args: string[]) =>
  spawnSync(join(home, 'run.sh'), args, {
    cwd: home,
    encoding: 'utf8',
    env: { PATH: join(folder, 'tools'), HOME: '/nonexistent' },
  });

describe('bundle', { skip: !canRun || !isBuilt }, () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'wisp-bundle-test-'));
    mkdirSync(join(folder, 'tools'));
    for (const tool of ['sh', 'uname', 'dirname', 'cat', 'id', 'mkdir']) {
      const { stdout } = spawnSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' });
      if (stdout.startsWith('/')) symlinkSync(stdout.trim(), join(folder, 'tools', tool));
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('holds what it runs, and of packages the part for Linux x64', async () => {
    const paths = (await fromOneBuild(plan)).map(({ path }) => path);
    const needed = ['run.sh', 'dist/src/cli/main.js', 'dist/bench/main.js', 'dist/bench/worker.js', 'package.json'];
    needed.push('dist/shaders/merkle_rows.wgsl', 'guests/elf/sha256.elf', 'node_modules/webgpu/index.js');
    needed.push('node_modules/@noble/hashes/package.json', 'node_modules/webgpu/dist/linux-x64/dawn.node');
    for (const path of needed) assert.ok(paths.includes(path), path);
    const foreign = paths.filter((path) => /darwin|win32|arm64|chromium|typescript|\.d\.ts$|\.map$/.test(path));
    assert.deepEqual(foreign, []);
  });

  it('stays below 60 MB, with the software adapter too', async () => {
    const packed = (path: string): number => gzipSync(readFileSync(path), { level: 1 }).length;
    const bytes = await fromOneBuild(() =>
      plan('--with-software').reduce((sum, { path }) => sum + packed(sourceOf(path)), 0),
    );
    const libraries = 3e6;
    const total = bytes + packed(process.execPath) + libraries;
    assert.ok(total < MAX_BYTES, `${total} bytes even before better compression`);
  });

  it('starts without Node in the path, and says what it finds of GPUs', async () => {
    const home = join(folder, 'wisp');
    await fromOneBuild(() => {
      rmSync(home, { recursive: true, force: true });
      for (const { path } of plan()) {
        mkdirSync(dirname(join(home, path)), { recursive: true });
        cpSync(sourceOf(path), join(home, path));
      }
    });
    mkdirSync(join(home, 'bin'));
    symlinkSync(process.execPath, join(home, 'bin', 'node'));
    /** What a command that must succeed prints. */
    const printed = (...args: string[]): string => {
      const { status, signal, stdout, stderr, error } = run(home, ...args);
      assert.equal(status, 0, `${args.join(' ')}: ${signal ?? error?.message ?? ''} ${stderr}`);
      return stdout;
    };
    assert.match(printed('--help'), /wisp prove <elf>/);
    assert.match(printed('bench', '--help'), /--only kernels\|proofs\|growth/);
    const fibonacci = join(home, 'n.bin');
    writeFileSync(fibonacci, Uint8Array.of(20, 0, 0, 0));
    assert.match(printed('run', 'guests/elf/fibonacci.elf', '--input', fibonacci), /journal +6d1a0000/);
    const { status, stdout, stderr } = run(home, 'devices');
    if (status === 0) assert.match(stdout, /^\* /m);
    else assert.match(`${stdout}${stderr}`, /no adapters[\s\S]*Vulkan manifests/);
  });

  it('proves where it is unpacked', { skip: !isLong }, () => {
    const archive = join(folder, 'bundle.tar.gz');
    const { status, stderr, stdout } = bundle('--with-software', '--out', archive);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /MB, Node v/);
    const name = /cd (\S+)/.exec(stdout)?.[1] ?? '';
    assert.equal(spawnSync('tar', ['xzf', archive, '-C', folder]).status, 0);
    const home = join(folder, name);
    const input = join(folder, 'input');
    writeFileSync(input, Uint8Array.of(20, 0, 0, 0));
    const proof = join(folder, 'proof');
    const args = ['--input', input, '--out', proof, '--adapter', 'software'];
    assert.match(run(home, 'prove', 'guests/elf/fibonacci.elf', ...args).stdout, /100 provable bits/);
    assert.match(run(home, 'verify', proof, '--program', 'guests/elf/fibonacci.elf').stdout, /^verified/m);
  });
});
