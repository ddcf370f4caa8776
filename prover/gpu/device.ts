// Opening a WebGPU device, in browsers and in Node. Nothing here imports Node at module load: the Node part is reached
// by a dynamic import only where no `navigator.gpu` exists.
import { type AdapterDescription, describeAdapter } from './adapter_info.ts';
import { type DeviceOptions, type GpuContext, matches, openAdapter } from './context.ts';
import { DeviceError } from './device_error.ts';

export type { AdapterDescription } from './adapter_info.ts';
export type { DeviceOptions, GpuContext } from './context.ts';
export { DeviceError, type DeviceErrorCode } from './device_error.ts';

/** Opens the device that the options name. */
export async function openDevice(options: DeviceOptions = {}): Promise<GpuContext> {
  const gpu = browserGpu();
  if (gpu === undefined) {
    if (!isNode()) throw new DeviceError('no_gpu', 'this browser has no WebGPU');
    const node = await import('./node_device.ts');
    return node.openNodeDevice(options);
  }
  const adapter = await gpu.requestAdapter({
    powerPreference: 'high-performance',
    forceFallbackAdapter: options.adapter === 'software',
  });
  if (adapter === null) throw new DeviceError('no_gpu', 'this browser offers no WebGPU adapter');
  const wanted = options.adapter ?? 'auto';
  const description = describeAdapter(adapter);
  if (wanted !== 'auto' && wanted !== 'software' && !matches(description.name, wanted)) {
    throw new DeviceError('no_gpu', `no adapter named like "${wanted}" (found: ${description.name})`);
  }
  return openAdapter(adapter, description, false);
}

/** To be called on the main thread before a worker calls `openDevice` with the same options. */
export async function prepareAdapter(options: DeviceOptions = {}): Promise<void> {
  if (browserGpu() !== undefined || !isNode()) return;
  const node = await import('./node_device.ts');
  await node.prepareNodeAdapter(options);
}

/** The name of the GPU that `auto` takes; undefined where there is only a software adapter or none. Loads nothing. */
export async function findGpu(): Promise<string | undefined> {
  const gpu = browserGpu();
  if (gpu === undefined) {
    if (!isNode()) return undefined;
    // Loading Dawn takes a while; without a Vulkan loader it finds nothing.
    const { hasSystemVulkan } = await import('./software_adapter.ts');
    if (process.platform === 'linux' && !hasSystemVulkan()) return undefined;
    const node = await import('./node_device.ts');
    return node.findNodeGpu();
  }
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) return undefined;
  const { name, isSoftware } = describeAdapter(adapter);
  return isSoftware ? undefined : name;
}

/** Every adapter that can be named in `DeviceOptions.adapter`. */
export async function listAdapters(): Promise<AdapterDescription[]> {
  const gpu = browserGpu();
  if (gpu === undefined) {
    if (!isNode()) return [];
    const node = await import('./node_device.ts');
    return node.listNodeAdapters();
  }
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  return adapter === null ? [] : [describeAdapter(adapter)];
}

function isNode(): boolean {
  return typeof process === 'object' && process.versions?.node !== undefined;
}

function browserGpu(): GPU | undefined {
  return typeof navigator === 'undefined' ? undefined : (navigator as { readonly gpu?: GPU }).gpu;
}
