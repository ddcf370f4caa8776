// Writes the README's table of figures from bench/results/*.json: for each device, its newest file. Run it after
// `npm run bench`, with the results committed. Nothing here is typed by hand.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { markdownTable, replacePart } from './docs/markdown.ts';

const README = new URL('../README.md', import.meta.url);
const RESULTS = new URL('../bench/results/', import.meta.url);

/** The part of a result file that the table shows; bench/main.ts writes it. */
interface BenchResult {
  readonly date: string;
  readonly commit: string;
  readonly device: string | null;
  readonly host: { readonly cpu: string; readonly cores: number };
  readonly workloads: readonly {
    readonly name: string;
    readonly cycles: number;
    readonly cellsPerInstruction: number;
    readonly wallMs: number;
    readonly verifyMs: number;
    readonly proofBytes: number;
    readonly peakRssBytes: number;
    readonly securityBits: number;
  }[];
}

const NONE =
  'None are committed yet. `npm run bench` measures whole proofs through the command line and writes `bench/results/`; `node --import tsx scripts/readme_figures.ts` then renders them here.';

export function figuresTable(): string {
  const files = existsSync(RESULTS) ? readdirSync(RESULTS).filter((f) => f.endsWith('.json')) : [];
  const newest = new Map<string, BenchResult>();
  for (const file of files.sort()) {
    const result = JSON.parse(readFileSync(new URL(file, RESULTS), 'utf8')) as BenchResult;
    const device = `${result.device ?? 'cpu'}`;
    if ((newest.get(device)?.date ?? '') <= result.date) newest.set(device, result);
  }
  if (newest.size === 0) return NONE;
  const parts = [...newest].map(([device, { date, commit, host, workloads }]) => {
    const rows = workloads.map((w) => [
      w.name,
      `${w.cycles}`,
      w.cellsPerInstruction.toFixed(1),
      `${(w.wallMs / 1000).toFixed(1)} s`,
      `${w.verifyMs.toFixed(0)} ms`,
      `${(w.proofBytes / 1e6).toFixed(2)} MB`,
      `${(w.peakRssBytes / 2 ** 30).toFixed(2)} GiB`,
      `${Math.floor(w.securityBits)}`,
    ]);
    const head = [
      '',
      'cycles',
      'cells a cycle',
      'prove, cold start',
      'verify',
      'proof',
      'peak memory',
      'provable bits',
    ];
    const where = `${device}; host ${host.cpu}, ${host.cores} cores; ${date.slice(0, 10)}, commit ${commit.slice(0, 10)}`;
    return `${where}:\n\n${markdownTable(head, rows)}`;
  });
  return parts.join('\n\n');
}

if (process.argv[1]?.endsWith('readme_figures.ts')) {
  const text = readFileSync(README, 'utf8');
  writeFileSync(README, replacePart(text, 'figures', figuresTable()));
}
