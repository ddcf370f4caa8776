/** The boundary tree of a segment: the columns of its cells, and of its share of the run's first tuples. */
import { MIN_LOG_ROWS } from '../src/air/layout.ts';
import { ProverError } from './errors.ts';
import type { Records } from './segment.ts';

/** Cells of a segment, a row each, as the machine's cut gives them. */
export interface Cells {
  readonly address: Uint32Array;
  readonly valueIn: Uint32Array;
  /** Number of the segment that left the value; 0 = initial. */
  readonly segmentIn: Uint32Array;
  readonly valueOut: Uint32Array;
}

export const paddedLog = (rows: number): number => Math.max(MIN_LOG_ROWS, Math.ceil(Math.log2(rows)));

const columnsOf = (nRows: number, row: readonly ((i: number) => number)[]): Uint32Array[] =>
  row.map((value) => {
    const column = new Uint32Array(2 ** paddedLog(nRows));
    for (let i = 0; i < nRows; i++) column[i] = value(i);
    return column;
  });

/** Columns of chip `boundary` for segment `number`, in its order. */
export const boundaryColumns = ({ address, valueIn, segmentIn, valueOut }: Cells, number: number): Uint32Array[] =>
  columnsOf(address.length, [
    () => 1,
    (i) => address[i] as number,
    (i) => (valueIn[i] as number) & 0xffff,
    (i) => (valueIn[i] as number) >>> 16,
    (i) => segmentIn[i] as number,
    (i) => (valueOut[i] as number) & 0xffff,
    (i) => (valueOut[i] as number) >>> 16,
    () => number,
  ]);

/** First and last values of all cells of a run, as the machine gives them. */
export interface FirstCells {
  /** image, chained, address, initial, lastnext, final, finalseg; one word each. */
  readonly fields: readonly string[];
  readonly nRows: number;
  readonly data: Uint32Array;
}

/** Reads a field of a row. */
const reader = ({ fields, data }: FirstCells, name: string): ((row: number) => number) => {
  const field = fields.indexOf(name);
  if (field < 0) throw new ProverError('bad_record', `first cells have no field ${name}`);
  return (row) => data[row * fields.length + field] as number;
};

/** Rows `from` to `to` of the first cells as columns of chip `first`, in its order. */
export const firstColumns = (cells: FirstCells, from: number, to: number): Uint32Array[] => {
  const [image, initial, final] = [reader(cells, 'image'), reader(cells, 'initial'), reader(cells, 'final')];
  const rows = [
    image,
    (i: number) => 1 - image(i),
    reader(cells, 'chained'),
    reader(cells, 'address'),
    (i: number) => initial(i) & 0xffff,
    (i: number) => initial(i) >>> 16,
    reader(cells, 'lastnext'),
    (i: number) => final(i) & 0xffff,
    (i: number) => final(i) >>> 16,
    reader(cells, 'finalseg'),
  ];
  return columnsOf(
    to - from,
    rows.map((value) => (i: number) => value(from + i)),
  );
};

/** Records of chip `first_chain` for the same rows. */
export const firstChainRecords = (cells: FirstCells, from: number, to: number): Records[string] => {
  const rows = ['address', 'lastnext', 'chained'].map((name) => reader(cells, name));
  const data = new Uint32Array(rows.length * (to - from));
  for (const [k, value] of rows.entries())
    for (let i = from; i < to; i++) data[rows.length * (i - from) + k] = value(i);
  return { fields: ['address', 'token', 'chained'], nRows: to - from, data };
};

/** One above the highest word address: the token that the chain ends with. */
export const chainEndOf = (cells: FirstCells): number => {
  const last = cells.nRows - 1;
  return reader(cells, 'chained')(last) === 1 ? reader(cells, 'address')(last) + 1 : 0;
};
