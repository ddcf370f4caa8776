import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright';
import { verifyingKey } from '../../src/air/key.ts';
import { planOf } from '../../src/cli/rollup_segment.ts';
import { decodeBundleHeader } from '../../src/core/bundle.ts';
import { openBackend } from '../../src/host/backends.ts';
import { verifyBytes } from '../../src/host/verify.ts';
import { createInput, loadProgram } from '../../src/index.ts';
import { programTables } from '../../src/machine/tables.ts';
import type { JobOutcome, JobSpec } from '../../src/sequencer/jobs/job.ts';
import { createLeases, type Leases } from '../../src/sequencer/jobs/leases.ts';
import { jobRoutes } from '../../src/sequencer/jobs/routes.ts';
import { type RunningServer, startServer } from '../../src/sequencer/rpc/server.ts';
import { checkRun, verifySegment } from '../../src/verifier/bundle.ts';
import { browserSupported } from '../browser/chromium.ts';
import { memoryBatches } from '../sequencer/jobs.ts';
import { openSite, ROOT, type Site } from './site.ts';

const ELF = join(ROOT, 'guests/elf/fibonacci.elf');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SECRET = 'only workers know';
const SEGMENT_STEPS = 800;
const program = loadProgram(readFileSync(ELF));
const tables = programTables(program);
const input = createInput().u32(20).finish();

/** Jobs of a small program: batch 0 is proven whole, batch 1 in segments. Every proof is verified. */
describe('the page that proves for a node', {
  skip: browserSupported ? false : 'no packaged browser for this platform',
}, () => {
  let site: Site;
  let server: RunningServer;
  let leases: Leases;
  let plan: Uint8Array;
  const outcomes: string[] = [];
  before(async () => {
    const { backend, close } = await openBackend({
      backend: 'wasm',
      adapter: undefined,
      memory: undefined,
      threads: 1,
    });
    plan = (await planOf(program, input, SEGMENT_STEPS, backend)) ?? assert.fail('a single segment');
    close();
    const batches = {
      ...memoryBatches([0, 2]),
      input: () => input,
      plan: () => ({ segments: 2, segmentSteps: SEGMENT_STEPS, header: plan }),
    };
    const bundle = decodeBundleHeader(plan);
    const run = checkRun(bundle, verifyingKey(tables, bundle.params.logBlowup), {});
    const submit = async (
      { batch, segment }: Pick<JobSpec, 'batch' | 'segment'>,
      worker: string,
      proof: Uint8Array,
    ): Promise<JobOutcome> => {
      try {
        if (segment === null) assert.equal(verifyBytes(proof, tables, {}).exitCode, 0);
        else verifySegment(run, segment, proof, {});
        outcomes.push(`${batch} ${segment} ${worker}`);
        return 'accepted';
      } catch {
        return 'refused';
      }
    };
    leases = createLeases({ leaseMs: 60_000, submit, onEvent: () => {} });
    server = await startServer(
      { handle: async () => undefined },
      { host: '127.0.0.1', port: 0, hosts: [], cors: '*', routes: jobRoutes(leases, batches, SECRET) },
    );
    site = await openSite();
  });
  after(async () => {
    await site?.close();
    await server?.close();
  });

  const job = (batch: number, segment: number | null, segments: number): JobSpec => ({
    ...{ batch, segment, segments, segmentSteps: segment === null ? 0 : SEGMENT_STEPS },
    ...{ inputBytes: input.length, digest: '0x00' },
  });
  const begin = async (page: Page, secret = SECRET): Promise<void> => {
    await page.setInputFiles('#join-elf', ELF);
    await page.fill('#node-url', `http://127.0.0.1:${server.port}`);
    await page.fill('#node-secret', secret);
    await page.fill('#worker-name', 'the browser');
    await page.selectOption('#join-backend', 'wasm');
    await page.click('#join-start');
  };

  it('takes jobs, whole and in segments, and its proofs are accepted', { timeout: 300_000 }, async () => {
    const { page, complaints, requests } = await site.open('join.html');
    await begin(page);
    await page.waitForFunction(() => document.getElementById('join-status')?.textContent === 'Waiting for a job.');
    assert.match((await page.textContent('#join-machine')) ?? '', /Proves in WebAssembly, segments of up to/);
    leases.add(job(0, null, 1));
    const { segments } = decodeBundleHeader(plan);
    for (const i of segments.keys()) leases.add(job(1, i, segments.length));
    await page.waitForFunction(
      (n) => document.querySelectorAll('#join-done li.good').length === n,
      segments.length + 1,
      {
        timeout: 200_000,
      },
    );
    assert.match((await page.textContent('#join-done')) ?? '', /Job 1\.0: accepted, .*Job 0: accepted/);
    assert.deepEqual(outcomes, ['0 null the browser', ...segments.map((_, i) => `1 ${i} the browser`)]);
    await page.click('#join-stop');
    await page.waitForFunction(() =>
      /^Stopped: \d proofs accepted/.test(document.getElementById('join-status')?.textContent ?? ''),
    );
    assert.deepEqual(complaints, []);
    const node = `http://127.0.0.1:${server.port}/jobs/`;
    assert.ok(
      requests.every((url) => url.startsWith(node) || url.startsWith(site.url) || url.startsWith('blob:')),
      String(requests),
    );
  });

  it('says what is wrong, and tries again', { timeout: 300_000 }, async () => {
    const { page } = await site.open('join.html?node=ftp://nowhere');
    assert.equal(await page.inputValue('#node-url'), 'ftp://nowhere');
    await page.click('#join-start');
    assert.match((await page.textContent('#join-error')) ?? '', /starts with http/);
    await begin(page, 'wrong');
    await page.waitForFunction(() => /401/.test(document.getElementById('join-error')?.textContent ?? ''));
    await page.click('#join-stop');
    await page.waitForSelector('#join-start:not([hidden])');
  });

  it('has no flaw that axe finds', { timeout: 300_000 }, async () => {
    for (const options of [{}, { dark: true }, { width: 360, height: 740 }]) {
      const { page } = await site.open('join.html', options);
      await page.waitForSelector('html[data-ready]');
      await page.evaluate(AXE);
      const flaws = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } };
        return (await axe.run()).violations.map(({ id }) => id);
      });
      assert.deepEqual(flaws, []);
    }
  });

  it('leaves the other pages their policy', () => {
    const policy = (name: string): string =>
      /Content-Security-Policy" content="([^"]*)"/.exec(readFileSync(join(site.folder, name), 'utf8'))?.[1] ?? '';
    assert.ok(!policy('index.html').includes('http:') && policy('index.html').includes('connect-src'));
    assert.match(policy('join.html'), /connect-src .*self.* http: https:/);
  });
});
