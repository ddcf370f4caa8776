// Buffers for reuse. Fresh WebGPU buffers are zero-filled on first use and freed ones come back late, so released
// buffers are kept by size. A buffer's content is arbitrary when acquired. Sessions that take turns on one device share
// a pool.
import type { GpuContext } from './context.ts';
import { DeviceError } from './device_error.ts';

/**
 * Bytes allocated for a request: the next power of two up to 1 MiB, so that buffers whose sizes vary from proof to proof
 * serve again, and the next of 16, 17 ... 31 times a power of two above (at most 1/16 more). Not above `maxBytes`, what
 * one buffer may hold.
 */
export function sizeClass(bytes: number, maxBytes: number = Number.POSITIVE_INFINITY): number {
  const log = Math.ceil(Math.log2(Math.max(4096, bytes)));
  const step = 2 ** (log <= 20 ? log : log - 5);
  const size = Math.ceil(bytes / step) * step;
  return size <= maxBytes ? Math.max(step, size) : Math.max(bytes, maxBytes - (maxBytes % 4));
}

/** The most that one buffer may hold for a kernel to be given all of it. */
export const maxBindingBytes = (limits: Readonly<Record<string, number>>): number =>
  Math.min(limits.maxBufferSize ?? 2 ** 28, limits.maxStorageBufferBindingSize ?? 2 ** 27);

/** The size of a buffer of so many words. Throws DeviceError (`out_of_memory`) where a kernel could not be given it. */
export const bufferBytes = (words: number, label: string, maxBytes: number): number => {
  if (4 * words <= maxBytes) return sizeClass(4 * words, maxBytes);
  const limit = `${maxBytes} bytes that this device binds at once`;
  throw new DeviceError('out_of_memory', `${label} needs ${4 * words} bytes, more than the ${limit}`);
};

/** What kernels' wrappers and trees need of a pool. */
export interface Buffers {
  acquire(words: number, label: string): GPUBuffer;
  release(buffer: GPUBuffer): void;
}

/** A pool's buffers in the hands of one user, who can give all that is left back at once, wherever it stopped. */
export class BufferLease implements Buffers {
  readonly #pool: BufferPool;
  readonly #held = new Set<GPUBuffer>();

  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  get usedBytes(): number {
    let bytes = 0;
    for (const { size } of this.#held) bytes += size;
    return bytes;
  }

  acquire(words: number, label: string): GPUBuffer {
    const buffer = this.#pool.acquire(words, label);
    this.#held.add(buffer);
    return buffer;
  }

  release(buffer: GPUBuffer): void {
    this.#held.delete(buffer);
    this.#pool.release(buffer);
  }

  releaseAll(): void {
    for (const buffer of this.#held) this.#pool.release(buffer);
    this.#held.clear();
  }
}

export interface PoolStats {
  /** Of all buffers that exist, and the most that existed at one time. */
  readonly allocatedBytes: number;
  readonly peakAllocatedBytes: number;
  /** Of those in use, and the most that were at one time. */
  readonly usedBytes: number;
  readonly peakBytes: number;
}

interface FreeBuffer {
  readonly buffer: GPUBuffer;
  /** Number of the last recording that may use it: until that one is submitted it must not be destroyed. */
  readonly lastUse: number;
}

export class BufferPool implements Buffers {
  readonly #context: GpuContext;
  readonly #maxBufferBytes: number;
  readonly #free = new Map<number, FreeBuffer[]>();
  readonly #inUse = new Set<GPUBuffer>();
  /** Allocations under way; each becomes its error, if any. */
  readonly #pending = new Map<GPUBuffer, Promise<void>>();
  /** Remembered after they are destroyed: recorded work may still name them. */
  readonly #failed = new WeakMap<GPUBuffer, unknown>();
  #allocatedBytes = 0;
  #peakAllocatedBytes = 0;
  #usedBytes = 0;
  #peakBytes = 0;
  #recorded = 0;
  #submitted = 0;
  /** Beyond this, unused buffers are destroyed before new ones are made. The plan of the open sessions sets it. */
  limitBytes: number = Number.POSITIVE_INFINITY;

  constructor(context: GpuContext) {
    this.#context = context;
    this.#maxBufferBytes = maxBindingBytes(context.adapter.limits);
  }

  get stats(): PoolStats {
    return {
      allocatedBytes: this.#allocatedBytes,
      peakAllocatedBytes: this.#peakAllocatedBytes,
      usedBytes: this.#usedBytes,
      peakBytes: this.#peakBytes,
    };
  }

  /** A storage buffer of at least `words` u32 words. Failure to allocate shows in `settled`. */
  acquire(words: number, label: string): GPUBuffer {
    const size = bufferBytes(words, label, this.#maxBufferBytes);
    const buffer = this.#free.get(size)?.pop()?.buffer ?? this.#create(size, label);
    buffer.label = label;
    this.#inUse.add(buffer);
    this.#usedBytes += size;
    this.#peakBytes = Math.max(this.#peakBytes, this.#usedBytes);
    return buffer;
  }

  /**
   * Gives a buffer back. Recorded work that uses it need not have run: recordings run in the order they were made, so
   * a later user's work comes after it.
   */
  release(buffer: GPUBuffer): void {
    if (!this.#inUse.delete(buffer)) throw new Error(`buffer ${buffer.label} is not in use`);
    this.#usedBytes -= buffer.size;
    if (this.#failed.has(buffer)) {
      this.#destroy(buffer);
      return;
    }
    const free = this.#free.get(buffer.size) ?? [];
    free.push({ buffer, lastUse: this.#recorded + 1 });
    this.#free.set(buffer.size, free);
  }

  /** A recording is complete; what is released from now on may be used by the next. Returns its number. */
  recorded(): number {
    return ++this.#recorded;
  }

  /** Recordings up to this number were handed to the device, or given up. */
  submitted(recording: number): void {
    this.#submitted = Math.max(this.#submitted, recording);
  }

  /** Waits for the allocation of these buffers; throws a DeviceError (`out_of_memory`) if one failed. */
  async settled(buffers: ReadonlySet<GPUBuffer>): Promise<void> {
    for (const buffer of buffers) await this.#pending.get(buffer);
    for (const buffer of buffers) {
      const error = this.#failed.get(buffer);
      if (error !== undefined) throw error;
    }
  }

  /** Between recordings: destroys unused buffers, all of them or until at most `targetBytes` are allocated. */
  trim(targetBytes = 0): void {
    // Nothing is being recorded now, so no buffer waits for a recording that does not exist yet.
    this.#evict(targetBytes, this.#recorded === this.#submitted ? this.#submitted + 1 : this.#submitted);
  }

  #evict(targetBytes: number, submitted: number): void {
    for (const [size, buffers] of this.#free) {
      const kept: FreeBuffer[] = [];
      for (const free of buffers) {
        if (this.#allocatedBytes > targetBytes && free.lastUse <= submitted) this.#destroy(free.buffer);
        else kept.push(free);
      }
      if (kept.length > 0) this.#free.set(size, kept);
      else this.#free.delete(size);
    }
  }

  #destroy(buffer: GPUBuffer): void {
    this.#allocatedBytes -= buffer.size;
    buffer.destroy();
  }

  #create(size: number, label: string): GPUBuffer {
    if (this.#allocatedBytes + size > this.limitBytes) this.#evict(this.limitBytes - size, this.#submitted);
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    let made: GPUBuffer | undefined;
    const scoped = this.#context.scoped(`allocating ${label} (${size} bytes)`, () => {
      made = this.#context.device.createBuffer({ label, size, usage });
    });
    const buffer = made; // `scoped` makes its calls at once
    const done = scoped
      .catch((error: unknown) => this.#fail(buffer, error))
      .finally(() => buffer && this.#pending.delete(buffer));
    if (buffer === undefined) throw new DeviceError('out_of_memory', `allocating ${label} (${size} bytes)`);
    this.#pending.set(buffer, done);
    this.#allocatedBytes += size;
    this.#peakAllocatedBytes = Math.max(this.#peakAllocatedBytes, this.#allocatedBytes);
    return buffer;
  }

  /** A buffer that could not be allocated never serves again. */
  #fail(buffer: GPUBuffer | undefined, error: unknown): void {
    if (buffer === undefined) return;
    this.#failed.set(buffer, error);
    const free = this.#free.get(buffer.size) ?? [];
    const at = free.findIndex((f) => f.buffer === buffer);
    if (at >= 0) free.splice(at, 1);
    if (at >= 0) this.#destroy(buffer);
  }
}
