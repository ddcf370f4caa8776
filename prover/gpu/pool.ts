// Buffers for reuse. Fresh WebGPU buffers are zero-filled on first use and freed ones come back late, so released
// buffers are kept by size class. A buffer's content is arbitrary when acquired.
import type { GpuContext } from './context.ts';

/** Bytes actually allocated for a request: the next of 4, 5, 6, 7 times a power of two, at least 4 KiB. */
export function sizeClass(bytes: number): number {
  const step = Math.max(1024, 2 ** (Math.ceil(Math.log2(Math.max(1, bytes))) - 3));
  return Math.max(4096, Math.ceil(bytes / step) * step);
}

export class BufferPool {
  readonly #context: GpuContext;
  readonly #free = new Map<number, GPUBuffer[]>();
  readonly #inUse = new Set<GPUBuffer>();
  #pending: Promise<unknown>[] = [];
  #allocatedBytes = 0;
  #peakBytes = 0;
  #usedBytes = 0;

  constructor(context: GpuContext) {
    this.#context = context;
  }

  /** Bytes of all buffers that exist, and the most that were in use at one time. */
  get stats(): { readonly allocatedBytes: number; readonly usedBytes: number; readonly peakBytes: number } {
    return { allocatedBytes: this.#allocatedBytes, usedBytes: this.#usedBytes, peakBytes: this.#peakBytes };
  }

  /** A storage buffer of at least `words` u32 words. Failure to allocate shows in `settled`. */
  acquire(words: number, label: string): GPUBuffer {
    const size = sizeClass(4 * words);
    const buffer = this.#free.get(size)?.pop() ?? this.#create(size, label);
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
    const free = this.#free.get(buffer.size);
    if (free === undefined) this.#free.set(buffer.size, [buffer]);
    else free.push(buffer);
  }

  /** Waits for allocations; throws a DeviceError (`out_of_memory`) if one failed. */
  async settled(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    await Promise.all(pending);
  }

  /** Destroys every unused buffer. */
  trim(): void {
    for (const buffers of this.#free.values()) {
      for (const buffer of buffers) {
        this.#allocatedBytes -= buffer.size;
        buffer.destroy();
      }
    }
    this.#free.clear();
  }

  #create(size: number, label: string): GPUBuffer {
    let created: GPUBuffer | undefined;
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const scoped = this.#context.scoped(`allocating ${label} (${size} bytes)`, () => {
      created = this.#context.device.createBuffer({ label, size, usage });
    });
    scoped.catch(() => {}); // reported by `settled`
    this.#pending.push(scoped);
    if (created === undefined) throw new Error('unreachable: scoped runs its calls at once');
    this.#allocatedBytes += size;
    return created;
  }
}
