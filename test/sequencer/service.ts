// Nodes over the test double, and a client for them.
import { rmSync } from 'node:fs';
import { after } from 'node:test';
import type { SequencerNode } from '../../src/sequencer/pipeline/node.ts';
import { type Service, type ServiceOptions, startService } from '../../src/sequencer/service.ts';
import { fakeStf } from './fake_stf.ts';
import { config, silent, temporary } from './node_settings.ts';

export { config, keys, silent, temporary } from './node_settings.ts';

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

/** Where a call takes longer something is wrong, however loaded the machine is. */
export const PATIENCE_MS = 60_000;
const PATIENT = { callTimeoutMs: PATIENCE_MS, syncTimeoutMs: PATIENCE_MS, traceTimeoutMs: PATIENCE_MS };

/** Waits for what has to come; fails where it does not. */
export async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not in ${PATIENCE_MS / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Those that a test that failed left behind: a server that listens would hold its file until the timeout. */
const open = new Set<Service>();
after(() => Promise.allSettled([...open].map((service) => service.stop())));

export async function startRig(
  options: Partial<Omit<ServiceOptions, 'node'>> & { node?: Partial<ServiceOptions['node']> } = {},
): Promise<Rig> {
  const folder = options.node?.folder ?? temporary();
  const { node, rpcLimits, ...rest } = options;
  const started = await startService({
    ...{ host: '127.0.0.1', port: 0, clientVersion: 'Wisp/test', log: silent },
    ...rest,
    rpcLimits: { ...PATIENT, ...rpcLimits },
    node: {
      ...{ folder, chain: config, stf: fakeStf(), signatureThreads: 1, produces: true },
      producer: { blockMs: 20 },
      ...node,
    },
  });
  let stopped: Promise<void> | undefined;
  const service: Service = {
    ...started,
    stop: () => {
      open.delete(service);
      stopped ??= started.stop();
      return stopped;
    },
  };
  open.add(service);
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
