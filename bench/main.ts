// npm run bench: whole proofs as a user makes them, each in a process of its own (cold: the kernels' compilation is in
// the time), through the built command line. Prints a table and writes bench/results/<device>-<date>.json.
//
//   npm run bench -- [--adapter software|substring] [--backend gpu|cpu] [--only name,name]
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

interface Workload {
  readonly name: string;
  readonly guest: string;
  readonly input: Uint8Array;
}

const u32 = (n: number): Uint8Array => Uint8Array.from([n & 255, (n >> 8) & 255, (n >> 16) & 255, n >>> 24]);
const message = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7 + 3) & 255);

const WORKLOADS: readonly Workload[] = [
  { name: 'fibonacci 20', guest: 'fibonacci', input: u32(20) },
  { name: 'sha256 128 B', guest: 'sha256', input: message(128) },
  { name: 'sha256 512 B', guest: 'sha256', input: message(512) },
  { name: 'sha256 2048 B', guest: 'sha256', input: message(2048) },
  { name: 'keccak256 2048 B', guest: 'keccak256', input: message(2048) },
];

/** What `wisp prove --json` and `wisp run --json` report, as far as it is kept. */
interface ProveReport {
  readonly cycles: number;
  readonly proveMs: number;
  readonly verifyMs: number;
  readonly proofBytes: number;
  readonly peakRssBytes: number;
  readonly gpuBytes: number;
  readonly securityBits: number;
  readonly adapter: string | null;
  readonly backend: string;
  readonly stages: Readonly<Record<string, number>>;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const entry = join(root, 'dist', 'src', 'cli', 'main.js');

/** Runs one command to its end and parses the JSON object it prints last. Throws with its messages if it fails. */
const wisp = (args: readonly string[]): { report: unknown; wallMs: number } => {
  const started = performance.now();
  const child = spawnSync(process.execPath, [entry, ...args, '--json'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  const wallMs = performance.now() - started;
  if (child.status !== 0) throw new Error(`wisp ${args.join(' ')}: ${child.stderr.trim()}`);
  return { report: JSON.parse(child.stdout.trim().split('\n').at(-1) ?? '{}'), wallMs };
};

const seconds = (ms: number): string => (ms / 1000).toFixed(2);

const main = (): void => {
  const { values } = parseArgs({
    options: { adapter: { type: 'string' }, backend: { type: 'string' }, only: { type: 'string' } },
  });
  const chosen = values.only?.split(',') ?? WORKLOADS.map((w) => w.name);
  const extra = [
    ...(values.adapter ? ['--adapter', values.adapter] : []),
    ...(values.backend ? ['--backend', values.backend] : []),
  ];
  execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { cwd: root, stdio: 'ignore' });
  const folder = mkdtempSync(join(tmpdir(), 'wisp-bench-'));
  const rows: Record<string, unknown>[] = [];
  let adapter: string | null = null;
  try {
    console.log('workload | cycles | cells/instr | wall s | prove s | verify ms | proof KB | peak MiB');
    for (const { name, guest, input } of WORKLOADS.filter((w) => chosen.includes(w.name))) {
      const file = join(folder, 'input');
      writeFileSync(file, input);
      const elf = join('guests', 'elf', `${guest}.elf`);
      const run = wisp(['run', elf, '--input', file]).report as { cellsPerInstruction: number; committedCells: number };
      const { report, wallMs } = wisp(['prove', elf, '--input', file, ...extra]);
      const prove = report as ProveReport;
      adapter = prove.adapter ?? prove.backend;
      const { cellsPerInstruction, committedCells } = run;
      rows.push({ name, cellsPerInstruction, committedCells, wallMs, ...prove });
      const cells = [
        name,
        prove.cycles,
        cellsPerInstruction.toFixed(1),
        seconds(wallMs),
        seconds(prove.proveMs),
        prove.verifyMs.toFixed(0),
        (prove.proofBytes / 1000).toFixed(0),
        (prove.peakRssBytes / 2 ** 20).toFixed(0),
      ];
      console.log(cells.join(' | '));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  const date = new Date().toISOString();
  const result = {
    date,
    commit: git('rev-parse', 'HEAD'),
    dirty: git('status', '--porcelain', '--untracked-files=no') !== '',
    device: adapter,
    host: { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, memoryBytes: totalmem(), node: process.version },
    webgpu: JSON.parse(readFileSync(join(root, 'node_modules', 'webgpu', 'package.json'), 'utf8')).version as string,
    guests: Object.fromEntries(
      [...new Set(WORKLOADS.map((w) => w.guest))].map((g) => {
        const path = join(root, 'guests', 'elf', `${g}.elf`);
        return [
          g,
          { bytes: statSync(path).size, sha256: createHash('sha256').update(readFileSync(path)).digest('hex') },
        ];
      }),
    ),
    workloads: rows,
  };
  mkdirSync(join(root, 'bench', 'results'), { recursive: true });
  const slug = (adapter ?? 'none')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40);
  const path = join(root, 'bench', 'results', `${slug}-${date.slice(0, 10)}.json`);
  writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
  console.log(`written to ${path.slice(root.length)}`);
};

main();
