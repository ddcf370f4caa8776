// The software adapter for machines without a GPU: SwiftShader and a Vulkan loader, unpacked from the npm package
// `@sparticuz/chromium` (linux-x64) and loaded into this very process.
//
// Dawn asks the dynamic linker for "libvulkan.so.1" by name. glibc answers with a library of that SONAME that is
// already loaded, so loading ours first by its full path suffices: no launcher, no second process, no LD_LIBRARY_PATH.
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { DeviceError } from './device_error.ts';
import { unpackCached } from './unpack.ts';

/** From <dlfcn.h>: keeps the library although Node closes it for not being an addon. */
const RTLD_NODELETE = 0x1000;
const FILES = ['libvulkan.so.1', 'libvk_swiftshader.so', 'vk_swiftshader_icd.json'];

let loaded = false;

/**
 * Makes the software adapter the only Vulkan adapter of this process. Call it on the main thread: a worker's
 * `process.env` is a copy that native code does not see, so a worker inherits what the main thread has loaded (the
 * variable below says so; it holds the process id because child processes inherit the environment but not the library).
 */
export async function loadSoftwareAdapter(): Promise<void> {
  if (loaded || process.env.WISP_SOFTWARE_ADAPTER === String(process.pid)) return;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new DeviceError('no_gpu', `the software adapter is not built for ${process.platform}-${process.arch}`);
  }
  if (!isMainThread) throw new DeviceError('no_gpu', 'the software adapter must be loaded by the main thread');
  const folder = await softwareAdapterFolder();
  const manifest = join(folder, 'vk_swiftshader_icd.json');
  process.env.VK_DRIVER_FILES = manifest;
  process.env.VK_ICD_FILENAMES = manifest; // the name that loaders before 1.3.207 read
  if (!dlopen(join(folder, 'libvulkan.so.1'), RTLD_NODELETE)) {
    throw new DeviceError('no_gpu', `the software adapter's Vulkan loader in ${folder} cannot be loaded`);
  }
  process.env.WISP_SOFTWARE_ADAPTER = String(process.pid);
  loaded = true;
}

/** The folder with the unpacked libraries; unpacks them (15 MB, 0.2 s) the first time. */
export async function softwareAdapterFolder(): Promise<string> {
  let archive: string;
  try {
    archive = join(chromiumPackage().bin, 'swiftshader.tar.br');
  } catch {
    throw new DeviceError(
      'no_gpu',
      'the software adapter is for tests: it needs the package @sparticuz/chromium (npm install @sparticuz/chromium)',
    );
  }
  return unpackCached(`swiftshader-${chromiumPackage().version}`, FILES, [{ archive, only: FILES }]);
}

/** Whether the dynamic linker finds a Vulkan loader; asking Dawn instead prints a warning. */
export function hasSystemVulkan(): boolean {
  return loaded || dlopen('libvulkan.so.1', 0);
}

export function chromiumPackage(): { readonly bin: string; readonly version: string } {
  const require = createRequire(import.meta.url);
  const root = join(dirname(require.resolve('@sparticuz/chromium')), '..', '..');
  const { version } = require(join(root, 'package.json')) as { version: string };
  return { bin: join(root, 'bin'), version };
}

/** True if the library was found. Node then refuses it, since it is no addon, which is of no consequence. */
function dlopen(path: string, flags: number): boolean {
  try {
    process.dlopen({ exports: {} }, path, constants.dlopen.RTLD_NOW | flags);
    return true;
  } catch (error) {
    return error instanceof Error && error.message.includes('did not self-register');
  }
}
