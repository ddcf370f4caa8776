// GPU time per span from timestamp queries, two per compute pass.

/** A query set holds at most 4,096 queries. */
const PASSES_PER_SET = 2048;

interface Chunk {
  readonly queries: GPUQuerySet;
  readonly labels: string[];
  resolved?: GPUBuffer;
  staging?: GPUBuffer;
}

export class Timeline {
  readonly #device: GPUDevice;
  readonly #spans: Map<string, number>;
  readonly #chunks: Chunk[] = [];

  /** Adds milliseconds to `spans`. */
  constructor(device: GPUDevice, spans: Map<string, number>) {
    this.#device = device;
    this.#spans = spans;
  }

  /** The timestamp writes of the next pass. */
  next(label: string): GPUComputePassTimestampWrites {
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || chunk.labels.length === PASSES_PER_SET) {
      chunk = { queries: this.#device.createQuerySet({ type: 'timestamp', count: 2 * PASSES_PER_SET }), labels: [] };
      this.#chunks.push(chunk);
    }
    const index = 2 * chunk.labels.length;
    chunk.labels.push(label);
    return { querySet: chunk.queries, beginningOfPassWriteIndex: index, endOfPassWriteIndex: index + 1 };
  }

  /**
   * Hands over what makes the timestamps readable; call it once, after the passes were submitted and before other work
   * is: whoever reads them would wait for that too.
   */
  submit(): void {
    if (this.#chunks.length === 0) return;
    const encoder = this.#device.createCommandEncoder();
    for (const chunk of this.#chunks) {
      const { queries, labels } = chunk;
      const size = 16 * labels.length;
      const usage = GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC;
      chunk.resolved = this.#device.createBuffer({ size, usage });
      chunk.staging = this.#device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
      encoder.resolveQuerySet(queries, 0, 2 * labels.length, chunk.resolved, 0);
      encoder.copyBufferToBuffer(chunk.resolved, 0, chunk.staging, 0, size);
    }
    this.#device.queue.submit([encoder.finish()]);
  }

  /** Reads all timestamps. */
  async collect(): Promise<void> {
    for (const { staging, labels } of this.#chunks) {
      if (staging === undefined) throw new Error('timestamps are read before they are submitted');
      await staging.mapAsync(GPUMapMode.READ);
      const times = new BigUint64Array(staging.getMappedRange());
      labels.forEach((label, i) => {
        const nanoseconds = Number((times[2 * i + 1] as bigint) - (times[2 * i] as bigint));
        this.#spans.set(label, (this.#spans.get(label) ?? 0) + nanoseconds / 1e6);
      });
    }
  }

  destroy(): void {
    for (const { queries, resolved, staging } of this.#chunks) {
      queries.destroy();
      resolved?.destroy();
      staging?.destroy();
    }
  }
}
