// A backend that can be had again: after a lost device, or one that ran out of memory, a fresh device takes its place.
import type { Backend } from '../backend.ts';
import { createGpuBackend, type GpuBackend, type GpuBackendOptions } from './backend.ts';
import { type DeviceOptions, type GpuContext, openDevice } from './device.ts';
import { DeviceError } from './device_error.ts';
import type { ShaderSources } from './shader_source.ts';

export interface GpuProvider {
  /** The backend of the device at hand. */
  readonly backend: GpuBackend;
  readonly context: GpuContext;
  /** Destroys the device, with all that is on it, and opens the same adapter anew. Throws DeviceError if it is gone. */
  reopen(): Promise<Backend>;
  close(): void;
}

/** Whether a new device, or a smaller segment, may do what this one failed to. */
export const isRecoverable = (error: unknown): error is DeviceError =>
  error instanceof DeviceError && (error.code === 'device_lost' || error.code === 'out_of_memory');

export const openGpuProvider = async (
  options: DeviceOptions & GpuBackendOptions,
  sources: ShaderSources,
): Promise<GpuProvider> => {
  let context = await openDevice(options);
  let backend = createGpuBackend(context, sources, options);
  // The same adapter again, even where `auto` would now choose another.
  const same = { ...options, adapter: context.adapter.isSwiftShader ? 'software' : context.adapter.name };
  return {
    get backend() {
      return backend;
    },
    get context() {
      return context;
    },
    reopen: async () => {
      context.destroy();
      context = await openDevice(same);
      backend = createGpuBackend(context, sources, options);
      return backend;
    },
    close: () => context.destroy(),
  };
};
