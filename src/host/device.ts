// A tier that stays open, and is opened anew where it is lost.
import { type BackendRequest, type OpenedBackend, openBackend } from './backends.ts';
import type { Device } from './proving.ts';

export interface OpenDevice extends Device {
  close(): void;
}

/** Throws what `openBackend` throws, and so does `reopen`. */
export async function openDevice(request: BackendRequest): Promise<OpenDevice> {
  let opened: OpenedBackend = await openBackend(request);
  return {
    current: () => opened,
    reopen: async () => {
      opened.close();
      opened = await openBackend(request);
    },
    close: () => opened.close(),
  };
}
