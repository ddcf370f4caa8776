/** One linear memory and its allocator. Addresses are byte numbers below 2^32, multiples of 64. */
import type { MemoryLimits } from '../../src/core/wasm/index.ts';
import { ProverError } from '../errors.ts';

const PAGE = 65536;
const MAX_PAGES = 65536;
const LINE = 64;

/** Columns of one height, side by side: column k is 2^logN words at `address + k * stride` bytes, in storage order. */
export interface Columns {
  readonly address: number;
  /** Bytes from a column to the next; see `columnStride`. */
  readonly stride: number;
  readonly count: number;
  readonly logN: number;
}

/**
 * A cache line more than the column, so that one row's words of many columns do not all fall in one set of the cache.
 * Every column begins on a line of its own.
 */
export const columnStride = (logN: number): number => Math.max(LINE, 4 * 2 ** logN) + LINE;

export const columnsBytes = (count: number, logN: number): number => count * columnStride(logN);

export const columnAddress = ({ address, stride }: Columns, k: number): number => address + k * stride;

export const sliceColumns = (columns: Columns, first: number, count: number): Columns => ({
  ...columns,
  address: columnAddress(columns, first),
  count,
});

interface Span {
  address: number;
  bytes: number;
}

/** First fit over a sorted list of free spans; a proof makes a few hundred allocations. Only numbers: plans use it too. */
export class Allocator {
  readonly #free: Span[] = [];
  readonly #used = new Map<number, number>();
  // Address 0 stays unused: it means "none" in arguments.
  #end = LINE;
  #usedBytes = 0;

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Bytes from address 0 to behind the last allocation that there ever was: what the memory has to hold. */
  get extent(): number {
    return this.#end;
  }

  alloc(bytes: number): number {
    const size = Math.ceil(Math.max(1, bytes) / LINE) * LINE;
    this.#usedBytes += size;
    const span = this.#free.find((s) => s.bytes >= size) ?? this.#grownSpan(size);
    const { address } = span;
    span.address += size;
    span.bytes -= size;
    if (span.bytes === 0) this.#free.splice(this.#free.indexOf(span), 1);
    this.#used.set(address, size);
    return address;
  }

  allocColumns(count: number, logN: number): Columns {
    return { address: this.alloc(columnsBytes(count, logN)), stride: columnStride(logN), count, logN };
  }

  free(address: number): void {
    const bytes = this.#used.get(address);
    if (bytes === undefined) throw new RangeError(`nothing allocated at ${address}`);
    this.#used.delete(address);
    this.#usedBytes -= bytes;
    let at = this.#free.findIndex((s) => s.address > address);
    if (at < 0) at = this.#free.length;
    this.#free.splice(at, 0, { address, bytes });
    for (const i of [at, at - 1]) {
      const [left, right] = [this.#free[i], this.#free[i + 1]];
      if (!left || !right || left.address + left.bytes !== right.address) continue;
      left.bytes += right.bytes;
      this.#free.splice(i + 1, 1);
    }
  }

  /** A free span of at least `size` at the end; it takes in one that is there already. */
  #grownSpan(size: number): Span {
    const last = this.#free.at(-1);
    const span = last && last.address + last.bytes === this.#end ? last : { address: this.#end, bytes: 0 };
    if (span !== last) this.#free.push(span);
    span.bytes = size;
    this.#end = span.address + size;
    return span;
  }
}

const FIRST_PAGES = 16;
/** 256 MiB: too little for the smallest segment of most programs. */
const LEAST_PAGES = 4096;

const reserve = (maximum: number, shared: boolean): WebAssembly.Memory | undefined => {
  try {
    return new WebAssembly.Memory({ initial: Math.min(FIRST_PAGES, maximum), maximum, shared });
  } catch {
    return undefined;
  }
};

export class LinearMemory extends Allocator {
  readonly memory: WebAssembly.Memory;
  readonly limits: MemoryLimits;

  /**
   * `maxBytes` bounds the memory's growth; shared memories reserve that much address space, and use what they touch. Where
   * there is not so much of it, as on phones, they get what there is.
   */
  constructor(shared: boolean, maxBytes: number) {
    super();
    let max = Math.min(MAX_PAGES, Math.ceil(maxBytes / PAGE));
    let memory = reserve(max, shared);
    while (memory === undefined && max > LEAST_PAGES) {
      max = Math.max(LEAST_PAGES, max >>> 1);
      memory = reserve(max, shared);
    }
    if (memory === undefined)
      throw new ProverError(
        'out_of_memory',
        `not even ${LEAST_PAGES * PAGE} bytes of WebAssembly memory are to be had`,
      );
    this.limits = { min: Math.min(FIRST_PAGES, max), max, shared };
    this.memory = memory;
  }

  override alloc(bytes: number): number {
    const address = super.alloc(bytes);
    try {
      this.#growTo(address + bytes);
    } catch {
      this.free(address);
      throw new ProverError('out_of_memory', `cannot grow the WebAssembly memory to ${address + bytes} bytes`);
    }
    return address;
  }

  /** A view that is good until the next allocation (growth may move or lengthen the buffer). */
  words(address: number, count: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, address, count);
  }

  column(columns: Columns, k: number): Uint32Array {
    return this.words(columnAddress(columns, k), 2 ** columns.logN);
  }

  #growTo(end: number): void {
    const pages = Math.ceil(end / PAGE) - this.memory.buffer.byteLength / PAGE;
    if (pages > 0) this.memory.grow(pages);
  }
}
