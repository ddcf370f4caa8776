// GPU work as data: a list of uploads, dispatches, copies and downloads, made without touching the device and run by
// runtime.ts. Kernels' wrappers append to a recording; nothing else knows bindings or parameter layouts.
import type { KernelSpec } from './kernel.ts';

/** Words that the runtime places in the recording's own constant buffer. */
export interface Constant {
  readonly constant: number;
}

/** A place in the results of a run. */
export interface Download {
  readonly download: number;
  readonly words: number;
}

/** Part of a buffer: `offset` is a multiple of 64 words. */
export interface Slice {
  readonly slice: GPUBuffer;
  readonly offset: number;
  readonly words: number;
}

/** Words in a buffer. */
export interface WordRange {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly words: number;
}

export type Binding = GPUBuffer | Slice | Constant;

export const isConstant = (binding: Binding): binding is Constant => 'constant' in binding;
export const isSlice = (binding: Binding): binding is Slice => 'slice' in binding;

export interface DispatchOp {
  readonly kind: 'dispatch';
  readonly kernel: KernelSpec;
  /** Uniform words of binding 0. */
  readonly params: Constant;
  /** Storage bindings 1, 2, ... */
  readonly bindings: readonly Binding[];
  /** Workgroups, spread over x and y by the runtime: kernels take the linear index. */
  readonly groups: number;
  /** Extent of z. */
  readonly batch: number;
}

export type Op =
  | { readonly kind: 'upload'; readonly buffer: GPUBuffer; readonly offset: number; readonly words: Uint32Array }
  | {
      readonly kind: 'copy';
      readonly src: GPUBuffer;
      readonly srcOffset: number;
      readonly dst: GPUBuffer;
      readonly dstOffset: number;
      readonly words: number;
    }
  | { readonly kind: 'download'; readonly src: GPUBuffer; readonly offset: number; readonly target: Download }
  | DispatchOp;

export interface DispatchOptions {
  readonly kernel: KernelSpec;
  readonly params: readonly number[];
  readonly bindings: readonly Binding[];
  readonly groups: number;
  readonly batch?: number;
}

/** All offsets and lengths are in u32 words. */
export class Recording {
  readonly ops: Op[] = [];
  readonly constants: Uint32Array[] = [];
  #downloads = 0;

  get downloadCount(): number {
    return this.#downloads;
  }

  /** Every buffer that an operation names. */
  buffers(): Set<GPUBuffer> {
    const all = new Set<GPUBuffer>();
    for (const op of this.ops) {
      if (op.kind === 'upload') all.add(op.buffer);
      else if (op.kind !== 'dispatch') all.add(op.src);
      else for (const b of op.bindings) if (!isConstant(b)) all.add(isSlice(b) ? b.slice : b);
      if (op.kind === 'copy') all.add(op.dst);
    }
    return all;
  }

  /** The words are read when the recording runs. */
  upload(buffer: GPUBuffer, offset: number, words: Uint32Array): void {
    if (words.length > 0) this.ops.push({ kind: 'upload', buffer, offset, words });
  }

  /** Read-only words for a binding, uploaded with all other constants before the first operation. */
  constant(words: ArrayLike<number>): Constant {
    this.constants.push(Uint32Array.from(words));
    return { constant: this.constants.length - 1 };
  }

  dispatch(options: DispatchOptions): void {
    const { kernel, bindings, groups, batch = 1 } = options;
    if (groups === 0 || batch === 0) return;
    this.ops.push({ kind: 'dispatch', kernel, params: this.constant(options.params), bindings, groups, batch });
  }

  copy(src: GPUBuffer, srcOffset: number, dst: GPUBuffer, dstOffset: number, words: number): void {
    if (words > 0) this.ops.push({ kind: 'copy', src, srcOffset, dst, dstOffset, words });
  }

  download(src: GPUBuffer, offset: number, words: number): Download {
    const target: Download = { download: this.#downloads++, words };
    this.ops.push({ kind: 'download', src, offset, target });
    return target;
  }

  downloadRange({ buffer, offset, words }: WordRange): Download {
    return this.download(buffer, offset, words);
  }
}

/** Workgroups of 256 threads for `threads`. */
export const groupsFor = (threads: number): number => Math.ceil(threads / 256);
