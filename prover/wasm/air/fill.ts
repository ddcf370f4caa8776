/** The kernel that fills a chip's columns from its records, four rows at a time, and its arguments. */
import type { Chip } from '../../../src/air/chip.ts';
import { onceByText } from '../../../src/air/second_tables.ts';
import type { ModuleBuilder } from '../../../src/core/wasm/index.ts';
import { type WitnessProgram, witnessProgram } from '../../gpu/air/programs.ts';
import { kernel } from '../emit/emitter.ts';
import { MODULUS } from '../emit/field.ts';
import { constant, lanes, loadLane, type Vector, v, type Word, w, word } from '../emit/values.ts';
import type { Columns } from '../memory.ts';
import { ScopedEmitter } from './scoped.ts';
import { mayOverflow, type WordSource, writeStatements } from './words.ts';

export const witnessOf: (chip: Chip) => WitnessProgram = onceByText(witnessProgram);

/** Words that a fill may set to 1: a lookup outside of its table, a column's value that is no field element. */
export const STATUS = { lookup: 0, value: 1 } as const;

export interface FillJob {
  readonly records: { readonly address: number; readonly nRows: number };
  readonly trace: Columns;
  /** Preprocessed columns that are looked up. */
  readonly table: Columns | undefined;
  /** Address of the status words, zero before. */
  readonly status: number;
}

export const fillArguments = ({ records, trace, table, status }: FillJob): number[] => [
  ...[records.address, records.nRows, trace.address, trace.stride, status],
  ...(table ? [table.address, table.stride, 2 ** table.logN] : [0, 0, 0]),
];

const least = (a: Word, b: Word): Word => ({
  type: 'i32',
  push: (f) => {
    a.push(f);
    b.push(f);
    w.lt(a, b).push(f);
    f.op('select');
  },
});

/** Four rows of `fields` words each, as a vector a field. */
const transpose = (s: ScopedEmitter, fields: number, rows: readonly Word[]): Vector[] => {
  const out: Vector[] = [];
  const keep = (x: Vector): Vector => {
    const to = s.unscoped('v128');
    s.set(to, x);
    return to;
  };
  if (fields < 4) {
    for (let field = 0; field < fields; field++) {
      let x = v.loadSplat(rows[0] as Word, 4 * field);
      for (let lane = 1; lane < 4; lane++) x = loadLane(x, lane, rows[lane] as Word, 4 * field);
      out.push(keep(x));
    }
    return out;
  }
  for (let first = 0; first < fields; first += 4) {
    const from = Math.min(first, fields - 4);
    s.scope(() => {
      const [a, b, c, d] = rows.map((row) => s.keep(v.load(row, 4 * from))) as [Vector, Vector, Vector, Vector];
      const [ab, cd] = [s.keep(v.shuffle(a, b, [0, 4, 1, 5])), s.keep(v.shuffle(c, d, [0, 4, 1, 5]))];
      const [abHigh, cdHigh] = [s.keep(v.shuffle(a, b, [2, 6, 3, 7])), s.keep(v.shuffle(c, d, [2, 6, 3, 7]))];
      const four = [
        v.shuffle(ab, cd, [0, 1, 4, 5]),
        v.shuffle(ab, cd, [2, 3, 6, 7]),
        v.shuffle(abHigh, cdHigh, [0, 1, 4, 5]),
        v.shuffle(abHigh, cdHigh, [2, 3, 6, 7]),
      ];
      for (const x of four.slice(first - from)) out.push(keep(x));
    });
  }
  return out;
};

/** Reads table columns at four row numbers; numbers outside of the table read row 0 and set the flag. */
const lookups = (
  s: ScopedEmitter,
  table: { readonly address: Word; readonly stride: Word; readonly limit: Vector },
  failed: { readonly flag: (bad: Vector) => void },
): WordSource['lookup'] => {
  const offsets = new Map<Vector, Word[]>();
  return (column, rows) => {
    let own = offsets.get(rows);
    if (!own) {
      const inside = s.keep(v.lt(rows, table.limit));
      failed.flag(v.not(inside));
      const bytes = s.keep(v.shl(v.and(rows, inside), 2));
      own = [0, 1, 2, 3].map((lane) => {
        const offset = s.unscoped('i32');
        s.set(offset, w.add(v.lane(bytes, lane), table.address));
        return offset;
      });
      offsets.set(rows, own);
    }
    const base = s.keep(w.mul(table.stride, column));
    let x = v.loadSplat(w.add(own[0] as Word, base));
    for (let lane = 1; lane < 4; lane++) x = loadLane(x, lane, w.add(own[lane] as Word, base));
    return x;
  };
};

export const fillKernel = (module: ModuleBuilder, name: string, chip: Chip): void => {
  const { outputs } = witnessOf(chip);
  const fields = chip.record.length;
  kernel(module, name, ({ f }, job) => {
    const s = new ScopedEmitter(f);
    const [records, nRows, out, outStride, status, table, tableStride, tableRows] = Array.from({ length: 8 }, (_, i) =>
      job.argument(i),
    ) as [Word, Word, Word, Word, Word, Word, Word, Word];
    const columnAt = (column: number): Word => w.add(out, w.mul(outStride, column));
    const isOutside = s.variable('v128', constant(0));
    const isWrong = s.variable('v128', constant(0));
    const tableLimit = s.variable('v128', v.splat(tableRows));
    const lastRow = s.variable('i32', w.sub(nRows, 1));
    const lastRecord = s.variable('i32', w.add(records, w.mul(lastRow, 4 * fields)));
    /** Vectors with records. */
    const used = s.variable('i32', w.shr(w.add(nRows, 3), 2));
    const filledEnd = s.variable('i32', least(used, job.end));
    const unit = s.variable('i32', job.begin);
    s.loopWhileBelow(unit, filledEnd, 1, () => {
      s.scope(() => {
        const firstRow = s.variable('i32', w.shl(unit, 2));
        const row = s.variable('i32', w.add(records, w.mul(firstRow, 4 * fields)));
        // Rows beyond the last are copies of it: zeroed below, they must not report anything.
        const rows = [0, 1, 2, 3].map((lane) => s.variable('i32', least(w.add(row, 4 * fields * lane), lastRecord)));
        const values = transpose(s, fields, rows);
        const source: WordSource = {
          column: () => {
            throw new Error('a witness reads no columns');
          },
          record: (field) => values[field] as Vector,
          row: () => v.min(v.add(v.splat(firstRow), lanes(0, 1, 2, 3)), v.splat(lastRow)),
          lookup: lookups(
            s,
            { address: table, stride: tableStride, limit: tableLimit },
            { flag: (bad) => s.set(isOutside, v.or(isOutside, bad)) },
          ),
        };
        const offset = s.variable('i32', w.shl(unit, 4));
        const statements = outputs.map(({ column, value }) => ({
          needs: [value],
          write: (...[x]: readonly Vector[]) => {
            s.store(w.add(offset, columnAt(column)), x as Vector);
            // x >= p where the larger of x and p is x.
            if (mayOverflow(value)) s.set(isWrong, v.or(isWrong, v.eq(v.min(x as Vector, MODULUS), MODULUS)));
          },
        }));
        writeStatements(s, statements, source);
      });
    });
    s.if(v.anyTrue(isOutside), () => s.storeWord(status, word(1), 4 * STATUS.lookup));
    s.if(v.anyTrue(isWrong), () => s.storeWord(status, word(1), 4 * STATUS.value));
    // Padding: the lanes of the last vector, then whole vectors.
    const zeroFrom = s.variable('i32', w.shl(filledEnd, 4));
    s.if(w.lt(filledEnd, job.begin), () => s.set(zeroFrom, w.shl(job.begin, 4)));
    const zeroBytes = s.variable('i32', w.sub(w.shl(job.end, 4), zeroFrom));
    const last = s.variable('i32', w.sub(used, 1));
    const isCut = s.variable('i32', w.and(w.lt(last, job.end), w.ge(last, job.begin)));
    s.set(isCut, w.and(isCut, w.ne(used, 0)));
    const mask = s.variable('v128', v.lt(v.add(v.splat(w.shl(last, 2)), lanes(0, 1, 2, 3)), v.splat(nRows)));
    for (const { column } of outputs) {
      s.scope(() => {
        const base = s.variable('i32', columnAt(column));
        s.if(isCut, () => {
          const at = s.variable('i32', w.add(base, w.shl(last, 4)));
          s.store(at, v.and(v.load(at), mask));
        });
        s.fill(w.add(base, zeroFrom), zeroBytes);
      });
    }
  });
};
