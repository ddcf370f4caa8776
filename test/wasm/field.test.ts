// The field arithmetic that is emitted, on random lanes and on the edges of its ranges.
import { test } from 'node:test';
import { type Emitter, kernel } from '../../prover/wasm/emit/emitter.ts';
import * as field from '../../prover/wasm/emit/field.ts';
import { constant, type Vector, v, w } from '../../prover/wasm/emit/values.ts';
import { createPool } from '../../prover/wasm/thread_pool.ts';
import { add, inv, mul, neg, P, type Qm31, qAdd, qMul, qMulBase, qSub, sub } from '../../src/core/field.ts';
import { ModuleBuilder } from '../../src/core/wasm/index.ts';
import { assertWords } from '../gpu/harness.ts';
import { randomField } from '../random_words.ts';

const ROWS = 1024;
const EDGES = [0, 1, 2, P - 1, P - 2, 2 ** 30, 2 ** 30 - 1];

/** Columns whose first rows pair all edges with one another. */
const columns = (count: number): Uint32Array[] =>
  Array.from({ length: count }, (_, k) => {
    const out = randomField(k + 1, ROWS);
    for (let i = 0; i < EDGES.length ** 2; i++) {
      out[i] = EDGES[(k % 2 === 0 ? i : Math.floor(i / EDGES.length)) % EDGES.length] as number;
    }
    return out;
  });

interface Case {
  readonly inputs: number;
  readonly write: (e: Emitter, inputs: readonly Vector[]) => readonly Vector[];
  readonly want: (inputs: readonly number[]) => readonly number[];
}

const quad = (list: readonly Vector[], at: number): field.Quad => list.slice(at, at + 4) as unknown as field.Quad;
const q = (list: readonly number[], at: number): Qm31 => list.slice(at, at + 4) as unknown as Qm31;

/** Four products and what a fold leaves at most: the largest sum there may be. */
const wide = (e: Emitter, [a, b]: readonly Vector[], products: number): Vector => {
  let sum: field.WideSum | undefined;
  for (let i = 0; i < products; i++) {
    if (i > 0 && i % 4 === 0) sum = field.foldSum(e, sum as field.WideSum);
    sum = field.mulAccumulate(e, sum, a as Vector, b as Vector);
  }
  return field.reduceWide(e, sum as field.WideSum);
};

const CASES: Readonly<Record<string, Case>> = {
  add: { inputs: 2, write: (e, [a, b]) => [field.add(e, a as Vector, b as Vector)], want: ([a, b]) => [add(a!, b!)] },
  sub: { inputs: 2, write: (e, [a, b]) => [field.sub(e, a as Vector, b as Vector)], want: ([a, b]) => [sub(a!, b!)] },
  negate: { inputs: 1, write: (e, [a]) => [field.negate(e, a as Vector)], want: ([a]) => [neg(a!)] },
  mul: { inputs: 2, write: (e, [a, b]) => [field.mul(e, a as Vector, b as Vector)], want: ([a, b]) => [mul(a!, b!)] },
  'multiplication by p - a': {
    inputs: 2,
    write: (e, [a, b]) => [field.reduce(e, field.mul(e, a as Vector, field.negateFactor(b as Vector)))],
    want: ([a, b]) => [neg(mul(a!, b!))],
  },
  'powers of two': {
    inputs: 1,
    write: (e, [a]) => [1, 7, 30].map((k) => field.mulPowerOfTwo(e, a as Vector, k)),
    want: ([a]) => [1, 7, 30].map((k) => mul(a!, 2 ** k)),
  },
  'sums of four products': {
    inputs: 2,
    write: (e, inputs) => [wide(e, inputs, 4)],
    want: ([a, b]) => [mul(4, mul(a!, b!))],
  },
  'sums of thirteen products': {
    inputs: 2,
    write: (e, inputs) => [wide(e, inputs, 13)],
    want: ([a, b]) => [mul(13, mul(a!, b!))],
  },
  'any u64': {
    inputs: 2,
    write: (e, [a, b]) => {
      // All bits of both words, p and 2^32 - 1 among them.
      const x = e.keep(v.sub(v.add(a as Vector, a as Vector), constant(1)));
      const y = e.keep(v.sub(v.add(b as Vector, b as Vector), constant(1)));
      const [low, high] = [v.shuffle(x, y, [0, 4, 1, 5]), v.shuffle(x, y, [2, 6, 3, 7])];
      return [field.reduceWide(e, { low: e.keep(low), high: e.keep(high) })];
    },
    want: ([a, b]) => {
      const [x, y] = [(2 * a! - 1) >>> 0, (2 * b! - 1) >>> 0];
      return [add(x % P, mul(2, y % P))];
    },
  },
  invert: { inputs: 1, write: (e, [a]) => [field.invert(e, a as Vector)], want: ([a]) => [inv(a!)] },
  qAdd: {
    inputs: 8,
    write: (e, x) => field.qAdd(e, quad(x, 0), quad(x, 4)),
    want: (x) => qAdd(q(x, 0), q(x, 4)),
  },
  qSub: {
    inputs: 8,
    write: (e, x) => field.qSub(e, quad(x, 0), quad(x, 4)),
    want: (x) => qSub(q(x, 0), q(x, 4)),
  },
  qMul: {
    inputs: 8,
    write: (e, x) => field.qMul(e, quad(x, 0), quad(x, 4)),
    want: (x) => qMul(q(x, 0), q(x, 4)),
  },
  qMulBase: {
    inputs: 5,
    write: (e, x) => field.qMulBase(e, quad(x, 0), x[4] as Vector),
    want: (x) => qMulBase(q(x, 0), x[4]!),
  },
};

test('emitted field arithmetic', async (t) => {
  const pool = await createPool({ threads: 1 });
  t.after(() => pool.destroy());
  const module = new ModuleBuilder();
  module.importMemory('env', 'memory', pool.memory.limits);
  for (const [name, { inputs, write }] of Object.entries(CASES)) {
    kernel(module, name, (e, { begin, end, argument }) => {
      const [source, target] = [argument(0), argument(1)];
      e.for(begin, end, 1, (unit) => {
        const at = e.keep(w.shl(unit, 4));
        const loaded = Array.from({ length: inputs }, (_, k) => e.keep(v.load(w.add(source, at), 4 * ROWS * k)));
        write(e, loaded).forEach((value, k) => {
          e.store(w.add(target, at), value, 4 * ROWS * k);
        });
      });
    });
  }
  const kernels = await pool.register(module.finish(), Object.keys(CASES));
  for (const [name, { inputs, want }] of Object.entries(CASES)) {
    await t.test(name, () => {
      const given = columns(inputs);
      const source = pool.memory.alloc(4 * ROWS * inputs);
      const target = pool.memory.alloc(4 * ROWS * 4);
      given.forEach((column, k) => {
        pool.memory.words(source + 4 * ROWS * k, ROWS).set(column);
      });
      pool.run([{ kernel: kernels.get(name) as number, args: [source, target], units: ROWS / 4, chunk: 64 }]);
      const rows = Array.from({ length: ROWS }, (_, i) => want(given.map((c) => c[i] as number)));
      for (let k = 0; k < (rows[0] as readonly number[]).length; k++) {
        assertWords(
          pool.memory.words(target + 4 * ROWS * k, ROWS),
          rows.map((r) => r[k] as number),
          `output ${k}`,
        );
      }
    });
  }
});
