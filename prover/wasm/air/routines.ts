/**
 * Functions over frames that all chips of a module share. A frame is the scratch of one vector of four rows: 16-byte slots
 * at static offsets, extension values in four slots, one a coordinate. A routine works on the frames of a block in a loop:
 * its code is small and hot, and the order of its instructions is not left to the optimising compiler.
 * Extension values in frames are centred (`centred.ts`).
 */
import type { ModuleBuilder } from '../../../src/core/wasm/index.ts';
import { type Routine, routine, type Variable } from '../emit/emitter.ts';
import type { Quad, WideSum } from '../emit/field.ts';
import { constant, loadLane, type Vector, v, type Word, w } from '../emit/values.ts';
import {
  CENTRE_VECTOR,
  canonical,
  centre,
  keepSum,
  minus,
  plus,
  product,
  reduceCentred,
  reduceDoubled,
  START_CENTRED,
  twice,
  widen,
} from './centred.ts';
import { ScopedEmitter } from './scoped.ts';

export const SLOT = 16;
/** Bytes of an extension value in a frame. */
export const QUAD: number = 4 * SLOT;
/** Bytes of a dot's start and of each of its terms: a slot's offset and four coordinates. */
export const DOT_START = 32;
export const DOT_TERM = 20;

/** A block: first frame, end of the last, bytes from one to the next. Every routine takes these three first. */
export interface Block {
  readonly first: Word;
  readonly end: Word;
  readonly stride: Word;
}

const blockRoutine = (
  module: ModuleBuilder,
  count: number,
  write: (e: ScopedEmitter, block: Block, ...parameters: readonly Variable[]) => void,
): Routine =>
  routine(module, 3 + count, ({ f }, first, end, stride, ...rest) => {
    write(new ScopedEmitter(f), { first: first as Word, end: end as Word, stride: stride as Word }, ...rest);
  });

export const forFrames = (e: ScopedEmitter, { first, end, stride }: Block, body: (frame: Variable) => void): void => {
  const frame = e.variable('i32', first);
  e.loopWhileBelow(frame, end, stride, () => e.scope(() => body(frame)));
};

export const loadQuad = (e: ScopedEmitter, address: Word, offset = 0): Quad =>
  [0, 1, 2, 3].map((j) => e.keep(v.load(address, offset + SLOT * j))) as unknown as Quad;

const at = (e: ScopedEmitter, frame: Word, offset: Word): Word => e.keep(w.add(frame, offset));

/** Copies a column's values, centred, from `source` on into the slot. */
const stageRoutine = (module: ModuleBuilder): Routine =>
  blockRoutine(module, 2, (e, block, slot, source) => {
    const from = e.variable('i32', source);
    forFrames(e, block, (frame) => {
      e.store(w.add(frame, slot as Word), v.sub(v.load(from), constant(2 ** 30)));
      e.increment(from, SLOT);
    });
  });

/**
 * dst = start + sum of constant * slot, of at most 8 terms; `more`: + dst; `short`: constants are doubled, at most 4 terms.
 * `data`: the start, then the terms.
 */
const dotRoutine = (module: ModuleBuilder, form: 'plain' | 'more' | 'short'): Routine =>
  blockRoutine(module, 3, (e, block, dst, data, dataEnd) => {
    const sums = Array.from({ length: 4 }, () => ({ low: e.variable('v128'), high: e.variable('v128') }));
    const term = e.variable('i32');
    forFrames(e, block, (frame) => {
      const out = at(e, frame, dst as Word);
      sums.forEach((sum, j) => {
        const begin = e.keep(v.loadSplat2(data as Word, 8 * j));
        const before = form === 'more' ? widen(e.keep(v.load(out, SLOT * j))) : undefined;
        e.set(sum.low, before ? v.add64(begin, before.low) : begin);
        e.set(sum.high, before ? v.add64(begin, before.high) : begin);
      });
      e.set(term, w.add(data as Word, DOT_START));
      e.loopWhileBelow(term, dataEnd as Word, DOT_TERM, () => {
        const value = e.keep(v.load(w.add(frame, w.load(term))));
        sums.forEach((sum, j) => {
          const next = plus(sum, product(e, value, v.loadSplat(term, 4 + 4 * j)));
          e.set(sum.low, next.low);
          e.set(sum.high, next.high);
        });
      });
      sums.forEach((sum, j) => {
        e.scope(() => {
          const reduced = form === 'short' ? v.sub(reduceDoubled(e, sum), CENTRE_VECTOR) : reduceCentred(e, sum);
          e.store(out, reduced, SLOT * j);
        });
      });
    });
  });

/**
 * The sums of a product of centred values, each of at most six products of 2^60 in magnitude, added to `begin`. With
 * a = x + y u, b = z + w u the u part is (x + y)(z + w) - xz - yw: 12 products for 16; x + y fits a lane, and what wraps in
 * between does not matter to a sum that fits.
 */
const multiply = (
  e: ScopedEmitter,
  [a0, a1, a2, a3]: Quad,
  [b0, b1, b2, b3]: Quad,
  begin: (j: number) => WideSum,
  done: (j: number, sum: WideSum) => void,
): void => {
  const times = (a: Vector, b: Vector): WideSum => product(e, a, b);
  const real = (p: readonly Vector[], q: readonly Vector[]): WideSum =>
    minus(times(p[0] as Vector, q[0] as Vector), times(p[1] as Vector, q[1] as Vector));
  const imaginary = (p: readonly Vector[], q: readonly Vector[]): WideSum =>
    plus(times(p[0] as Vector, q[1] as Vector), times(p[1] as Vector, q[0] as Vector));
  const [x, y, z, w2] = [
    [a0, a1],
    [a2, a3],
    [b0, b1],
    [b2, b3],
  ] as const;
  const left = [e.keep(v.add(a0, a2)), e.keep(v.add(a1, a3))];
  const right = [e.keep(v.add(b0, b2)), e.keep(v.add(b1, b3))];
  const finish = (j: number, make: () => WideSum): void => e.scope(() => done(j, plus(begin(j), make())));
  const xzRe = keepSum(e, real(x, z));
  const ywRe = keepSum(e, real(y, w2));
  finish(2, () => minus(real(left, right), plus(xzRe, ywRe)));
  const xzIm = keepSum(e, imaginary(x, z));
  const ywIm = keepSum(e, imaginary(y, w2));
  finish(3, () => minus(imaginary(left, right), plus(xzIm, ywIm)));
  // (2 + i)(re + im i) = 2 re - im + (2 im + re) i.
  finish(0, () => plus(xzRe, minus(twice(e, ywRe), ywIm)));
  finish(1, () => plus(xzIm, plus(twice(e, ywIm), ywRe)));
};

/** dst = a b, extension values; dst may be a or b. */
const multiplyRoutine = (module: ModuleBuilder): Routine =>
  blockRoutine(module, 3, (e, block, a, b, dst) => {
    forFrames(e, block, (frame) => {
      const x = loadQuad(e, at(e, frame, a as Word));
      const y = loadQuad(e, at(e, frame, b as Word));
      const out = at(e, frame, dst as Word);
      multiply(
        e,
        x,
        y,
        () => START_CENTRED,
        (j, sum) => e.store(out, reduceCentred(e, sum), SLOT * j),
      );
    });
  });

/** dst += a n, n a base value, canonical or centred. */
const scaleRoutine = (module: ModuleBuilder): Routine =>
  blockRoutine(module, 3, (e, block, a, n, dst) => {
    forFrames(e, block, (frame) => {
      const from = at(e, frame, a as Word);
      const out = at(e, frame, dst as Word);
      const factor = e.keep(v.load(w.add(frame, n as Word)));
      for (let j = 0; j < 4; j++) {
        e.scope(() => {
          const begin = plus(START_CENTRED, widen(e.keep(v.load(out, SLOT * j))));
          e.store(out, reduceCentred(e, plus(begin, product(e, v.load(from, SLOT * j), factor))), SLOT * j);
        });
      }
    });
  });

/**
 * dst += a (S - T), S and T secure columns: `own` and `other` the addresses of their first coordinates at the block's
 * first row, `other` 0 for none; a coordinate every `columnStride` bytes.
 */
const stepRoutine = (module: ModuleBuilder): Routine =>
  blockRoutine(module, 5, (e, block, a, dst, own, other, columnStride) => {
    const row = e.variable('i32', { type: 'i32', push: (f) => void f.i32(0) });
    forFrames(e, block, (frame) => {
      const here = e.variable('i32', w.add(own as Word, row));
      const there = e.variable('i32', w.add(other as Word, row));
      const step = [0, 1, 2, 3].map(() => {
        const value = e.variable('v128', v.load(here));
        e.if(other as Word, () => e.set(value, v.sub(value, v.load(there))));
        e.increment(here, columnStride as Word);
        e.increment(there, columnStride as Word);
        return e.scoped(() => centre(e, value));
      }) as unknown as Quad;
      const out = at(e, frame, dst as Word);
      const x = loadQuad(e, at(e, frame, a as Word));
      multiply(
        e,
        x,
        step,
        (j) => plus(START_CENTRED, widen(v.load(out, SLOT * j))),
        (j, sum) => e.store(out, reduceCentred(e, sum), SLOT * j),
      );
      e.increment(row, SLOT);
    });
  });

/**
 * dst += a (share - S(previous row)): `own` as above but at row 0, `previous` the address of the block's first row's word
 * in the table of byte offsets, `share` that of four words, canonical.
 */
const previousRoutine = (module: ModuleBuilder): Routine =>
  blockRoutine(module, 6, (e, block, a, dst, own, previous, share, columnStride) => {
    const table = e.variable('i32', previous);
    forFrames(e, block, (frame) => {
      const offsets = [0, 1, 2, 3].map((lane) => e.variable('i32', w.add(w.load(table, 4 * lane), own as Word)));
      const step = [0, 1, 2, 3].map((j) => {
        const value = e.variable('v128', v.loadSplat(offsets[0] as Word));
        for (let lane = 1; lane < 4; lane++) e.set(value, loadLane(value, lane, offsets[lane] as Word));
        if (j < 3) for (const offset of offsets) e.increment(offset, columnStride as Word);
        return e.scoped(() => centre(e, v.sub(v.loadSplat(share as Word, 4 * j), value)));
      }) as unknown as Quad;
      const out = at(e, frame, dst as Word);
      const x = loadQuad(e, at(e, frame, a as Word));
      multiply(
        e,
        x,
        step,
        (j) => plus(START_CENTRED, widen(v.load(out, SLOT * j))),
        (j, sum) => e.store(out, reduceCentred(e, sum), SLOT * j),
      );
      e.increment(table, SLOT);
    });
  });

/** Stores the extension value at `a` to the four columns from `out` on, canonical; with `adds`, adds it to them. */
const writeRoutine = (module: ModuleBuilder): Routine =>
  blockRoutine(module, 4, (e, block, a, out, columnStride, adds) => {
    const row = e.variable('i32', out);
    forFrames(e, block, (frame) => {
      const from = at(e, frame, a as Word);
      const to = e.variable('i32', row);
      for (let j = 0; j < 4; j++) {
        e.scope(() => {
          const value = e.variable('v128', canonical(e, v.load(from, SLOT * j)));
          e.if(adds as Word, () => e.set(value, v.add(value, v.load(to))));
          e.store(to, v.min(value, v.sub(value, constant(2 ** 31 - 1))));
          if (j < 3) e.increment(to, columnStride as Word);
        });
      }
      e.increment(row, SLOT);
    });
  });

export interface Routines {
  readonly stage: Routine;
  readonly dot: Routine;
  readonly dotMore: Routine;
  readonly dotShort: Routine;
  readonly multiply: Routine;
  readonly scale: Routine;
  readonly step: Routine;
  readonly previous: Routine;
  readonly write: Routine;
}

export const defineRoutines = (module: ModuleBuilder): Routines => ({
  stage: stageRoutine(module),
  dot: dotRoutine(module, 'plain'),
  dotMore: dotRoutine(module, 'more'),
  dotShort: dotRoutine(module, 'short'),
  multiply: multiplyRoutine(module),
  scale: scaleRoutine(module),
  step: stepRoutine(module),
  previous: previousRoutine(module),
  write: writeRoutine(module),
});
