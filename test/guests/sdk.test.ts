// The Rust guest library's own tests, and those of the guests written with it, natively, where there is cargo.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const GUESTS = fileURLToPath(new URL('../../guests', import.meta.url));
const output = (command: string, ...args: readonly string[]): string =>
  spawnSync(command, args, { encoding: 'utf8' }).stdout ?? '';
const host = /^host: (.+)$/m.exec(output('rustc', '-vV'))?.[1];
const skip = host !== undefined && output('cargo', '--version') !== '' ? false : 'no cargo here';

describe('Rust guest library', { skip }, () => {
  const target = mkdtempSync(join(tmpdir(), 'wisp-sdk-'));
  after(() => rmSync(target, { recursive: true, force: true }));

  for (const [folder, ...passed] of [
    ['sdk', 3, 8],
    ['rust', 2],
  ] as const) {
    it(`tests of guests/${folder} pass`, () => {
      const env = { ...process.env, CARGO_TARGET_DIR: target, CARGO_NET_OFFLINE: 'true' };
      const args = ['test', '--target', host ?? ''];
      const run = spawnSync('cargo', args, { cwd: join(GUESTS, folder), env, encoding: 'utf8', timeout: 900_000 });
      assert.equal(run.status, 0, run.stdout + run.stderr);
      for (const count of passed) assert.match(run.stdout, new RegExp(`test result: ok. ${count} passed`));
    });
  }
});
