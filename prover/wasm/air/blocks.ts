/**
 * Kernels over rows in blocks: a block's columns are staged into frames (see `routines.ts`), then generated loops and
 * routines work on them.
 */
import type { Chip } from '../../../src/air/chip.ts';
import type { FunctionBuilder } from '../../../src/core/wasm/index.ts';
import type { Word as Node } from '../../gpu/air/word_graph.ts';
import type { Variable } from '../emit/emitter.ts';
import { type Vector, v, type Word, w, word } from '../emit/values.ts';
import { type ChipColumns, SCRATCH_BYTES } from '../runtime.ts';
import { CENTRE_VECTOR } from './centred.ts';
import { columnSlot } from './forms.ts';
import { forFrames, SLOT } from './routines.ts';
import { ScopedEmitter } from './scoped.ts';
import type { Shared } from './shared.ts';
import { writeStatements } from './words.ts';

/** Scratch before the first frame: a vector for the product of norms. */
const HEAD = 64;
/** Frames of a block should stay in the first-level cache beside constants and columns. */
const CACHE_BYTES = 24576;
const LEAST_VECTORS = 4;
const MOST_VECTORS = 64;

/** Vectors of rows in a block. */
export const blockVectors = (frameBytes: number): number => {
  const fit = Math.floor((SCRATCH_BYTES - HEAD) / frameBytes);
  const wanted = Math.min(MOST_VECTORS, Math.max(LEAST_VECTORS, Math.floor(CACHE_BYTES / frameBytes)));
  if (fit < 1) throw new Error(`a frame of ${frameBytes} bytes does not fit the scratch memory`);
  return Math.min(fit, wanted);
};

/** The first argument words of a kernel over a chip's columns. */
export const COLUMN_ARGUMENTS = 4;
export const columnArguments = ({ trace, fixed }: ChipColumns): number[] => [
  ...[trace.address, trace.stride],
  ...(fixed ? [fixed.address, fixed.stride] : [0, 0]),
];

interface Job {
  readonly begin: Variable;
  readonly end: Variable;
  readonly args: Variable;
  readonly scratch: Variable;
  readonly argument: (i: number) => Word;
}

/** What the code of a block is written with. */
export interface BlockCode {
  readonly s: ScopedEmitter;
  readonly first: Variable;
  readonly end: Variable;
  readonly stride: Word;
  /** Address of a vector of scratch. */
  readonly running: Word;
  /** Byte offsets in a column of the block's first and last vector of rows. */
  readonly rowBytes: Word;
  readonly lastRowBytes: Word;
  /** A loop over the block's frames; `value` evaluates nodes over the chip's columns and hands each to its user. */
  readonly eachFrame: (
    write: (frame: Variable, value: (nodes: readonly Node[], use: (x: Vector, i: number) => void) => void) => void,
  ) => void;
}

export interface BlockShape {
  readonly chip: Chip;
  readonly frameBytes: number;
  readonly block: number;
  readonly shared: Shared;
}

export const forBlocks = (
  f: FunctionBuilder,
  job: Job,
  { chip, frameBytes, block, shared }: BlockShape,
  body: (code: BlockCode) => void,
): void => {
  const s = new ScopedEmitter(f);
  const [trace, traceStride, fixed, fixedStride] = [0, 1, 2, 3].map(job.argument) as [Word, Word, Word, Word];
  const first = s.variable('i32', w.add(job.scratch, HEAD));
  const end = s.variable('i32');
  const rowBytes = s.variable('i32');
  const lastRowBytes = s.variable('i32');
  const unit = s.variable('i32', job.begin);
  const stride = word(frameBytes);
  s.loopWhileBelow(unit, job.end, block, () => {
    const left = s.variable('i32', w.sub(job.end, unit));
    s.if(w.lt(block, left), () => s.set(left, word(block)));
    s.set(end, w.add(first, w.mul(left, frameBytes)));
    s.set(rowBytes, w.shl(unit, 4));
    s.set(lastRowBytes, w.add(rowBytes, w.shl(w.sub(left, 1), 4)));
    const stage = (base: Word, columnStride: Word, count: number, slot: number): void => {
      if (count === 0) return;
      const source = s.variable('i32', w.add(base, rowBytes));
      s.for(SLOT * slot, SLOT * (slot + count), SLOT, (offset) => {
        s.call(shared.stage, first, end, stride, offset, source);
        s.increment(source, columnStride);
      });
    };
    s.scope(() => {
      stage(trace, traceStride, chip.columns.length, 0);
      stage(fixed, fixedStride, chip.fixedColumns.length, chip.columns.length);
    });
    const eachFrame: BlockCode['eachFrame'] = (write) => {
      s.scope(() => {
        forFrames(s, { first, end, stride }, (frame) => {
          const source = {
            column: (isFixed: boolean, i: number) =>
              v.add(v.load(frame, SLOT * columnSlot(chip, isFixed, i)), CENTRE_VECTOR),
            record: unavailable,
            row: unavailable,
            lookup: unavailable,
          };
          write(frame, (nodes, use) => {
            const statements = nodes.map((node, i) => ({
              needs: [node],
              write: (...values: readonly Vector[]) => use(values[0] as Vector, i),
            }));
            writeStatements(s, statements, source);
          });
        });
      });
    };
    s.scope(() => body({ s, first, end, stride, running: job.scratch, rowBytes, lastRowBytes, eachFrame }));
  });
};

const unavailable = (): never => {
  throw new Error('a field expression reads columns only');
};
