import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type BenchFile, parseBenchFile } from '../../bench/schema.ts';
import { sample } from '../bench/sample.ts';
import { browserSupported } from '../browser/chromium.ts';
import { measureHere, openComparison, openSite, type Site } from './site.ts';

/** Twice as fast in all. */
const faster: BenchFile = {
  ...sample,
  device: sample.device && { ...sample.device, name: 'Faster GPU' },
  proofs: sample.proofs.map((proof) => ({
    ...proof,
    cold: proof.cold && { ...proof.cold, wallMs: proof.cold.wallMs / 2 },
    warm: proof.warm && { ...proof.warm, proveMs: proof.warm.proveMs / 2 },
  })),
};

describe('the comparison page', { skip: browserSupported ? false : 'no packaged browser for this platform' }, () => {
  let site: Site;
  let folder = '';
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wisp-compare-'));
    site = await openSite();
  });
  after(async () => {
    await site?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('sets two results side by side', { timeout: 300_000 }, async () => {
    const { page, complaints } = await site.open();
    await openComparison(page);
    const files = [sample, faster].map((file, i) => write(`${i}.json`, JSON.stringify(file)));
    await page.setInputFiles('#results-files', files);
    // They are read one after the other.
    await page.waitForFunction((n) => document.querySelectorAll('#results-list li').length === n, files.length);
    assert.match((await page.textContent('#comparison-table')) ?? '', /sha256 2048 B599 k1\.20 M \(2\.00×\)/);
    await page.waitForSelector('#comparison-plot canvas');

    await page.selectOption('#baseline', '1');
    assert.match((await page.textContent('#comparison-table')) ?? '', /599 k \(0\.50×\)1\.20 M/);
    await page.selectOption('#scale', 'ratio');
    for (const [view, text] of [
      ['cold', /266 k/],
      ['stages sha256 2048 B', /trace1\.20 M/],
      ['growth', /2\^18/],
      ['kernels', /fft: interpolate/],
    ] as const) {
      await page.selectOption('#measure', view);
      assert.match((await page.textContent('#comparison-table')) ?? '', text);
    }
    await page.click('#results-list button');
    assert.equal(await page.locator('#results-list li').count(), 1);
    assert.deepEqual(complaints, []);
  });

  it('says which files are no results', { timeout: 300_000 }, async () => {
    const { page } = await site.open();
    await openComparison(page);
    await page.setInputFiles('#results-files', [
      write('letter.json', 'Dear Wisp'),
      write('old.json', '{"schema":"wisp-bench/1"}'),
      write('good.json', JSON.stringify(sample)),
    ]);
    await page.waitForSelector('#comparison-table tbody tr');
    assert.match((await page.textContent('#results-error')) ?? '', /letter\.json: no JSON.*old\.json.*wisp-bench\/1/);
  });

  const measured = async (backend: string) => {
    const { page, complaints } = await site.open('#compare');
    await page.waitForSelector('#workloads input');
    const path = await measureHere(page, ['fibonacci 20'], backend);
    assert.match((await page.textContent('#bench-status')) ?? '', /^Measured\./);
    const file = parseBenchFile(readFileSync(path, 'utf8'), path);
    assert.match(file.host.node, /Chrome \d+/);
    const [proof] = file.proofs;
    assert.equal(proof?.cycles, 1515);
    assert.ok((proof?.cold?.wallMs ?? 0) > 0 && (proof?.warm?.proveMs ?? 0) > 0);
    assert.ok(proof?.warm?.stages.some(({ name }) => name === 'fri'));
    assert.ok((proof?.cellsPerCycle ?? 0) > 20 && (proof?.committedCells ?? 0) > 1e5);
    assert.match((await page.textContent('#comparison-table')) ?? '', /fibonacci 20/);
    assert.deepEqual(complaints, []);
    return file;
  };

  it('measures this browser, in the format of the benchmark', { timeout: 300_000 }, async () => {
    const { backend, device } = await measured('auto');
    assert.deepEqual([backend, device], ['wasm', null]);
  });

  it('measures its adapter, in the format of the benchmark', { timeout: 300_000 }, async () => {
    const { backend, device } = await measured('gpu');
    assert.deepEqual([backend, device?.isSoftware], ['gpu', true]);
  });
});
