// The limits of the processor as WebAssembly reaches them, on all threads of the tier: what its stages are measured by.
import { createPool } from '../../prover/wasm/thread_pool.ts';
import { type FunctionBuilder, ModuleBuilder } from '../../src/core/wasm/index.ts';
import type { DeviceLimits } from '../schema.ts';

/** Bytes that a chunk of the copy moves: more than a core's own caches hold of both sides. */
const COPY_BYTES = 2 ** 22;
/** Chains of a thread, so that latencies overlap, and steps of each in a turn of the loop, which then costs little. */
const CHAINS = 8;
const STEPS = 8;
const LANES = 4;
/** Of a step of `simple`. */
const SIMPLE_OPS = 2;
/** A product of 64 bits does the work of so many of the model's multiplies (model/costs.ts), of which M31 products have four. */
const MULTIPLIES_PER_PRODUCT = 4;

/** `step` leaves the chain's next value on the stack. */
type Step = (f: FunctionBuilder, chain: number, factor: number, term: number) => void;

const multiplyAdd: Step = (f, chain, factor, term) =>
  void f.get(chain).get(factor).op('i64x2.extmul_low_i32x4_u').get(term).op('i64x2.add');
const simple: Step = (f, chain, factor, term) => void f.get(chain).get(factor).op('v128.xor').get(term).op('i32x4.add');

const PARAMETERS = ['i32', 'i32', 'i32', 'i32'] as const;
const [BEGIN, END, ARGS, SCRATCH] = [0, 1, 2, 3];

/** Arguments: turns of the loop for a unit. */
function arithmetic(module: ModuleBuilder, name: string, chains: number, step: Step): void {
  const { index, body: f } = module.function(PARAMETERS);
  const turns = f.local('i32');
  const [factor, term] = [f.local('v128'), f.local('v128')];
  const values = Array.from({ length: chains }, () => f.local('v128'));
  f.v128([0x9e3779b1, 3, 0x7feb352d, 5]).set(factor).v128([7, 0x846ca68b, 11, 13]).set(term);
  for (const [i, value] of values.entries()) f.get(SCRATCH).i32(i).op('i32.add').op('i32x4.splat').set(value);
  const units = f.loop();
  f.get(ARGS).memory('i32.load').set(turns);
  const loop = f.loop();
  for (let i = 0; i < STEPS; i++) {
    for (const value of values) {
      step(f, value, factor, term);
      f.set(value);
    }
  }
  f.get(turns).i32(1).op('i32.sub').tee(turns).brIf(loop).end();
  f.get(BEGIN).i32(1).op('i32.add').tee(BEGIN).get(END).op('i32.lt_u').brIf(units).end();
  for (const [i, value] of values.entries())
    f.get(SCRATCH)
      .get(value)
      .memory('v128.store', 16 * i);
  module.export(name, 'function', index);
}

/** Arguments: source, destination, bytes of a unit. */
function copy(module: ModuleBuilder): void {
  const { index, body: f } = module.function(PARAMETERS);
  const bytes = f.local('i32');
  f.get(ARGS).memory('i32.load', 8).set(bytes);
  const units = f.loop();
  for (const side of [4, 0]) f.get(ARGS).memory('i32.load', side).get(BEGIN).get(bytes).op('i32.mul').op('i32.add');
  f.get(bytes).memoryCopy();
  f.get(BEGIN).i32(1).op('i32.add').tee(BEGIN).get(END).op('i32.lt_u').brIf(units).end();
  module.export('copy', 'function', index);
}

/** The least milliseconds of several runs; V8's optimising compiler has its turn between the first of them. */
function leastMs(runs: number, run: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < runs + 2; i++) {
    const started = performance.now();
    run();
    if (i >= 2) least = Math.min(least, performance.now() - started);
  }
  return least;
}

export async function measureWasmLimits(threads: number, quick: boolean): Promise<DeviceLimits> {
  const pool = await createPool({ threads });
  try {
    const module = new ModuleBuilder();
    module.importMemory('env', 'memory', pool.memory.limits);
    arithmetic(module, 'multiply', CHAINS, multiplyAdd);
    arithmetic(module, 'simple', CHAINS, simple);
    arithmetic(module, 'dependent', 1, multiplyAdd);
    copy(module);
    const kernels = await pool.register(module.finish(), ['multiply', 'simple', 'dependent', 'copy']);
    const run = (name: string, args: readonly number[], units: number): void =>
      pool.run([{ kernel: kernels.get(name) as number, args, units, chunk: 1 }]);
    const runs = quick ? 2 : 10;

    const copyUnits = quick ? threads : 16 * threads;
    const bytes = copyUnits * COPY_BYTES;
    const [from, to] = [pool.memory.alloc(bytes), pool.memory.alloc(bytes)];
    const copyMs = leastMs(runs, () => run('copy', [from, to, COPY_BYTES], copyUnits));

    const turns = quick ? 2 ** 10 : 2 ** 15;
    const units = 4 * pool.threads;
    const steps = units * turns * STEPS * CHAINS;
    const multiplyMs = leastMs(runs, () => run('multiply', [turns], units));
    const simpleMs = leastMs(runs, () => run('simple', [turns], units));
    const dependentMs = leastMs(runs, () => run('dependent', [turns], 1));

    const data = new Uint32Array(COPY_BYTES / 4);
    const inside = pool.memory.words(to, data.length);
    const uploadMs = leastMs(runs, () => inside.set(data));
    const downloadMs = leastMs(runs, () => data.set(inside));
    // A job for every thread that does nothing.
    const jobMs = leastMs(10 * runs, () => run('copy', [from, to, 0], pool.threads));
    return {
      clock: 'wall',
      copyBytesPerSecond: (1000 * 2 * bytes) / copyMs,
      // The lower two lanes are multiplied, to 64 bits each.
      multiplyAddsPerSecond: (1000 * steps * 2 * MULTIPLIES_PER_PRODUCT) / multiplyMs,
      simpleOpsPerSecond: (1000 * steps * LANES * SIMPLE_OPS) / simpleMs,
      dependentMultiplyAddNs: (1e6 * dependentMs) / (turns * STEPS),
      uploadBytesPerSecond: (1000 * COPY_BYTES) / uploadMs,
      downloadBytesPerSecond: (1000 * COPY_BYTES) / downloadMs,
      dispatchUs: 1000 * jobMs,
      roundTripUs: 1000 * jobMs,
    };
  } finally {
    pool.destroy();
  }
}
