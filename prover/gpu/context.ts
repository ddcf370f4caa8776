// An open WebGPU device, and the one place where its failures become typed errors.
import type { AdapterDescription } from './adapter_info.ts';
import { asDeviceError, DeviceError } from './device_error.ts';

export interface DeviceOptions {
  /** `auto` (default): the fastest GPU, else the software adapter; `software`; or a part of an adapter's name. */
  readonly adapter?: string;
  /**
   * Node only: turns off Dawn's validation, bounds clamps and zero-initialisation. Kernels may rely on none of the
   * three, and the tests run with and without.
   */
  readonly serverPreset?: boolean;
}

export interface GpuContext {
  readonly device: GPUDevice;
  readonly adapter: AdapterDescription;
  readonly serverPreset: boolean;
  /** Resolves if the device is lost other than by `destroy`; never rejects. */
  readonly lost: Promise<DeviceError>;
  /** Runs synchronous calls inside error scopes; throws a DeviceError if any of them failed. */
  scoped<T>(where: string, calls: () => T): Promise<T>;
  /** Awaits a promise of WebGPU (a mapping, a pipeline); a rejection or the loss of the device throws DeviceError. */
  guard<T>(where: string, promise: Promise<T>): Promise<T>;
  /** Throws the first failure seen outside of scopes: a lost device or an uncaptured error. */
  check(): void;
  destroy(): void;
}

/** Features used when present; the base kernels need none of them. */
const OPTIONAL_FEATURES: readonly GPUFeatureName[] = ['timestamp-query', 'subgroups'];

/** Raised to the adapter's maximum; all other limits stay at their guaranteed defaults. */
const RAISED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupsPerDimension',
] as const;

export function matches(name: string, wanted: string): boolean {
  return name.toLowerCase().includes(wanted.toLowerCase());
}

/** `release` drops whatever keeps the implementation alive, once the device is destroyed. */
export async function openAdapter(
  adapter: GPUAdapter,
  description: AdapterDescription,
  serverPreset: boolean,
  release: () => void = () => {},
): Promise<GpuContext> {
  const requiredLimits: Record<string, number> = {};
  for (const name of RAISED_LIMITS) {
    const value = description.limits[name];
    if (value !== undefined) requiredLimits[name] = value;
  }
  const requiredFeatures = OPTIONAL_FEATURES.filter((feature) => adapter.features.has(feature));
  let device: GPUDevice;
  try {
    device = await adapter.requestDevice({ label: 'wisp', requiredFeatures, requiredLimits });
  } catch (error) {
    throw asDeviceError(error, `opening ${description.name}`);
  }
  return makeContext(device, description, serverPreset, release);
}

/** The loss of a device is told apart from the calls that it aborts, by another message of the browser's GPU process. */
const LOSS_MS = 1000;
const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

function makeContext(
  device: GPUDevice,
  adapter: AdapterDescription,
  serverPreset: boolean,
  release: () => void,
): GpuContext {
  let failure: DeviceError | undefined;
  let destroyed = false;
  /** Rejects every `guard` in flight. A race against `lost` would keep each guarded result alive as long as the device. */
  const waiting = new Set<(error: DeviceError) => void>();
  const lost = new Promise<DeviceError>((resolve) => {
    device.lost.then((info) => {
      if (destroyed) return;
      const error = new DeviceError('device_lost', `${adapter.name} was lost: ${info.message.split('\n', 1)[0] ?? ''}`);
      failure = error;
      resolve(error);
      for (const reject of waiting) reject(error);
    });
  });
  device.addEventListener('uncapturederror', (event) => {
    event.preventDefault();
    failure ??= asDeviceError(event.error, adapter.name);
  });

  const isLost = (): boolean => failure?.code === 'device_lost';
  /** Resolves when the device is lost, or after `ms`. */
  const orLost = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      lost.then(() => {
        clearTimeout(timer);
        resolve();
      });
    });

  async function guard<T>(where: string, promise: Promise<T>): Promise<T> {
    let reject: (error: DeviceError) => void = () => {};
    try {
      return await new Promise<T>((resolve, rejectGuard) => {
        reject = rejectGuard;
        waiting.add(reject);
        promise.then(resolve, rejectGuard);
        if (isLost()) rejectGuard(failure);
      });
    } catch (error) {
      // A promise of a lost device rejects with a bare AbortError, sometimes before `device.lost` has resolved.
      if (!(error instanceof DeviceError)) await orLost(isAbort(error) && !destroyed ? LOSS_MS : 0);
      throw isLost() ? failure : asDeviceError(error, where);
    } finally {
      waiting.delete(reject);
    }
  }

  async function scoped<T>(where: string, calls: () => T): Promise<T> {
    device.pushErrorScope('out-of-memory');
    device.pushErrorScope('validation');
    let result: T;
    let scopes: [Promise<GPUError | null>, Promise<GPUError | null>];
    try {
      result = calls();
    } finally {
      // Popped before anything is awaited: the scopes are a stack of the device, shared by all callers.
      scopes = [device.popErrorScope(), device.popErrorScope()];
    }
    const [validation, memory] = await guard(where, Promise.all(scopes));
    const error = memory ?? validation;
    if (error !== null) throw asDeviceError(error, where);
    return result;
  }

  return {
    device,
    adapter,
    serverPreset,
    lost,
    scoped,
    guard,
    check() {
      if (failure !== undefined) throw failure;
    },
    destroy() {
      destroyed = true;
      device.destroy();
      release();
    },
  };
}
