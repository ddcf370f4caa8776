/**
 * Counting the table rows that a chip's filled columns use. A chunk counts in a histogram of its own, one of as many as
 * there are threads, so that no two threads write to one cache line; `sumKernel` adds them up.
 */
import type { Chip } from '../../../src/air/chip.ts';
import { onceByText } from '../../../src/air/second_tables.ts';
import type { ModuleBuilder } from '../../../src/core/wasm/index.ts';
import { COUNTERS, type CountProgram, countProgram } from '../../gpu/air/programs.ts';
import { kernel, type Variable } from '../emit/emitter.ts';
import { constant, type Vector, v, type Word, w, word } from '../emit/values.ts';
import type { ChipColumns } from '../runtime.ts';
import { COLUMN_ARGUMENTS, columnArguments } from './blocks.ts';
import { ScopedEmitter } from './scoped.ts';
import { writeStatements } from './words.ts';

export const countOf: (chip: Chip) => CountProgram = onceByText(countProgram);

/** Histograms of all counters, one set a thread. */
export interface Histograms {
  /** A word a set: 1 while a chunk counts in it. */
  readonly locks: number;
  readonly address: number;
  /** Bytes of a set. */
  readonly bytes: number;
  readonly sets: number;
  /** Where in a set the counter is, in bytes, and its rows; a word more takes what is not counted. */
  readonly places: readonly { readonly offset: number; readonly rows: number }[];
}

/** Places for the counters; no rows where the table is not part of the proof. */
export const placeCounters = (
  rowsOf: (chip: Chip) => number,
): { readonly places: Histograms['places']; readonly bytes: number } => {
  let bytes = 0;
  const places = COUNTERS.map(({ chip }) => {
    const place = { offset: bytes, rows: rowsOf(chip) };
    bytes += 4 * place.rows + 64;
    return place;
  });
  return { places, bytes };
};

const LOCKS = COLUMN_ARGUMENTS;
const SETS = LOCKS + 1;
const ADDRESS = SETS + 1;
const BYTES = ADDRESS + 1;
const PLACES = BYTES + 1;

const countersOf = (chip: Chip): number[] => [...new Set(countOf(chip).uses.map((u) => u.counter))];

export const countArguments = (chip: Chip, columns: ChipColumns, h: Histograms): number[] => [
  ...columnArguments(columns),
  ...[h.locks, h.sets, h.address, h.bytes],
  ...countersOf(chip).flatMap((c) => {
    const { offset, rows } = h.places[c] as Histograms['places'][number];
    return [offset, rows];
  }),
];

const exchange = (address: Word): Word => ({
  type: 'i32',
  push: (f) => {
    address.push(f);
    f.i32(0).i32(1).memory('i32.atomic.rmw.cmpxchg');
  },
});

export const countKernel = (module: ModuleBuilder, name: string, chip: Chip): void => {
  const { uses } = countOf(chip);
  const counters = countersOf(chip);
  kernel(module, name, ({ f }, job) => {
    const s = new ScopedEmitter(f);
    const [trace, traceStride, fixed, fixedStride, locks, sets, address, bytes] = Array.from(
      { length: COLUMN_ARGUMENTS + 4 },
      (_, i) => job.argument(i),
    ) as [Word, Word, Word, Word, Word, Word, Word, Word];
    // One of the sets is free: there are as many as threads.
    const set = s.variable('i32', word(0));
    const found = f.block();
    const search = f.loop();
    w.eq(exchange(w.add(locks, w.shl(set, 2))), 0).push(f);
    f.brIf(found);
    s.increment(set, 1);
    s.if(w.ge(set, sets), () => s.set(set, word(0)));
    f.br(search);
    f.end();
    f.end();
    const base = s.keep(w.add(address, w.mul(set, bytes)));
    const places = new Map(
      counters.map((c, i) => {
        const rows = s.variable('v128', v.splat(job.argument(PLACES + 2 * i + 1)));
        return [c, { base: s.variable('i32', w.add(base, job.argument(PLACES + 2 * i))), rows }];
      }),
    );
    const unit = s.variable('i32', job.begin);
    s.loopWhileBelow(unit, job.end, 1, () => {
      s.scope(() => {
        const offset = s.variable('i32', w.shl(unit, 4));
        const source = {
          column: (isFixed: boolean, i: number) =>
            v.load(w.add(offset, w.add(isFixed ? fixed : trace, w.mul(isFixed ? fixedStride : traceStride, i)))),
          record: unavailable,
          row: unavailable,
          lookup: unavailable,
        };
        const statements = uses.map(({ numerator, when, row, counter }) => ({
          needs: [row, numerator, ...(when === null ? [] : [when])],
          write: (...[index, ...conditions]: readonly Vector[]) => {
            const place = places.get(counter) as { base: Variable; rows: Vector };
            // What is not to be counted becomes 2^32 - 1, and all beyond the table its end.
            const kept = conditions.reduce((x, c) => v.or(x, v.eq(c, constant(0))), index as Vector);
            const at = s.keep(v.shl(v.min(kept, place.rows), 2));
            const to = s.variable('i32');
            for (let lane = 0; lane < 4; lane++) {
              s.set(to, w.add(v.lane(at, lane), place.base));
              s.storeWord(to, w.add(w.load(to), 1));
            }
          },
        }));
        writeStatements(s, statements, source);
      });
    });
    w.add(locks, w.shl(set, 2)).push(f);
    f.i32(0).memory('i32.atomic.store');
  });
};

const unavailable = (): never => {
  throw new Error('a field expression reads columns only');
};

/** Arguments of the kernel that sets a multiplicity column from the histograms, a vector of rows a unit. */
export const sumArguments = (column: number, counter: number, h: Histograms): number[] => [
  column,
  h.address + (h.places[counter] as Histograms['places'][number]).offset,
  h.bytes,
  h.sets,
];

export const sumKernel = (module: ModuleBuilder, name: string): void => {
  kernel(module, name, ({ f }, job) => {
    const s = new ScopedEmitter(f);
    const [column, histogram, bytes, sets] = [0, 1, 2, 3].map(job.argument) as [Word, Word, Word, Word];
    const from = s.variable('i32');
    const sum = s.variable('v128');
    s.for(w.shl(job.begin, 4), w.shl(job.end, 4), 16, (offset) => {
      s.set(from, w.add(histogram, offset));
      s.set(sum, v.load(from));
      s.for(1, sets, 1, () => {
        s.increment(from, bytes);
        s.set(sum, v.add(sum, v.load(from)));
      });
      s.store(w.add(column, offset), sum);
    });
  });
};
