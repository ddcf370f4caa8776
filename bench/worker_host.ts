// Runs tasks in worker processes.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { GrowthOptions } from './growth.ts';
import type { ProverChoice } from './prover.ts';
import type { Device, DeviceLimits, GrowthPoint, KernelResult, ProofSize, WarmProof } from './schema.ts';

export type Task = { readonly choice: ProverChoice } & (
  | { readonly kind: 'kernels'; readonly quick: boolean; readonly limitsOnly: boolean }
  /** `workloads`: names of WORKLOADS. */
  | { readonly kind: 'warm'; readonly workloads: readonly string[]; readonly limits: DeviceLimits | null }
  | { readonly kind: 'growth'; readonly options: GrowthOptions }
);

export type Reply =
  | { readonly kind: 'backend'; readonly name: string; readonly threads: number | null }
  | { readonly kind: 'device'; readonly device: Device }
  | { readonly kind: 'limits'; readonly limits: DeviceLimits }
  | { readonly kind: 'kernel'; readonly result: KernelResult }
  | { readonly kind: 'warm'; readonly workload: string; readonly proof: WarmProof; readonly size: ProofSize }
  | { readonly kind: 'segments'; readonly steps: number }
  | { readonly kind: 'point'; readonly point: GrowthPoint }
  | { readonly kind: 'stopped'; readonly stopped: string }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'done' };

/** The extension of this very file: sources under a loader, or compiled. */
const WORKER = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url));

const EARLY = 'the process ended early';

/** Returns undefined, or why the worker did not finish. Replies up to then have been heard. */
export function runTask(task: Task, onReply: (reply: Reply) => void): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = fork(WORKER, [], { execArgv: [...process.execArgv, '--expose-gc'], serialization: 'advanced' });
    let outcome: string | undefined = EARLY;
    child.on('message', (reply: Reply) => {
      if (reply.kind === 'done') outcome = undefined;
      else if (reply.kind === 'failed') outcome = reply.message;
      else onReply(reply);
    });
    child.on('error', (error) => {
      outcome = error.message;
    });
    child.on('close', (code, signal) => {
      resolve(outcome === EARLY ? `${EARLY} (${signal ?? `code ${code}`})` : outcome);
    });
    child.send(task);
  });
}
