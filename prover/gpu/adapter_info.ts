// A plain description of an adapter, for `wisp devices`, reports, and choices that depend on the hardware.

export interface AdapterDescription {
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  /** Runs on the CPU: small sizes, rolled kernels, the interpreter instead of generated code. */
  readonly isSoftware: boolean;
  /** SwiftShader has its own cost profile; see `field multiply variants` in the GPU notes. */
  readonly isSwiftShader: boolean;
  readonly subgroupMinSize: number;
  readonly subgroupMaxSize: number;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
}

/** The limits a compute-only program can meet; texture and vertex limits are of no interest here. */
export const COMPUTE_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxUniformBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxBindGroups',
  'maxBindingsPerBindGroup',
  'maxDynamicStorageBuffersPerPipelineLayout',
  'maxDynamicUniformBuffersPerPipelineLayout',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
  'minStorageBufferOffsetAlignment',
  'minUniformBufferOffsetAlignment',
] as const;

const SOFTWARE_NAMES = /swiftshader|llvmpipe|lavapipe|basic render|softpipe|warp/i;

export function isSoftwareName(name: string): boolean {
  return SOFTWARE_NAMES.test(name);
}

/** Reads the numeric compute limits that this implementation knows. */
export function readLimits(source: GPUSupportedLimits): Record<string, number> {
  const limits: Record<string, number> = {};
  for (const name of COMPUTE_LIMITS) {
    const value: unknown = source[name];
    if (typeof value === 'number') limits[name] = value;
  }
  return limits;
}

/** `knownName`: the driver's name for the device, where the platform told it. */
export function describeAdapter(adapter: GPUAdapter, knownName?: string): AdapterDescription {
  const { vendor, architecture, device, description } = adapter.info;
  const name = [knownName, description, device, `${vendor} ${architecture}`.trim(), 'unnamed adapter'].find(
    (candidate) => candidate !== undefined && candidate !== '',
  );
  const all = [knownName, vendor, architecture, device, description].join(' ');
  return {
    name: name ?? '',
    vendor,
    architecture,
    isSoftware: adapter.info.isFallbackAdapter || isSoftwareName(all),
    isSwiftShader: /swiftshader/i.test(all),
    subgroupMinSize: adapter.info.subgroupMinSize ?? 4,
    subgroupMaxSize: adapter.info.subgroupMaxSize ?? 128,
    features: [...adapter.features].sort(),
    limits: readLimits(adapter.limits),
  };
}
