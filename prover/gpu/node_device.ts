// Node: adapters through the `webgpu` package (Dawn). Names come from Dawn's own list, because WebGPU has no call that
// enumerates; toggles must be known before the adapter exists, so the choice is made by name first.
import { create, globals } from 'webgpu';
import { type AdapterDescription, describeAdapter, isSoftwareName } from './adapter_info.ts';
import { type DeviceOptions, type GpuContext, matches, openAdapter } from './context.ts';
import { DeviceError } from './device_error.ts';
import { hasSystemVulkan, loadSoftwareAdapter } from './software_adapter.ts';

interface NamedAdapter {
  readonly backend: string;
  readonly name: string;
}

/** Backends with full compute support; the GL ones and the null backend are of no use to a prover. */
const BACKENDS: ReadonlySet<string> = new Set(['vulkan', 'metal', 'd3d12']);

const SERVER_ENABLE = ['disable_robustness', 'skip_validation', 'disable_workgroup_init'];
const SERVER_DISABLE = ['lazy_clear_resource_on_first_use'];
/** With the extension, SwiftShader compiles and runs kernels that use workgroup memory 4 to 6 times slower. */
const SWIFTSHADER_DISABLE = ['use_vulkan_zero_initialize_workgroup_memory_extension'];

/** Dawn's GPU objects stop working when collected, so each one stays here until its device is destroyed. */
const alive = new Set<GPU>();

installConstants();

export async function openNodeDevice(options: DeviceOptions): Promise<GpuContext> {
  const wanted = options.adapter ?? 'auto';
  const chosen = await chooseAdapter(wanted);
  const serverPreset = options.serverPreset ?? false;
  const gpu = create([`backend=${chosen.backend}`, `adapter=${chosen.name}`, ...toggles(chosen.name, serverPreset)]);
  alive.add(gpu);
  const adapter = await requestAdapter(gpu);
  if (adapter === null) {
    alive.delete(gpu);
    throw new DeviceError('no_gpu', `${chosen.name} (${chosen.backend}) cannot run WebGPU`);
  }
  return openAdapter(adapter, describeAdapter(adapter, chosen.name), serverPreset, () => alive.delete(gpu));
}

/**
 * Loads the software adapter if `openNodeDevice` with these options would need it. To be called on the main thread
 * before a worker opens a device, because only the main thread can load it.
 */
export async function prepareNodeAdapter(options: DeviceOptions): Promise<void> {
  await chooseAdapter(options.adapter ?? 'auto');
}

export async function findNodeGpu(): Promise<string | undefined> {
  const hardware = (await namedAdapters()).filter((adapter) => !isSoftwareName(adapter.name));
  const [only, ...others] = hardware;
  return only !== undefined && others.length > 0 ? (await fastest(hardware)).name : only?.name;
}

export async function listNodeAdapters(): Promise<AdapterDescription[]> {
  let named = await namedAdapters();
  if (!named.some((adapter) => matches(adapter.name, 'swiftshader'))) {
    // Loading the software adapter hides the GPUs from Dawn, so they have been listed and described before.
    const described = await describeAll(named);
    if ((await tryLoadSoftware()) !== undefined) return described;
    named = await namedAdapters();
    return [...described, ...(await describeAll(named))];
  }
  return describeAll(named);
}

async function describeAll(named: readonly NamedAdapter[]): Promise<AdapterDescription[]> {
  const descriptions: AdapterDescription[] = [];
  for (const { backend, name } of named) {
    const adapter = await requestAdapter(create([`backend=${backend}`, `adapter=${name}`]));
    if (adapter !== null) descriptions.push(describeAdapter(adapter, name));
  }
  return descriptions;
}

async function chooseAdapter(wanted: string): Promise<NamedAdapter> {
  if (wanted === 'software') {
    await loadSoftwareAdapter();
    return pickSoftware(await namedAdapters());
  }
  const named = [...(await namedAdapters())];
  if (wanted !== 'auto') {
    const found = named.find((adapter) => matches(adapter.name, wanted));
    if (found !== undefined) return found;
    // The software adapter is not loaded yet, and so not on Dawn's list.
    if ((await tryLoadSoftware()) === undefined) {
      const software = pickSoftware(await namedAdapters());
      if (matches(software.name, wanted)) return software;
      named.push(software);
    }
    const names = named.map((adapter) => adapter.name).join(', ') || 'none';
    throw new DeviceError('no_gpu', `no adapter named like "${wanted}" (found: ${names})`);
  }
  const hardware = named.filter((adapter) => !isSoftwareName(adapter.name));
  const [only, ...others] = hardware;
  if (only !== undefined) return others.length === 0 ? only : fastest(hardware);
  const refusal = await tryLoadSoftware();
  if (refusal === undefined) return pickSoftware(await namedAdapters());
  const [software] = named;
  if (software !== undefined) return software;
  throw new DeviceError('no_gpu', `no GPU found, and ${refusal}`);
}

/** Among several GPUs, the one the implementation itself calls the high-performance one. */
async function fastest(hardware: readonly NamedAdapter[]): Promise<NamedAdapter> {
  const adapter = await requestAdapter(create([]));
  const description = adapter?.info.description ?? '';
  const device = adapter?.info.device ?? '';
  const preferred = hardware.find(({ name }) => description.includes(name) || device === slug(name));
  return preferred ?? (hardware[0] as NamedAdapter);
}

/** Dawn's `info.device` is the driver's name in this normal form. */
function slug(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

function pickSoftware(named: readonly NamedAdapter[]): NamedAdapter {
  const found = named.find((adapter) => matches(adapter.name, 'swiftshader'));
  if (found === undefined) throw new DeviceError('no_gpu', 'the software adapter did not start');
  return found;
}

/** Undefined, or why there is no software adapter. */
async function tryLoadSoftware(): Promise<string | undefined> {
  try {
    await loadSoftwareAdapter();
    return undefined;
  } catch (error) {
    if (error instanceof DeviceError && error.code === 'no_gpu') return error.message;
    throw error;
  }
}

/** Dawn prints its list of adapters in the error for a name that does not exist. */
async function namedAdapters(): Promise<NamedAdapter[]> {
  if (process.platform === 'linux' && !hasSystemVulkan()) return [];
  let listing = '';
  try {
    await create(['adapter=\u0001']).requestAdapter();
  } catch (error) {
    listing = error instanceof Error ? error.message : String(error);
  }
  const named: NamedAdapter[] = [];
  for (const match of listing.matchAll(/backend: '([^']*)', name: '(.*)'$/gm)) {
    const [, backend = '', name = ''] = match;
    if (BACKENDS.has(backend)) named.push({ backend, name });
  }
  return named;
}

async function requestAdapter(gpu: GPU): Promise<GPUAdapter | null> {
  try {
    return await gpu.requestAdapter({ powerPreference: 'high-performance' });
  } catch {
    return null;
  }
}

function toggles(name: string, serverPreset: boolean): string[] {
  // Unquantised timestamps: the stages' times are reported, and a local process has nobody to hide them from.
  const disable = ['timestamp_quantization'];
  const enable: string[] = [];
  if (matches(name, 'swiftshader')) disable.push(...SWIFTSHADER_DISABLE);
  if (serverPreset) {
    enable.push(...SERVER_ENABLE);
    disable.push(...SERVER_DISABLE);
  }
  const options = [`disable-dawn-features=${disable.join(',')}`];
  if (enable.length > 0) options.push(`enable-dawn-features=${enable.join(',')}`);
  return options;
}

/** Defines the flag namespaces (`GPUBufferUsage` and the like) that browsers have as globals. */
function installConstants(): void {
  const names = ['GPUBufferUsage', 'GPUMapMode', 'GPUShaderStage'];
  const constants = Object.entries(globals).filter(([name]) => names.includes(name) && !(name in globalThis));
  Object.assign(globalThis, Object.fromEntries(constants));
}
