import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FileError } from '../../src/host/errors.ts';
import { writeWhole } from '../../src/host/files.ts';
import { assemble, haltingProgram } from '../machine/asm.ts';
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
    ['no memory', ['prove', 'a', '--memory', 'lots'], /--memory: "lots" is no amount of memory/],
    ['too many threads', ['prove', 'a', '--threads', '100000'], /--threads must be a whole number from 1 to 256/],
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

  it('says where the cost lies', async () => {
    const input = file('n.bin', Uint8Array.of(20, 0, 0, 0));
    const flame = join(folder, 'flame.svg');
    const text = await runCli('run', FIBONACCI, '--input', input, '--profile', '--flame', flame);
    assert.match(text.out, /functions\n +cycles +rows +cells +share +with callees +calls\n +compress /);
    const svg = readFileSync(flame, 'utf8');
    assert.match(svg, /^<svg xmlns[\s\S]*<title>compress: [^<]*cells \(\d+\.\d %\)[\s\S]*<\/svg>\n$/);
    const { profile, cycles } = JSON.parse(
      (await runCli('run', FIBONACCI, '--input', input, '--profile', '--json')).out,
    ) as {
      profile: {
        functions: { symbol: string; cycles: number; totalCells: number }[];
        lines: unknown[];
        marks: unknown[];
      };
      cycles: number;
    };
    assert.equal(
      profile.functions.reduce((n, f) => n + f.cycles, 0),
      cycles,
    );
    assert.deepEqual([profile.lines, profile.marks], [[], []]);
  });

  it('names the calls that led to a panic', async () => {
    const message = 'too small';
    const source = haltingProgram(
      `_start: call outer; nop
       outer: mv s0, ra; call give_up; nop
       give_up: li a7, 3; li a0, 1; la a1, why; li a2, 3; ecall; li a0, 4; li a2, ${message.length}; ecall`,
      `why: .byte ${[...Buffer.from(message)].join(', ')}`,
    );
    const elf = file('panic.elf', assemble(source));
    const run = await runCli('run', elf);
    assert.equal(run.exitCode, 1);
    assert.equal(run.err, 'wisp: the program too small; in give_up, called by outer, called by _start\n');
    assert.equal(run.out, 'too\n');
    const proof = join(folder, 'panic.proof');
    const proved = await runCli('prove', elf, '--backend', 'cpu', '--out', proof, '--json');
    assert.equal(proved.exitCode, 1);
    const { error } = JSON.parse(proved.out) as { error: { code: string; message: string } };
    assert.equal(error.code, 'guest_panic');
    assert.match(error.message, /too small; in give_up/);
    assert.ok(!existsSync(proof) && !existsSync(`${proof}.work`));
  });

  it('stops after as many instructions as are allowed', async () => {
    const input = file('n.bin', Uint8Array.of(20, 0, 0, 0));
    const run = await runCli('run', FIBONACCI, '--input', input, '--max-cycles', '1000');
    assert.equal(run.exitCode, 1);
    assert.match(run.err, /limit of 1000 instructions reached/);
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

  it('says how much memory the smallest segment needs', async () => {
    const run = await runCli('prove', FIBONACCI, '--backend', 'wasm', '--memory', '64M', '--json');
    assert.equal(run.exitCode, 1);
    assert.match(run.err, /wisp: the smallest segment .* needs \d+ MiB of memory, not 64 MiB\n$/);
    assert.equal((JSON.parse(run.out) as { error: { code: string } }).error.code, 'budget_too_small');
  });

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
