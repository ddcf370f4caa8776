// Cold proofs: through the command line as a user runs it, each in a process of its own.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLI_ENTRY, guestPath, ROOT } from './paths.ts';
import type { ColdProof } from './schema.ts';
import type { Workload } from './workloads.ts';

/** What `wisp prove --json` reports, as far as it is kept. */
interface ProveReport {
  readonly cycles: number;
  readonly segments: number;
  readonly proveMs: number;
  readonly verifyMs: number;
  readonly proofBytes: number;
  readonly peakRssBytes: number;
  readonly gpuBytes: number;
  readonly securityBits: number;
  readonly stages: Readonly<Record<string, number>>;
}

export interface Counted {
  readonly cycles: number;
  readonly cellsPerInstruction: number;
  readonly committedCells: number;
}

export interface ColdReport extends ColdProof {
  readonly cycles: number;
  readonly segments: number;
  readonly proofBytes: number;
  readonly securityBits: number;
}

/** Runs one command to its end and parses the JSON object it prints last. Throws with its last message if it fails. */
function wisp(args: readonly string[]): { readonly report: unknown; readonly wallMs: number } {
  const started = performance.now();
  const child = spawnSync(process.execPath, [CLI_ENTRY, ...args, '--json'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  const wallMs = performance.now() - started;
  if (child.status !== 0) throw new Error(child.stderr.trim().split('\n').at(-1) ?? `wisp ended with ${child.status}`);
  return { report: JSON.parse(child.stdout.trim().split('\n').at(-1) ?? '{}'), wallMs };
}

function withInput<T>(input: Uint8Array, use: (path: string, folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'wisp-bench-'));
  try {
    const path = join(folder, 'input');
    writeFileSync(path, input);
    return use(path, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The stages of all segments together: the command line names them "segment 1 of 3, trace". */
function byStage(stages: Readonly<Record<string, number>>): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, ms] of Object.entries(stages)) {
    const stage = name.replace(/^segment \d+ of \d+, /, '');
    sums[stage] = (sums[stage] ?? 0) + ms;
  }
  return sums;
}

export const countCells = ({ guest, input }: Workload): Counted =>
  withInput(input, (path) => wisp(['run', guestPath(guest), '--input', path]).report as Counted);

export const proveCold = ({ guest, input }: Workload, choice: readonly string[]): ColdReport =>
  withInput(input, (path, folder) => {
    const out = join(folder, 'proof');
    const { report, wallMs } = wisp(['prove', guestPath(guest), '--input', path, '--out', out, ...choice]);
    const { cycles, segments, proveMs, verifyMs, proofBytes, peakRssBytes, gpuBytes, securityBits, stages } =
      report as ProveReport;
    return {
      ...{ wallMs, proveMs, verifyMs, peakRssBytes, gpuBytes, stages: byStage(stages) },
      ...{ cycles, segments, proofBytes, securityBits },
    };
  });
