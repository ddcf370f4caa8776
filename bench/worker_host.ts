// Runs tasks in worker processes.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { GrowthOptions } from './growth.ts';
import type { Device, DeviceLimits, GrowthPoint, KernelResult, ProofResult, WarmProof } from './schema.ts';

export type Task =
  | {
      readonly kind: 'kernels';
      readonly adapter: string | undefined;
      readonly quick: boolean;
      readonly limitsOnly: boolean;
    }
  | {
      readonly kind: 'warm';
      readonly backend: string;
      readonly adapter: string | undefined;
      /** Names of WORKLOADS. */
      readonly workloads: readonly string[];
      readonly limits: DeviceLimits | null;
    }
  | {
      readonly kind: 'growth';
      readonly backend: string;
      readonly adapter: string | undefined;
      readonly options: GrowthOptions;
    };

export type ProofSize = Pick<ProofResult, 'proofBytes' | 'segments' | 'securityBits'>;

export type Reply =
  | { readonly kind: 'device'; readonly device: Device }
  | { readonly kind: 'limits'; readonly limits: DeviceLimits }
  | { readonly kind: 'kernel'; readonly result: KernelResult }
  | { readonly kind: 'warm'; readonly workload: string; readonly proof: WarmProof; readonly size: ProofSize }
  | { readonly kind: 'point'; readonly point: GrowthPoint }
  | { readonly kind: 'stopped'; readonly stopped: string }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'done' };

/** The extension of this very file: sources under a loader, or compiled. */
const WORKER = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url));

/** Returns undefined, or why the worker did not finish. Replies up to then have been heard. */
export function runTask(task: Task, onReply: (reply: Reply) => void): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = fork(WORKER, [], { execArgv: [...process.execArgv, '--expose-gc'], serialization: 'advanced' });
    let outcome: string | undefined = 'the process ended early';
    child.on('message', (reply: Reply) => {
      if (reply.kind === 'done') outcome = undefined;
      else if (reply.kind === 'failed') outcome = reply.message;
      else onReply(reply);
    });
    child.on('error', (error) => {
      outcome = error.message;
    });
    child.on('close', (code, signal) => {
      const how = signal === null ? `code ${code}` : signal;
      resolve(outcome === 'the process ended early' ? `${outcome} (${how})` : outcome);
    });
    child.send(task);
  });
}
