import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { buildProgram, loadElf } from '../../src/machine/index.ts';
import { programTables } from '../../src/machine/tables.ts';
import { verify } from '../../src/verifier/verify.ts';
import { browserSupported } from './chromium.ts';
import type { PageProof } from './proof_module.ts';
import { type BrowserSession, openBrowserSession } from './run_in_browser.ts';

describe('in a browser', { skip: browserSupported ? false : 'no packaged browser for this platform' }, () => {
  let session: BrowserSession;
  before(async () => {
    session = await openBrowserSession();
  });
  after(async () => {
    await session?.close();
  });

  it('opens a device and computes', async () => {
    const result = await session.runInBrowser<{ adapter: string; values: number[] }>(
      'test/browser/compute_module.ts',
      'squares',
      1000,
    );
    assert.match(result.adapter, /swiftshader/i);
    assert.deepEqual(
      result.values,
      Array.from({ length: 1000 }, (_, i) => i * i),
    );
  });

  it('proves and verifies a program', { timeout: 300_000 }, async () => {
    const page = await session.runInBrowser<PageProof>('test/browser/proof_module.ts', 'proveFibonacci', 20);
    assert.deepEqual(page.journal, [0x6d, 0x1a, 0, 0]); // F(20) = 6765
    assert.ok(['bad_opening', 'bad_fri_opening', 'proof_not_canonical'].includes(page.refused), page.refused);
    const program = programTables(buildProgram(loadElf(readFileSync('guests/elf/fibonacci.elf'))));
    assert.equal(verify(Uint8Array.from(page.proof), program, { allowTesting: true }).exitCode, 0);
  });

  it('reports what the page throws', async () => {
    await assert.rejects(session.runInBrowser('test/browser/compute_module.ts', 'missing'), /exports no missing/);
  });
});
