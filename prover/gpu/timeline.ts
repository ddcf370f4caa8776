// GPU time per span from timestamp queries, two per compute pass.

/** A query set holds at most 4,096 queries. */
const PASSES_PER_SET = 2048;

interface Chunk {
  readonly queries: GPUQuerySet;
  readonly labels: string[];
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

  /** Reads all timestamps; call it once, after the passes were submitted. */
  async collect(): Promise<void> {
    for (const { queries, labels } of this.#chunks) {
      const size = 16 * labels.length;
      const resolved = this.#device.createBuffer({
        size,
        usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
      });
      const staging = this.#device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
      const encoder = this.#device.createCommandEncoder();
      encoder.resolveQuerySet(queries, 0, 2 * labels.length, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
      this.#device.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ);
      const times = new BigUint64Array(staging.getMappedRange());
      labels.forEach((label, i) => {
        const nanoseconds = Number((times[2 * i + 1] as bigint) - (times[2 * i] as bigint));
        this.#spans.set(label, (this.#spans.get(label) ?? 0) + nanoseconds / 1e6);
      });
      staging.destroy();
      resolved.destroy();
    }
  }

  destroy(): void {
    for (const { queries } of this.#chunks) queries.destroy();
  }
}
