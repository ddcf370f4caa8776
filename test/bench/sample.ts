// A result with everything in it.
import { type BenchFile, SCHEMA, type StageResult } from '../../bench/schema.ts';

const stage: StageResult = {
  name: 'trace',
  wallMs: 100,
  gpuMs: 80,
  idleShare: 0.2,
  kernels: { interpolate: 60, merkle_rows: 20 },
  roofline: { work: { multiplies: 1e9, others: 4e9, bytes: 1e9 }, limitMs: 20, bound: 'integer', fraction: 0.25 },
};

export const sample: BenchFile = {
  schema: SCHEMA,
  date: '2026-01-02T03:04:05.000Z',
  commit: '0123456789abcdef',
  dirty: false,
  quick: false,
  backend: 'gpu',
  memory: null,
  segmentSteps: null,
  threads: null,
  serverPreset: false,
  device: {
    ...{ name: 'Example GPU <1>', vendor: 'example', architecture: 'one', driver: 'example 1.2', isSoftware: false },
    ...{ subgroupMinSize: 32, subgroupMaxSize: 32, features: ['timestamp-query'], limits: { maxBufferSize: 2 ** 30 } },
  },
  host: {
    ...{ cpu: 'Example CPU', cores: 8, memoryBytes: 2 ** 34, system: 'Linux 6', node: 'v20.0.0', webgpu: '0.6.2' },
    loadBefore: 0.1,
  },
  guests: { sha256: '00ff' },
  limits: {
    ...{ clock: 'timestamps', copyBytesPerSecond: 1e12, multiplyAddsPerSecond: 1e13, simpleOpsPerSecond: 2e13 },
    ...{ dependentMultiplyAddNs: 3, uploadBytesPerSecond: 1e10, downloadBytesPerSecond: 1e10 },
    ...{ dispatchUs: 5, roundTripUs: 40 },
  },
  kernels: [
    {
      ...{ group: 'fft', name: 'interpolate', size: '2^20 x 64', unit: 'butterflies', units: 6.7e8 },
      ...{ ms: 10, wallMs: 12, clock: 'timestamps', rate: 6.7e10, roofline: null },
    },
  ],
  proofs: [
    {
      ...{ workload: 'sha256 2048 B', guest: 'sha256', inputBytes: 2048, cycles: 119721, segments: 1 },
      ...{ cellsPerCycle: 52.1, committedCells: 9.4e6, proofBytes: 810_000, securityBits: 100.09 },
      cold: {
        ...{ wallMs: 900, proveMs: 700, verifyMs: 90, peakRssBytes: 2 ** 29, gpuBytes: 2 ** 28 },
        stages: { execute: 20, trace: 300 },
      },
      warm: { runs: 4, proveMs: 200, verifyMs: 80, idleShare: 0.3, stages: [stage] },
    },
  ],
  growth: {
    ...{ guest: 'sha256', minutes: 10, segmentSteps: 65536, stopped: '2^20 instructions reached' },
    points: [16, 17, 18].map((logCycles, i) => ({
      ...{ logCycles, cycles: 2 ** logCycles - 100, segments: 2 ** i, proveMs: 100 * 2 ** i, verifyMs: 80 },
      ...{ proofBytes: 800_000 * 2 ** i, cpuMs: null, peakRssBytes: 2 ** 29, gpuBytes: 2 ** 28, stages: { trace: 40 } },
    })),
  },
};
