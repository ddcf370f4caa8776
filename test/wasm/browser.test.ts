// The tier in a page: with workers where memory can be shared, alone where it cannot.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { prove } from '../../prover/prove.ts';
import { createWasmBackend } from '../../prover/wasm/backend.ts';
import { testing } from '../../src/core/params.ts';
import { programTables } from '../../src/machine/tables.ts';
import { browserSupported } from '../browser/chromium.ts';
import { type BrowserSession, openBrowserSession } from '../browser/run_in_browser.ts';
import { runGuest } from '../gpu/segment.ts';
import type { PageProof } from './page_module.ts';

describe('in a page', { skip: browserSupported ? false : 'no packaged browser for this platform' }, () => {
  let session: BrowserSession;
  let want: Uint8Array;
  before(async () => {
    session = await openBrowserSession();
    const { program, run } = runGuest('fibonacci', Uint8Array.of(20, 0, 0, 0));
    const backend = await createWasmBackend({ threads: 1 });
    want = (await prove(programTables(program), run, backend, { params: testing })).proof;
    backend.destroy();
  });
  after(async () => {
    await session?.close();
  });

  for (const options of [{ threads: 2 }, { shared: false }]) {
    it(`makes the same proof: ${JSON.stringify(options)}`, { timeout: 300_000 }, async () => {
      const page = await session.runInBrowser<PageProof>('test/wasm/page_module.ts', 'proveFibonacci', 20, options);
      assert.equal(page.threads, options.threads ?? 1);
      assert.ok(Buffer.from(page.proof).equals(Buffer.from(want)));
    });
  }
});
