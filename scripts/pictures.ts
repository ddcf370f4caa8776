// The pictures of the README: a proof in the page, and this browser beside Node.
//   npm run bench -- --backend wasm --only proofs --workloads 'sha256 512,sha256 2048,keccak256 512,keccak256 2048,fibonacci 1' --out node.json
//   node --import tsx scripts/pictures.ts node.json
// Both are measured while nothing else runs. Prints the browser's times over those of Node.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type BenchFile, parseBenchFile } from '../bench/schema.ts';
import { measureHere, openComparison, openSite, proveNow, type Site, whenReady } from '../test/web/site.ts';

const PICTURES = fileURLToPath(new URL('../docs/images/', import.meta.url));
const TEXT = 'Nobody learns more than that this was hashed. ';

async function provePicture(site: Site): Promise<void> {
  const { page } = await site.open('', { width: 1200, height: 980 });
  await whenReady(page);
  await page.selectOption('#program', 'sha256');
  await page.fill('#input-text', TEXT.repeat(60).trimEnd());
  await page.fill('#segment-steps', '40000');
  await proveNow(page);
  await page.evaluate(() => globalThis.scrollTo(0, 0));
  await page.screenshot({ path: `${PICTURES}prove.png` });
}

/** The workloads of `node` on the same backend. */
async function comparePicture(site: Site, path: string, node: BenchFile): Promise<BenchFile> {
  const workloads = node.proofs.map(({ workload }) => workload);
  const { page } = await site.open('', { width: 1200, height: 860, dark: true });
  await whenReady(page);
  await openComparison(page);
  const own = readFileSync(await measureHere(page, workloads, node.backend), 'utf8');
  await page.setInputFiles('#results-files', path);
  await page.waitForFunction(() => document.querySelectorAll('#results-list li').length === 2);
  await page.evaluate(() => document.getElementById('results-list')?.scrollIntoView());
  await page.waitForTimeout(500);
  await page.screenshot({ path: `${PICTURES}compare.png` });
  return parseBenchFile(own, 'the browser');
}

async function main([path]: readonly string[]): Promise<void> {
  if (path === undefined) throw new Error('scripts/pictures.ts takes a result of npm run bench');
  const node = parseBenchFile(readFileSync(path, 'utf8'), path);
  const site = await openSite();
  try {
    await provePicture(site);
    const browser = await comparePicture(site, path, node);
    for (const { workload, warm, cold } of browser.proofs) {
      const theirs = node.proofs.find((proof) => proof.workload === workload);
      const ratio = (a: number | undefined, b: number | undefined): string =>
        a === undefined || b === undefined ? 'unknown' : (a / b).toFixed(2);
      const ofWarm = ratio(warm?.proveMs, theirs?.warm?.proveMs);
      console.log(`${workload}: warm ${ofWarm}, cold ${ratio(cold?.wallMs, theirs?.cold?.wallMs)} times Node's`);
    }
  } finally {
    await site.close();
  }
}

await main(process.argv.slice(2));
