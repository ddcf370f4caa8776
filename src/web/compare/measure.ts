// Measures this browser: the workloads of `npm run bench`, cold in a fresh worker and warm in the same one, as a result
// file of the same format.
import { deviceOf } from '../../../bench/device.ts';
import { type BenchFile, type ProofResult, SCHEMA, type StageResult } from '../../../bench/schema.ts';
import { WORKLOADS, type Workload } from '../../../bench/workloads.ts';
import { type ProverClient, proveWith } from '../client.ts';
import { hex } from '../inputs.ts';
import { fetchProgram, PROGRAMS } from '../programs.ts';
import { createSpans, type SpanLog } from '../spans.ts';
import type { BackendChoice, Hardware, ProveReport } from '../worker/api.ts';

declare const __WISP_COMMIT__: string;

/** Small enough for a phone. */
export const FIRST_WORKLOADS: readonly string[] = ['fibonacci 20', 'sha256 128 B', 'keccak256 128 B'];
export const workloadNames: readonly string[] = WORKLOADS.map(({ name }) => name);

const RUNS = 4;
/** Short ones go on: a browser still compiles its WebAssembly better while the first ones run. */
const LEAST_MS = 2000;
/** Enough for a figure: further runs only where they are cheap. */
const ENOUGH_MS = 4000;

const now = (): number => performance.timeOrigin + performance.now();

interface Timed {
  readonly report: ProveReport;
  readonly spans: SpanLog;
  readonly wallMs: number;
}

/** Throws an Error with the prover's message. */
async function proveOnce(
  client: ProverClient,
  elf: Uint8Array,
  input: Uint8Array,
  backend: BackendChoice,
): Promise<Timed> {
  const spans = createSpans();
  const startedAt = now();
  const request = { elf, input, backend, memory: 'auto', security: 'standard' } as const;
  const report = await proveWith(client, request, (news) => {
    if (news.kind === 'stage') spans.event(news.at - startedAt, news.event);
  });
  const wallMs = now() - startedAt;
  spans.finish(wallMs);
  if (!report.ok) throw new Error(report.message);
  return { report, spans, wallMs };
}

const stagesOf = ({ spans }: Timed): Record<string, number> =>
  Object.fromEntries([...spans.totals(0)].filter(([name]) => name !== 'open device'));

const stageResults = (timed: Timed): StageResult[] =>
  Object.entries(stagesOf(timed)).map(([name, wallMs]) => ({
    ...{ name, wallMs, gpuMs: null, idleShare: null, kernels: {}, roofline: null },
  }));

async function measureOne(
  client: ProverClient,
  elf: Uint8Array,
  workload: Workload,
  backend: BackendChoice,
): Promise<ProofResult & { readonly tier: string }> {
  const { name, guest, input } = workload;
  const size = await client.call(async (api) => await api.size(elf, input));
  // A new worker has nothing loaded and nothing compiled.
  client.cancel();
  const cold = await proveOnce(client, elf, input, backend);
  const warm: Timed[] = [];
  let spent = 0;
  while (spent < LEAST_MS || (warm.length < RUNS && spent < ENOUGH_MS)) {
    const timed = await proveOnce(client, elf, input, backend);
    warm.push(timed);
    spent += timed.wallMs;
  }
  const best = warm.reduce((a, b) => (b.report.proveMs < a.report.proveMs ? b : a));
  const { report } = cold;
  return {
    ...{ workload: name, guest, inputBytes: input.length, segments: report.segments, ...size },
    ...{ proofBytes: report.proof.size, securityBits: report.securityBits },
    cold: {
      ...{ wallMs: cold.wallMs, proveMs: report.proveMs, verifyMs: report.verifyMs },
      // A page does not learn what its process takes.
      ...{ peakRssBytes: 0, gpuBytes: report.gpuBytes, stages: stagesOf(cold) },
    },
    warm: {
      ...{ runs: warm.length, proveMs: best.report.proveMs, verifyMs: best.report.verifyMs, idleShare: null },
      stages: stageResults(best),
    },
    tier: report.backend,
  };
}

/** "Chrome 147" and the like, as the browser says it of itself. */
export function browserName(userAgent: string): string {
  const brands: readonly (readonly [RegExp, string])[] = [
    [/Edg\/(\d+)/, 'Edge'],
    [/OPR\/(\d+)/, 'Opera'],
    [/Firefox\/(\d+)/, 'Firefox'],
    [/Chrome\/(\d+)/, 'Chrome'],
    [/Version\/(\d+).*Safari/, 'Safari'],
  ];
  for (const [pattern, name] of brands) {
    const version = pattern.exec(userAgent)?.[1];
    if (version !== undefined) return `${name} ${version}`;
  }
  return 'unknown browser';
}

/** "(X11; Linux x86_64)" of a user agent. */
const systemOf = (userAgent: string): string => /\(([^)]*)\)/.exec(userAgent)?.[1] ?? 'unknown';

/** Pages from elsewhere than https or localhost have no `subtle`. */
const digestOf = async (bytes: Uint8Array): Promise<string> => {
  const { subtle } = crypto as { readonly subtle?: SubtleCrypto };
  return subtle ? hex(new Uint8Array(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))) : 'unknown';
};

export interface MeasureOptions {
  readonly workloads: readonly string[];
  readonly backend: BackendChoice;
  readonly onProgress: (text: string) => void;
}

/** Throws `WorkerEnded` where it is cancelled. */
export async function measureHere(client: ProverClient, options: MeasureOptions): Promise<BenchFile> {
  const { backend, onProgress } = options;
  const hardware: Hardware = await client.call(async (api) => await api.hardware());
  const chosen = WORKLOADS.filter(({ name }) => options.workloads.includes(name));
  const proofs: ProofResult[] = [];
  const guests: Record<string, string> = {};
  let tier = '';
  for (const [i, workload] of chosen.entries()) {
    onProgress(`${workload.name}, ${i + 1} of ${chosen.length}…`);
    const program = PROGRAMS.find(({ name }) => name === workload.guest);
    if (!program) throw new Error(`the page lacks the program ${workload.guest}`);
    const elf = await fetchProgram(program);
    guests[workload.guest] = await digestOf(elf);
    const { tier: own, ...result } = await measureOne(client, elf, workload, backend);
    tier = own;
    proofs.push(result);
  }
  const { adapter } = hardware;
  const { userAgent } = navigator;
  const { deviceMemory = 0 } = navigator as { readonly deviceMemory?: number };
  return {
    ...{ schema: SCHEMA, date: new Date().toISOString(), commit: __WISP_COMMIT__, dirty: false, quick: false },
    ...{ backend: tier, memory: null, segmentSteps: null, threads: tier === 'wasm' ? hardware.threads : null },
    serverPreset: false,
    device: adapter === null || tier !== 'gpu' ? null : deviceOf(adapter, browserName(userAgent)),
    host: {
      cpu: browserName(userAgent),
      cores: navigator.hardwareConcurrency,
      memoryBytes: deviceMemory * 2 ** 30,
      system: systemOf(userAgent),
      node: browserName(userAgent),
      webgpu: hardware.hasWebGpu ? 'of the browser' : 'none',
      loadBefore: 0,
    },
    ...{ guests, limits: null, kernels: [], proofs, growth: null },
  };
}
