// The format of bench/results/*.json. A change of meaning or shape is a new SCHEMA: files of another one are refused, never
// guessed at. Times are milliseconds, sizes bytes, rates per second. null stands for what was not or cannot be measured.
import { amount, FormatError, flag, list, map, object, oneOf, orAbsent, orNull, text } from './check.ts';

export const SCHEMA = 'wisp-bench/2';

export interface Device {
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  /** The driver, as it describes itself. */
  readonly driver: string;
  readonly isSoftware: boolean;
  readonly subgroupMinSize: number;
  readonly subgroupMaxSize: number;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
}

export interface Host {
  readonly cpu: string;
  /** Processors that this process may use. */
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
  readonly webgpu: string;
  /** Load average of the last minute when the run began: of other work, since nothing of ours runs yet. */
  readonly loadBefore: number;
}

/** What the device can do at most, measured in the same run as everything else. */
export interface DeviceLimits {
  readonly clock: Clock;
  /** Bytes read and written by the faster of a kernel that copies and the driver's own copy. */
  readonly copyBytesPerSecond: number;
  /** 32-bit a * b + c, all threads busy. */
  readonly multiplyAddsPerSecond: number;
  /** Exclusive ors and sums of 32 bits, all threads busy. */
  readonly simpleOpsPerSecond: number;
  /** A multiply-add that waits for the one before. */
  readonly dependentMultiplyAddNs: number;
  readonly uploadBytesPerSecond: number;
  readonly downloadBytesPerSecond: number;
  /** An empty dispatch among many. */
  readonly dispatchUs: number;
  /** An empty dispatch, waited for. */
  readonly roundTripUs: number;
}

/** `timestamps` of the GPU, or `wall` time of enough work. */
export type Clock = 'timestamps' | 'wall';

/** The predicted work of something: multiplies, other instructions, bytes to and from memory. */
export interface Work {
  readonly multiplies: number;
  readonly others: number;
  readonly bytes: number;
}

/** A prediction set against a measured time; `fraction` = limitMs / measured time. */
export interface Roofline {
  readonly work: Work;
  /** The shortest time in which the device's measured limits allow the work. */
  readonly limitMs: number;
  readonly bound: 'integer' | 'memory';
  readonly fraction: number;
}

export interface KernelResult {
  readonly group: string;
  readonly name: string;
  /** Size of the problem, for people. */
  readonly size: string;
  readonly unit: string;
  readonly units: number;
  readonly ms: number;
  readonly wallMs: number;
  readonly clock: Clock;
  /** Units per second. */
  readonly rate: number;
  readonly roofline: Roofline | null;
}

export interface StageResult {
  readonly name: string;
  readonly wallMs: number;
  /** Time in which kernels ran, and the share of the stage's wall time in which none did. */
  readonly gpuMs: number | null;
  readonly idleShare: number | null;
  /** GPU milliseconds by kernel. */
  readonly kernels: Readonly<Record<string, number>>;
  readonly roofline: Roofline | null;
}

/** One proof through the command line, in a process of its own: compilation and start-up are in `wallMs`. */
export interface ColdProof {
  readonly wallMs: number;
  readonly proveMs: number;
  readonly verifyMs: number;
  readonly peakRssBytes: number;
  readonly gpuBytes: number;
  readonly stages: Readonly<Record<string, number>>;
}

/** The fastest of `runs` proofs after others in the same process. */
export interface WarmProof {
  readonly runs: number;
  readonly proveMs: number;
  readonly verifyMs: number;
  /** Share of a run's time in which no kernel ran. */
  readonly idleShare: number | null;
  /** Of a run with timestamps, which is another one where proofs are fast. */
  readonly stages: readonly StageResult[];
}

export interface ProofResult {
  readonly workload: string;
  readonly guest: string;
  readonly inputBytes: number;
  readonly cycles: number;
  readonly segments: number;
  readonly cellsPerCycle: number;
  readonly committedCells: number;
  readonly proofBytes: number;
  readonly securityBits: number;
  readonly cold: ColdProof | null;
  readonly warm: WarmProof | null;
}

/** What a proof is known to be once it is made. */
export type ProofSize = Pick<ProofResult, 'proofBytes' | 'segments' | 'securityBits'>;

export interface GrowthPoint {
  readonly logCycles: number;
  readonly cycles: number;
  readonly segments: number;
  readonly proveMs: number;
  readonly verifyMs: number;
  readonly proofBytes: number;
  /** Processor time of the process while it proved, all its threads; null in results that are older than this field. */
  readonly cpuMs: number | null;
  /** Of the process, which proves ascending sizes one after the other. */
  readonly peakRssBytes: number;
  readonly gpuBytes: number;
  readonly stages: Readonly<Record<string, number>>;
}

export interface Growth {
  readonly guest: string;
  readonly minutes: number;
  /** Most micro-ops of a segment. */
  readonly segmentSteps: number;
  readonly points: readonly GrowthPoint[];
  /** Why it went no further. */
  readonly stopped: string;
}

export interface BenchFile {
  readonly schema: typeof SCHEMA;
  readonly date: string;
  readonly commit: string;
  /** Sources differed from the commit. */
  readonly dirty: boolean;
  /** A run for testing: small sizes, few repetitions. Not for comparison. */
  readonly quick: boolean;
  /** The one that proved: never `auto`. */
  readonly backend: string;
  /** `--memory` and `--segment-steps`, where they were given. */
  readonly memory: string | null;
  readonly segmentSteps: number | null;
  /** Of the WebAssembly tier; null for others, and in results that are older than this field. */
  readonly threads: number | null;
  /** Dawn's checks were off; null in results that are older than this field. */
  readonly serverPreset: boolean | null;
  readonly device: Device | null;
  readonly host: Host;
  /** SHA-256 by guest. */
  readonly guests: Readonly<Record<string, string>>;
  readonly limits: DeviceLimits | null;
  readonly kernels: readonly KernelResult[];
  readonly proofs: readonly ProofResult[];
  readonly growth: Growth | null;
}

const work = object<Work>({ multiplies: amount, others: amount, bytes: amount });
const roofline = object<Roofline>({ work, limitMs: amount, bound: oneOf('integer', 'memory'), fraction: amount });
const clock = oneOf<Clock>('timestamps', 'wall');

const stage = object<StageResult>({
  name: text,
  wallMs: amount,
  gpuMs: orNull(amount),
  idleShare: orNull(amount),
  kernels: map(amount),
  roofline: orNull(roofline),
});

const device = object<Device>({
  name: text,
  vendor: text,
  architecture: text,
  driver: text,
  isSoftware: flag,
  subgroupMinSize: amount,
  subgroupMaxSize: amount,
  features: list(text),
  limits: map(amount),
});

const host = object<Host>({
  cpu: text,
  cores: amount,
  memoryBytes: amount,
  system: text,
  node: text,
  webgpu: text,
  loadBefore: amount,
});

const limits = object<DeviceLimits>({
  clock,
  copyBytesPerSecond: amount,
  multiplyAddsPerSecond: amount,
  simpleOpsPerSecond: amount,
  dependentMultiplyAddNs: amount,
  uploadBytesPerSecond: amount,
  downloadBytesPerSecond: amount,
  dispatchUs: amount,
  roundTripUs: amount,
});

const kernel = object<KernelResult>({
  group: text,
  name: text,
  size: text,
  unit: text,
  units: amount,
  ms: amount,
  wallMs: amount,
  clock,
  rate: amount,
  roofline: orNull(roofline),
});

const proof = object<ProofResult>({
  workload: text,
  guest: text,
  inputBytes: amount,
  cycles: amount,
  segments: amount,
  cellsPerCycle: amount,
  committedCells: amount,
  proofBytes: amount,
  securityBits: amount,
  cold: orNull(
    object<ColdProof>({
      wallMs: amount,
      proveMs: amount,
      verifyMs: amount,
      peakRssBytes: amount,
      gpuBytes: amount,
      stages: map(amount),
    }),
  ),
  warm: orNull(
    object<WarmProof>({
      runs: amount,
      proveMs: amount,
      verifyMs: amount,
      idleShare: orNull(amount),
      stages: list(stage),
    }),
  ),
});

const point = object<GrowthPoint>({
  logCycles: amount,
  cycles: amount,
  segments: amount,
  proveMs: amount,
  verifyMs: amount,
  proofBytes: amount,
  cpuMs: orAbsent(amount),
  peakRssBytes: amount,
  gpuBytes: amount,
  stages: map(amount),
});

const file = object<BenchFile>({
  schema: (value) => (value === SCHEMA ? SCHEMA : schemaMismatch(value)),
  date: text,
  commit: text,
  dirty: flag,
  quick: flag,
  backend: text,
  memory: orNull(text),
  segmentSteps: orNull(amount),
  threads: orAbsent(amount),
  serverPreset: orAbsent(flag),
  device: orNull(device),
  host,
  guests: map(text),
  limits: orNull(limits),
  kernels: list(kernel),
  proofs: list(proof),
  growth: orNull(
    object<Growth>({ guest: text, minutes: amount, segmentSteps: amount, points: list(point), stopped: text }),
  ),
});

const schemaMismatch = (found: unknown): never => {
  const what = typeof found === 'string' ? `"${found}"` : 'no schema';
  throw new FormatError(
    `this version reads ${SCHEMA}, the file has ${what}: measure again, or use the version it is of`,
  );
};

/** Throws FormatError with `where` and the path of what is wrong. */
export function parseBenchFile(json: string, where: string): BenchFile {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new FormatError(`${where}: no JSON`);
  }
  try {
    // The schema first: in a file of another one, everything else would be wrong too.
    if (typeof value === 'object' && value !== null && !('schema' in value && value.schema === SCHEMA))
      schemaMismatch((value as { schema?: unknown }).schema);
    return file(value, 'result');
  } catch (error) {
    if (error instanceof FormatError) throw new FormatError(`${where}: ${error.message}`);
    throw error;
  }
}
