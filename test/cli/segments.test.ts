// wisp prove in segments: killed, it goes on from the segments that it finds; a folder of another run, or a damaged one, is
// an error or is proven again; verify and inspect read what it writes. On the tier that the command takes by itself.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type CliRun, runCli } from './harness.ts';

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const FIBONACCI = path('guests/elf/fibonacci.elf');
/** Three segments of the run for n = 20. */
const STEPS = '700';
const SEGMENTS = 3;
const segmentFile = (i: number): string => `segment-0000${i}.proof`;

/** Loaded into the command before itself: kills it, as `kill -9` does, when the first segment is there. */
const KILLED = `
  import fs from 'node:fs';
  import { syncBuiltinESMExports } from 'node:module';
  const { renameSync } = fs;
  fs.renameSync = (from, to) => {
    renameSync(from, to);
    if (to.endsWith('${segmentFile(0)}')) process.kill(process.pid, 'SIGKILL');
  };
  syncBuiltinESMExports();`;

describe('wisp prove in segments', () => {
  let folder = '';
  const at = (...names: readonly string[]): string => join(folder, ...names);
  const argv = (out: string, ...rest: readonly string[]): string[] => [
    ...['prove', FIBONACCI, '--input', at('input'), '--out', at(out), '--segment-steps', STEPS],
    ...rest,
    '--json',
  ];
  const prove = (out: string, ...rest: readonly string[]): Promise<CliRun> => runCli(...argv(out, ...rest));
  const resultOf = (run: CliRun): Record<string, unknown> => {
    assert.equal(run.exitCode, 0, run.err);
    return JSON.parse(run.out) as Record<string, unknown>;
  };
  /** One line of error, with its code. */
  const refused = (run: CliRun): string => {
    assert.equal(run.exitCode, 1, run.err);
    const { ok, error } = JSON.parse(run.out) as { ok: boolean; error: { code: string } };
    assert.equal(ok, false);
    assert.notEqual(error.code, 'internal');
    // A refused proof is an answer: with --json it is not said twice.
    if (run.err !== '') assert.match(run.err.split('\n').at(-2) ?? '', /^wisp: /);
    return error.code;
  };
  /** A copy of the finished folder. */
  const copy = (name: string): string => {
    cpSync(at('work'), at(name), { recursive: true });
    return at(name);
  };

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'wisp-segments-'));
    writeFileSync(at('input'), Uint8Array.of(20, 0, 0, 0));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is killed when the first segment is there, and goes on from it', async () => {
    const imports = ['--import', 'tsx', '--import', `data:text/javascript,${encodeURIComponent(KILLED)}`];
    const killed = spawnSync(
      process.execPath,
      [...imports, path('src/cli/main.ts'), ...argv('proof', '--work-dir', at('work'))],
      { cwd: path('.'), encoding: 'utf8' },
    );
    assert.equal(killed.signal, 'SIGKILL', killed.stderr);
    const first = at('work', segmentFile(0));
    const before = readFileSync(first);
    const { resumed, segments, journal, cycles } = resultOf(await prove('proof', '--work-dir', at('work')));
    assert.deepEqual([resumed, segments, journal, cycles], [1, SEGMENTS, '6d1a0000', 1515]);
    assert.deepEqual(readFileSync(first), before);
    const names = ['run.header', 'run.json', ...Array.from({ length: SEGMENTS }, (_, i) => segmentFile(i))];
    assert.deepEqual(readdirSync(at('work')).sort(), names);
  });

  it('proves what is missing, damaged or in another’s place again, to the same bytes', async () => {
    const work = copy('partly');
    rmSync(join(work, segmentFile(0)));
    const damaged = readFileSync(join(work, segmentFile(2)));
    damaged[5000] = (damaged[5000] as number) ^ 1;
    writeFileSync(join(work, segmentFile(2)), damaged);
    const run = await prove('again', '--work-dir', work);
    assert.equal(resultOf(run).resumed, 1);
    assert.match(run.err, /saved proof of segment 3 does not verify .*: proving it again/);
    assert.deepEqual(readFileSync(at('again')), readFileSync(at('proof')));

    cpSync(join(work, segmentFile(0)), join(work, segmentFile(1)));
    const moved = await prove('again', '--work-dir', work);
    assert.equal(resultOf(moved).resumed, 2);
    assert.match(moved.err, /segment 2 does not verify/);
    truncateSync(join(work, segmentFile(2)), 0);
    const empty = await prove('again', '--work-dir', work);
    assert.equal(resultOf(empty).resumed, 2);
    assert.match(empty.err, /segment 3 does not verify \(proof_truncated\)/);
    assert.deepEqual(readFileSync(at('again')), readFileSync(at('proof')));
  });

  it('in a folder of its own, which is gone in the end', async () => {
    cpSync(at('work'), at('own.proof.work'), { recursive: true });
    assert.equal(resultOf(await prove('own.proof')).resumed, SEGMENTS);
    assert.ok(!existsSync(at('own.proof.work')));
    assert.deepEqual(readFileSync(at('own.proof')), readFileSync(at('proof')));
  });

  it('not in a folder of another run, which stays as it is', async () => {
    writeFileSync(at('other-input'), Uint8Array.of(21, 0, 0, 0));
    const listing = (): string[] => readdirSync(at('work')).sort();
    const names = listing();
    for (const [what, change] of [
      ['input', ['--input', at('other-input')]],
      ['segmentSteps', ['--segment-steps', '900']],
      ['security', ['--security', 'compact']],
    ] as const) {
      const run = await prove('other', '--work-dir', at('work'), ...change);
      assert.equal(refused(run), 'work_dir_of_another_run');
      assert.match(run.err, what === 'security' ? /program|security/ : new RegExp(what));
    }
    const sort = path('guests/elf/sort.elf');
    const run = await runCli(
      'prove',
      sort,
      '--input',
      at('input'),
      ...argv('other', '--work-dir', at('work')).slice(4),
    );
    assert.equal(refused(run), 'work_dir_of_another_run');
    assert.match(run.err, /its program is/);
    assert.deepEqual(listing(), names);
    assert.ok(!existsSync(at('other')));
  });

  it('not in a folder of another version, which says so', async () => {
    const work = copy('version');
    const papers = JSON.parse(readFileSync(join(work, 'run.json'), 'utf8')) as { version?: string };
    assert.match(papers.version ?? '', /^\d+\.[0-9a-f]{16}$/);
    for (const [version, said] of [
      ['1.0123456789abcdef', /its version is 1\.0123456789abcdef, not/],
      [undefined, /its version is none, not/],
    ] as const) {
      writeFileSync(join(work, 'run.json'), JSON.stringify({ ...papers, version }));
      const run = await prove('other', '--work-dir', work);
      assert.equal(refused(run), 'work_dir_of_another_run');
      assert.match(run.err, said);
    }
    assert.ok(existsSync(join(work, segmentFile(0))));
  });

  it('not in a folder whose papers are damaged', async () => {
    for (const [i, text] of ['', '{', '{"program":', 'null', '[]', '7'].entries()) {
      const work = copy(`papers${i}`);
      writeFileSync(join(work, 'run.json'), text);
      assert.match(refused(await prove('other', '--work-dir', work)), /^bad_work_dir$/, text);
    }
    assert.ok(!existsSync(at('other')));
  });

  it('with a damaged header, which is made again', async () => {
    const whole = readFileSync(at('work', 'run.header'));
    const changed = Buffer.from(whole);
    changed[32 + 12 + 36] = 1; // the exit code, that no run of this program has
    for (const [i, header] of [whole.subarray(0, 100), changed, Buffer.alloc(0)].entries()) {
      const work = copy(`header${i}`);
      writeFileSync(join(work, 'run.header'), header);
      const run = await prove('again', '--work-dir', work);
      assert.equal(run.exitCode, 0, run.err);
      assert.deepEqual(readFileSync(join(work, 'run.header')), whole);
      assert.deepEqual(readFileSync(at('again')), readFileSync(at('proof')));
    }
  });

  it('in a folder of another run of which nothing is proven', async () => {
    const work = copy('unproven');
    for (const name of readdirSync(work)) if (name.startsWith('segment-')) rmSync(join(work, name));
    const run = await prove('fewer', '--work-dir', work, '--segment-steps', '900');
    assert.equal(run.exitCode, 0, run.err);
  });

  it('not where it cannot write', async () => {
    for (const work of [at('input'), at('input', 'inner')])
      assert.equal(refused(await prove('other', '--work-dir', work)), 'unwritable_file');
    mkdirSync(at('taken'));
    assert.equal(refused(await prove('taken', '--work-dir', at('work'))), 'unwritable_file');
  });

  // Files are limited to 100 KiB, which fail half-way as on a full disk.
  it('on a disk that is full keeps what is proven', { skip: process.platform !== 'linux' }, async () => {
    const limited = (out: string, ...rest: string[]) =>
      spawnSync(
        'bash',
        ['-c', 'ulimit -f 100; exec "$@"', 'bash', process.execPath, '--import', 'tsx', path('src/cli/main.ts')].concat(
          argv(out, ...rest),
        ),
        { cwd: path('.'), encoding: 'utf8' },
      );
    const refusal = ({ status, stdout, stderr }: ReturnType<typeof limited>): string => {
      assert.equal(status, 1, stderr);
      assert.match(stdout, /"code":"unwritable_file"/);
      return stderr;
    };
    const work = copy('full');
    rmSync(join(work, segmentFile(2)));
    const names = readdirSync(work).sort();
    assert.match(refusal(limited('full.proof', '--work-dir', work)), /cannot write proof of segment 3 .*larger files/);
    assert.deepEqual(readdirSync(work).sort(), names);
    assert.equal(resultOf(await prove('full.proof', '--work-dir', work)).resumed, 2);
    rmSync(at('full.proof'));
    assert.match(refusal(limited('full.proof', '--work-dir', work)), /cannot write proof .*full\.proof/);
    assert.ok(!existsSync(at('full.proof')));
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.tmp')),
      [],
    );
    assert.equal(resultOf(await prove('full.proof', '--work-dir', work)).resumed, SEGMENTS);
    assert.deepEqual(readFileSync(at('full.proof')), readFileSync(at('proof')));
  });

  it('is verified and inspected', async () => {
    const proof = at('proof');
    const verified = await runCli('verify', proof, '--program', FIBONACCI, '--json');
    const { ok, journal, segments, securityBits } = resultOf(verified);
    assert.deepEqual([ok, journal, segments], [true, '6d1a0000', SEGMENTS]);
    assert.ok((securityBits as number) >= 100);
    const inspected = resultOf(await runCli('inspect', proof, '--json'));
    assert.equal(inspected.exitCode, 0);
    assert.equal(inspected.proofBytes, readFileSync(proof).length);
    assert.equal((inspected.segments as unknown[]).length, SEGMENTS);
    assert.match((await runCli('inspect', proof)).out, /segments +3; \d+ cells/);
  });

  it('is refused changed, cut, continued, of another program, or with more security asked for', async () => {
    const bytes = readFileSync(at('proof'));
    const half = bytes.length >> 1;
    const changed = Buffer.from(bytes);
    changed[half] = (changed[half] as number) ^ 1;
    for (const [what, content, code] of [
      ['changed', changed, /./],
      ['cut', bytes.subarray(0, -4), /^proof_truncated$/],
      ['cut in the header', bytes.subarray(0, 100), /^proof_truncated$/],
      ['the front alone', bytes.subarray(0, 8), /^proof_truncated$/],
      ['continued', Buffer.concat([bytes, Buffer.alloc(4)]), /^proof_trailing$/],
    ] as const) {
      writeFileSync(at('forged'), content);
      const run = await runCli('verify', at('forged'), '--program', FIBONACCI, '--json');
      assert.match(refused(run), code, what);
    }
    // Which of the segments is the bad one.
    writeFileSync(at('forged'), changed);
    assert.match((await runCli('verify', at('forged'), '--program', FIBONACCI)).err, /refused: segment 2 of 3: /);
    const other = await runCli('verify', at('proof'), '--program', path('guests/elf/sort.elf'), '--json');
    // Tables of other heights give it away, or the work, which was done for another program.
    assert.match(refused(other), /^(wrong_program|insufficient_work|relations_unbalanced)$/);
    const more = await runCli('verify', at('proof'), '--program', FIBONACCI, '--min-security', '120', '--json');
    assert.equal(refused(more), 'weak_parameters');
    writeFileSync(at('forged'), bytes.subarray(0, 150));
    refused(await runCli('inspect', at('forged'), '--json'));
  });
});
