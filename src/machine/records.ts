// Growable record buffers, one per chip.

import { CHIP_RECORDS, CHIPS, type ChipName } from '../core/isa.ts';

export interface ChipRecords {
  readonly fields: readonly string[];
  readonly nRows: number;
  /** Row-major: field j of row i is data[i * fields.length + j]. */
  readonly data: Uint32Array;
}

/** Rows under construction; `data` is replaced when it grows. */
export interface RecordBuffer {
  data: Uint32Array;
  length: number;
  readonly width: number;
}

const INITIAL_ROWS = 64;

/** Empty buffers, with room for so many words by chip id. */
export function createBuffers(capacities: readonly number[] = []): Record<ChipName, RecordBuffer> {
  const entries = CHIPS.map((chip, id): [ChipName, RecordBuffer] => {
    const width = CHIP_RECORDS[chip].length;
    const capacity = Math.max(width * INITIAL_ROWS, capacities[id] ?? 0);
    return [chip, { data: new Uint32Array(capacity), length: 0, width }];
  });
  return Object.fromEntries(entries) as Record<ChipName, RecordBuffer>;
}

/** Reserves one row and returns the position of its first field. */
export function reserve(buffer: RecordBuffer): number {
  const at = buffer.length;
  const end = at + buffer.width;
  if (end > buffer.data.length) {
    const grown = new Uint32Array(buffer.data.length * 2);
    grown.set(buffer.data);
    buffer.data = grown;
  }
  buffer.length = end;
  return at;
}

/** Appends a row given as a list; for rows off the hot path. */
export function push(buffer: RecordBuffer, row: readonly number[]): void {
  const at = reserve(buffer);
  buffer.data.set(row, at);
}

/** Appends whole rows. */
export function appendRows(buffer: RecordBuffer, rows: ArrayLike<number>): void {
  const end = buffer.length + rows.length;
  if (end > buffer.data.length) {
    const grown = new Uint32Array(Math.max(end, buffer.data.length * 2));
    grown.set(buffer.data.subarray(0, buffer.length));
    buffer.data = grown;
  }
  buffer.data.set(rows, buffer.length);
  buffer.length = end;
}

export function finish(buffers: Record<ChipName, RecordBuffer>): Record<ChipName, ChipRecords> {
  const entries = CHIPS.map((chip): [ChipName, ChipRecords] => {
    const { data, length, width } = buffers[chip];
    return [chip, { fields: CHIP_RECORDS[chip], nRows: length / width, data: data.subarray(0, length) }];
  });
  return Object.fromEntries(entries) as Record<ChipName, ChipRecords>;
}
