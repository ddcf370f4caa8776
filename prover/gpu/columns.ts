// Where data lies in GPU buffers. All offsets and strides are in u32 words.

/** Base-field columns of one height in one buffer: column k is at offset + k * stride, 2^logN words in storage order. */
export interface Columns {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly stride: number;
  readonly count: number;
  readonly logN: number;
}

/** Extension-field values, word w of row i at offset + i * rowStride + w * wordStride. */
export interface ExtensionView {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly rowStride: number;
  readonly wordStride: number;
  readonly logN: number;
}

/** Extension-field values row by row, four words each: a vec4u array. `offset` is a multiple of four. */
export interface ExtensionRows {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly logN: number;
}

/** `count` adjacent columns from the start of a buffer. */
export const packedColumns = (buffer: GPUBuffer, count: number, logN: number): Columns => ({
  buffer,
  offset: 0,
  stride: 2 ** logN,
  count,
  logN,
});

/** Columns first .. first + count - 1. */
export const sliceColumns = (columns: Columns, first: number, count: number): Columns => ({
  ...columns,
  offset: columns.offset + first * columns.stride,
  count,
});

export const rowsView = ({ buffer, offset, logN }: ExtensionRows): ExtensionView => ({
  buffer,
  offset,
  rowStride: 4,
  wordStride: 1,
  logN,
});

/** Four base-field columns read as one extension column. */
export const columnsView = ({ buffer, offset, stride, logN }: Columns): ExtensionView => ({
  buffer,
  offset,
  rowStride: 1,
  wordStride: stride,
  logN,
});
