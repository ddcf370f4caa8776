// Runs recordings: compiles what they need, submits them in order and reads the results back.
import type { GpuContext } from './context.ts';
import { Encoding } from './encoding.ts';
import { type Kernel, KernelCache, type KernelSpec, kernelKey } from './kernel.ts';
import { BufferPool } from './pool.ts';
import type { Download, Recording } from './recording.ts';
import { defaultVariants, type ShaderSources, type ShaderVariants } from './shader_source.ts';
import { Timeline } from './timeline.ts';

export interface RunOptions {
  /** Collects milliseconds of GPU time per kernel id, where the device has timestamps; each dispatch is then a pass. */
  readonly spans?: Map<string, number>;
  /** The stage of a proof that this is of, for whoever books times by stage. */
  readonly stage?: string;
}

export interface RunResult {
  words(download: Download): Uint32Array;
}

/** Work that the device has. */
export interface Started {
  /** Its results, once the device has finished; rejects where it refused. */
  readonly done: Promise<RunResult>;
}

interface Submitted {
  readonly encoding: Encoding;
  /** Rejects where the device refused the recording. */
  readonly accepted: Promise<unknown>;
}

export class GpuRuntime {
  readonly context: GpuContext;
  readonly kernels: KernelCache;
  readonly pool: BufferPool;
  /** Apart from `pool`: a recording's constants must not land in a buffer that the recording itself uses and releases. */
  readonly #constantPool: BufferPool;
  #order: Promise<unknown> = Promise.resolve();

  /** `variants` default to those that suit the adapter. */
  constructor(context: GpuContext, sources: ShaderSources, variants?: ShaderVariants | Promise<ShaderVariants>) {
    this.context = context;
    this.kernels = new KernelCache(context, sources, variants ?? defaultVariants(context.adapter.isSoftware));
    this.pool = new BufferPool(context);
    this.#constantPool = new BufferPool(context);
  }

  /** Runs the recording and waits for the device. Recordings reach the device in the order of the calls. */
  async run(recording: Recording, options: RunOptions = {}): Promise<RunResult> {
    return (await this.start(recording, options)).done;
  }

  /**
   * Hands a recording to the device and does not wait for it to finish: what is recorded later comes after it anyway. A
   * failure may be picked up later, or not at all.
   */
  async start(recording: Recording, options: RunOptions = {}): Promise<Started> {
    const { device } = this.context;
    const timed = options.spans !== undefined && device.features.has('timestamp-query');
    const timeline = timed && options.spans !== undefined ? new Timeline(device, options.spans) : undefined;
    const done = this.#finish(await this.#enqueue(recording, timeline), timeline);
    done.catch(() => {});
    return { done };
  }

  /** Starts compiling kernels that will be needed later. */
  warmUp(specs: readonly KernelSpec[]): Promise<unknown> {
    return Promise.all(specs.map((spec) => this.kernels.get(spec)));
  }

  async #finish({ encoding, accepted }: Submitted, timeline: Timeline | undefined): Promise<RunResult> {
    try {
      // Asked for at once: the wait for the results and that for the errors overlap.
      const results = encoding.results();
      results.catch(() => {});
      await accepted;
      const words = await this.context.guard('waiting for the GPU', results);
      await timeline?.collect();
      this.context.check();
      return { words };
    } finally {
      encoding.dispose();
      timeline?.destroy();
    }
  }

  #enqueue(recording: Recording, timeline: Timeline | undefined): Promise<Submitted> {
    const number = this.pool.recorded();
    const submitted = this.#submit(recording, timeline, this.#order).finally(() => this.pool.submitted(number));
    this.#order = submitted.catch(() => {}); // a failed run does not fail the next
    return submitted;
  }

  async #submit(recording: Recording, timeline: Timeline | undefined, previous: Promise<unknown>): Promise<Submitted> {
    const kernels = await this.#compileAll(recording);
    await previous;
    const buffers = recording.buffers();
    // Without validation, work on a buffer that could not be had is not refused, so that must be known before.
    if (this.context.serverPreset) await this.pool.settled(buffers);
    const encoding = new Encoding(this.context.device, this.#constantPool, recording, kernels, timeline);
    const scoped = this.context.scoped('running a recording', () => encoding.submitAll());
    const { constants } = encoding;
    // A buffer that found no room is the cause of whatever else was reported; nothing computed without it counts.
    const settled = async (): Promise<void> => {
      await this.pool.settled(buffers);
      if (constants) await this.#constantPool.settled(new Set([constants]));
    };
    const accepted = scoped.then(settled, async (error: unknown) => {
      await settled();
      throw error;
    });
    accepted.catch(() => {});
    return { encoding, accepted };
  }

  async #compileAll(recording: Recording): Promise<ReadonlyMap<string, Kernel>> {
    const pending = new Map<string, Promise<Kernel>>();
    for (const op of recording.ops) {
      if (op.kind === 'dispatch') pending.set(kernelKey(op.kernel), this.kernels.get(op.kernel));
    }
    const keys = [...pending.keys()];
    const compiled = await Promise.all(pending.values());
    return new Map(keys.map((key, i) => [key, compiled[i] as Kernel]));
  }
}
