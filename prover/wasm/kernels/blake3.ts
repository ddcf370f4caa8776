/**
 * BLAKE3 (`src/core/hash.ts`) of four messages at once, lane by lane. A compression takes about 1,120 instructions: 280 a
 * message, 18 an extended cell. Rotations by bytes are swizzles with a constant (one instruction, 45 ns a message against
 * 66 with shifts); the message stays in memory, the state in registers.
 *
 * Digests of a layer of n nodes lie as eight columns of n words (`Digests`): word w of node i at address + w stride + 4 i.
 */
import { CHUNK_END, CHUNK_START, GRIND_KEY, KEYED_HASH, ROOT } from '../../../src/core/hash.ts';
import type { ModuleBuilder } from '../../../src/core/wasm/index.ts';
import { type Emitter, kernel, type Routine, routine, type Variable } from '../emit/emitter.ts';
import { constant, lanes, loadLane, type Vector, v, type Word, w, word } from '../emit/values.ts';

const IV = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a] as const;
const PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8] as const;
const COLUMNS_AND_DIAGONALS = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const;

/** Byte order of a lane rotated right by 16, or 8, bits, as words. */
const ROTATE_16 = lanes(0x01000302, 0x05040706, 0x09080b0a, 0x0d0c0f0e);
const ROTATE_8 = lanes(0x00030201, 0x04070605, 0x080b0a09, 0x0c0f0e0d);

/** (chaining value, out, message, block bytes, flags): addresses of 8, 8 and 16 vectors; out may be the chaining value. */
const compression = (module: ModuleBuilder): Routine =>
  routine(module, 5, (e, ...parameters) => {
    const [cv, out, message, bytes, flags] = parameters as [Variable, Variable, Variable, Variable, Variable];
    const s = Array.from({ length: 16 }, (_, i) =>
      e.variable(
        'v128',
        i < 8
          ? v.load(cv, 16 * i)
          : i < 12
            ? constant(IV[i - 8] as number)
            : i < 14
              ? constant(0)
              : v.splat(i === 14 ? bytes : flags),
      ),
    );
    const at = (i: number): Variable<'v128'> => s[i] as Variable<'v128'>;
    const rotateXor = (target: number, other: number, bits: 7 | 8 | 12 | 16): void => {
      const x = v.xor(at(target), at(other));
      if (bits === 16 || bits === 8) {
        e.set(at(target), v.swizzle(x, bits === 16 ? ROTATE_16 : ROTATE_8));
      } else {
        e.set(at(target), x);
        e.set(at(target), v.or(v.shr(at(target), bits), v.shl(at(target), 32 - bits)));
      }
    };
    let order: readonly number[] = Array.from({ length: 16 }, (_, i) => i);
    for (let round = 0; round < 7; round++) {
      COLUMNS_AND_DIAGONALS.forEach(([a, b, c, d], g) => {
        for (const half of [0, 1] as const) {
          const m = v.load(message, 16 * (order[2 * g + half] as number));
          e.set(at(a), v.add(v.add(at(a), at(b)), m));
          rotateXor(d, a, half === 0 ? 16 : 8);
          e.set(at(c), v.add(at(c), at(d)));
          rotateXor(b, c, half === 0 ? 12 : 7);
        }
      });
      order = PERMUTATION.map((i) => order[i] as number);
    }
    for (let i = 0; i < 8; i++) e.store(out, v.xor(at(i), at(i + 8)), 16 * i);
  });

/** Scratch: the message's 16 vectors, then the chaining value's 8. */
const CV_OFFSET = 256;
const LAST = CHUNK_END | ROOT;

const loadKey = (e: Emitter, key: Word, cv: Word): void => {
  for (let i = 0; i < 8; i++) e.store(cv, v.loadSplat(key, 4 * i), 16 * i);
};

type Parity = 0 | 1;
const EVEN = [0, 2, 4, 6] as const;
const ODD = [1, 3, 5, 7] as const;

/** Four of eight words: those at even, or at odd, places. */
const everyOther = (e: Emitter, at: Word, parity: Parity): Vector =>
  e.keep(v.shuffle(v.load(at), v.load(at, 16), parity === 0 ? EVEN : ODD));

/** Writes the 16 words of two children's digests of four nodes; `at` is that of the first child's first word. */
const loadChildren = (e: Emitter, message: Word, at: Word, stride: Word): void => {
  const from = e.variable('i32', at);
  for (let i = 0; i < 8; i++) {
    e.store(message, everyOther(e, from, 0), 16 * i);
    e.store(message, everyOther(e, from, 1), 128 + 16 * i);
    if (i < 7) e.increment(from, stride);
  }
  e.release(from);
};

const storeDigests = (e: Emitter, cv: Word, at: Word, stride: Word): void => {
  const to = e.variable('i32', at);
  for (let i = 0; i < 8; i++) {
    e.store(to, v.load(cv, 16 * i));
    if (i < 7) e.increment(to, stride);
  }
  e.release(to);
};

/** Kernel `hash_nodes`: units are four nodes over two children each: (children, stride, out, stride, key). */
const defineNodes = (module: ModuleBuilder, compress: Routine): void => {
  kernel(module, 'hash_nodes', (e, { begin, end, scratch, argument }) => {
    const [children, childStride, out, outStride, key] = [0, 1, 2, 3, 4].map((i) => argument(i)) as Word[];
    const cv = e.keep(w.add(scratch, CV_OFFSET));
    e.for(begin, end, 1, (unit) => {
      loadKey(e, key as Word, cv);
      loadChildren(e, scratch, w.add(children as Word, w.shl(unit, 5)), childStride as Word);
      e.call(compress, cv, cv, scratch, 64, KEYED_HASH | CHUNK_START | LAST);
      storeDigests(e, cv, w.add(out as Word, w.shl(unit, 4)), outStride as Word);
    });
  });
};

/**
 * Kernel `hash_columns`: a layer with rows, in commit order. Unit u: leaves 4u.. (rows at storage 8u, 8u + 2, ..) and
 * half + 4u.. (at 8u + 1, ..). (column count, list of column addresses, leaves / 2, children or 0, stride, out, stride,
 * key.)
 */
const defineColumns = (module: ModuleBuilder, compress: Routine): void => {
  const group = (parity: Parity): Routine =>
    routine(module, 6, (e, ...parameters) => {
      const [unit, args, scratch, cv, children, to] = parameters as [
        Variable,
        Variable,
        Variable,
        Variable,
        Variable,
        Variable,
      ];
      const argument = (i: number): Word => e.keep(w.load(args, 4 * i));
      const count = argument(0);
      const list = argument(1);
      const flags = e.variable('i32', word(KEYED_HASH | CHUNK_START));
      loadKey(e, argument(7), cv);
      e.if(children, () => {
        loadChildren(e, scratch, children, argument(4));
        e.call(compress, cv, cv, scratch, 64, flags);
        e.set(flags, word(KEYED_HASH));
      });
      e.for(0, count, 16, (first) => {
        const left = e.variable('i32', w.sub(count, first));
        e.if(w.lt(left, 17), () => e.set(flags, w.or(flags, LAST)));
        e.if(w.ge(left, 16), () => e.set(left, word(16)));
        const pointer = e.variable('i32', w.add(list, w.shl(first, 2)));
        const message = e.variable('i32', scratch);
        e.loopWhileBelow(message, w.add(scratch, w.shl(left, 4)), 16, () => {
          const column = e.keep(w.add(w.load(pointer), w.shl(unit, 5)));
          e.store(message, everyOther(e, column, parity));
          e.increment(pointer, 4);
        });
        e.loopWhileBelow(message, w.add(scratch, 256), 16, () => e.store(message, constant(0)));
        e.call(compress, cv, cv, scratch, w.shl(left, 2), flags);
        e.set(flags, word(KEYED_HASH));
      });
      storeDigests(e, cv, to, argument(6));
    });
  const groups = [group(0), group(1)] as const;
  kernel(module, 'hash_columns', (e, { begin, end, args, scratch, argument }) => {
    const [half, children, out] = [argument(2), argument(3), argument(5)] as const;
    const cv = e.keep(w.add(scratch, CV_OFFSET));
    const below = e.variable('i32');
    e.for(begin, end, 1, (unit) => {
      groups.forEach((target, parity) => {
        // First leaf of the group, in bytes of a digest word's column.
        const leaf = e.keep(w.add(w.shl(unit, 4), w.mul(half, 4 * parity)));
        e.set(below, word(0));
        e.if(children, () => e.set(below, w.add(children, w.shl(leaf, 1))));
        e.call(target, unit, args, scratch, cv, below, w.add(out, leaf));
      });
    });
  });
};

/**
 * Kernel `hash_rows`: units are four leaves of 2^fold consecutive extension values, in storage order: (values, stride of
 * the four coordinate columns, fold, out, stride, key).
 */
const defineRows = (module: ModuleBuilder, compress: Routine): void => {
  kernel(module, 'hash_rows', (e, { begin, end, scratch, argument }) => {
    const [values, stride, fold, out, outStride, key] = [0, 1, 2, 3, 4, 5].map((i) => argument(i)) as Word[];
    const cv = e.keep(w.add(scratch, CV_OFFSET));
    const leafBytes = e.keep(w.shl(word(4), fold as Word));
    const flags = e.variable('i32');
    e.for(begin, end, 1, (unit) => {
      loadKey(e, key as Word, cv);
      const start = e.keep(w.add(values as Word, w.mul(w.shl(unit, 2), leafBytes)));
      e.set(flags, word(KEYED_HASH | CHUNK_START));
      // Four values a block of 16 words; a leaf of two values is half a block.
      e.for(0, leafBytes, 16, (first) => {
        const left = e.variable('i32', w.sub(leafBytes, first));
        e.if(w.lt(left, 17), () => e.set(flags, w.or(flags, LAST)));
        e.if(w.ge(left, 16), () => e.set(left, word(16)));
        const message = e.variable('i32', scratch);
        const at = e.variable('i32', w.add(start, first));
        e.loopWhileBelow(message, w.add(scratch, w.shl(left, 4)), 64, () => {
          const coordinate = e.variable('i32', at);
          for (let k = 0; k < 4; k++) {
            const leaves = [coordinate, w.add(coordinate, leafBytes), w.add(coordinate, w.shl(leafBytes, 1))];
            const own = [...leaves, w.add(coordinate, w.mul(leafBytes, 3))];
            e.store(
              message,
              own.reduce<Vector>((x, address, lane) => loadLane(x, lane, address), constant(0)),
              16 * k,
            );
            if (k < 3) e.increment(coordinate, stride as Word);
          }
          e.increment(at, 4);
        });
        e.loopWhileBelow(message, w.add(scratch, 256), 16, () => e.store(message, constant(0)));
        e.call(compress, cv, cv, scratch, w.shl(left, 2), flags);
        e.set(flags, word(KEYED_HASH));
      });
      storeDigests(e, cv, w.add(out as Word, w.shl(unit, 4)), outStride as Word);
    });
  });
};

/**
 * Kernel `grind`: units are four nonces, low word `base` + 4 unit + lane: (state, mask, base, high word, result). Leaves
 * the smallest low word whose hash has no bit of the mask in `result`, if it is smaller than what is there.
 */
const defineGrind = (module: ModuleBuilder, compress: Routine): void => {
  kernel(module, 'grind', (e, { begin, end, scratch, argument }) => {
    const [state, mask, base, high, result] = [0, 1, 2, 3, 4].map((i) => argument(i)) as [Word, Word, Word, Word, Word];
    const [key, out] = [e.keep(w.add(scratch, CV_OFFSET)), e.keep(w.add(scratch, CV_OFFSET + 128))];
    GRIND_KEY.forEach((value, i) => {
      e.store(key, constant(value), 16 * i);
    });
    for (let i = 0; i < 8; i++) e.store(scratch, v.loadSplat(state, 4 * i), 16 * i);
    e.store(scratch, v.splat(high), 144);
    for (let i = 10; i < 16; i++) e.store(scratch, constant(0), 16 * i);
    const masks = e.keep(v.splat(mask));
    const done = e.f.block();
    e.for(begin, end, 1, (unit) => {
      const first = e.keep(w.add(base, w.shl(unit, 2)));
      // A smaller one is known: nothing of this chunk can be of use.
      e.if(w.lt(atomicLoad(result), first), () => e.f.br(done));
      const nonces = e.keep(v.add(v.splat(first), lanes(0, 1, 2, 3)));
      e.store(scratch, nonces, 128);
      e.call(compress, key, out, scratch, 40, KEYED_HASH | CHUNK_START | LAST);
      const hit = e.keep(v.eq(v.and(v.load(out), masks), constant(0)));
      e.if(v.anyTrue(hit), () => {
        const lane = e.variable('i32', word(0));
        hit.push(e.f);
        e.f.op('i32x4.bitmask').op('i32.ctz').set(lane.local);
        lowerTo(e, result, e.keep(w.add(first, lane)));
        e.f.br(done);
      });
    });
    e.f.end();
  });
};

const atomicLoad = (address: Word): Word => ({
  type: 'i32',
  push: (f) => {
    address.push(f);
    f.memory('i32.atomic.load');
  },
});

/** The word at `address` becomes the smaller of itself and `value`. */
const lowerTo = (e: Emitter, address: Word, value: Word): void => {
  const seen = e.variable('i32', atomicLoad(address));
  const exit = e.f.block();
  const top = e.f.loop();
  w.ge(value, seen).push(e.f);
  e.f.brIf(exit);
  const before = e.variable('i32', seen);
  for (const x of [address, before, value]) x.push(e.f);
  e.f.memory('i32.atomic.rmw.cmpxchg').set(seen.local);
  w.ne(seen, before).push(e.f);
  e.f.brIf(top);
  e.f.end();
  e.f.end();
};

export const defineHashes = (module: ModuleBuilder): void => {
  const compress = compression(module);
  defineNodes(module, compress);
  defineColumns(module, compress);
  defineRows(module, compress);
  defineGrind(module, compress);
};
