import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FileError } from '../../src/host/errors.ts';
import { writeWhole } from '../../src/host/files.ts';
import { runCli } from './harness.ts';

const FIBONACCI = fileURLToPath(new URL('../../guests/elf/fibonacci.elf', import.meta.url));

describe('command line', () => {
  let folder = '';
  const file = (name: string, bytes: Uint8Array | string): string => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'wisp-cli-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('explains itself', async () => {
    const help = await runCli('--help');
    assert.equal(help.exitCode, 0);
    for (const name of ['run', 'prove', 'verify', 'inspect', 'devices', 'key']) {
      assert.match(help.out, new RegExp(`wisp ${name}`));
      const own = await runCli(name, '--help');
      assert.equal(own.exitCode, 0);
      assert.match(own.out, new RegExp(`^wisp ${name}`));
    }
  });

  const misuses: [string, string[], RegExp][] = [
    ['no command', [], /wisp run/],
    ['an unknown command', ['fly'], /there is no command "fly"/],
    ['a name of Object', ['constructor'], /there is no command/],
    ['a missing argument', ['run'], /<elf> is missing/],
    ['an extra argument', ['run', 'a', 'b'], /unexpected argument "b"/],
    ['an unknown option', ['run', 'a', '--fast'], /Unknown option '--fast'/],
    ['a missing value', ['run', 'a', '--input'], /--input/],
    ['a bad choice', ['prove', 'a', '--backend', 'fpga'], /--backend must be auto or gpu or wasm or cpu/],
    ['a missing option', ['verify', 'a'], /--program is missing/],
    ['a bad number', ['verify', 'a', '--program', 'b', '--min-security', 'all'], /whole number/],
  ];
  for (const [what, argv, expected] of misuses) {
    it(`refuses ${what} with exit code 2`, async () => {
      const run = await runCli(...argv);
      assert.equal(run.exitCode, 2);
      assert.match(run.err, expected);
      assert.equal(run.out, '');
    });
  }

  it('runs a program', async () => {
    const input = file('n.bin', Uint8Array.of(20, 0, 0, 0));
    const run = await runCli('run', FIBONACCI, '--input', input, '--profile', '--json');
    assert.equal(run.err, '');
    assert.equal(run.exitCode, 0);
    const result = JSON.parse(run.out) as Record<string, unknown>;
    assert.equal(result.exitCode, 0);
    assert.equal(result.journal, '6d1a0000'); // F(20) = 6765
    assert.equal(typeof result.cycles, 'number');
    assert.ok((result.cellsPerInstruction as number) > 0);
    assert.ok((result.committedCells as number) > 0);
    assert.ok('add' in (result.chips as object));
    assert.match((await runCli('run', FIBONACCI, '--input', input)).out, /journal +6d1a0000/);
  });

  const refusals: [string, () => string[], string, RegExp][] = [
    [
      'a missing file',
      () => ['run', join(folder, 'none')],
      'unreadable_file',
      /cannot read program .*none: no such file/,
    ],
    ['a folder', () => ['run', folder], 'unreadable_file', /it is a folder/],
    ['a text file', () => ['run', file('a.txt', 'hello')], '', /./],
    ['an empty file', () => ['run', file('empty', '')], '', /./],
    ['a cut program', () => ['run', file('cut.elf', readFileSync(FIBONACCI).subarray(0, 3000))], '', /./],
    ['reading past the input', () => ['run', FIBONACCI], 'input_over_read', /at pc 0x/],
  ];
  for (const [what, argv, code, expected] of refusals) {
    it(`reports ${what} in one line with exit code 1`, async () => {
      const run = await runCli(...argv(), '--json');
      assert.equal(run.exitCode, 1, run.err);
      assert.match(run.err, /^wisp: [^\n]+\n$/);
      assert.match(run.err, expected);
      const { ok, error } = JSON.parse(run.out) as { ok: boolean; error: { code: string; message: string } };
      assert.equal(ok, false);
      assert.notEqual(error.code, 'internal');
      if (code !== '') assert.equal(error.code, code);
    });
  }

  it('refuses bytes that are no proof', async () => {
    const proof = file('junk.proof', 'not a proof');
    const run = await runCli('verify', proof, '--program', FIBONACCI, '--json');
    assert.equal(run.exitCode, 1);
    const { ok, error } = JSON.parse(run.out) as { ok: boolean; error: { code: string } };
    assert.equal(ok, false);
    assert.match(error.code, /^proof_/);
    const inspected = await runCli('inspect', proof);
    assert.equal(inspected.exitCode, 1);
    assert.match(inspected.err, /^wisp: [^\n]+\n$/);
  });

  it('prints keys that differ by program and rate', async () => {
    const keys = await Promise.all([
      runCli('key', FIBONACCI),
      runCli('key', FIBONACCI, '--security', 'compact'),
      runCli('key', FIBONACCI.replace('fibonacci', 'sort')),
    ]);
    for (const key of keys) assert.match(key.out, /^[0-9a-f]{64}\n$/);
    assert.equal(new Set(keys.map((key) => key.out)).size, 3);
  });

  it('writes files whole or not at all', () => {
    const target = join(folder, 'proof');
    writeWhole(target, Uint8Array.of(1, 2, 3), 'proof');
    assert.deepEqual([...readFileSync(target)], [1, 2, 3]);
    assert.throws(() => writeWhole(join(folder, 'none', 'proof'), Uint8Array.of(1), 'proof'), FileError);
    // A folder with something in it cannot be replaced: the rename fails after the bytes were written.
    mkdirSync(join(folder, 'taken', 'inner'), { recursive: true });
    assert.throws(() => writeWhole(join(folder, 'taken'), Uint8Array.of(1), 'proof'), /cannot write proof/);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.tmp')),
      [],
    );
  });
});
