// wisp new: projects that build and run as they are made, where there is a toolchain.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runCli } from './harness.ts';

const TARGET = 'riscv32imac-unknown-none-elf';

/** Output of a command, or undefined where it fails or is not there. */
function output(command: string, args: readonly string[], cwd = '.'): string | undefined {
  const env = { ...process.env, CARGO_NET_OFFLINE: 'true' };
  const run = spawnSync(command, args, { cwd, env, encoding: 'utf8', timeout: 600_000 });
  return run.status === 0 ? run.stdout + run.stderr : undefined;
}

function missingToolchain(language: string): string | false {
  if (language === 'c') {
    const found = output('riscv64-unknown-elf-gcc', ['--version']) !== undefined && output('make', ['--version']);
    return found ? false : 'no riscv64-unknown-elf-gcc or make here';
  }
  const folder = output('rustc', ['--print', 'target-libdir', '--target', TARGET])?.trim() ?? '';
  const found = existsSync(folder) && readdirSync(folder).some((file) => file.startsWith('libcore-'));
  return found && output('cargo', ['--version']) ? false : `no cargo with the target ${TARGET} here`;
}

const PROJECTS = {
  rust: {
    build: ['cargo', 'guest'],
    elf: `target/${TARGET}/release/demo`,
    test: ['cargo', 'test'],
    source: 'main.rs:',
  },
  c: { build: ['make'], elf: 'demo.elf', test: undefined, source: 'main.c:' },
} as const;

describe('wisp new', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'wisp-new-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const [language, { build, elf, test, source }] of Object.entries(PROJECTS)) {
    it(`makes a project in ${language}`, async () => {
      mkdirSync(join(folder, language));
      const path = join(folder, language, 'demo');
      const run = await runCli('new', path, '--lang', language);
      assert.equal(run.exitCode, 0, run.err);
      const files = readdirSync(path, { recursive: true, encoding: 'utf8' });
      for (const file of ['README.md', '.gitignore', 'input.bin', 'sdk/wisp.ld']) assert.ok(files.includes(file), file);
      const texts = files.filter((file) => /\.(toml|md|rs|c)$|Makefile$/.test(file));
      for (const file of texts) assert.doesNotMatch(readFileSync(join(path, file), 'utf8'), /\{\{/, file);
      // What the README says is what is done below.
      assert.ok(readFileSync(join(path, 'README.md'), 'utf8').includes(`${build.join(' ')}\nnpx wisp run ${elf}`));
    });

    it(`which builds and runs (${language})`, { skip: missingToolchain(language) }, async () => {
      const path = join(folder, language, 'demo');
      const [tool, ...args] = build;
      assert.notEqual(output(tool, args, path), undefined, build.join(' '));
      const run = await runCli(
        'run',
        join(path, elf),
        '--input',
        join(path, 'input.bin'),
        '--check',
        '--profile',
        '--json',
      );
      assert.equal(run.exitCode, 0, run.err);
      const result = JSON.parse(run.out) as { journal: string; profile: { lines: { line: string }[] } };
      assert.equal(result.journal, 'a3280000');
      assert.ok(result.profile.lines.some(({ line }) => line.includes(source)));
      if (test) assert.match(output(test[0], test.slice(1), path) ?? '', /2 passed/);
    });

    it(`whose panics name function and line (${language})`, { skip: missingToolchain(language) }, async () => {
      const path = join(folder, language, 'demo');
      const input = join(path, 'bad.bin');
      writeFileSync(input, new Uint8Array(Uint32Array.of(10, 3).buffer));
      const run = await runCli('run', join(path, elf), '--input', input);
      assert.equal(run.exitCode, 1);
      assert.match(
        run.err,
        /^wisp: the program panicked at src\/main[^\n]*; in (demo::guest|main) \(src\/main\.\w+:\d+\)/,
      );
    });
  }

  it('refuses names and folders that will not do', async () => {
    for (const name of ['Demo', '1st', 'a b', 'x'.repeat(65)]) assert.equal((await runCli('new', name)).exitCode, 2);
    const full = join(folder, 'full');
    mkdirSync(full);
    writeFileSync(join(full, 'file'), '');
    const run = await runCli('new', full);
    assert.equal(run.exitCode, 1);
    assert.match(run.err, /exists already/);
    assert.equal((await runCli('new', join(folder, 'file', 'demo', 'x'), '--lang', 'go')).exitCode, 2);
  });
});
