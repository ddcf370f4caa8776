// The ways a GPU can fail that a caller can act upon.
import { WispError } from '../../src/core/errors.ts';

/**
 * `no_gpu`: no adapter matches; `device_lost`: the driver reset or the device vanished (the segment can be restarted on
 * a fresh device); `out_of_memory`: an allocation failed (a smaller segment may fit); `validation`: WebGPU refused a
 * call, which is a defect of the prover and not of the machine.
 */
export type DeviceErrorCode = 'no_gpu' | 'device_lost' | 'out_of_memory' | 'validation';

export class DeviceError extends WispError {
  declare readonly code: DeviceErrorCode;

  constructor(code: DeviceErrorCode, message: string) {
    super(code, message);
  }
}

/** Translates an error reported by WebGPU (a scope, an event, a rejected promise). */
export function asDeviceError(error: unknown, where: string): DeviceError {
  if (error instanceof DeviceError) return error;
  const message = error instanceof Error || isMessage(error) ? error.message : String(error);
  const firstLine = message.split('\n', 1)[0] ?? '';
  const text = `${where}: ${firstLine}`;
  const kind = constructorName(error);
  if (kind === 'GPUOutOfMemoryError' || /OUT_OF_(DEVICE_|HOST_)?MEMORY|out of memory/i.test(message)) {
    return new DeviceError('out_of_memory', text);
  }
  if (/device.*(lost|destroyed)/i.test(message)) return new DeviceError('device_lost', text);
  return new DeviceError('validation', text);
}

function isMessage(error: unknown): error is { readonly message: string } {
  return typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string';
}

function constructorName(error: unknown): string {
  return typeof error === 'object' && error !== null ? error.constructor.name : '';
}
