/**
 * The circle FFT of `src/core/fft.ts` on columns: in place, two layers a pass in registers (radix 4), the small strides in
 * blocks that stay in the first cache. A butterfly of four lanes takes 18 instructions and there are log2(N) / 2 of them
 * a value, so that interpolation and extension to twice the length take about 130 instructions a committed cell of 2^17.
 *
 * Twiddles are stored doubled (see `mulDoubled`), in four heaps: y of the canonic coset of size 2^m, 2^(m-1) words, at
 * word 2^(m-1) of `circle`; its layer-1 twiddles, 2^(m-2) words, at word 2^(m-2) of `line`; and the inverses of both.
 * Layer i >= 1 of size 2^n is layer 1 of size 2^(n-i+1).
 */
import type { ModuleBuilder } from '../../../src/core/wasm/index.ts';
import { type Emitter, kernel, type Routine, routine, type Variable } from '../emit/emitter.ts';
import { add, mulDoubled, sub } from '../emit/field.ts';
import { type Vector, v, type Word, w, word } from '../emit/values.ts';

/** Log2 of the words of a block that all small strides are done in at once: 16 KiB. */
const BLOCK_LOG = 12;

/** Rows become columns: four vectors of four. Its own inverse; 8 instructions. */
const transpose = (e: Emitter, r: readonly Vector[]): [Vector, Vector, Vector, Vector] => {
  const [r0, r1, r2, r3] = r.map((x) => e.keep(x)) as [Vector, Vector, Vector, Vector];
  const a = e.keep(v.shuffle(r0, r1, [0, 4, 1, 5]));
  const b = e.keep(v.shuffle(r0, r1, [2, 6, 3, 7]));
  const c = e.keep(v.shuffle(r2, r3, [0, 4, 1, 5]));
  const d = e.keep(v.shuffle(r2, r3, [2, 6, 3, 7]));
  return [
    e.keep(v.shuffle(a, c, [0, 1, 4, 5])),
    e.keep(v.shuffle(a, c, [2, 3, 6, 7])),
    e.keep(v.shuffle(b, d, [0, 1, 4, 5])),
    e.keep(v.shuffle(b, d, [2, 3, 6, 7])),
  ];
};

const load4 = (e: Emitter, at: Word): Vector[] => [0, 16, 32, 48].map((offset) => e.keep(v.load(at, offset)));

/** Even words of eight: y of every other pair, that of the pair between being its negative. */
const evenWords = (e: Emitter, at: Word): Vector => e.keep(v.shuffle(v.load(at), v.load(at, 16), [0, 2, 4, 6]));

/** (u + x, u - x). */
const spread = (e: Emitter, u: Vector, x: Vector): [Vector, Vector] => [e.keep(add(e, u, x)), e.keep(sub(e, u, x))];

/**
 * Layers 0 and 1 of `bytes` at data, inverse, reading at data + delta: (data, bytes, delta, circle twiddles, line
 * twiddles, doubled scale).
 */
const firstInverse = (module: ModuleBuilder): Routine =>
  routine(module, 6, (e, ...parameters) => {
    const [data, bytes, delta, circle, line, scale] = parameters as [
      Variable,
      Variable,
      Variable,
      Variable,
      Variable,
      Variable,
    ];
    const factor = e.keep(v.splat(scale));
    const end = e.keep(w.add(data, bytes));
    e.loopWhileBelow(data, end, 64, () => {
      const [a, b, c, d] = transpose(e, load4(e, e.keep(w.add(data, delta))));
      const y = evenWords(e, circle);
      const x = e.keep(v.load(line));
      const scaled = (value: Vector): Vector => e.keep(mulDoubled(e, value, factor));
      const [a1, c1] = [scaled(add(e, a, b)), scaled(add(e, c, d))];
      // The scale of the products goes with the twiddle: one multiplication for both.
      const yScaled = e.keep(v.shl(mulDoubled(e, v.shr(y, 1), factor), 1));
      const b1 = e.keep(mulDoubled(e, sub(e, a, b), yScaled));
      const d1 = e.keep(mulDoubled(e, sub(e, d, c), yScaled));
      const out = transpose(e, [
        add(e, a1, c1),
        add(e, b1, d1),
        mulDoubled(e, sub(e, a1, c1), x),
        mulDoubled(e, sub(e, b1, d1), x),
      ]);
      out.forEach((value, i) => {
        e.store(data, value, 16 * i);
      });
      e.increment(circle, 32);
      e.increment(line, 16);
    });
  });

/** Layers 1 and 0, forward: (data, bytes, circle twiddles, line twiddles). */
const lastForward = (module: ModuleBuilder): Routine =>
  routine(module, 4, (e, ...parameters) => {
    const [data, bytes, circle, line] = parameters as [Variable, Variable, Variable, Variable];
    const end = e.keep(w.add(data, bytes));
    e.loopWhileBelow(data, end, 64, () => {
      const [a, b, c, d] = transpose(e, load4(e, data));
      const y = evenWords(e, circle);
      const x = e.keep(v.load(line));
      const [a1, c1] = spread(e, a, e.keep(mulDoubled(e, c, x)));
      const [b1, d1] = spread(e, b, e.keep(mulDoubled(e, d, x)));
      const by = e.keep(mulDoubled(e, b1, y));
      const dy = e.keep(mulDoubled(e, d1, y));
      const out = transpose(e, [add(e, a1, by), sub(e, a1, by), sub(e, c1, dy), add(e, c1, dy)]);
      out.forEach((value, i) => {
        e.store(data, value, 16 * i);
      });
      e.increment(circle, 32);
      e.increment(line, 16);
    });
  });

type Direction = 'inverse' | 'forward';

/**
 * Layers i and i + 1, i >= 2: (data, bytes, delta, stride in bytes, twiddles of layer i, of layer i + 1), reading at
 * data + delta. Forward does i + 1 first.
 */
const radix4 = (module: ModuleBuilder, direction: Direction): Routine =>
  routine(module, 6, (e, ...parameters) => {
    const [data, bytes, delta, stride, low, high] = parameters as [
      Variable,
      Variable,
      Variable,
      Variable,
      Variable,
      Variable,
    ];
    const end = e.keep(w.add(data, bytes));
    const stride3 = e.keep(w.mul(stride, 3));
    e.loopWhileBelow(data, end, stride3, () => {
      const w0 = e.keep(v.loadSplat(low));
      const w1 = e.keep(v.loadSplat(low, 4));
      const w2 = e.keep(v.loadSplat(high));
      // The inner loop moves `data` by one stride, the outer by the other three.
      e.loopWhileBelow(data, w.add(data, stride), 16, () => {
        const at = [data, e.keep(w.add(data, stride)), w.add(data, w.shl(stride, 1)), w.add(data, stride3)].map((x) =>
          e.keep(x),
        );
        const [a, b, c, d] = at.map((x) => e.keep(v.load(w.add(x, delta)))) as [Vector, Vector, Vector, Vector];
        let out: readonly Vector[];
        if (direction === 'inverse') {
          const [a1, c1] = [e.keep(add(e, a, b)), e.keep(add(e, c, d))];
          const b1 = e.keep(mulDoubled(e, sub(e, a, b), w0));
          const d1 = e.keep(mulDoubled(e, sub(e, c, d), w1));
          out = [add(e, a1, c1), add(e, b1, d1), mulDoubled(e, sub(e, a1, c1), w2), mulDoubled(e, sub(e, b1, d1), w2)];
        } else {
          const [a1, c1] = spread(e, a, e.keep(mulDoubled(e, c, w2)));
          const [b1, d1] = spread(e, b, e.keep(mulDoubled(e, d, w2)));
          out = [...spread(e, a1, e.keep(mulDoubled(e, b1, w0))), ...spread(e, c1, e.keep(mulDoubled(e, d1, w1)))];
        }
        out.forEach((value, i) => {
          e.store(at[i] as Word, value);
        });
      });
      e.increment(low, 8);
      e.increment(high, 4);
    });
  });

/** Layer i >= 2 alone: (data, bytes, delta, stride in bytes, twiddles), reading at data + delta. */
const radix2 = (module: ModuleBuilder, direction: Direction): Routine =>
  routine(module, 5, (e, ...parameters) => {
    const [data, bytes, delta, stride, twiddles] = parameters as [Variable, Variable, Variable, Variable, Variable];
    const end = e.keep(w.add(data, bytes));
    e.loopWhileBelow(data, end, stride, () => {
      const t = e.keep(v.loadSplat(twiddles));
      e.loopWhileBelow(data, w.add(data, stride), 16, () => {
        const other = e.keep(w.add(data, stride));
        const [a, b] = [e.keep(v.load(w.add(data, delta))), e.keep(v.load(w.add(other, delta)))];
        const [x, y] = spread(e, a, direction === 'inverse' ? b : e.keep(mulDoubled(e, b, t)));
        e.store(data, x);
        e.store(other, direction === 'inverse' ? mulDoubled(e, y, t) : y);
      });
      e.increment(twiddles, 4);
    });
  });

interface Passes {
  readonly edge: Routine;
  readonly radix4: Routine;
  readonly radix2: Routine;
}

/**
 * Writes code for the layers from..to-1 (to >= from >= 2) of size 2^n over `bytes` at data, the block of number `block`.
 * The first pass reads at data + delta, which it sets to 0.
 */
const layersBetween = (
  e: Emitter,
  passes: Passes,
  direction: Direction,
  at: {
    data: Word;
    bytes: Word;
    delta: Variable;
    from: Word;
    to: Word;
    n: Word;
    heap: Word;
    block: Word;
    blockLog: Word;
  },
): void => {
  const { data, bytes, delta, from, to, n, heap, block, blockLog } = at;
  /** Twiddles of layer i for the block: layer i has 2^(blockLog - i - 1) of them in each block before. */
  const twiddles = (i: Word): Word =>
    w.add(heap, w.add(w.shl(word(4), w.sub(w.sub(n, i), 1)), w.shl(block, w.add(w.sub(w.sub(blockLog, i), 1), 2))));
  const i = e.variable('i32', from);
  const odd = e.keep(w.and(w.sub(to, from), 1));
  const single = (): void => {
    e.call(passes.radix2, data, bytes, delta, w.shl(word(4), i), twiddles(i));
    e.set(delta, word(0));
  };
  const pair = (): void => {
    e.call(passes.radix4, data, bytes, delta, w.shl(word(4), i), twiddles(i), twiddles(w.add(i, 1)));
    e.set(delta, word(0));
  };
  if (direction === 'inverse') {
    e.if(odd, () => {
      single();
      e.increment(i, 1);
    });
    e.loopWhileBelow(i, to, 2, pair);
  } else {
    e.set(i, to);
    const exit = e.f.block();
    const top = e.f.loop();
    w.lt(i, w.add(from, 2)).push(e.f);
    e.f.brIf(exit);
    e.increment(i, -2);
    pair();
    e.f.br(top);
    e.f.end();
    e.f.end();
    e.if(odd, () => {
      e.set(i, from);
      single();
    });
  }
};

/** Values to coefficients: (values, data, n, circle heap, line heap, doubled 1/2^n); inverse twiddles, n >= 4. */
const interpolation = (module: ModuleBuilder): Routine => {
  const passes = { edge: firstInverse(module), radix4: radix4(module, 'inverse'), radix2: radix2(module, 'inverse') };
  return routine(module, 6, (e, ...parameters) => {
    const [values, data, n, circle, line, scale] = parameters as [
      Variable,
      Variable,
      Variable,
      Variable,
      Variable,
      Variable,
    ];
    const delta = e.variable('i32', word(0));
    const blockLog = e.keep(minimum(e, n));
    const blockBytes = e.keep(w.shl(word(4), blockLog));
    const blocks = w.shl(word(1), w.sub(n, blockLog));
    e.for(0, blocks, 1, (block) => {
      const at = e.keep(w.add(data, w.mul(block, blockBytes)));
      // Pairs: 2^(blockLog - 1) of layer 0, half as many of layer 1, in each block.
      const before = e.keep(w.mul(block, w.shr(blockBytes, 2)));
      const y = w.add(w.add(circle, w.shl(word(4), w.sub(n, 1))), w.shl(before, 1));
      const x = w.add(w.add(line, w.shl(word(4), w.sub(n, 2))), before);
      e.call(passes.edge, at, blockBytes, w.sub(values, data), y, x, scale);
      const range = { data: at, bytes: blockBytes, delta, from: word(2), to: blockLog, n, heap: line, block, blockLog };
      layersBetween(e, passes, 'inverse', range);
    });
    const whole = {
      data,
      bytes: w.shl(word(4), n),
      delta,
      from: blockLog,
      to: n,
      n,
      heap: line,
      block: word(0),
      blockLog: n,
    };
    layersBetween(e, passes, 'inverse', whole);
  });
};

const minimum = (e: Emitter, n: Word): Word => {
  const out = e.variable('i32', word(BLOCK_LOG));
  e.if(w.lt(n, BLOCK_LOG), () => e.set(out, n));
  return out;
};

/**
 * Coefficients to values on the canonic coset of size 2^m: (coefficients, n, data, m, circle heap, line heap), m >= n;
 * data may be the coefficients where m = n. The layers from n on only repeat the coefficients.
 */
const evaluation = (module: ModuleBuilder): Routine => {
  const passes = { edge: lastForward(module), radix4: radix4(module, 'forward'), radix2: radix2(module, 'forward') };
  return routine(module, 6, (e, ...parameters) => {
    const [source, n, data, m, circle, line] = parameters as [
      Variable,
      Variable,
      Variable,
      Variable,
      Variable,
      Variable,
    ];
    const bytes = e.keep(w.shl(word(4), n));
    const delta = e.variable('i32');
    const blockLog = e.keep(minimum(e, n));
    const blockBytes = e.keep(w.shl(word(4), blockLog));
    e.for(0, w.shl(word(1), w.sub(m, n)), 1, (copy) => {
      const start = e.keep(w.add(data, w.mul(copy, bytes)));
      e.set(delta, w.sub(source, start));
      const whole = { data: start, bytes, delta, from: blockLog, to: n, n: m, heap: line, block: copy, blockLog: n };
      layersBetween(e, passes, 'forward', whole);
      e.for(0, w.shl(word(1), w.sub(n, blockLog)), 1, (inner) => {
        const block = e.keep(w.add(w.mul(copy, w.shl(word(1), w.sub(n, blockLog))), inner));
        const at = e.keep(w.add(data, w.mul(block, blockBytes)));
        const range = {
          data: at,
          bytes: blockBytes,
          delta,
          from: word(2),
          to: blockLog,
          n: m,
          heap: line,
          block,
          blockLog,
        };
        layersBetween(e, passes, 'forward', range);
        const before = e.keep(w.mul(block, w.shr(blockBytes, 2)));
        const y = w.add(w.add(circle, w.shl(word(4), w.sub(m, 1))), w.shl(before, 1));
        const x = w.add(w.add(line, w.shl(word(4), w.sub(m, 2))), before);
        e.call(passes.edge, at, blockBytes, y, x);
      });
    });
  });
};

/** Words of the argument lists. */
export interface FftArguments {
  /** Values on the trace domain, or 0: the coefficients are there already. */
  readonly values: number;
  readonly valuesStride: number;
  readonly coefficients: number;
  readonly coefficientsStride: number;
  readonly logN: number;
  /** Extension, or 0: none is made. */
  readonly extended: number;
  readonly extendedStride: number;
  readonly logExtended: number;
  readonly inverseCircle: number;
  readonly inverseLine: number;
  readonly circle: number;
  readonly line: number;
  /** 2 / 2^logN mod p, doubled factor. */
  readonly scale: number;
}

export const fftArguments = (a: FftArguments): number[] => [
  a.values,
  a.valuesStride,
  a.coefficients,
  a.coefficientsStride,
  a.logN,
  a.extended,
  a.extendedStride,
  a.logExtended,
  a.inverseCircle,
  a.inverseLine,
  a.circle,
  a.line,
  a.scale,
];

/** Kernel `extend`: units are columns; interpolates and evaluates each while it is in the cache. */
export const defineExtend = (module: ModuleBuilder): void => {
  const interpolate = interpolation(module);
  const evaluate = evaluation(module);
  kernel(module, 'extend', (e, { begin, end, argument }) => {
    const names = Array.from({ length: 13 }, (_, i) => argument(i));
    const [values, valuesStride, coefficients, coefficientsStride, logN, extended, extendedStride, logExtended] = names;
    const [inverseCircle, inverseLine, circle, line, scale] = names.slice(8);
    e.for(begin, end, 1, (column) => {
      const own = e.keep(w.add(coefficients as Word, w.mul(column, coefficientsStride as Word)));
      e.if(values as Word, () => {
        const from = e.keep(w.add(values as Word, w.mul(column, valuesStride as Word)));
        e.call(interpolate, from, own, logN as Word, inverseCircle as Word, inverseLine as Word, scale as Word);
      });
      e.if(extended as Word, () => {
        const to = w.add(extended as Word, w.mul(column, extendedStride as Word));
        e.call(evaluate, own, logN as Word, to, logExtended as Word, circle as Word, line as Word);
      });
    });
  });
};
