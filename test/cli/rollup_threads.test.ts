// The threads of `wisp node`: what a question answers, and that a thread that died is replaced, whenever it did.
import assert from 'node:assert/strict';
import { syncBuiltinESMExports } from 'node:module';
import { test } from 'node:test';
import threads, { type Worker } from 'node:worker_threads';

/** Every thread that was started. */
const started: Worker[] = [];
const { Worker: Original } = threads;
threads.Worker = class extends Original {
  constructor(...options: ConstructorParameters<typeof Original>) {
    super(...options);
    started.push(this);
  }
};
syncBuiltinESMExports();
const { rollupVerifier } = await import('../../src/cli/rollup.ts');

test('a thread that died between two questions, or over one, is replaced', { timeout: 300_000 }, async (t) => {
  // The threads do not keep a process alive, as a node's server does.
  const alive = setInterval(() => {}, 1000);
  t.after(() => clearInterval(alive));
  const { verify } = rollupVerifier();
  const refused = (): Promise<void> => assert.rejects(verify(Uint8Array.of(1, 2, 3)), { code: /^proof_/ });
  await refused();
  await refused();
  assert.equal(started.length, 1);
  await started[0]?.terminate();
  await refused();
  assert.equal(started.length, 2);
  // It is told to end before it is asked, so that no answer can come first.
  const end = started[1]?.terminate();
  await assert.rejects(verify(Uint8Array.of(1, 2, 3)), /the thread ended/);
  await end;
  await refused();
  assert.equal(started.length, 3);
});
