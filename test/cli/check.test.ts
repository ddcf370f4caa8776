// wisp run --check.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCli } from './harness.ts';

test('an honest run passes the row checker and the relation tracker', async () => {
  const run = await runCli('run', 'guests/elf/sha256.elf', '--check', '--json');
  assert.equal(run.exitCode, 0, run.err);
});
