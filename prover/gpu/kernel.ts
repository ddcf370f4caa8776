// Pipelines by kernel. A kernel's id is its file name under shaders/, its pipeline's label and its timing span.
import type { GpuContext } from './context.ts';
import { DeviceError } from './device_error.ts';
import { linkShader, type ShaderSources, type ShaderVariants } from './shader_source.ts';

export interface KernelSpec {
  readonly id: string;
  /** Values of WGSL `override` constants. */
  readonly constants?: Readonly<Record<string, number>>;
  /** Text of a generated kernel, linked like a file; the id must then be unique to the text. */
  readonly code?: string;
}

export interface Kernel {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  readonly compileMs: number;
}

export const kernelKey = (spec: KernelSpec): string => {
  const constants = Object.entries(spec.constants ?? {}).map(([name, value]) => `${name}=${value}`);
  return constants.length === 0 ? spec.id : `${spec.id}(${constants.join(',')})`;
};

/** Compiles each kernel once, asynchronously; callers that ask early let compilation overlap other work. */
export class KernelCache {
  readonly #context: GpuContext;
  readonly #sources: ShaderSources;
  readonly #variants: ShaderVariants | Promise<ShaderVariants>;
  readonly #kernels = new Map<string, Promise<Kernel>>();
  readonly #ready = new Set<string>();

  /** Variants that are still being chosen hold up the first compilation. */
  constructor(context: GpuContext, sources: ShaderSources, variants: ShaderVariants | Promise<ShaderVariants>) {
    this.#context = context;
    this.#sources = sources;
    this.#variants = variants;
  }

  get(spec: KernelSpec): Promise<Kernel> {
    const key = kernelKey(spec);
    let kernel = this.#kernels.get(key);
    if (kernel === undefined) {
      kernel = this.#compile(spec, key);
      this.#kernels.set(key, kernel);
    }
    return kernel;
  }

  /** Whether the kernel has been compiled. */
  isReady(spec: KernelSpec): boolean {
    return this.#ready.has(kernelKey(spec));
  }

  /** Milliseconds that each kernel asked for so far took to compile. */
  async compileTimes(): Promise<ReadonlyMap<string, number>> {
    const times = new Map<string, number>();
    for (const [key, kernel] of this.#kernels) times.set(key, (await kernel).compileMs);
    return times;
  }

  async #compile(spec: KernelSpec, key: string): Promise<Kernel> {
    const { device } = this.#context;
    const variants = await this.#variants;
    const started = performance.now();
    const code = linkShader(this.#sources, spec.id, variants, spec.code);
    device.pushErrorScope('validation'); // invalid modules are reported below, with the compiler's messages
    const module = device.createShaderModule({ label: key, code });
    const scope = device.popErrorScope();
    const compute: GPUProgrammableStage = { module, entryPoint: 'main', constants: { ...spec.constants } };
    const creation = device.createComputePipelineAsync({ label: key, layout: 'auto', compute });
    try {
      const [pipeline] = await this.#context.guard(`compiling ${key}`, Promise.all([creation, scope]));
      this.#ready.add(key);
      return { pipeline, layout: pipeline.getBindGroupLayout(0), compileMs: performance.now() - started };
    } catch (error) {
      if (error instanceof DeviceError && error.code === 'device_lost') throw error;
      const { messages } = await module.getCompilationInfo();
      const text = messages.map((m) => `${m.lineNum}:${m.linePos} ${m.message}`).join('\n');
      throw new DeviceError('validation', `kernel ${key}: ${text || String(error)}`);
    }
  }
}
