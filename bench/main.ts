// npm run bench: kernels, whole proofs and growth with program size, written to bench/results/. `--help` lists the options.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { FormatError } from './check.ts';
import { countCells, proveCold } from './cold.ts';
import { growthLine, kernelLine, limitsLine, proofLine } from './lines.ts';
import { describeHost, describeSource, guestDigest } from './machine.ts';
import { type BenchOptions, HELP, OptionError, PARTS, readOptions } from './options.ts';
import { RESULTS } from './paths.ts';
import type { ProverChoice } from './prover.ts';
import { compareFiles } from './report/compare.ts';
import { threadsText } from './report/rows.ts';
import {
  type BenchFile,
  type Device,
  type DeviceLimits,
  type Growth,
  type GrowthPoint,
  type KernelResult,
  type ProofResult,
  type ProofSize,
  parseBenchFile,
  SCHEMA,
  type WarmProof,
} from './schema.ts';
import { runTask } from './worker_host.ts';
import { GROWTH_GUEST, QUICK_WORKLOADS, WORKLOADS, type Workload } from './workloads.ts';

const say = (text: string): void => console.log(text);
const warn = (what: string, why: string | undefined): void => {
  if (why !== undefined) console.error(`bench: ${what}: ${why}`);
};

interface DevicePart {
  backend: string;
  threads: number | null;
  device: Device | null;
  limits: DeviceLimits | null;
  readonly kernels: KernelResult[];
}

const choiceOf = ({ backend, adapter, memory, segmentSteps, threads, serverPreset }: BenchOptions): ProverChoice => ({
  ...{ backend, adapter, memory, segmentSteps, threads, serverPreset },
});

/** What proves, and on which device; its limits, and on the GPU its kernels. The reference tier has neither. */
async function measureDevice(options: BenchOptions): Promise<DevicePart> {
  const { quick, parts } = options;
  const part: DevicePart = { backend: '', threads: null, device: null, limits: null, kernels: [] };
  const task = { kind: 'kernels', choice: choiceOf(options), quick, limitsOnly: !parts.includes('kernels') } as const;
  const failure = await runTask(task, (reply) => {
    if (reply.kind === 'backend') {
      part.backend = reply.name;
      part.threads = reply.threads;
      if (reply.threads !== null) say(`${reply.name}: ${threadsText(reply.threads)}`);
    } else if (reply.kind === 'device') {
      part.device = reply.device;
      say(`device: ${reply.device.name} (${reply.device.driver})`);
    } else if (reply.kind === 'limits') {
      part.limits = reply.limits;
      say(`limits: ${limitsLine(reply.limits)}`);
    } else if (reply.kind === 'kernel') {
      part.kernels.push(reply.result);
      say(kernelLine(reply.result));
    }
  });
  if (part.backend === '') throw new OptionError(failure ?? 'no backend opened');
  warn('kernels', failure);
  return part;
}

function chosenWorkloads({ quick, workloads }: BenchOptions): readonly Workload[] {
  if (workloads.length > 0) {
    const chosen = WORKLOADS.filter(({ name }) => workloads.some((part) => name.includes(part)));
    if (chosen.length > 0) return chosen;
    throw new OptionError(`no workload named like ${workloads.join(', ')}: ${WORKLOADS.map((w) => w.name).join(', ')}`);
  }
  return quick ? WORKLOADS.filter(({ name }) => QUICK_WORKLOADS.includes(name)) : WORKLOADS;
}

async function proofs(options: BenchOptions, limits: DeviceLimits | null): Promise<ProofResult[]> {
  const { segmentSteps, serverPreset, ...named } = choiceOf(options);
  const given = { ...named, 'segment-steps': segmentSteps };
  const choice = [
    ...Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, `${value}`])),
    ...(serverPreset ? ['--server-preset'] : []),
  ];
  const results = new Map<string, ProofResult>();
  const chosen = chosenWorkloads(options);
  for (const workload of chosen) {
    const { name, guest, input } = workload;
    try {
      const { cycles, cellsPerInstruction, committedCells } = countCells(workload);
      const report = options.skipCold ? null : proveCold(workload, choice);
      const { wallMs, proveMs, verifyMs, peakRssBytes, gpuBytes, stages } = report ?? {};
      const isProven = wallMs !== undefined && proveMs !== undefined && verifyMs !== undefined;
      const result: ProofResult = {
        ...{ workload: name, guest, inputBytes: input.length, cycles, segments: report?.segments ?? 0 },
        ...{ cellsPerCycle: cellsPerInstruction, committedCells },
        ...{ proofBytes: report?.proofBytes ?? 0, securityBits: report?.securityBits ?? 0 },
        cold: isProven
          ? {
              wallMs,
              proveMs,
              verifyMs,
              peakRssBytes: peakRssBytes ?? 0,
              gpuBytes: gpuBytes ?? 0,
              stages: stages ?? {},
            }
          : null,
        warm: null,
      };
      results.set(name, result);
      say(proofLine(result));
    } catch (error) {
      warn(name, error instanceof Error ? error.message : String(error));
    }
  }
  const workloads = chosen.map(({ name }) => name).filter((name) => results.has(name));
  const onWarm = (name: string, proven: WarmProof, own: ProofSize) => {
    const known = results.get(name);
    if (known === undefined) return;
    const result = { ...known, ...own, warm: proven };
    results.set(name, result);
    say(proofLine(result));
  };
  const failure = await runTask({ kind: 'warm', choice: choiceOf(options), workloads, limits }, (reply) => {
    if (reply.kind === 'warm') onWarm(reply.workload, reply.proof, reply.size);
  });
  warn('warm proofs', failure);
  return [...results.values()];
}

async function growth(options: BenchOptions): Promise<Growth> {
  const { fromLog, toLog, minutes } = options;
  const points: GrowthPoint[] = [];
  let stopped = '';
  let segmentSteps = 0;
  const task = { kind: 'growth', choice: choiceOf(options), options: { fromLog, toLog, minutes } } as const;
  const failure = await runTask(task, (reply) => {
    if (reply.kind === 'point') {
      points.push(reply.point);
      say(growthLine(reply.point));
    } else if (reply.kind === 'segments') {
      segmentSteps = reply.steps;
    } else if (reply.kind === 'stopped') {
      stopped = reply.stopped;
      say(`growth: ${stopped}`);
    }
  });
  warn('growth', failure);
  return { guest: GROWTH_GUEST, minutes, segmentSteps, points, stopped: failure ?? stopped };
}

const slug = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 48);

async function run(options: BenchOptions): Promise<void> {
  const { parts, quick, memory, segmentSteps, threads, serverPreset } = options;
  const [host, source] = [describeHost(), describeSource()];
  const date = new Date().toISOString();
  const measured = await measureDevice(options);
  const proven = parts.includes('proofs') ? await proofs(options, measured.limits) : [];
  const file: BenchFile = {
    schema: SCHEMA,
    date,
    ...source,
    quick,
    backend: measured.backend,
    memory: memory ?? null,
    segmentSteps: segmentSteps ?? null,
    threads: measured.threads,
    serverPreset,
    device: measured.device,
    host,
    guests: Object.fromEntries([...new Set(proven.map((p) => p.guest))].map((guest) => [guest, guestDigest(guest)])),
    limits: measured.limits,
    kernels: measured.kernels,
    proofs: proven,
    growth: parts.includes('growth') ? await growth(options) : null,
  };
  const json = `${JSON.stringify(file, null, 1)}\n`;
  parseBenchFile(json, 'this run');
  const some = parts.length < PARTS.length ? parts : [];
  const how = [...(threads === undefined ? [] : [`threads-${threads}`]), ...(serverPreset ? ['server-preset'] : [])];
  const what = [...how, ...some, ...(quick ? ['quick'] : [])];
  const device = slug(measured.device?.name ?? `${measured.backend}-${host.cpu}`);
  const name = `${device}--${[date.slice(0, 10), ...what].join('--')}.json`;
  const path = options.out ?? join(RESULTS, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, json);
  say(`written to ${relative(process.cwd(), path)}`);
}

async function main(): Promise<void> {
  const command = readOptions(process.argv.slice(2));
  if (command.kind === 'help') return say(HELP);
  if (command.kind === 'run') return run(command.options);
  const [a, b] = command.files.map((path) => parseBenchFile(readFileSync(path, 'utf8'), path));
  if (a !== undefined && b !== undefined) say(compareFiles(a, b));
}

main().catch((error: unknown) => {
  const isExpected = error instanceof OptionError || error instanceof FormatError;
  console.error(`bench: ${error instanceof Error ? (isExpected ? error.message : error.stack) : String(error)}`);
  process.exitCode = error instanceof OptionError ? 2 : 1;
});
