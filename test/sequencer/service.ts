// Nodes over the test double, and a client for them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SequencerNode } from '../../src/sequencer/pipeline/node.ts';
import { type Logger, type Service, type ServiceOptions, startService } from '../../src/sequencer/service.ts';
import { fakeStf } from './fake_stf.ts';
import { chainOf, keyOf } from './keys.ts';

export const keys: readonly ReturnType<typeof keyOf>[] = Array.from({ length: 10 }, (_, i) => keyOf(i));
export const config: ReturnType<typeof chainOf> = chainOf(keys);

export const silent: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: (fields, message) => console.error(message, fields),
};

export interface RpcAnswer {
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

export interface Rig {
  readonly service: Service;
  readonly node: SequencerNode;
  readonly url: string;
  readonly folder: string;
  call(method: string, ...params: unknown[]): Promise<RpcAnswer>;
  close(): Promise<void>;
}

export const temporary = (): string => mkdtempSync(join(tmpdir(), 'wisp-node-'));

export async function startRig(
  options: Partial<Omit<ServiceOptions, 'node'>> & { node?: Partial<ServiceOptions['node']> } = {},
): Promise<Rig> {
  const folder = options.node?.folder ?? temporary();
  const { node, ...rest } = options;
  const service = await startService({
    ...{ host: '127.0.0.1', port: 0, clientVersion: 'Wisp/test', log: silent },
    ...rest,
    node: {
      ...{ folder, chain: config, stf: fakeStf(), signatureThreads: 1, produces: true },
      producer: { blockMs: 20 },
      ...node,
    },
  });
  const url = `http://127.0.0.1:${service.server.port}`;
  return {
    ...{ service, node: service.node, url, folder },
    call: async (method, ...params) => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
      const response = await fetch(url, { method: 'POST', body });
      return (await response.json()) as RpcAnswer;
    },
    close: async () => {
      await service.stop();
      if (options.node?.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}
