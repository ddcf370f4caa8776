import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright';
import { createInput, loadProgram, openProver } from '../../src/index.ts';
import { browserSupported } from '../browser/chromium.ts';
import { openSite, proveNow, ROOT, type Site, whenBegun, whenReady } from './site.ts';

const ELF = join(ROOT, 'guests/elf/fibonacci.elf');

const wisp = (...args: string[]): { status: number | null; output: string } => {
  const all = ['--import', 'tsx', 'src/cli/main.ts', ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 600_000,
  });
  return { status, output: `${stdout}${stderr}` };
};

/** The proof that the page offers, as a visitor gets it. */
async function downloaded(page: Page, to: string): Promise<Uint8Array> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#download')]);
  assert.match(download.suggestedFilename(), /\.proof$/);
  await download.saveAs(to);
  return readFileSync(to);
}

/** Whether a canvas has points of several colours. Runs in the page. */
const isDrawn = (selector: string): boolean => {
  const canvas = document.querySelector<HTMLCanvasElement>(selector);
  const { data = [] } = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? {};
  const colours = new Set<string>();
  for (let i = 0; i < data.length; i += 4) colours.add(Array.from(data.slice(i, i + 4)).join());
  return colours.size > 3;
};

/** Lets go of a file over an element, as a visitor does who drags it there. */
async function dropFile(page: Page, selector: string, path: string): Promise<void> {
  const file = { name: basename(path), bytes: [...readFileSync(path)] };
  const dataTransfer = await page.evaluateHandle(({ name, bytes }) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(bytes)], name));
    return data;
  }, file);
  await page.dispatchEvent(selector, 'dragover', { dataTransfer });
  await page.dispatchEvent(selector, 'drop', { dataTransfer });
}

/** News of a proof come by a port of their own, here later than anything else that was said meanwhile. */
const NEWS_LATE_MS = 300;
const LATE_NEWS = `
  const { addEventListener } = MessagePort.prototype;
  MessagePort.prototype.addEventListener = function (type, listener) {
    return addEventListener.call(this, type, (event) => setTimeout(() => listener.call(this, event), ${NEWS_LATE_MS}));
  };`;

const answer = async (page: Page): Promise<string> => {
  await page.waitForSelector('#verify-body .verdict');
  return (await page.textContent('#verify-body')) ?? '';
};

describe('the prove page', { skip: browserSupported ? false : 'no packaged browser for this platform' }, () => {
  let site: Site;
  let folder = '';
  let proof: Uint8Array = new Uint8Array(0);
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wisp-web-test-'));
    site = await openSite({ base: '/some/folder/' });
  });
  after(async () => {
    await site?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('proves, shows the stages, and gives the proof that Node gives', { timeout: 300_000 }, async () => {
    const { page, complaints, requests } = await site.open();
    await whenReady(page);
    assert.match(
      (await page.textContent('#verdict')) ?? '',
      /swiftshader.*software adapter.*WebAssembly on (\d+|one) thread/i,
    );
    // The plan comes from the worker, after the machine is known.
    await page.waitForFunction(() => document.getElementById('hardware')?.textContent?.includes('largest buffer'));
    const machine = (await page.textContent('#hardware')) ?? '';
    for (const text of [/kindsoftware/, /maxStorageBufferBindingSize/, /Memory plan of a segment/])
      assert.match(machine, text);
    await proveNow(page);
    assert.match((await page.textContent('#live-facts')) ?? '', /cycles\/s in all\d.*segments1 of 1.*memory\d/);
    assert.ok(await page.evaluate(isDrawn, '#timeline'), 'a timeline');
    // What draws it is loaded while the proof is made.
    await page.waitForFunction(isDrawn, '#memory-plot canvas');

    for (const stage of ['plan', 'execute', 'trace', 'logup', 'composition', 'samples', 'fri', 'queries', 'verify'])
      assert.match(
        (await page.textContent(`#stages [data-stage="${stage}"]`)) ?? '',
        /\d+(\.\d+)? m?s.*[a-z]{3} .*\.$/s,
        stage,
      );
    const result = (await page.textContent('#result')) ?? '';
    for (const text of [/100(\.\d)? provable bits/, /6d1a0000/, /6765/, /1\s515/, /deep batching/])
      assert.match(result, text);
    assert.match((await page.textContent('#live-status')) ?? '', /Proved in/);

    const path = join(folder, 'page.proof');
    proof = await downloaded(page, path);
    const verified = wisp('verify', path, '--program', ELF);
    assert.equal(verified.status, 0, verified.output);
    const prover = await openProver({ backend: 'wasm' });
    const node = await prover.prove(loadProgram(readFileSync(ELF)), createInput().u32(20).finish());
    prover.close();
    assert.ok(Buffer.from(node.proof).equals(proof), 'the same bytes as in Node');

    await page.click('#verify-here');
    assert.match(await answer(page), /Accepted: fibonacci\.proof/);
    assert.deepEqual(complaints, []);
    assert.deepEqual(
      requests.filter((url) => !url.startsWith(site.url) && !url.startsWith('blob:http://localhost')),
      [],
    );
  });

  it('proves on WebGPU, the same bytes', { timeout: 300_000 }, async () => {
    const { page, complaints } = await site.open();
    await whenReady(page);
    await page.selectOption('#backend', 'gpu');
    await proveNow(page);
    assert.match((await page.textContent('#live-facts')) ?? '', /GPU memory\d/);
    assert.match((await page.textContent('#result')) ?? '', /peak GPU memory\d.*swiftshader/i);
    assert.ok(Buffer.from(await downloaded(page, join(folder, 'gpu.proof'))).equals(proof));
    assert.deepEqual(complaints, []);
  });

  it('proves in segments, and verifies the bundle', { timeout: 300_000 }, async () => {
    const { page, complaints } = await site.open();
    await whenReady(page);
    await page.fill('#segment-steps', '600');
    await proveNow(page);
    assert.match((await page.textContent('#live-facts')) ?? '', /segments[34] of [34]/);
    const path = join(folder, 'bundle.proof');
    await downloaded(page, path);
    const verified = wisp('verify', path, '--program', ELF);
    assert.equal(verified.status, 0, verified.output);
    await page.click('#verify-here');
    const said = await answer(page);
    assert.match(said, /Accepted/);
    assert.match(said, /run logup/);
    assert.deepEqual(complaints, []);
  });

  it('verifies proofs made elsewhere and refuses what does not hold', { timeout: 300_000 }, async () => {
    const { page } = await site.open('#verify');
    const at = (name: string, bytes: Uint8Array): string => {
      writeFileSync(join(folder, name), bytes);
      return join(folder, name);
    };
    await page.setInputFiles('#proof-file', at('good.proof', proof));
    assert.match(await answer(page), /Accepted: good\.proof.*6d1a0000/);

    const damaged = Uint8Array.from(proof);
    const middle = damaged.length >> 1;
    damaged[middle] = (damaged[middle] ?? 0) ^ 1;
    const refusals: [string, Uint8Array, RegExp][] = [
      ['damaged.proof', damaged, /Refused: damaged\.proof/],
      ['short.proof', proof.subarray(0, 1000), /Refused.*(ends too early|proof_)/],
      ['none.proof', new TextEncoder().encode('this is a letter, no proof'), /Refused.*no proof.*proof_magic/],
    ];
    for (const [name, bytes, expected] of refusals) {
      await page.setInputFiles('#proof-file', at(name, bytes));
      await page.waitForFunction(
        (n) => document.querySelector('#verify-body .verdict')?.textContent?.includes(n),
        name,
      );
      assert.match(await answer(page), expected);
    }

    await page.selectOption('#verify-program', 'sieve');
    await page.setInputFiles('#proof-file', at('other.proof', proof));
    await page.waitForFunction(() => document.querySelector('#verify-body .verdict')?.textContent?.includes('other'));
    assert.match(await answer(page), /Refused/);
  });

  it('cancels, whenever it is asked to, and proves again', { timeout: 300_000 }, async () => {
    const { page } = await site.open();
    const cancel = async (): Promise<void> => {
      await page.click('#cancel');
      await page.waitForFunction(() => document.getElementById('live-status')?.textContent === 'Cancelled.');
    };
    await page.fill('#input-text', '5000000');
    // Mostly before the machine is known, which is then asked for again.
    await page.click('#prove');
    await cancel();
    await whenReady(page);
    await page.click('#prove');
    await whenBegun(page, 'trace');
    await cancel();
    await page.fill('#input-text', '20');
    await proveNow(page);
    assert.match((await page.textContent('#result')) ?? '', /6765/);
  });

  it('hears what is said before the answer, and nothing after', { timeout: 300_000 }, async () => {
    const { page } = await site.open('', { before: LATE_NEWS });
    await whenReady(page);
    await proveNow(page);
    const verified = (await page.textContent('#stages [data-stage="verify"]')) ?? '';
    await page.waitForTimeout(2 * NEWS_LATE_MS);
    assert.match(verified, /\d m?s/);
    assert.match((await page.textContent('#live-status')) ?? '', /Proved in/);
    await page.fill('#input-text', '100000');
    await page.fill('#segment-steps', '600');
    await page.click('#prove');
    await whenBegun(page, 'trace');
    await page.click('#cancel');
    await page.waitForFunction(() => document.getElementById('live-status')?.textContent === 'Cancelled.');
    await page.waitForTimeout(2 * NEWS_LATE_MS);
    assert.equal(await page.textContent('#live-status'), 'Cancelled.');
  });

  it('says what is wrong with a file, an input or a program', { timeout: 300_000 }, async () => {
    const { page } = await site.open();
    await whenReady(page);
    await page.setInputFiles('#elf-file', join(ROOT, 'README.md'));
    await page.waitForSelector('#elf-error:not([hidden])');
    assert.match((await page.textContent('#elf-error')) ?? '', /README\.md is no ELF/);

    await page.fill('#input-text', 'twenty');
    await page.click('#prove');
    await page.waitForSelector('#input-error:not([hidden])');
    assert.match((await page.textContent('#input-error')) ?? '', /"twenty" is no whole number/);
    assert.equal(await page.getAttribute('#input-text', 'aria-invalid'), 'true');

    // An ELF by its first bytes alone.
    writeFileSync(join(folder, 'broken.elf'), readFileSync(ELF).subarray(0, 100));
    await page.setInputFiles('#elf-file', join(folder, 'broken.elf'));
    await page.waitForFunction(() => document.querySelector<HTMLSelectElement>('#program')?.value === 'own');
    await page.fill('#input-text', '20');
    await page.click('#prove');
    await page.waitForSelector('#notices .poor');
    assert.match((await page.textContent('#live-status')) ?? '', /No proof was made/);

    // An input that the program does not survive.
    await page.selectOption('#program', 'sort');
    await page.selectOption('#input-kind', 'hex');
    await page.fill('#input-text', '0102');
    // The notice of the proof before is not that of this one.
    await page.evaluate(() => document.querySelector('#notices .poor')?.setAttribute('data-before', ''));
    await page.click('#prove');
    await page.waitForFunction(
      () =>
        document.querySelector('#notices [data-before]') === null &&
        /Proved in|No proof/.test(document.getElementById('live-status')?.textContent ?? ''),
    );
  });

  it('takes a program and an input that are dropped, and the compact parameters', { timeout: 300_000 }, async () => {
    const { page } = await site.open();
    await whenReady(page);
    const input = join(folder, 'ten.bin');
    writeFileSync(input, Uint8Array.of(10, 0, 0, 0));
    await dropFile(page, '#elf-drop', ELF);
    await page.waitForFunction(() => document.querySelector<HTMLSelectElement>('#program')?.value === 'own');
    await page.selectOption('#input-kind', 'file');
    await dropFile(page, '#input-drop', input);
    await page.selectOption('#security', 'compact');
    await proveNow(page);
    assert.match((await page.textContent('#result')) ?? '', /as a number55/);
    const path = join(folder, 'dropped.proof');
    await downloaded(page, path);
    const { output } = wisp('inspect', path);
    assert.match(output, /"name":"compact"/);
    // A file that misses every box does not replace the page.
    await dropFile(page, 'h1', input);
    assert.ok(page.url().startsWith(site.url));
  });
});
