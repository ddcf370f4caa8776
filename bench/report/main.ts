// npm run bench:report: the README's figures and the plots, from the newest results of each device and backend.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PLOTS, RESULTS, ROOT } from '../paths.ts';
import { type BenchFile, parseBenchFile } from '../schema.ts';
import { growthPlot } from './growth.ts';
import { deviceName } from './rows.ts';
import { deviceReport } from './tables.ts';

const NONE = 'None are committed yet: `npm run bench` measures, `npm run bench:report` renders the results here.';
const [BEGIN, END] = ['<!-- begin: figures -->', '<!-- end: figures -->'];

/** Parts measured in separate runs are taken together: of each, the newest that has it. */
function merge(files: readonly BenchFile[]): BenchFile {
  const [newest] = files;
  if (newest === undefined) throw new Error('nothing to merge');
  const withKernels = files.find((f) => f.kernels.length > 0);
  return {
    ...newest,
    limits: withKernels?.limits ?? newest.limits,
    kernels: withKernels?.kernels ?? [],
    proofs: files.find((f) => f.proofs.length > 0)?.proofs ?? [],
    growth: files.find((f) => f.growth !== null)?.growth ?? null,
  };
}

export function newestByDevice(files: readonly BenchFile[]): Map<string, BenchFile> {
  const groups = new Map<string, BenchFile[]>();
  const sorted = files.filter((f) => !f.quick).sort((a, b) => b.date.localeCompare(a.date));
  for (const file of sorted) {
    const key = deviceName(file);
    // Only what was measured on the same sources belongs together.
    const group = groups.get(key) ?? [];
    if (group.length === 0 || group[0]?.commit === file.commit) groups.set(key, [...group, file]);
  }
  return new Map([...groups].map(([key, group]) => [key, merge(group)]));
}

/** Text for the README, and plots by path. */
export function report(files: readonly BenchFile[]): { readonly text: string; readonly plots: Map<string, string> } {
  const plots = new Map<string, string>();
  const parts = [...newestByDevice(files)].map(([name, file]) => {
    const points = file.growth?.points ?? [];
    if (file.growth === null || points.length < 2) return deviceReport(file, undefined);
    const path = join(
      PLOTS,
      `${name
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/-$/, '')}.svg`,
    );
    plots.set(path, growthPlot(file.growth, name));
    return deviceReport(file, relative(ROOT, path));
  });
  return { text: parts.length === 0 ? NONE : parts.join('\n\n'), plots };
}

export function readResults(folder: string): BenchFile[] {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  return names.map((name) => parseBenchFile(readFileSync(join(folder, name), 'utf8'), name));
}

function main(): void {
  const { text, plots } = report(readResults(RESULTS));
  for (const [path, svg] of plots) {
    mkdirSync(PLOTS, { recursive: true });
    writeFileSync(path, svg);
    console.log(`written to ${relative(ROOT, path)}`);
  }
  const path = join(ROOT, 'README.md');
  const readme = readFileSync(path, 'utf8');
  const [from, to] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`README.md has no ${BEGIN} … ${END}`);
  writeFileSync(path, `${readme.slice(0, from + BEGIN.length)}\n${text}\n${readme.slice(to)}`);
  console.log('README.md updated');
}

if (/report[/\\]main\.[jt]s$/.test(process.argv[1] ?? '')) main();
