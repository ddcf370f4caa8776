// Turns one recording into command buffers, in bounded submits.
import { type Kernel, kernelKey } from './kernel.ts';
import type { BufferPool } from './pool.ts';
import {
  type Binding,
  type DispatchOp,
  type Download,
  isConstant,
  isSlice,
  type Op,
  type Recording,
} from './recording.ts';
import type { Timeline } from './timeline.ts';

/** Constants are bound by offset; 256 is the guaranteed alignment. */
const CONSTANT_ALIGNMENT = 256;
const UPLOAD_CHUNK_WORDS = 2 ** 20;

/**
 * Upper bounds of one submit. A workgroup of these kernels is about 256 x 1,000 to 100,000 instructions, so 2^17 of them
 * stay in the order of 100 ms on a 10 T/s GPU, well under the 2 s after which Windows resets the device.
 */
const SUBMIT_GROUPS = 2 ** 17;
const SUBMIT_DISPATCHES = 256;
const MAX_GROUPS_PER_DIMENSION = 65535;

/** Spreads `groups` over x and y; the kernel computes x + y * num_workgroups.x and ignores the excess. */
export function splitGroups(groups: number): readonly [x: number, y: number] {
  const y = Math.ceil(groups / MAX_GROUPS_PER_DIMENSION);
  if (y > MAX_GROUPS_PER_DIMENSION) throw new Error(`${groups} workgroups are more than a dispatch can have`);
  return [Math.ceil(groups / y), y];
}

export class Encoding {
  readonly #device: GPUDevice;
  readonly #pool: BufferPool;
  readonly #recording: Recording;
  readonly #kernels: ReadonlyMap<string, Kernel>;
  readonly #timeline: Timeline | undefined;
  readonly #constantOffsets: number[] = [];
  readonly #downloadOffsets: number[] = [];
  #constants: GPUBuffer | undefined;
  #staging: GPUBuffer | undefined;
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  #groups = 0;
  #dispatches = 0;

  constructor(
    device: GPUDevice,
    pool: BufferPool,
    recording: Recording,
    kernels: ReadonlyMap<string, Kernel>,
    timeline: Timeline | undefined,
  ) {
    this.#device = device;
    this.#pool = pool;
    this.#recording = recording;
    this.#kernels = kernels;
    this.#timeline = timeline;
  }

  get constants(): GPUBuffer | undefined {
    return this.#constants;
  }

  /** Encodes and submits everything. */
  submitAll(): void {
    this.#placeConstants();
    this.#placeDownloads();
    for (const op of this.#recording.ops) this.#encode(op);
    this.#flush();
    this.#timeline?.submit();
  }

  /** The downloaded words by download number, once the device has finished. */
  async results(): Promise<(download: Download) => Uint32Array> {
    if (this.#staging !== undefined) await this.#staging.mapAsync(GPUMapMode.READ);
    else await this.#device.queue.onSubmittedWorkDone();
    const mapped = this.#staging?.getMappedRange().slice(0);
    this.#staging?.unmap();
    const offsets = this.#downloadOffsets;
    return ({ download, words }) => {
      const offset = offsets[download];
      if (mapped === undefined || offset === undefined) throw new Error('no such download in this run');
      return new Uint32Array(mapped, offset, words);
    };
  }

  dispose(): void {
    this.#staging?.destroy();
    if (this.#constants !== undefined) this.#pool.release(this.#constants);
    this.#constants = undefined;
  }

  #placeConstants(): void {
    let bytes = 0;
    for (const words of this.#recording.constants) {
      this.#constantOffsets.push(bytes);
      bytes += Math.ceil(boundBytes(words) / CONSTANT_ALIGNMENT) * CONSTANT_ALIGNMENT;
    }
    if (bytes === 0) return;
    this.#constants = this.#pool.acquire(bytes / 4, 'constants');
    const all = new Uint32Array(bytes / 4);
    this.#recording.constants.forEach((words, i) => {
      all.set(words, (this.#constantOffsets[i] as number) / 4);
    });
    this.#write(this.#constants, 0, all);
  }

  #placeDownloads(): void {
    let bytes = 0;
    for (const op of this.#recording.ops) {
      if (op.kind !== 'download') continue;
      this.#downloadOffsets[op.target.download] = bytes;
      bytes += 4 * op.target.words;
    }
    if (bytes === 0) return;
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    this.#staging = this.#device.createBuffer({ label: 'downloads', size: bytes, usage });
  }

  #encode(op: Op): void {
    switch (op.kind) {
      case 'upload':
        // Queue writes happen before later submits, so what is encoded so far must be submitted first.
        this.#flush();
        this.#write(op.buffer, op.offset, op.words);
        break;
      case 'copy':
        this.#copies().copyBufferToBuffer(op.src, 4 * op.srcOffset, op.dst, 4 * op.dstOffset, 4 * op.words);
        break;
      case 'download': {
        const at = this.#downloadOffsets[op.target.download] as number;
        if (this.#staging === undefined || op.target.words === 0) break;
        this.#copies().copyBufferToBuffer(op.src, 4 * op.offset, this.#staging, at, 4 * op.target.words);
        break;
      }
      case 'dispatch':
        this.#dispatch(op);
    }
  }

  #dispatch(op: DispatchOp): void {
    const kernel = this.#kernels.get(kernelKey(op.kernel));
    if (kernel === undefined) throw new Error(`kernel ${op.kernel.id} was not compiled`);
    const bindings: readonly Binding[] = [op.params, ...op.bindings];
    const group = this.#device.createBindGroup({
      layout: kernel.layout,
      entries: bindings.map((binding, i) => ({ binding: i, resource: this.#resource(binding) })),
    });
    const pass = this.#passFor(op.kernel.id);
    pass.setPipeline(kernel.pipeline);
    pass.setBindGroup(0, group);
    const [x, y] = splitGroups(op.groups);
    pass.dispatchWorkgroups(x, y, op.batch);
    this.#groups += op.groups * op.batch;
    this.#dispatches++;
    if (this.#groups >= SUBMIT_GROUPS || this.#dispatches >= SUBMIT_DISPATCHES) this.#flush();
  }

  #resource(binding: Binding): GPUBufferBinding {
    if (isSlice(binding)) return { buffer: binding.slice, offset: 4 * binding.offset, size: 4 * binding.words };
    if (!isConstant(binding)) return { buffer: binding };
    const words = this.#recording.constants[binding.constant];
    const offset = this.#constantOffsets[binding.constant];
    if (this.#constants === undefined || words === undefined || offset === undefined)
      throw new Error('foreign constant');
    return { buffer: this.#constants, offset, size: boundBytes(words) };
  }

  /** The compute pass to dispatch in: one for many dispatches, or one each when they are timed. */
  #passFor(label: string): GPUComputePassEncoder {
    if (this.#timeline !== undefined) this.#endPass();
    if (this.#pass === undefined) {
      const timestampWrites = this.#timeline?.next(label);
      this.#encoder ??= this.#device.createCommandEncoder();
      this.#pass = this.#encoder.beginComputePass({ label, ...(timestampWrites ? { timestampWrites } : {}) });
    }
    return this.#pass;
  }

  #copies(): GPUCommandEncoder {
    this.#endPass();
    this.#encoder ??= this.#device.createCommandEncoder();
    return this.#encoder;
  }

  #endPass(): void {
    this.#pass?.end();
    this.#pass = undefined;
  }

  #flush(): void {
    this.#endPass();
    if (this.#encoder !== undefined) this.#device.queue.submit([this.#encoder.finish()]);
    this.#encoder = undefined;
    this.#groups = 0;
    this.#dispatches = 0;
  }

  #write(buffer: GPUBuffer, offset: number, words: Uint32Array): void {
    for (let i = 0; i < words.length; i += UPLOAD_CHUNK_WORDS) {
      const view = words.subarray(i, i + UPLOAD_CHUNK_WORDS);
      // Shared memory must be copied first: Node's WebGPU crashes on it and browsers refuse it.
      const shared = typeof SharedArrayBuffer !== 'undefined' && view.buffer instanceof SharedArrayBuffer;
      const chunk = shared ? Uint32Array.from(view) : (view as Uint32Array<ArrayBuffer>);
      this.#device.queue.writeBuffer(buffer, 4 * (offset + i), chunk);
    }
  }
}

/** Bound size: at least one vec4u, whole vec4u. */
function boundBytes(words: Uint32Array): number {
  return Math.max(16, 16 * Math.ceil(words.length / 4));
}
