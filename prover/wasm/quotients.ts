/** Samples, DEEP sums and quotients: what is prepared in JavaScript for the kernels of `point.ts` and `deep.ts`. */
import { type ExtensionPoint, extensionPointDouble } from '../../src/core/circle.ts';
import type { BatchedLine } from '../../src/core/deep.ts';
import { basisFactors } from '../../src/core/fft.ts';
import { add, mul, neg, Q_ONE, Q_ZERO, type Qm31, qAt, qMul, sub } from '../../src/core/field.ts';
import { DEEP_PARAMETER_WORDS, DEEP_TILE } from './kernels/deep.ts';
import { type Columns, columnAddress } from './memory.ts';
import type { KernelCall } from './runtime.ts';
import type { Workshop } from './tree.ts';

/** Products of subsets of the factors: element k has those of the set bits of k. Four words each. */
const products = (factors: readonly Qm31[]): Uint32Array => {
  const out = new Uint32Array(4 * 2 ** factors.length);
  out.set(Q_ONE);
  factors.forEach((factor, bit) => {
    for (let i = 0; i < 2 ** bit; i++) out.set(qMul(qAt(out, i), factor), 4 * (i + 2 ** bit));
  });
  return out;
};

/** Log2 of the coefficients of a block: its basis takes 4 KiB. */
const MAX_LOW_LOG = 8;

/** Columns of one height to be evaluated at a point of the tallest domain. */
export interface SampleJob {
  readonly point: ExtensionPoint;
  readonly coefficients: Columns;
}

/** Values of all columns of all jobs, job after job. */
export const evaluateColumns = (
  { runtime: { memory, run }, kernels }: Workshop,
  jobs: readonly SampleJob[],
  maxLogN: number,
): Qm31[] => {
  const held: number[] = [];
  const upload = (words: Uint32Array): number => {
    const address = memory.alloc(4 * words.length);
    memory.words(address, words.length).set(words);
    held.push(address);
    return address;
  };
  const bases = new Map<ExtensionPoint, Map<number, { low: number; high: number; lowLog: number }>>();
  const basisOf = (point: ExtensionPoint, logN: number): { low: number; high: number; lowLog: number } => {
    const known = bases.get(point) ?? new Map<number, { low: number; high: number; lowLog: number }>();
    bases.set(point, known);
    const found = known.get(logN);
    if (found) return found;
    const factors = basisFactors(extensionPointDouble(point, maxLogN - logN), logN);
    const lowLog = Math.min(logN, MAX_LOW_LOG);
    const rows = products(factors.slice(0, lowLog));
    const size = 2 ** lowLog;
    const low = Uint32Array.from({ length: 4 * size }, (_, i) => rows[4 * (i % size) + Math.floor(i / size)] as number);
    const basis = { low: upload(low), high: upload(products(factors.slice(lowLog))), lowLog };
    known.set(logN, basis);
    return basis;
  };
  const total = jobs.reduce((n, job) => n + job.coefficients.count, 0);
  const out = memory.alloc(64 * total);
  held.push(out);
  let next = 0;
  const calls = jobs.map(({ point, coefficients }): KernelCall => {
    const { low, high, lowLog } = basisOf(point, coefficients.logN);
    const { address, stride, count, logN } = coefficients;
    const args = [address, stride, 4 * 2 ** lowLog, low, 2 ** (logN - lowLog), high, out + 64 * next];
    next += count;
    return { kernel: kernels.evaluate_at, args, units: count, chunk: Math.max(1, Math.floor(2 ** 17 / 2 ** logN)) };
  });
  run(calls);
  const words = memory.words(out, 16 * total);
  const lanesAdded = (at: number): number =>
    [0, 1, 2, 3].reduce((sum, lane) => add(sum, words[at + lane] as number), 0);
  const values = Array.from({ length: total }, (_, i): Qm31 => {
    const at = 16 * i;
    return [lanesAdded(at), lanesAdded(at + 4), lanesAdded(at + 8), lanesAdded(at + 12)];
  });
  for (const address of held) memory.free(address);
  return values;
};

/** Columns of one height with the coefficient of each. */
export interface DeepJob {
  readonly extended: Columns;
  readonly gammas: readonly Qm31[];
}

/** Tiles of rows in a chunk, for `columns` columns. */
const tileChunk = (columns: number): number => Math.max(1, Math.floor(2 ** 15 / (DEEP_TILE * (columns + 8))));

/** Sums by height, lifted into those of the tallest domain, which are returned: four columns of 2^logDomain. */
export const deepSums = (shop: Workshop, jobs: readonly DeepJob[], logDomain: number): Columns => {
  const { runtime, kernels } = shop;
  const { memory } = runtime;
  const held: number[] = [];
  const sums = new Map<number, Columns>();
  const calls = [...new Set(jobs.map((j) => j.extended.logN))].map((logN): KernelCall => {
    const own = jobs.filter((j) => j.extended.logN === logN);
    const addresses = own.flatMap(({ extended }) =>
      Array.from({ length: extended.count }, (_, k) => columnAddress(extended, k)),
    );
    const gammas = own.flatMap((j) => j.gammas);
    // Padded to a multiple of four with columns that count for nothing.
    while (addresses.length % 4 !== 0) {
      addresses.push(addresses[0] as number);
      gammas.push(Q_ZERO);
    }
    const list = memory.alloc(4 * addresses.length);
    const factors = memory.alloc(16 * addresses.length);
    memory.words(list, addresses.length).set(addresses);
    memory.words(factors, 4 * addresses.length).set(gammas.flat());
    held.push(list, factors);
    const out = memory.allocColumns(4, logN);
    sums.set(logN, out);
    const vectors = 2 ** logN / 4;
    const args = [list, addresses.length, factors, out.address, out.stride, vectors];
    const [units, chunk] = [Math.ceil(vectors / DEEP_TILE), tileChunk(addresses.length)];
    return { kernel: kernels.deep_accumulate, args, units, chunk };
  });
  runtime.run(calls);
  for (const address of held) memory.free(address);
  return liftSums(shop, sums, logDomain);
};

/** Adds the sums of all heights into those of the tallest; the others are freed. */
export const liftSums = (
  { runtime: { memory, run }, kernels }: Workshop,
  sums: ReadonlyMap<number, Columns>,
  logDomain: number,
): Columns => {
  let tallest = sums.get(logDomain);
  if (!tallest) {
    tallest = memory.allocColumns(4, logDomain);
    for (let k = 0; k < 4; k++) memory.column(tallest, k).fill(0);
  }
  // From the shortest up, each into the next: every row is added to once a height.
  const ascending = [...sums.values()].filter((s) => s !== tallest).sort((a, b) => a.logN - b.logN);
  ascending.forEach((from, i) => {
    const to = ascending[i + 1] ?? (tallest as Columns);
    const args = [from.address, from.stride, to.address, to.stride, to.logN - from.logN];
    run([{ kernel: kernels.lift_add, args, units: 2 ** to.logN / 4, chunk: 4096 }]);
    memory.free(from.address);
  });
  return tallest;
};

/**
 * The parameters of a point: L(p) = (p.x y2 - p.y x2 + c) + (p.x y3 - p.y x3 + d) i as [y2, -x2, c, y3, -x3, d], then the
 * batched line's a and b.
 */
const deepParameters = ([x, y]: ExtensionPoint, line: BatchedLine): number[] => {
  const re = sub(sub(mul(y[0], x[2]), mul(y[1], x[3])), sub(mul(x[0], y[2]), mul(x[1], y[3])));
  const im = sub(add(mul(y[0], x[3]), mul(y[1], x[2])), add(mul(x[0], y[3]), mul(x[1], y[2])));
  return [y[2], neg(x[2]), re, y[3], neg(x[3]), im, ...line.a, ...line.b];
};

/** FRI's first word: four columns of 2^logDomain. The sums are freed. */
export const deepWord = (
  { runtime: { memory, run }, kernels, heaps }: Workshop,
  points: readonly ExtensionPoint[],
  lines: readonly BatchedLine[],
  sums: readonly Columns[],
): Columns => {
  const [first, second] = sums as [Columns, Columns];
  const word = memory.allocColumns(4, first.logN);
  const parameters = memory.alloc(8 * DEEP_PARAMETER_WORDS);
  const values = points.flatMap((p, t) => deepParameters(p, lines[t] as BatchedLine));
  memory.words(parameters, values.length).set(values);
  const circle = heaps.circle + 4 * 2 ** (first.logN - 1);
  const line = heaps.line + 4 * 2 ** (first.logN - 2);
  const columns = [first, second, word].flatMap(({ address, stride }) => [address, stride]);
  const args = [...columns, circle, line, parameters];
  run([{ kernel: kernels.deep_finish, args, units: 2 ** first.logN / 4, chunk: 512 }]);
  for (const address of [first.address, second.address, parameters]) memory.free(address);
  return word;
};
